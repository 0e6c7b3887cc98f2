"""The watch over roles: one alarm for each role that is missing in a subscription.

Each incident names the role that it lacks, to whom it may concern. That a role is missing at all is
one thing to repair, however many incidents met it: it is told once, and that it is over, too.
"""

from dataclasses import dataclass
from datetime import datetime

from remediation.missing_roles import MissingRole, MissingRoles, Sightings
from remediation.ports import Ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleWatch:
    """Judges what a sweep saw. One query; a write for what changed; a request for what stands."""

    roles: MissingRoles
    ledger: Ledger

    def run(self, seen: Sightings, now: datetime, *, whole: bool) -> None:
        """Raise and lift alarms. ``whole``: every open incident was seen; else nothing is lifted.

        Sweeps do not overlap: the host runs one at a time.
        """
        known = {one.key: one for one in self.roles.known()}
        for one in seen.judged(known.values(), now):
            before = known.get(one.key)
            if before is not None and before.since is not None and one.since is None:
                if whole:
                    # Told before the row that says it was missing is gone.
                    self._over(before, one, now)
                    self.roles.keep(one)
                continue
            if one != before:
                self.roles.keep(one)
            if one.since is not None:
                # After the row, whose time is in the key: whoever dies in between is made up for.
                text = f"{_where(one)} is not assigned: what needs it is held back, then left out"
                self.ledger.alarm(_key(one), text, now)

    def _over(self, before: MissingRole, after: MissingRole, now: datetime) -> None:
        used = after.used is not None and after.used >= after.met
        how = "is assigned again" if used else "is met no more as missing"
        self.ledger.alarm(f"{_key(before)}-over", f"{_where(before)} {how}", now)


def _where(one: MissingRole) -> str:
    return f"role {one.role.label} in subscription {one.subscription}"


def _key(one: MissingRole) -> str:
    since = one.since.isoformat() if one.since else ""
    return f"role-{one.role.value}-{one.subscription}-{since}"

"""Partners at work: groups are claimed, and looked at, right before an intent; and given back.

What cannot be told holds back: the answer is then an objection with a time. What cannot be given
back here, the sweep gives back.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from remediation.ids import ItemId
from remediation.incident import Objection
from remediation.line import call
from remediation.model import Risk
from remediation.partnership import (
    MOST_LOOKED_AT,
    SOONEST,
    SPREAD,
    Claim,
    Claims,
    Group,
    at_work,
    trouble,
    unknown,
    unwell,
)
from remediation.ports import Clock, Machines, Wakeups
from remediation.storms.holding import share
from remediation.urgency import Waiter
from remediation.views import Gone, Unreadable

# A group too large to be looked at does not shrink within minutes.
LARGE_AGAIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What became of asking: what objects, and the groups that may have been claimed all the same.

    Those go back only when it is settled that nothing of it is begun (``Partners.back``): another
    worker may have asked for the same attempt, found no objection, and be about to begin.
    """

    objection: Objection | None
    claimed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Partners:
    """Who of several partners may be worked on: one at a time, and while the others are well."""

    claims: Claims
    machines: Machines
    wakeups: Wakeups
    clock: Clock

    def ask(
        self, wanted: Claim, groups: Sequence[Group], risk: Risk, waiter: Waiter, *, looks: bool
    ) -> Answer:
        """Claim every group, and look at the partners in them where ``looks``.

        Claims come first: who looks has shut out everybody else of ours. ``waiter`` stands in line
        for a group that is claimed.
        """
        claimed: list[str] = []
        objection: Objection | None = None
        try:
            objection = self._claimed(wanted, groups, claimed, waiter)
            if objection is None and looks:
                objection = self._looked(wanted, groups, risk)
        except Exception as fault:  # noqa: BLE001 - what cannot be told holds back
            objection = self._unread(fault, wanted)
        return Answer(objection=objection, claimed=tuple(claimed))

    def look(
        self, wanted: Claim, groups: Sequence[Group], risk: Risk, waiter: Waiter | None = None
    ) -> Objection | None:
        """Return what ``ask`` would, and claim nothing; a ``waiter`` stands in line, too."""
        now = self.clock.now()
        try:
            for group in groups:
                standing = self.claims.find(wanted.item.subscription, group.key)
                if standing is None or standing.item == wanted.item or not standing.held(now):
                    continue
                if waiter is not None and not standing.awaited(waiter):
                    self._wait(wanted, group, waiter)
                return at_work(group, standing, self._later(wanted))
            return self._looked(wanted, groups, risk)
        except Exception as fault:  # noqa: BLE001 - as in ask
            return self._unread(fault, wanted)

    def back(self, item: ItemId, groups: Sequence[str], holder: str, upto: int) -> None:
        """Give back groups that were asked for up to a position that has been committed over.

        Those that cannot be are given back by the sweep. Of those who wait for a group the most
        urgent is called; the others look again by themselves, as it does if the call is lost.
        """
        for group in groups:
            with suppress(Exception):
                waited = self.claims.free(item.subscription, group, holder, upto)
                call(self.wakeups, waited[:1], self.clock.now())

    # ------------------------------------------------------------ inside

    def _claimed(
        self, wanted: Claim, groups: Sequence[Group], claimed: list[str], waiter: Waiter
    ) -> Objection | None:
        for group in groups:
            # Noted before it is asked for: an answer that is lost may have been a yes.
            claimed.append(group.key)
            other = self.claims.take(wanted.item.subscription, group.key, wanted, self.clock.now())
            if other is not None:
                claimed.pop()
                self._wait(wanted, group, waiter)
                return at_work(group, other, self._later(wanted))
        return None

    def _wait(self, wanted: Claim, group: Group, waiter: Waiter) -> None:
        """Stand in line; who cannot looks again by itself all the same."""
        with suppress(Exception):
            self.claims.wait(wanted.item.subscription, group.key, waiter, self.clock.now())

    def _looked(self, wanted: Claim, groups: Sequence[Group], risk: Risk) -> Objection | None:
        seen: set[ItemId] = {wanted.item}
        for group in groups:
            members = self.machines.members(wanted.item.subscription, group)
            what = f"its partners cannot be told ({group.shown})"
            if isinstance(members, Unreadable):
                return unknown(what, members.reason, self._retry(members, wanted))
            if wanted.item not in members:
                # Whoever is listed so late, or not at all, may not be the only one.
                return unknown(what, "the machine itself is not listed", self._later(wanted))
            others = sorted({one for one in members if one not in seen}, key=lambda one: one.key)
            if len(others) > MOST_LOOKED_AT:
                if not risk.disruptive:
                    # Claims alone count, and those are held: nobody of ours is at work in it.
                    continue
                why = f"{len(others)} are more than {MOST_LOOKED_AT} that can be looked at"
                return unknown(what, why, self.clock.now() + LARGE_AGAIN)
            seen.update(others)
            found = next(self._unfit(group, others, risk, wanted), None)
            if found is not None:
                return found
        return None

    def _unfit(
        self, group: Group, others: Sequence[ItemId], risk: Risk, wanted: Claim
    ) -> Iterator[Objection]:
        """Yield the partners that cannot stand in; who asks for the first reads no further."""
        for other in others:
            machine = self.machines.machine(other)
            if isinstance(machine, Gone):
                continue
            if isinstance(machine, Unreadable):
                what = f"{other.name} is its partner ({group.shown}), and could not be read"
                yield unknown(what, machine.reason, self._retry(machine, wanted))
            elif (why := trouble(machine, risk)) is not None:
                yield unwell(group, other.name, why, self._later(wanted))

    def _unread(self, fault: Exception, wanted: Claim) -> Objection:
        said = f"{type(fault).__name__}: {fault}"[:300]
        return unknown("claims on its partners cannot be read", said, self._later(wanted))

    def _retry(self, part: Unreadable, wanted: Claim) -> datetime:
        after = part.retry_after
        return self._later(wanted) if after is None else self.clock.now() + after

    def _later(self, wanted: Claim) -> datetime:
        # Spread out, so that partners that were held together do not all come back together.
        return self.clock.now() + SOONEST + share(wanted.holder) * SPREAD

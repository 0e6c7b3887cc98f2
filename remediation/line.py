"""The line for places: who asks stands in it by urgency, and who is called is woken."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from remediation.ids import VaultId
from remediation.incident import Incident
from remediation.messages import Woken
from remediation.plan import LOOK_AGAIN
from remediation.policy import Policy
from remediation.ports import Clock, Slots, Turn, Wakeups
from remediation.urgency import GRACE, Waiter, rank


def waiter_of(incident: Incident, policy: Policy, now: datetime) -> Waiter:
    """Return an incident as it stands in a line, for as long as it takes to ask again."""
    return Waiter(
        incident=incident.id,
        item=incident.item,
        act_by=incident.act_by,
        rank=rank(incident, policy),
        until=now + LOOK_AGAIN + GRACE,
    )


def call(wakeups: Wakeups, called: Iterable[Waiter], now: datetime) -> None:
    """Wake those for whom a place is kept: now, and not at their next look.

    What was taken or given back is written by then and must not be undone for it: who cannot be
    woken comes by a wake-up of its own, as after a death before this.
    """
    for one in called:
        with suppress(Exception):
            # Number 0: whatever wake-up counts now.
            wakeups.send(Woken(item=one.item, incident=one.incident, number=0), at=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Places for backups, and the wake-ups of those who are called for one."""

    slots: Slots
    wakeups: Wakeups
    clock: Clock

    def take(
        self,
        vault: VaultId,
        holder: str,
        *,
        until: datetime,
        now: datetime,
        per_vault: int,
        per_subscription: int,
        waiter: Waiter,
        position: int,
    ) -> Turn:
        """Take a place, or stand in line for one."""
        turn = self.slots.take(
            vault,
            holder,
            until=until,
            now=now,
            per_vault=per_vault,
            per_subscription=per_subscription,
            waiter=waiter,
            position=position,
        )
        call(self.wakeups, turn.called, now)
        return turn

    def free(self, vault: VaultId, holder: str, upto: int) -> None:
        """Give back to the most urgent who waits what was asked for up to a position."""
        now = self.clock.now()
        call(self.wakeups, self.slots.free(vault, holder, upto=upto, now=now), now)

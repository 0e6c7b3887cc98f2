"""Retention: the records of incidents that ended long ago are removed, and a stub stands for them.

Whole incidents only, and never one that is open or that a lock still away was taken for. The stub
is committed first, in one transaction with the removal of the incident's head; its rows go after
it, and its row in the index last. So whatever a crash leaves verifies, and the next run finds it by
the index and finishes it. Job markers stay: a delivery may come again after any time (G10).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from remediation.duties import Duties, DutyState
from remediation.ids import ItemId
from remediation.ports import Clock, IncidentIndex

# So many incidents go a run: about seven requests each.
MOST = 200
# So many are tried. Those that fail, or stay, come first each time: they must not take the places
# of others.
MOST_TRIED = 1_000


class Removal(StrEnum):
    """What became of an incident that was to be removed."""

    REMOVED = "removed"
    KEPT = "kept"
    ABSENT = "absent"


class Removing(Protocol):
    """Removes the records of ended incidents, and leaves stubs."""

    def remove(
        self, item: ItemId, incident: str, *, now: datetime, retention: timedelta
    ) -> Removal:
        """Remove an incident's records, or finish a removal that was broken off.

        Kept where it has not ended, or later than ``retention`` before ``now``. Absent where
        nothing was ever committed of it.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Retained:
    """What a run did: incidents removed, and those that it could not remove, with the reason."""

    removed: int = 0
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """Removes what ended longer ago than ``keep``."""

    index: IncidentIndex
    removing: Removing
    duties: Duties
    clock: Clock
    keep: timedelta

    def run(self) -> Retained:
        """Remove what is old enough, some at a time; one that fails does not stop the others.

        What a lock is still away for is passed over without a request.
        """
        now = self.clock.now()
        tried, gone, removed, faults = 0, 0, 0, []
        held = set(self._held())
        for row in self.index.ended_rows(before=now - self.keep):
            if row.incident in held:
                continue
            if gone == MOST or tried == MOST_TRIED:
                break
            tried += 1
            try:
                found = self.removing.remove(row.item, row.incident, now=now, retention=self.keep)
            except Exception as fault:  # noqa: BLE001 - the others must not be forgotten for it
                faults.append(f"{row.incident}: {type(fault).__name__}: {fault}")
                continue
            if found is not Removal.KEPT:
                self.index.remove(row)
                gone += 1
                removed += found is Removal.REMOVED
        return Retained(removed=removed, faults=tuple(faults))

    def _held(self) -> Iterator[str]:
        """Incidents that a lock was taken away for and is not back yet."""
        for duty in self.duties.all():
            if duty.state != DutyState.RESTORED:
                yield from (holder.incident for holder in duty.holders)

"""Who takes a place among the 200 incidents of a run of retention: only who goes."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from remediation.duties import Holder
from remediation.ids import ItemId
from state.memory import MemoryDuties, MemoryIncidentIndex
from state.retention import MOST, MOST_TRIED, Removal, Retained, Retention
from tests.state import values
from tests.state.clock import SetClock
from tests.state.test_audit import row_of
from tests.state.test_retention import KEEP


@dataclass
class Stubborn:
    """Removes what it can, and knows how often it was asked."""

    asked: int = 0
    removed: list[str] = field(default_factory=list)

    def remove(
        self,
        item: ItemId,
        incident: str,
        *,
        now: datetime,
        retention: timedelta,
    ) -> Removal:
        """Remove it, or not."""
        self.asked += 1
        if incident.startswith("fails"):
            raise ConnectionError("it cannot be removed")
        if incident.startswith("kept"):
            return Removal.KEPT
        self.removed.append(incident)
        return Removal.REMOVED


def a_run(stays: str, count: int, goes: int) -> tuple[Stubborn, Retained]:
    """Run over so many that stay, and after them so many that go."""
    index, duties, clock = MemoryIncidentIndex(), MemoryDuties(), SetClock()
    for number in range(count + goes):
        name = f"{stays if number < count else 'goes'}-{number}"
        row = row_of(name, "a", 0)
        # Of a day the latest come first.
        at = values.NOON - timedelta(seconds=number)
        index.write(replace(row, open=False, opened_at=at, written_at=at))
    if stays == "held":
        holders = tuple(
            Holder(incident=f"held-{number}", attempt=1, until=values.NOON)
            for number in range(count)
        )
        duties.put(values.a_duty(holders=holders))
    clock.at += KEEP + timedelta(days=2)
    removing = Stubborn()
    found = Retention(index=index, removing=removing, duties=duties, clock=clock, keep=KEEP).run()
    return removing, found


@pytest.mark.parametrize("stays", ["held", "kept", "fails"])
def test_who_stays_takes_no_place_of_who_goes(stays: str) -> None:
    """They come first in every run."""
    removing, found = a_run(stays, MOST + 1, 3)
    assert len(removing.removed) == found.removed == 3
    assert len(found.faults) == (MOST + 1 if stays == "fails" else 0)
    assert removing.asked == (3 if stays == "held" else MOST + 4)


def test_a_run_removes_so_many_and_no_more() -> None:
    """A backlog goes hour by hour."""
    removing, found = a_run("kept", 1, MOST + 5)
    assert found.removed == MOST
    assert removing.asked == MOST + 1


def test_a_run_tries_so_many_and_no_more() -> None:
    """Where nothing can be removed it ends all the same."""
    removing, found = a_run("fails", MOST_TRIED + 5, 0)
    assert removing.asked == MOST_TRIED
    assert found.removed == 0

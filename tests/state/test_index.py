"""The contract of ``IncidentIndex``."""

from datetime import timedelta

import pytest

from remediation.incident import Status
from remediation.ports import IncidentIndex, IndexRow
from state.reading import FIRST_DAY, LAST_DAY
from tests.state import values
from tests.state.conftest import Kit

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def everything(index: IncidentIndex, size: int = 50) -> list[str]:
    """The ids of all incidents, page by page."""
    found: list[str] = []
    cursor: str | None = None
    while True:
        rows, cursor = index.page(since=FIRST_DAY, until=LAST_DAY, cursor=cursor, size=size)
        found += [row.incident for row in rows]
        if cursor is None:
            return found


def closed(row: IndexRow) -> IndexRow:
    """The row of the same incident, ended a day later."""
    return values.a_row(
        row.incident,
        row.opened_at,
        open=False,
        status=Status.RECOVERED,
        written_at=row.opened_at + DAY,
    )


def test_a_row_is_found_as_it_was_written(kit: Kit) -> None:
    """Every field comes back, also the ones that are empty."""
    row = values.a_row()
    kit.index().write(row)
    assert kit.index().find("inc-1") == row


def test_a_row_that_was_never_written_is_not_found(kit: Kit) -> None:
    """No row, no incident."""
    assert kit.index().find("inc-1") is None


def test_the_row_written_at_closing_replaces_the_first(kit: Kit) -> None:
    """One row an incident."""
    index = kit.index()
    index.write(values.a_row())
    index.write(closed(values.a_row(code="X")))
    assert kit.index().find("inc-1") == closed(values.a_row())
    assert everything(index) == ["inc-1"]


def test_a_new_row_never_replaces_what_is_there(kit: Kit) -> None:
    """A delivery that comes again must not open the row of an incident that ended."""
    index = kit.index()
    index.write(values.a_row(), new=True)
    index.write(closed(values.a_row()))
    index.write(values.a_row(), new=True)
    assert index.find("inc-1") == closed(values.a_row())


def test_an_orphan_can_be_removed_and_removed_again(kit: Kit) -> None:
    """Two sweeps may meet the same orphan."""
    index = kit.index()
    index.write(values.a_row())
    index.remove(values.a_row())
    index.remove(values.a_row())
    assert index.find("inc-1") is None


@pytest.mark.parametrize("size", [1, 2, 3, 50], ids=str)
def test_pages_of_any_size_give_every_incident_once_newest_first(kit: Kit, size: int) -> None:
    """Over hours, days, a gap of months, and two of one instant."""
    index = kit.index()
    ages = {"a": HOUR * 0, "b": HOUR * 2, "c": HOUR * 2, "d": DAY, "e": 2 * DAY, "f": 300 * DAY}
    for identity, age in reversed(ages.items()):
        index.write(values.a_row(identity, values.NOON - age))
    assert everything(index, size) == list(ages)


def test_a_page_holds_what_was_opened_in_its_span(kit: Kit) -> None:
    """The span includes its beginning and not its end."""
    index = kit.index()
    for hours in range(5):
        index.write(values.a_row(f"inc-{hours}", values.NOON + hours * HOUR))
    rows, cursor = index.page(
        since=values.NOON + HOUR, until=values.NOON + 3 * HOUR, cursor=None, size=9
    )
    assert [row.incident for row in rows] == ["inc-2", "inc-1"]
    assert cursor is None


def test_a_cursor_that_no_page_answered_is_refused(kit: Kit) -> None:
    """It comes from a URL."""
    with pytest.raises(ValueError, match="cursor"):
        kit.index().page(since=FIRST_DAY, until=LAST_DAY, cursor="rubbish", size=9)


def test_open_rows_come_oldest_day_first(kit: Kit) -> None:
    """The closed ones are left out."""
    index = kit.index()
    for days in range(4):
        row = values.a_row(f"inc-{days}", values.NOON + days * DAY)
        index.write(closed(row) if days == 1 else row)
    assert [row.incident for row in index.open_rows()] == ["inc-0", "inc-2", "inc-3"]


def test_open_rows_may_be_asked_for_before_a_time(kit: Kit) -> None:
    """What was opened a moment ago may not be committed yet."""
    index = kit.index()
    for days in range(3):
        index.write(values.a_row(f"inc-{days}", values.NOON + days * DAY))
    found = index.open_rows(before=values.NOON + 2 * DAY)
    assert [row.incident for row in found] == ["inc-0", "inc-1"]


def test_what_is_open_is_found_again_after_the_walk_has_moved_on(kit: Kit) -> None:
    """The walk begins where the oldest open one was, and never too late."""
    index = kit.index()
    for days in range(10):
        index.write(values.a_row(f"inc-{days}", values.NOON + days * DAY))
    assert len(list(index.open_rows())) == 10
    for days in range(8):
        index.write(closed(values.a_row(f"inc-{days}", values.NOON + days * DAY)))
    for _ in range(3):
        assert [row.incident for row in kit.index().open_rows()] == ["inc-8", "inc-9"]


def test_an_old_incident_that_is_opened_again_is_found(kit: Kit) -> None:
    """Its row stands in the partition of its first opening, long passed by the walk."""
    index = kit.index()
    index.write(closed(values.a_row("old", values.NOON)))
    index.write(values.a_row("new", values.NOON + 40 * DAY))
    assert [row.incident for row in index.open_rows()] == ["new"]
    assert [row.incident for row in index.open_rows()] == ["new"]
    index.write(values.a_row("old", values.NOON, written_at=values.NOON + 41 * DAY))
    assert [row.incident for row in index.open_rows()] == ["old", "new"]


def test_an_old_incident_opened_again_during_a_walk_is_found_by_the_next(kit: Kit) -> None:
    """The walk that has already passed its day must not move the beginning beyond it."""
    index = kit.index()
    index.write(closed(values.a_row("old", values.NOON)))
    index.write(values.a_row("new", values.NOON + 40 * DAY))
    walk = iter(index.open_rows())
    assert next(walk).incident == "new"
    kit.index().write(values.a_row("old", values.NOON, written_at=values.NOON + 41 * DAY))
    assert list(walk) == []
    assert [row.incident for row in index.open_rows()] == ["old", "new"]

"""The index of incidents in Table storage: one row an incident, by the UTC day of its opening.

A row of the partition ``cursor`` remembers a day before which nothing is open, so that looking for
what is open does not walk through years. It may be too early, never too late: it moves forward only
under the ETag that was read before the walk, and whoever opens something old writes it anew.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime
from typing import Any

from azure.core.exceptions import ResourceExistsError
from azure.data.tables import TableServiceClient, UpdateMode

from remediation.ids import ItemId, VaultId
from remediation.incident import Status
from remediation.ports import IndexRow
from state import codec, layout
from state.guarded import GuardedTable, Row, version_of

_CURSOR = {"PartitionKey": "cursor", "RowKey": "oldest-open"}
_FIRST_DAY = "0000-00-00"
# Days begin with a digit; this is after all of them and before the cursor's partition.
_AFTER_DAYS = "a"
# What storage answers to one request.
_MOST_A_PAGE = 1_000
# How much longer the next span is where one held nothing: nobody may ever have failed before.
_WIDER = 8
# How often the cursor is written anew when others write it, too.
_TRIES = 50


class TableIncidentIndex:
    """``IncidentIndex`` over Table storage. ``writer`` is unique a process."""

    def __init__(self, service: TableServiceClient, *, writer: str) -> None:
        self._table = GuardedTable(service, layout.INDEX, writer=writer)

    def write(self, row: IndexRow, *, new: bool = False) -> None:
        """Insert or replace the incident's row; a ``new`` one never replaces what is there."""
        if new:
            with suppress(ResourceExistsError):
                self._table.client.create_entity(_entity(row))
        else:
            self._table.client.upsert_entity(_entity(row), mode=UpdateMode.REPLACE)
        # The cursor stays a day behind, so only what opens later than that needs to turn it back.
        if row.open and layout.day(row.opened_at) < layout.day_before(layout.day(row.written_at)):
            self._turn_back(layout.day(row.opened_at))

    def remove(self, row: IndexRow) -> None:
        """Remove an orphan: a row whose opening commit never came."""
        self._table.remove(*_key(row.opened_at, row.incident))

    def open_rows(self, *, before: datetime | None = None) -> Iterator[IndexRow]:
        """All rows flagged open, oldest day first, ``before`` that time of opening."""
        cursor = self._table.get(_CURSOR["PartitionKey"], _CURSOR["RowKey"])
        first = _FIRST_DAY if cursor is None else str(cursor["day"])
        oldest: str | None = None
        condition = "PartitionKey ge @first and PartitionKey lt @below and open eq true"
        for row in self._table.query(condition, first=first, below=_AFTER_DAYS):
            oldest = oldest or row["PartitionKey"]
            found = _row(row)
            if before is None or found.opened_at < before:
                yield found
        if oldest is not None and layout.day_before(oldest) > first:
            version = None if cursor is None else version_of(cursor)
            self._table.put({**_CURSOR, "day": layout.day_before(oldest)}, version=version)

    def ended_rows(self, *, before: datetime) -> Iterator[IndexRow]:
        """All rows of incidents that had ended ``before`` a time, oldest day of opening first."""
        condition = "PartitionKey ge @first and PartitionKey le @day and open eq false"
        for row in self._table.query(condition, first=_FIRST_DAY, day=layout.day(before)):
            found = _row(row)
            if found.written_at < before:
                yield found

    def find(self, incident: str) -> IndexRow | None:
        """Find the row of an incident by its id: a walk through the table."""
        found = self._table.query("incident eq @incident", incident=incident)
        return next(map(_row, found), None)

    def page(
        self, *, since: datetime, until: datetime, cursor: str | None, size: int
    ) -> tuple[tuple[IndexRow, ...], str | None]:
        """Return at most ``size`` rows opened in ``[since, until)``, newest first, and a cursor.

        ``until`` should be near: from there back, an ever longer span is read at each request.
        """
        taken: list[IndexRow] = []
        for row in self._newest_first(since, until, cursor, size):
            if len(taken) == size:
                return tuple(taken), cursor_after(taken[-1])
            taken.append(row)
        return tuple(taken), None

    def _newest_first(
        self, since: datetime, until: datetime, cursor: str | None, size: int
    ) -> Iterator[IndexRow]:
        oldest, newest, after = layout.day(since), layout.day(until), ""
        if cursor is not None:
            newest, after = read_cursor(cursor)
        days = 1
        while newest >= oldest:
            days = min(days, _days(oldest, newest))
            first = layout.day_before(newest, days - 1)
            condition = "PartitionKey ge @first and PartitionKey le @last and RowKey gt @after"
            # Rows of a day sort newest first, days do not: several are read whole.
            found = self._table.query(
                condition,
                per_page=min(size + 1, _MOST_A_PAGE) if days == 1 else None,
                first=first,
                last=newest,
                after=after,
            )
            rows = found if days == 1 else sorted(found, key=lambda row: str(row["RowKey"]))
            empty = True
            for row in map(_row, rows):
                empty = False
                if since <= row.opened_at < until:
                    yield row
            if first == oldest:
                return
            newest, after = layout.day_before(first), ""
            days *= _WIDER if empty else 2

    def _turn_back(self, day: str) -> None:
        """Write the cursor anew even where it is early enough, so that a walk under way fails."""
        for _ in range(_TRIES):
            cursor = self._table.get(_CURSOR["PartitionKey"], _CURSOR["RowKey"])
            kept = _FIRST_DAY if cursor is None else str(cursor["day"])
            version = None if cursor is None else version_of(cursor)
            if self._table.put({**_CURSOR, "day": min(kept, day)}, version=version) is not None:
                return
        raise RuntimeError(f"the index's cursor could not be turned back to {day}")


def cursor_after(row: IndexRow) -> str:
    """Return the cursor of the page that begins after a row."""
    return "/".join(_key(row.opened_at, row.incident))


def read_cursor(cursor: str) -> tuple[str, str]:
    """Return the day and the row key a cursor names; raises ValueError for another text."""
    day, found, key = cursor.partition("/")
    if not found or not day[:4].isdecimal() or "|" not in key:
        raise ValueError(f"cursor: expected what a page answered as next, got {cursor[:200]!r}")
    return day, key


def _days(first: str, last: str) -> int:
    """Return how many days lie from one to the other, both included."""
    return (date.fromisoformat(last) - date.fromisoformat(first)).days + 1


def _status(row: Row) -> Status:
    """Return what the row says people see; a word of a newer version is passed over.

    The incident itself says it, and one row must not hide all others.
    """
    try:
        return Status(row["status"])
    except ValueError:
        return Status.ASSESSING if row["open"] else Status.CLOSED


def _key(opened_at: datetime, incident: str) -> tuple[str, str]:
    return layout.day(opened_at), layout.index_row(opened_at, incident)


def _entity(row: IndexRow) -> dict[str, Any]:
    partition, key = _key(row.opened_at, row.incident)
    tree: dict[str, Any] = codec.plain(row)
    named = {name: value for name, value in tree.items() if value is not None}
    return {"PartitionKey": partition, "RowKey": key, **named}


def _row(row: Row) -> IndexRow:
    return IndexRow(
        incident=row["incident"],
        item=ItemId.parse(row["item"]),
        vault=VaultId.parse(row["vault"]),
        opened_at=codec.read_instant(row["opened_at"]),
        cause=row["cause"],
        code=row.get("code"),
        open=row["open"],
        status=_status(row),
        written_at=codec.read_instant(row["written_at"]),
    )

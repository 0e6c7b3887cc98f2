"""The index of incidents in memory."""

import threading
from collections.abc import Iterator
from datetime import datetime

from remediation.ports import IndexRow
from state import layout
from state.index import cursor_after, read_cursor

type Key = tuple[str, str]


class MemoryIncidentIndex:
    """``IncidentIndex`` in memory. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rows: dict[Key, IndexRow] = {}

    def write(self, row: IndexRow, *, new: bool = False) -> None:
        """Insert or replace the incident's row; a ``new`` one never replaces what is there."""
        with self._lock:
            if not new or _key(row) not in self._rows:
                self._rows[_key(row)] = row

    def remove(self, row: IndexRow) -> None:
        """Remove an orphan: a row whose opening commit never came."""
        with self._lock:
            self._rows.pop(_key(row), None)

    def open_rows(self, *, before: datetime | None = None) -> Iterator[IndexRow]:
        """All rows flagged open, oldest day first, ``before`` that time of opening."""
        rows = (row for _, row in self._sorted() if row.open)
        return (row for row in rows if before is None or row.opened_at < before)

    def ended_rows(self, *, before: datetime) -> Iterator[IndexRow]:
        """All rows of incidents that had ended ``before`` a time, oldest day of opening first."""
        rows = (row for _, row in self._sorted() if not row.open)
        return (row for row in rows if row.written_at < before)

    def find(self, incident: str) -> IndexRow | None:
        """Find the row of an incident by its id."""
        return next((row for _, row in self._sorted() if row.incident == incident), None)

    def page(
        self, *, since: datetime, until: datetime, cursor: str | None, size: int
    ) -> tuple[tuple[IndexRow, ...], str | None]:
        """Return at most ``size`` rows opened in ``[since, until)``, newest first, and a cursor."""
        rows = sorted((row for _, row in self._sorted()), key=lambda row: _key(row)[1])
        if cursor is not None:
            _, after = read_cursor(cursor)
            rows = [row for row in rows if _key(row)[1] > after]
        found = [row for row in rows if since <= row.opened_at < until]
        more = len(found) > size
        return tuple(found[:size]), cursor_after(found[size - 1]) if more else None

    def _sorted(self) -> list[tuple[Key, IndexRow]]:
        with self._lock:
            return sorted(self._rows.items())


def _key(row: IndexRow) -> Key:
    return layout.day(row.opened_at), layout.index_row(row.opened_at, row.incident)

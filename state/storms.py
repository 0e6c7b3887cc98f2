"""Storms in one partition: the book, the estate, and a row a failure, newest first.

One query reads them all: ``0|book``, ``0|estate``, then ``1|<time, descending>|<item>``.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import chain, islice

from azure.data.tables import TableServiceClient, UpdateMode

from remediation.storms.port import Kept, Sheet
from remediation.storms.scopes import Estate, FailureRow
from remediation.storms.storm import Book
from state import codec, layout
from state.bodies import joined, split
from state.guarded import GuardedTable, Row, version_of

_ALL = "storms"
_BOOK, _ESTATE, _ROWS = "0|book", "0|estate", "1|"
_RANGE = "PartitionKey eq @one and RowKey ge @first and RowKey lt @below"
# A sweep forgets so many at once: as many as one transaction holds.
FORGOTTEN_AT_ONCE = 100
_TICK = timedelta(microseconds=1)


def failure_row(row: FailureRow) -> str:
    """Return the row key of a failure: newer ones come first."""
    return f"{_ROWS}{layout.descending(row.at)}|{row.item.partition}"


class TableStorms:
    """``Storms`` over Table storage. ``writer`` is unique a process."""

    def __init__(self, service: TableServiceClient, *, writer: str) -> None:
        self._table = GuardedTable(service, layout.STORMS, writer=writer)

    def insert(self, row: FailureRow) -> None:
        """Insert a failure's row; the same row once more changes nothing."""
        body = {"body": codec.encode(row)}
        self._table.client.upsert_entity({"PartitionKey": _ALL, "RowKey": failure_row(row), **body})

    def read(self, since: datetime) -> Sheet:
        """Read everything since then; further pages are read as the rows are gone through."""
        below = f"{_ROWS}{layout.descending(since - _TICK)}"
        rows = self._table.query(_RANGE, one=_ALL, first="0|", below=below)
        head: dict[str, Row] = {}
        first: list[Row] = []
        for row in rows:
            if row["RowKey"].startswith(_ROWS):
                first.append(row)
                break
            head[row["RowKey"]] = row
        return Sheet(
            kept=_kept(head.get(_BOOK)),
            estate=_estate(head.get(_ESTATE)),
            rows=_failures(chain(first, rows)),
        )

    def kept(self) -> Kept:
        """Read the book alone."""
        return _kept(self._table.get(_ALL, _BOOK))

    def write(self, book: Book, version: str | None) -> str | None:
        """Replace the book under its version; None where somebody else was first."""
        row = {"PartitionKey": _ALL, "RowKey": _BOOK, **split("body", codec.encode(book))}
        return self._table.put(row, version=version)

    def note(self, estate: Estate) -> None:
        """Replace what is known of the estate; only sweeps write it, and each all of it."""
        body = split("body", codec.encode(estate))
        self._table.client.upsert_entity(
            {"PartitionKey": _ALL, "RowKey": _ESTATE, **body}, mode=UpdateMode.REPLACE
        )

    def forget(self, before: datetime) -> int:
        """Remove rows of failures older than that, some at a time; returns how many."""
        first = f"{_ROWS}{layout.descending(before - _TICK)}"
        rows = self._table.query(_RANGE, one=_ALL, first=first, below="1|~")
        old = list(islice(rows, FORGOTTEN_AT_ONCE))
        if old:
            self._table.client.submit_transaction(
                [("delete", {"PartitionKey": _ALL, "RowKey": row["RowKey"]}) for row in old]
            )
        return len(old)


def _kept(row: Row | None) -> Kept:
    if row is None:
        return Kept()
    return Kept(book=codec.decode(Book, joined("body", row)), version=version_of(row))


def _estate(row: Row | None) -> Estate:
    return Estate() if row is None else codec.decode(Estate, joined("body", row))


def _failures(rows: Iterator[Row]) -> Iterator[FailureRow]:
    return (codec.decode(FailureRow, row["body"]) for row in rows)

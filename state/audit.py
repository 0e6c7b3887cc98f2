"""The reader of the audit: what the console asks, answered from index and partitions.

Cursors name the last thing that was given, so a page is the same whatever happened meanwhile.
"""

import itertools
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from remediation.ids import ItemId
from remediation.incident import Incident
from remediation.ports import IncidentIndex, IndexRow
from state.anchored import Anchor
from state.anchoring import LEDGER
from state.chained import Tail
from state.index import cursor_after, read_cursor
from state.ledger import Alarm, RejectedEntry, row_of
from state.reading import (
    FIRST_DAY,
    AuditQuery,
    AuditRecord,
    IncidentDetail,
    IncidentQuery,
    ItemChain,
    LedgerReader,
    Page,
    Partitions,
)
from state.verdict import ItemVerdict, verdict_on, verdict_on_missing

# How many rows of the index are asked for at once.
_BLOCK = 200
# What is looked at for one page at most: rows of the index, incidents whose head is read (a request
# each), incidents whose records are (two). Where few are wanted of many, a page holds fewer than
# it could, and the next one goes on.
MOST_ROWS = 2_000
MOST_HEADS = 200
MOST_AUDITED = 100
# A cursor behind every record of an incident: sequences have ten digits.
_ALL_OF_IT = 9_999_999_999


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditReader:
    """Everything the console reads. Changes nothing; pages are bounded by ``size``."""

    partitions: Partitions
    index: IncidentIndex
    ledger: LedgerReader

    def incidents(
        self, query: IncidentQuery, *, cursor: str | None = None, size: int = 50
    ) -> Page[Incident]:
        """Return wanted incidents as they stand now, the newest first.

        Raises ValueError for a cursor that no page answered.
        """
        if cursor is not None:
            read_cursor(cursor)
        if query.item is not None:
            return self._of_item(query, query.item, cursor, size)
        taken: dict[str, Incident] = {}
        last: str | None = None
        heads = 0
        for number, row in enumerate(self._candidates(query, cursor)):
            if number == MOST_ROWS or heads == MOST_HEADS:
                return Page(entries=tuple(taken.values()), next=last)
            if query.may_match(row):
                heads += 1
                incident = self._head(row)
                if incident is not None and incident.id not in taken and query.matches(incident):
                    if len(taken) == size:
                        return Page(entries=tuple(taken.values()), next=last)
                    taken[incident.id] = incident
            last = cursor_after(row)
        return Page(entries=tuple(taken.values()), next=None)

    def incident(self, identity: str) -> IncidentDetail | None:
        """Return one incident with its records; None where there is none."""
        row = self.index.find(identity)
        head = None if row is None else self.partitions.incident(row.item, identity)
        if head is None:
            return None
        records = tuple(self.partitions.records_of(head.item, identity))
        return IncidentDetail(incident=head, records=records)

    def audit(
        self, query: AuditQuery, *, cursor: str | None = None, size: int = 100
    ) -> Page[AuditRecord]:
        """Return wanted records: newest incident first, in their order within an incident.

        Raises ValueError for a cursor that no page answered.
        """
        first, passed = (None, 0) if cursor is None else _position(cursor)
        taken: list[AuditRecord] = []
        last: str | None = None
        looked = 0
        for number, row in enumerate(self._audited(query, first, passed)):
            if number == MOST_ROWS or looked == MOST_AUDITED:
                return Page(entries=tuple(taken), next=last)
            here = cursor_after(row)
            if row.open or row.written_at >= query.since:
                looked += 1
                for record in self._records(query, row):
                    given = here == first and record.record.sequence <= passed
                    if given or not query.matches(record):
                        continue
                    if len(taken) == size:
                        return Page(entries=tuple(taken), next=last)
                    taken.append(record)
                    last = f"{here}/{record.record.sequence}"
            last = f"{here}/{_ALL_OF_IT}"
        return Page(entries=tuple(taken), next=None)

    def verify(
        self, item: ItemId | None = None, *, after: str = "", anchor: Anchor | None = None
    ) -> Iterator[ItemVerdict]:
        """Verify an item's chain, or every chain there is, by name, ``after`` one.

        With an anchor each is compared with what was anchored; one that is gone is told, too.
        """
        if item is not None:
            yield verdict_on(self.partitions.chain(item), anchor)
            return
        heads = {} if anchor is None else anchor.heads
        missing = deque(sorted(name for name in heads if name > after))
        for found in itertools.chain(self.partitions.chains(after), self._of_ledger(after)):
            while missing and anchor is not None and missing[0] < found.partition:
                yield verdict_on_missing(heads[missing.popleft()], anchor.day)
            if missing and missing[0] == found.partition:
                missing.popleft()
            yield verdict_on(found, anchor)
        if anchor is not None:
            yield from (verdict_on_missing(heads[name], anchor.day) for name in missing)

    def _of_ledger(self, after: str) -> Iterator[ItemChain]:
        """The ledger's chains as those of items: their names sort behind all partitions."""
        for name, _ in self.ledger.heads():
            if LEDGER + name > after:
                head, rows = self.ledger.chain(name)
                yield ItemChain(
                    partition=LEDGER + name,
                    item=None,
                    head=head,
                    rows=rows,
                    belongs={row.position: row_of(name, row.position) for row in rows},
                    unreadable={},
                    differing={},
                )

    def rejected(
        self, *, since: datetime, until: datetime, after: tuple[str, int] | None = None
    ) -> Iterator[RejectedEntry]:
        """Rejected deliveries of ``[since, until)``, newest day first, in order within a day."""
        return self.ledger.rejected(since=since, until=until, after=after)

    def alarms(self) -> tuple[Alarm, ...]:
        """Every alarm, the newest first."""
        return self.ledger.alarms()

    def newest_alarms(self, *, before: int | None, most: int) -> Tail[Alarm]:
        """Return the newest alarms, ``before`` a position; no others are read."""
        return self.ledger.newest_alarms(before=before, most=most)

    def _of_item(
        self, query: IncidentQuery, item: ItemId, cursor: str | None, size: int
    ) -> Page[Incident]:
        """An item's incidents all stand in its partition, and are read together."""
        after = "" if cursor is None else _order_of(cursor)
        pairs = ((_row(one), one) for one in self.partitions.incidents_of(item))
        found = [pair for pair in pairs if _order(pair[0]) > after and query.matches(pair[1])]
        following = cursor_after(found[size - 1][0]) if len(found) > size else None
        return Page(entries=tuple(one for _, one in found[:size]), next=following)

    def _candidates(self, query: IncidentQuery, cursor: str | None) -> Iterator[IndexRow]:
        """The index rows of incidents that can be wanted, after the cursor."""
        if not query.only_open:
            return self._rows(query.since, query.until, cursor)
        # What is open is found at once, however long ago it was opened.
        after = "" if cursor is None else _order_of(cursor)
        rows = sorted(self.index.open_rows(), key=_order)
        return (row for row in rows if _order(row) > after)

    def _head(self, row: IndexRow) -> Incident | None:
        """Return the row's incident; None for a row whose own opening never came."""
        head = self.partitions.incident(row.item, row.incident)
        return head if head is not None and head.opened_at == row.opened_at else None

    def _records(self, query: AuditQuery, row: IndexRow) -> Iterator[AuditRecord]:
        """The records of a row's incident; none for a row whose own opening never came."""
        sure = query.item is not None or query.incident is not None
        if sure or self._head(row) is not None:
            yield from self.partitions.records_of(row.item, row.incident)

    def _audited(self, query: AuditQuery, first: str | None, passed: int) -> Iterator[IndexRow]:
        """The index rows of incidents that can have wanted records, from ``first`` on."""
        if query.incident is not None:
            row = self.index.find(query.incident)
            found = iter(() if row is None else (row,))
        elif query.item is not None:
            found = map(_row, self.partitions.incidents_of(query.item))
        elif first is None or passed == _ALL_OF_IT:
            return self._rows(FIRST_DAY, query.until, first)
        else:
            # What sorts right before the row the cursor names, so that it comes once more.
            found = self._rows(FIRST_DAY, query.until, first[:-1])
        return (row for row in found if first is None or _order(row) >= _order_of(first))

    def _rows(self, since: datetime, until: datetime, cursor: str | None) -> Iterator[IndexRow]:
        while True:
            rows, cursor = self.index.page(since=since, until=until, cursor=cursor, size=_BLOCK)
            yield from rows
            if cursor is None:
                return


def _order(row: IndexRow) -> str:
    return _order_of(cursor_after(row))


def _order_of(cursor: str) -> str:
    """Return the part of a cursor by which everything is ordered, newest first."""
    return cursor.partition("/")[2]


def _position(cursor: str) -> tuple[str, int]:
    row, found, sequence = cursor.rpartition("/")
    if not found or not sequence.isdecimal():
        raise ValueError(f"cursor: expected what a page answered as next, got {cursor[:200]!r}")
    read_cursor(row)
    return row, int(sequence)


def _row(incident: Incident) -> IndexRow:
    """Return the row that the index has of an incident."""
    ended = incident.ending
    return IndexRow(
        incident=incident.id,
        item=incident.item,
        vault=incident.protected.vault,
        opened_at=incident.opened_at,
        cause=incident.cause,
        code=incident.code,
        open=incident.open,
        status=incident.status,
        written_at=incident.opened_at if ended is None else ended.at,
    )

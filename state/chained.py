"""Chains beside those of the items: one a partition, a head and rows behind it.

The head is replaced under its version together with every row, so two writers cannot both come
next. A marker, where one is given, is inserted with the row: what it names is taken once.
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from azure.core.exceptions import ServiceResponseError
from azure.data.tables import TableTransactionError

from state.bodies import joined, split
from state.chain import ChainHead, ChainRow, linked
from state.guarded import GuardedTable, Row, replacing, version_of

HEAD = "0|head"
_FROM, _BELOW = "1|", "1|~"
_TRIES = 100
_RACES = {409, 412}

type Draft = Callable[[int], tuple[str, str]]


def chained_row(kind: str, position: int) -> str:
    """Return the key of a row of a chain; rows sort by their position."""
    return f"1|{kind}|{position:010}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tail[T]:
    """The end of a chain, or an earlier part of it: the newest first.

    ``before`` is the position that the next, older part ends before; None where there is none.
    """

    entries: tuple[T, ...]
    before: int | None


class ChainedRows:
    """Chains in a table of their own or of others, by partition."""

    def __init__(self, table: GuardedTable) -> None:
        self._table = table
        # Whoever loses the race for a head reads it again, so a process does not race itself.
        self._turn = threading.Lock()

    def append(self, partition: str, draft: Draft, *, marker: str | None = None) -> bool:
        """Add a row; ``draft`` gives its key and body for a position. False: the marker stands.

        Two requests, and two more for each lost race.
        """
        for _ in range(_TRIES):
            with self._turn:
                head = self._table.get(partition, HEAD)
                if self._append(partition, head, draft, marker):
                    return True
            if marker is not None and self._table.get(partition, marker) is not None:
                return False
        raise RuntimeError(f"nothing could be added to {partition}: too many come at once")

    def partitions(self) -> Iterator[tuple[str, ChainHead]]:
        """Every chain's partition and head: a walk through the table."""
        names = ("PartitionKey", "position", "hash")
        for row in self._table.query("RowKey eq @head", select=names, head=HEAD):
            yield str(row["PartitionKey"]), _head(row)

    def rows(self, partition: str, after: str = _FROM) -> Iterator[Row]:
        """The rows of a chain, in their order, behind the row of that key."""
        condition = "PartitionKey eq @one and RowKey gt @after and RowKey lt @below"
        return self._table.query(condition, one=partition, after=after, below=_BELOW)

    def tail(self, partition: str, kind: str, *, before: int | None, most: int) -> Tail[str]:
        """Return the bodies of the newest rows of a chain, however long it is.

        ``before`` None: its very end, which is two requests; one where the position is given.
        """
        if before is None:
            head = self._table.get(partition, HEAD)
            before = 1 if head is None else _head(head).position + 1
        first = max(1, before - most)
        if before <= first:
            return Tail(entries=(), before=None)
        rows = self._table.query(
            "PartitionKey eq @one and RowKey ge @first and RowKey lt @below",
            top=before - first,
            one=partition,
            first=chained_row(kind, first),
            below=chained_row(kind, before),
        )
        bodies = [joined("body", row) for row in rows]
        return Tail(entries=tuple(bodies[::-1]), before=first if first > 1 else None)

    def chain(self, partition: str) -> tuple[ChainHead, tuple[ChainRow, ...]]:
        """Return a chain as it stands, for verification."""
        head = self._table.get(partition, HEAD)
        return (
            ChainHead() if head is None else _head(head),
            tuple(map(_link, self.rows(partition))),
        )

    def _append(self, partition: str, head: Row | None, draft: Draft, marker: str | None) -> bool:
        """Add a row behind the head that was read; False where something stood in the way."""
        before = ChainHead() if head is None else _head(head)
        key, body = draft(before.position + 1)
        token = self._table.token()
        row = {
            "PartitionKey": partition,
            "RowKey": key,
            "position": before.position + 1,
            "previous": before.hash,
            "hash": linked(before.hash, body),
            "commit": token,
            **split("body", body),
        }
        new_head = {
            "PartitionKey": partition,
            "RowKey": HEAD,
            "position": row["position"],
            "hash": row["hash"],
        }
        version = None if head is None else version_of(head)
        once = {"PartitionKey": partition, "RowKey": marker, "row": key}
        marked = [] if marker is None else [("create", once)]
        try:
            self._table.client.submit_transaction(
                [replacing(new_head, version), ("create", row), *marked]
            )
        except (TableTransactionError, ServiceResponseError) as fault:
            done = self._table.signed_by(token, row) is not None
            raced = isinstance(fault, TableTransactionError) and fault.status_code in _RACES
            if not done and not raced:
                raise
            return done
        return True


def _head(row: Row) -> ChainHead:
    return ChainHead(position=int(row.get("position", 0)), hash=str(row.get("hash", "")))


def _link(row: Row) -> ChainRow:
    """Return a row's link; what a tampered row lacks is shown as empty."""
    return ChainRow(
        key=str(row["RowKey"]),
        position=int(row.get("position", 0)),
        previous=str(row.get("previous", "")),
        hash=str(row.get("hash", "")),
        body=joined("body", row) if "body" in row else "",
    )

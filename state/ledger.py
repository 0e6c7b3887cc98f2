"""What leads to no incident: rejected deliveries, chained by day, and alarms, one a key."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from azure.core.exceptions import ServiceResponseError
from azure.data.tables import TableServiceClient, TableTransactionError

from remediation.incident import Door
from remediation.messages import Rejected
from remediation.redact import bounded, redact
from state import codec, layout
from state.bodies import joined, split
from state.chain import ChainHead, ChainRow, linked
from state.days import next_day_with_rows
from state.guarded import GuardedTable, Row, replacing, version_of

MOST_BYTES = 32 * 1024
_MOST_REASON = 2_000
_HEAD = "0|head"
_ALARMS = "alarm"
_TRIES = 100
_RACES = {409, 412}


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedEntry:
    """A rejected delivery as it was kept; ``position`` counts within its UTC day."""

    at: datetime
    door: Door
    reason: str
    text: str
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """An alarm that was raised."""

    key: str
    text: str
    at: datetime


class TableLedger:
    """``Ledger`` over Table storage, and its reader. ``writer`` is unique a process."""

    def __init__(self, service: TableServiceClient, *, writer: str) -> None:
        self._table = GuardedTable(service, layout.LEDGER, writer=writer)
        # Whoever loses the race for a day's head reads it again, so a process does not race itself.
        self._turn = threading.Lock()

    def reject(self, rejected: Rejected, at: datetime) -> None:
        """Keep a rejected delivery: at most 32 KiB of text, redacted, in its day's chain."""
        partition = layout.day(at)
        for _ in range(_TRIES):
            with self._turn:
                head = self._table.get(partition, _HEAD)
                if self._append(partition, head, entry(rejected, at, 1 + _position(head))):
                    return
        raise RuntimeError("a rejected delivery could not be kept: too many come at once")

    def alarm(self, key: str, text: str, at: datetime) -> bool:
        """Raise an alarm once a key; True where it is new."""
        row = {
            "PartitionKey": _ALARMS,
            "RowKey": layout.hashed(key),
            "key": redact(key),
            "at": codec.instant(at),
            **split("text", bounded(text, MOST_BYTES)),
        }
        return self._table.put(row, version=None) is not None

    def alarmed(self, key: str) -> bool:
        """Whether an alarm was raised under that key."""
        return self._table.get(_ALARMS, layout.hashed(key)) is not None

    def rejected(self, *, since: datetime, until: datetime) -> Iterator[RejectedEntry]:
        """Rejected deliveries of ``[since, until)``, newest day first, in order within a day."""
        day: str | None = layout.day(until)
        while day is not None and day >= layout.day(since):
            for row in self._rows(day):
                found = codec.decode(RejectedEntry, joined("body", row))
                if since <= found.at < until:
                    yield found
            day = next_day_with_rows(layout.day(since), day, self._any)

    def alarms(self) -> tuple[Alarm, ...]:
        """Every alarm, the newest first."""
        rows = self._table.query("PartitionKey eq @one", one=_ALARMS)
        found = (
            Alarm(key=row["key"], text=joined("text", row), at=codec.read_instant(row["at"]))
            for row in rows
        )
        return tuple(sorted(found, key=lambda alarm: alarm.at, reverse=True))

    def chain(self, day: str) -> tuple[ChainHead, tuple[ChainRow, ...]]:
        """Return a day's chain as it stands, for verification."""
        head = self._table.get(day, _HEAD)
        hashed = ChainHead() if head is None else _head(head)
        return hashed, tuple(map(_link, self._rows(day)))

    def _append(self, partition: str, head: Row | None, kept: RejectedEntry) -> bool:
        """Add an entry behind the head that was read; False where somebody else did."""
        before = ChainHead() if head is None else _head(head)
        body = codec.encode(kept)
        token = self._table.token()
        row = {
            "PartitionKey": partition,
            "RowKey": rejected_row(kept.position),
            "position": kept.position,
            "previous": before.hash,
            "hash": linked(before.hash, body),
            "commit": token,
            **split("body", body),
        }
        new_head = {
            "PartitionKey": partition,
            "RowKey": _HEAD,
            "position": kept.position,
            "hash": row["hash"],
        }
        version = None if head is None else version_of(head)
        try:
            self._table.client.submit_transaction([replacing(new_head, version), ("create", row)])
        except (TableTransactionError, ServiceResponseError) as fault:
            done = self._table.signed_by(token, row) is not None
            raced = isinstance(fault, TableTransactionError) and fault.status_code in _RACES
            if not done and not raced:
                raise
            return done
        return True

    def _rows(self, day: str) -> Iterator[Row]:
        condition = "PartitionKey eq @day and RowKey ge @first"
        return self._table.query(condition, day=day, first="1|")

    def _any(self, first: str, last: str) -> bool:
        condition = "PartitionKey ge @first and PartitionKey le @last"
        return any(True for _ in self._table.query(condition, top=1, first=first, last=last))


def entry(rejected: Rejected, at: datetime, position: int) -> RejectedEntry:
    """Return what is kept of a rejected delivery: bounded and redacted."""
    return RejectedEntry(
        at=at,
        door=rejected.door,
        reason=bounded(rejected.reason, _MOST_REASON),
        text=bounded(rejected.text, MOST_BYTES),
        position=position,
    )


def rejected_row(position: int) -> str:
    """Return the row key of a rejected delivery; rows of a day sort by their position."""
    return f"1|rejected|{position:010}"


def _position(head: Row | None) -> int:
    return 0 if head is None else int(head["position"])


def _head(row: Row) -> ChainHead:
    return ChainHead(position=int(row["position"]), hash=str(row["hash"]))


def _link(row: Row) -> ChainRow:
    return ChainRow(
        key=row["RowKey"],
        position=int(row["position"]),
        previous=row["previous"],
        hash=row["hash"],
        body=joined("body", row),
    )

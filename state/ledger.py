"""What leads to no incident: rejected deliveries, chained by day, and alarms, one a key."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from azure.data.tables import TableServiceClient

from remediation.incident import Door
from remediation.messages import Rejected
from remediation.redact import bounded, redact
from state import codec, layout
from state.bodies import joined
from state.chain import ChainHead, ChainRow
from state.chained import ChainedRows, Tail, chained_row
from state.days import next_day_with_rows
from state.guarded import GuardedTable

MOST_BYTES = 32 * 1024
_MOST_REASON = 2_000
ALARMS = "alarm"


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
    """``Ledger`` over Table storage, and its reader. ``writer`` is unique a process.

    Alarms have one chain. What persons do about pauses and what becomes of a policy document are
    alarms, too, so the chain holds these.
    """

    def __init__(self, service: TableServiceClient, *, writer: str) -> None:
        self._table = GuardedTable(service, layout.LEDGER, writer=writer)
        self._chained = ChainedRows(self._table)

    def reject(self, rejected: Rejected, at: datetime) -> None:
        """Keep a rejected delivery: at most 32 KiB of text, redacted, in its day's chain."""
        self._chained.append(
            layout.day(at),
            lambda position: (
                rejected_row(position),
                codec.encode(entry(rejected, at, position)),
            ),
        )

    def alarm(self, key: str, text: str, at: datetime) -> bool:
        """Raise an alarm once a key; True where it is new. One request where it is not."""
        if self.alarmed(key):
            return False
        body = codec.encode(Alarm(key=redact(key), text=bounded(text, MOST_BYTES), at=at))
        return self._chained.append(
            ALARMS, lambda position: (alarm_row(position), body), marker=_marker(key)
        )

    def alarmed(self, key: str) -> bool:
        """Whether an alarm was raised under that key."""
        return self._table.get(ALARMS, _marker(key)) is not None

    def rejected(
        self, *, since: datetime, until: datetime, after: tuple[str, int] | None = None
    ) -> Iterator[RejectedEntry]:
        """Rejected deliveries of ``[since, until)``, newest day first, in order within a day.

        ``after`` a day and a position: nothing before that is read.
        """
        newest = layout.day(until)
        day: str | None
        day, passed = after if after is not None and after[0] <= newest else (newest, 0)
        while day is not None and day >= layout.day(since):
            for row in self._chained.rows(day, rejected_row(passed)):
                found = codec.decode(RejectedEntry, joined("body", row))
                if since <= found.at < until:
                    yield found
            day, passed = next_day_with_rows(layout.day(since), day, self._any), 0

    def alarms(self) -> tuple[Alarm, ...]:
        """Every alarm, the newest first: the whole chain is read."""
        bodies = [joined("body", row) for row in self._chained.rows(ALARMS)]
        return tuple(codec.decode(Alarm, body) for body in reversed(bodies))

    def newest_alarms(self, *, before: int | None, most: int) -> Tail[Alarm]:
        """Return the newest alarms, ``before`` a position: two requests, or one, however many."""
        found = self._chained.tail(ALARMS, ALARMS, before=before, most=most)
        return alarm_tail(found)

    def heads(self) -> Iterator[tuple[str, ChainHead]]:
        """The head of every chain of the ledger, with its name: a walk through the table."""
        return self._chained.partitions()

    def chain(self, name: str) -> tuple[ChainHead, tuple[ChainRow, ...]]:
        """Return a chain as it stands, for verification: that of a day, or another by its name."""
        return self._chained.chain(name)

    def _any(self, first: str, last: str) -> bool:
        condition = "PartitionKey ge @first and PartitionKey le @last"
        return any(True for _ in self._table.query(condition, top=1, first=first, last=last))


def alarm_tail(found: Tail[str]) -> Tail[Alarm]:
    """Return alarms as they were read."""
    entries = tuple(codec.decode(Alarm, body) for body in found.entries)
    return Tail(entries=entries, before=found.before)


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
    return chained_row("rejected", position)


def row_of(name: str, position: int) -> str:
    """Return the row key of a record of any chain of the ledger: days have rejected deliveries."""
    return rejected_row(position) if name[:1].isdecimal() else chained_row(name, position)


def alarm_row(position: int) -> str:
    """Return the row key of an alarm."""
    return chained_row(ALARMS, position)


def _marker(key: str) -> str:
    return f"2|key|{layout.hashed(key)}"

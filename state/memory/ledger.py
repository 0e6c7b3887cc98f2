"""Rejected deliveries and alarms in memory."""

from collections.abc import Iterator
from datetime import datetime

from remediation.messages import Rejected
from remediation.redact import bounded, redact
from state import codec, layout
from state.chain import ChainHead, ChainRow
from state.chained import Tail
from state.ledger import (
    ALARMS,
    MOST_BYTES,
    Alarm,
    RejectedEntry,
    alarm_row,
    alarm_tail,
    entry,
    rejected_row,
)
from state.memory.chained import MemoryChains


class MemoryLedger:
    """``Ledger`` in memory, and its reader. Thread-safe. ``chains``: shared with other ports."""

    def __init__(self, chains: MemoryChains | None = None) -> None:
        self._chains = chains or MemoryChains()

    def reject(self, rejected: Rejected, at: datetime) -> None:
        """Keep a rejected delivery: at most 32 KiB of text, redacted, in its day's chain."""
        self._chains.append(
            layout.day(at),
            lambda position: (
                rejected_row(position),
                codec.encode(entry(rejected, at, position)),
            ),
        )

    def alarm(self, key: str, text: str, at: datetime) -> bool:
        """Raise an alarm once a key; True where it is new."""
        body = codec.encode(Alarm(key=redact(key), text=bounded(text, MOST_BYTES), at=at))
        return self._chains.append(
            ALARMS, lambda position: (alarm_row(position), body), marker=layout.hashed(key)
        )

    def alarmed(self, key: str) -> bool:
        """Whether an alarm was raised under that key."""
        return self._chains.marked(ALARMS, layout.hashed(key))

    def rejected(
        self, *, since: datetime, until: datetime, after: tuple[str, int] | None = None
    ) -> Iterator[RejectedEntry]:
        """Rejected deliveries of ``[since, until)``, newest day first, in order within a day.

        ``after``: only those behind that day's position.
        """
        days = [name for name, _ in self._chains.partitions() if name[:1].isdecimal()]
        bodies = [body for day in sorted(days, reverse=True) for body in self._chains.bodies(day)]
        found = (codec.decode(RejectedEntry, body) for body in bodies)
        wanted = (one for one in found if since <= one.at < until)
        return (one for one in wanted if after is None or _behind(one, after))

    def alarms(self) -> tuple[Alarm, ...]:
        """Every alarm, the newest first."""
        bodies = self._chains.bodies(ALARMS)
        return tuple(codec.decode(Alarm, body) for body in reversed(bodies))

    def newest_alarms(self, *, before: int | None, most: int) -> Tail[Alarm]:
        """Return the newest alarms, ``before`` a position."""
        return alarm_tail(self._chains.tail(ALARMS, before=before, most=most))

    def heads(self) -> Iterator[tuple[str, ChainHead]]:
        """The head of every chain of the ledger, with its name."""
        return self._chains.partitions()

    def chain(self, name: str) -> tuple[ChainHead, tuple[ChainRow, ...]]:
        """Return a chain as it stands, for verification: that of a day, or another by its name."""
        return self._chains.chain(name)


def _behind(one: RejectedEntry, after: tuple[str, int]) -> bool:
    day, position = after
    own = layout.day(one.at)
    return own < day or (own == day and one.position > position)

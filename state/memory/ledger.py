"""Rejected deliveries and alarms in memory."""

import threading
from collections.abc import Iterator
from datetime import datetime

from remediation.messages import Rejected
from remediation.redact import bounded, redact
from state import codec, layout
from state.chain import ChainHead, ChainRow, linked
from state.ledger import MOST_BYTES, Alarm, RejectedEntry, entry, rejected_row


class MemoryLedger:
    """``Ledger`` in memory, and its reader. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._days: dict[str, list[ChainRow]] = {}
        self._alarms: dict[str, Alarm] = {}

    def reject(self, rejected: Rejected, at: datetime) -> None:
        """Keep a rejected delivery: at most 32 KiB of text, redacted, in its day's chain."""
        with self._lock:
            rows = self._days.setdefault(layout.day(at), [])
            before = _head(rows)
            kept = entry(rejected, at, before.position + 1)
            body = codec.encode(kept)
            rows.append(
                ChainRow(
                    key=rejected_row(kept.position),
                    position=kept.position,
                    previous=before.hash,
                    hash=linked(before.hash, body),
                    body=body,
                )
            )

    def alarm(self, key: str, text: str, at: datetime) -> bool:
        """Raise an alarm once a key; True where it is new."""
        with self._lock:
            if key in self._alarms:
                return False
            self._alarms[key] = Alarm(key=redact(key), text=bounded(text, MOST_BYTES), at=at)
            return True

    def alarmed(self, key: str) -> bool:
        """Whether an alarm was raised under that key."""
        with self._lock:
            return key in self._alarms

    def rejected(self, *, since: datetime, until: datetime) -> Iterator[RejectedEntry]:
        """Rejected deliveries of ``[since, until)``, newest day first, in order within a day."""
        with self._lock:
            bodies = [
                row.body for day in sorted(self._days, reverse=True) for row in self._days[day]
            ]
        found = (codec.decode(RejectedEntry, body) for body in bodies)
        return (one for one in found if since <= one.at < until)

    def alarms(self) -> tuple[Alarm, ...]:
        """Every alarm, the newest first."""
        with self._lock:
            return tuple(sorted(self._alarms.values(), key=lambda one: one.at, reverse=True))

    def chain(self, day: str) -> tuple[ChainHead, tuple[ChainRow, ...]]:
        """Return a day's chain as it stands, for verification."""
        with self._lock:
            rows = tuple(self._days.get(day, ()))
        return _head(rows), rows


def _head(rows: "list[ChainRow] | tuple[ChainRow, ...]") -> ChainHead:
    return ChainHead(position=rows[-1].position, hash=rows[-1].hash) if rows else ChainHead()

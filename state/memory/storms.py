"""Storms in memory."""

import threading
from datetime import datetime

from remediation.storms.port import Kept, Sheet
from remediation.storms.scopes import Estate, FailureRow
from remediation.storms.storm import Book
from state import codec
from state.storms import FORGOTTEN_AT_ONCE, failure_row


class MemoryStorms:
    """``Storms`` in memory. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rows: dict[str, FailureRow] = {}
        self._book: Kept = Kept()
        self._estate = Estate()
        self._writes = 0

    def insert(self, row: FailureRow) -> None:
        """Insert a failure's row; the same row once more changes nothing."""
        with self._lock:
            self._rows[failure_row(row)] = row

    def read(self, since: datetime) -> Sheet:
        """Read everything since then."""
        with self._lock:
            recent = {key: row for key, row in self._rows.items() if row.at >= since}
            kept, estate = self._book, self._estate
        return Sheet(kept=kept, estate=estate, rows=(recent[key] for key in sorted(recent)))

    def kept(self) -> Kept:
        """Read the book alone."""
        with self._lock:
            return self._book

    def write(self, book: Book, version: str | None) -> str | None:
        """Replace the book under its version; None where somebody else was first."""
        with self._lock:
            if version != self._book.version:
                return None
            self._writes += 1
            # As it would be read back.
            again = codec.decode(Book, codec.encode(book))
            self._book = Kept(book=again, version=str(self._writes))
            return self._book.version

    def note(self, estate: Estate) -> None:
        """Replace what is known of the estate."""
        with self._lock:
            self._estate = estate

    def forget(self, before: datetime) -> int:
        """Remove rows of failures older than that, some at a time; returns how many."""
        with self._lock:
            old = sorted(key for key, row in self._rows.items() if row.at < before)
            for key in old[:FORGOTTEN_AT_ONCE]:
                del self._rows[key]
            return len(old[:FORGOTTEN_AT_ONCE])

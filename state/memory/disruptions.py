"""Disruptive actions of the last hour in memory."""

import threading
from datetime import datetime

from remediation.disruptions import Begun


class MemoryDisruptions:
    """``Disruptions`` in memory. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._begun: dict[str, Begun] = {}

    def take(self, subscription: str, holder: str, *, now: datetime, limit: int) -> datetime | None:
        """Count one that begins; the answer is when it may where none may now, else None."""
        with self._lock:
            made = self._of(subscription).with_one(holder, limit, now)
            if isinstance(made, datetime):
                return made
            self._begun[subscription.lower()] = made
            return None

    def full(self, subscription: str, holder: str, *, now: datetime, limit: int) -> datetime | None:
        """Return what ``take`` would, and count nothing."""
        with self._lock:
            made = self._of(subscription).with_one(holder, limit, now)
        return made if isinstance(made, datetime) else None

    def _of(self, subscription: str) -> Begun:
        return self._begun.get(subscription.lower(), Begun())

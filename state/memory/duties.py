"""Duties in memory."""

import itertools
import threading
from collections.abc import Iterable
from dataclasses import replace

from remediation.duties import Duty
from remediation.race import LostRace
from state.duties import group_scope, scope_of


class MemoryDuties:
    """``Duties`` in memory. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._versions = (str(number) for number in itertools.count(1))
        self._duties: dict[str, Duty] = {}

    def get(self, lock_key: str) -> Duty | None:
        """Read one duty."""
        scope_of(lock_key)
        with self._lock:
            return self._duties.get(lock_key.lower())

    def put(self, duty: Duty) -> Duty | LostRace:
        """Insert (version None) or replace under the version; the answer has the new version."""
        scope_of(duty.lock.key)
        with self._lock:
            kept = self._duties.get(duty.lock.key)
            if (None if kept is None else kept.version) != duty.version:
                return LostRace()
            stored = replace(duty, version=next(self._versions))
            self._duties[duty.lock.key] = stored
            return stored

    def all(self) -> Iterable[Duty]:
        """Every duty."""
        with self._lock:
            return tuple(self._duties.values())

    def at_group(self, subscription: str, group: str) -> tuple[Duty, ...]:
        """Duties whose lock stood on that resource group."""
        wanted = group_scope(subscription, group)
        return tuple(duty for duty in self.all() if scope_of(duty.lock.key) == wanted)

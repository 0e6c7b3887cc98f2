"""Brakes on what Azure throttles, in memory."""

import threading
from datetime import datetime

from remediation.rates.brake import Brake, raised
from remediation.rates.family import Family


class MemoryBrakes:
    """``Brakes`` in memory. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._brakes: dict[tuple[str, Family], Brake] = {}

    def put_on(self, told: Brake, now: datetime) -> Brake:
        """Put a brake on, over the one that stands there; returns what stands now."""
        with self._lock:
            key = told.subscription, told.family
            self._brakes[key] = raised(self._brakes.get(key), told, now)
            return self._brakes[key]

    def known(self) -> tuple[Brake, ...]:
        """Read every brake, also those that are over."""
        with self._lock:
            return tuple(self._brakes.values())

"""Anchors in memory."""

import threading

from state.anchored import day_of
from state.anchors import BEGINNING


class MemoryAnchors:
    """``Anchors`` in memory. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._data: dict[str, bytes] = {}

    def put(self, name: str, data: bytes) -> bool:
        """Write an anchor; False where one of that name stands."""
        day_of(name)
        with self._lock:
            return self._data.setdefault(name, data) is data

    def names(self, day: str = "") -> tuple[str, ...]:
        """Return the names of all anchors, or those of a day, the eldest first."""
        with self._lock:
            return tuple(sorted(name for name in self._data if not day or day_of(name) == day))

    def get(self, name: str) -> bytes:
        """Return an anchor; raises LookupError where there is none."""
        day_of(name)
        with self._lock:
            if name not in self._data:
                raise LookupError(f"there is no anchor {name}")
            return self._data[name]

    def beginning(self, name: str) -> bytes:
        """Return an anchor's first line and what follows it, some kilobytes at most."""
        return self.get(name)[:BEGINNING]

"""Pauses in memory."""

import threading
from datetime import datetime

from remediation.pauses import Lifted, Pause
from state.pauses import ended, newest_first, standing


class MemoryPauses:
    """``Pauses`` in memory. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[str, Pause] = {}

    def active(self, now: datetime) -> tuple[Pause, ...]:
        """Return what stops something now, what ends last first."""
        return standing(iter(self.all()), now)

    def all(self) -> tuple[Pause, ...]:
        """Return every pause there ever was, the newest first."""
        with self._lock:
            return newest_first(iter(self._kept.values()))

    def get(self, identity: str) -> Pause | None:
        """Return a pause by its id."""
        with self._lock:
            return self._kept.get(identity)

    def put(self, pause: Pause) -> Pause:
        """Keep a new pause; return what stands under its id, which may have been there before."""
        with self._lock:
            return self._kept.setdefault(pause.id, pause)

    def lift(self, identity: str, lifted: Lifted) -> Pause | None:
        """End a pause; return it as it stands, None where there is none."""
        with self._lock:
            found = self._kept.get(identity)
            if found is not None:
                found = self._kept[identity] = ended(found, lifted)
            return found

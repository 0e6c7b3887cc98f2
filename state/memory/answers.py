"""Answers kept by idempotency key, in memory."""

import threading
from dataclasses import replace
from datetime import datetime

from state.answers import Kept


class MemoryAnswers:
    """``Answers`` in memory. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[str, Kept] = {}

    def claim(self, key: str, request: str, at: datetime) -> Kept | None:
        """Claim a key; None where it is ours now, else what stands there already."""
        with self._lock:
            if key in self._kept:
                return self._kept[key]
            self._kept[key] = Kept(request=request, at=at)
            return None

    def keep(self, key: str, answer: str) -> None:
        """Keep the answer of a key that was claimed."""
        with self._lock:
            self._kept[key] = replace(self._kept[key], answer=answer)

"""Wake-ups in memory: a sorted list that hands out what is due."""

import heapq
import itertools
import threading
from datetime import datetime

from remediation.messages import FailureReported, Woken
from state.wakeups import parse_wakeup, wakeup_text


class MemoryWakeups:
    """``Wakeups`` in memory. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        # The number keeps messages of one instant in the order they were sent.
        self._heap: list[tuple[datetime, int, str]] = []

    def send(self, message: Woken | FailureReported, *, at: datetime) -> None:
        """Deliver the message at ``at``; it is kept as text, as a queue would."""
        with self._lock:
            text = wakeup_text(message, at=at)
            heapq.heappush(self._heap, (at, next(self._numbers), text))

    def pop_due(self, now: datetime) -> tuple[Woken | FailureReported, ...]:
        """Take the messages that are due, the earliest first."""
        due: list[str] = []
        with self._lock:
            while self._heap and self._heap[0][0] <= now:
                due.append(heapq.heappop(self._heap)[2])
        return tuple(map(parse_wakeup, due))

    @property
    def next_due(self) -> datetime | None:
        """When the earliest message is due; None where there is none."""
        with self._lock:
            return self._heap[0][0] if self._heap else None

    def __len__(self) -> int:
        """Return how many messages there are."""
        return len(self._heap)

"""What will happen, and when: the only way in which anything changes without being asked."""

import heapq
from collections.abc import Callable
from datetime import datetime, timedelta

type Happening = Callable[[datetime], None]


class Agenda:
    """A queue of future happenings, each called once with the time for which it was planned."""

    def __init__(self) -> None:
        self._queue: list[tuple[datetime, int, Happening]] = []
        self._planned = 0

    def plan(self, at: datetime, happening: Happening) -> None:
        """Have something happen at a time; what is planned for one time keeps its order."""
        self._planned += 1
        heapq.heappush(self._queue, (at, self._planned, happening))

    def after(self, now: datetime, seconds: float, happening: Happening) -> None:
        """Have something happen a number of seconds from now."""
        self.plan(now + timedelta(seconds=seconds), happening)

    def advance(self, now: datetime) -> None:
        """Let everything happen that was planned up to ``now``, in order of time."""
        while self._queue and self._queue[0][0] <= now:
            at, _, happening = heapq.heappop(self._queue)
            happening(at)

    def next_at(self) -> datetime | None:
        """Return the time of the next happening, or ``None`` when nothing is planned."""
        return self._queue[0][0] if self._queue else None

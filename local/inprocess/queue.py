"""A delayed queue that knows what a Storage queue and the Functions host do with a message."""

import heapq
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from local.inprocess.clock import VirtualClock
from remediation.incident import Door
from remediation.messages import FailureReported, Woken
from remediation.undelivered import Undeliverable
from state.wakeups import LONGEST, wakeup_text

# host.json: a message whose function failed is seen again after this, and so many times.
VISIBLE_AGAIN = timedelta(minutes=1)
MOST_DELIVERIES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A message on its way to the worker for the ``count``-th time; ``door``: events or wakeups."""

    door: str
    text: str
    count: int = 1


class DelayedQueue:
    """``Wakeups`` and the queue of events; at least once, and poison after eight times."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self._numbers = itertools.count()
        self._heap: list[tuple[datetime, int, Delivery]] = []
        self.poison: list[Delivery] = []
        self.sent = 0

    def send(self, message: Woken | FailureReported, *, at: datetime) -> None:
        """Deliver a wake-up at ``at``, at the latest after 24 hours."""
        due = min(at, self._clock.now() + LONGEST)
        self.sent += 1
        self.put(Delivery(door="wakeups", text=wakeup_text(message, at=at)), due)

    def put(self, delivery: Delivery, due: datetime) -> None:
        """Have a message delivered."""
        heapq.heappush(self._heap, (due, next(self._numbers), delivery))

    def failed(self, delivery: Delivery) -> None:
        """Bring a message again whose function failed, or put it aside for good."""
        if delivery.count >= MOST_DELIVERIES:
            self.poison.append(delivery)
        else:
            self.put(replace(delivery, count=delivery.count + 1), self._clock.now() + VISIBLE_AGAIN)

    def take(self, now: datetime) -> Delivery | None:
        """Take the earliest message that is due."""
        if not self._heap or self._heap[0][0] > now:
            return None
        return heapq.heappop(self._heap)[2]

    @property
    def next_due(self) -> datetime | None:
        """When the earliest message is due."""
        return self._heap[0][0] if self._heap else None

    @property
    def waiting(self) -> list[Delivery]:
        """Every message there is."""
        return [delivery for _, _, delivery in self._heap]

    def peek(self) -> list[Delivery]:
        """Return what lies in the poison queue."""
        return list(self.poison)


class PoisonQueue:
    """``Undelivered`` over the queue's poison."""

    def __init__(self, queue: DelayedQueue) -> None:
        self._queue = queue

    def peek(self) -> Iterator[Undeliverable]:
        """Look at what lies there."""
        for number, one in enumerate(self._queue.peek()):
            door = Door.WAKEUP if one.door == "wakeups" else Door.EVENT_GRID
            yield Undeliverable(key=f"poison-{one.door}-{number}", text=one.text, door=door)

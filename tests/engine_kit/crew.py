"""Many workers on one storage and one Azure: real threads, each with an engine of its own.

Virtual time stands still while a round of deliveries is worked on, but for what each request takes.
Only the simulated Azure answers one request after the other.
"""

import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, override

from local.azure.http.message import Reply
from local.azure.http.service import ArmService
from local.checker.evidence import Evidence
from local.inprocess.clock import VirtualClock
from local.inprocess.queue import DelayedQueue, Delivery
from local.inprocess.run import SWEEP_EVERY, Run
from local.inprocess.wire import Wire
from local.worlds import World
from remediation.engine import BusyError, Engine
from remediation.intake import from_text
from remediation.messages import FailureReported, Woken
from remediation.reception import Reception
from remediation.sweep import Sweep
from state.wakeups import parse_wakeup
from tests.engine_kit.evidence import gathered


class OneAtATime(Wire):
    """Answers one request after the other; the workers between them come in any order."""

    def __init__(self, service: ArmService, clock: VirtualClock, latency: timedelta) -> None:
        super().__init__(service, clock, latency)
        self._turn = threading.Lock()

    @override
    def carry(self, method: str, path: str, **asked: Any) -> Reply:
        with self._turn:
            return super().carry(method, path, **asked)


class SharedQueue(DelayedQueue):
    """The delayed queue, for many threads."""

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__(clock)
        self._turn = threading.Lock()

    @override
    def put(self, delivery: Delivery, due: datetime) -> None:
        with self._turn:
            super().put(delivery, due)


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """One worker's engine and doors."""

    engine: Engine
    reception: Reception
    sweep: Sweep


class Crew(Run):
    """A world under way, and several workers that look after it at the same time."""

    def __init__(
        self, world: World, pool: ThreadPoolExecutor, *, workers: int, seed: int = 1
    ) -> None:
        """Start the workers; ``pool`` is their threads."""
        super().__init__(world, seed=seed)
        self.queue = SharedQueue(self.clock)
        self.wakeups = self.queue
        self._pool = pool
        self._mine = threading.local()
        self._workers = [self._hired() for _ in range(workers)]
        self.lost_races = 0

    def _hired(self) -> Worker:
        self.restart()
        return Worker(engine=self.engine, reception=self.reception, sweep=self.sweep)

    @override
    def wire(self, latency: timedelta) -> Wire:
        return OneAtATime(self.service, self.clock, latency)

    @override
    def step(self, until: datetime) -> bool:
        self._alerts()
        dues = (self.simulation.estate.agenda.next_at(), self.queue.next_due, self.next_sweep)
        at = min(due for due in dues if due is not None)
        self.clock.jump(min(at, until))
        self.simulation.advance(self.clock.now())
        if at > until:
            return False
        self._alerts()
        now = self.clock.now()
        round_ = [one for _ in self._workers if (one := self.queue.take(now)) is not None]
        shares = list(zip(self._workers, round_, strict=False))
        # Who is alone needs no thread of its own to be alone in.
        do = map if len(shares) == 1 else self._pool.map
        for fault in do(lambda share: self._work(*share), shares):
            if fault is not None:
                raise fault
        if not round_ and now >= self.next_sweep:
            self.next_sweep = now + SWEEP_EVERY
            self.sweep_once()
        return True

    def _work(self, worker: Worker, delivery: Delivery) -> Exception | None:
        try:
            self.delivered(worker, delivery)
        except BusyError:
            # The host brings it again.
            self.lost_races += 1
            self.queue.failed(delivery)
        except Exception as fault:  # noqa: BLE001 - raised again where the test sees it
            return fault
        return None

    def evidence(self) -> Evidence:
        """Return what the run left behind so far."""
        stores = self.stores
        return gathered(
            self.service, stores.incidents, stores.duties, stores.ledger, self.notices.texts
        )

    def delivered(self, worker: Worker, delivery: Delivery) -> None:
        """Have a worker take a message, as its function does."""
        again = delivery.count > 1
        for message in self._messages(delivery):
            match message:
                case Woken():
                    worker.engine.wake(message, redelivered=again)
                case FailureReported():
                    worker.reception.report(message, redelivered=again)
                case _:
                    raise AssertionError(message)

    def _messages(self, delivery: Delivery) -> Iterable[object]:
        if delivery.door == "wakeups":
            return (parse_wakeup(delivery.text),)
        return from_text(delivery.text, self.policy.scopes)


@contextmanager
def crew(world: World, *, workers: int = 16, seed: int = 1) -> Iterator[Crew]:
    """Give a crew; its threads end with the block."""
    with ThreadPoolExecutor(workers) as pool:
        yield Crew(world, pool, workers=workers, seed=seed)

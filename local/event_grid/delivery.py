"""Delivery at least once: attempts, the retry schedule and dead letters, on a given clock."""

import heapq
import itertools
import json
import logging
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from azure.core.exceptions import AzureError, ResourceExistsError
from azure.storage.blob import BlobServiceClient

from local.clock import Clock
from local.event_grid.destinations import Destination, dead_letter
from local.event_grid.events import Event
from local.event_grid.subscriptions import Subscription

# The platform's schedule; the last entry repeats until the time to live is over.
RETRIES = tuple(
    timedelta(seconds=seconds)
    for seconds in (10, 30, 60, 300, 600, 1800, 3600, 10_800, 21_600, 43_200)
)
DEAD_LETTER_DELAY = timedelta(minutes=5)
DEAD_LETTER_PATIENCE = timedelta(hours=4)
THREADS = 16

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Disorder:
    """How the order of events is disturbed: probabilities, and the longest delay (clock time)."""

    seed: int = 0
    duplicated: float = 0.0
    delayed: float = 0.0
    longest_delay: timedelta = timedelta(minutes=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One event on its way to one subscription; ``attempt`` counts the attempts made."""

    event: Event
    subscription: Subscription
    destination: Destination
    published: datetime
    attempt: int = 0
    outcome: str = ""
    tried: datetime | None = None
    reason: str = ""


class Courier:
    """Delivers on threads of its own until stopped."""

    def __init__(self, clock: Clock, disorder: Disorder, connection_string: str) -> None:
        self._clock = clock
        self._disorder = disorder
        self._connection_string = connection_string
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        self._stopped = False
        self._counts: Counter[str] = Counter()
        self._pool = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="delivery")
        self._thread = threading.Thread(target=self._loop, name="courier", daemon=True)

    def start(self) -> None:
        """Begin to deliver."""
        self._thread.start()

    def stop(self) -> None:
        """Start no more attempts; what is undelivered is lost with the process."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def counts(self) -> dict[str, int]:
        """Return how many deliveries were accepted, delivered, retried, dead-lettered, dropped."""
        with self._changed:
            names = ("accepted", "delivered", "retried", "dead_lettered", "dropped")
            return {**{name: self._counts[name] for name in names}, "waiting": len(self._due)}

    def accept(self, event: Event, subscription: Subscription, destination: Destination) -> None:
        """Take over an event for a subscription, disturbing the order as told."""
        delivery = Delivery(
            event=event,
            subscription=subscription,
            destination=destination,
            published=self._clock.now(),
        )
        # Chance hangs on the event, not on the order of requests: a run can be repeated.
        chance = random.Random(f"{self._disorder.seed}|{subscription.name}|{event.id}")
        copies = 2 if chance.random() < self._disorder.duplicated else 1
        for _ in range(copies):
            late = chance.random() < self._disorder.delayed
            wait = self._disorder.longest_delay * chance.random() if late else timedelta(0)
            self._count("accepted")
            self._later(wait, lambda: self._attempt(delivery))

    def _attempt(self, delivery: Delivery) -> None:
        number = delivery.attempt + 1
        result = delivery.destination.deliver(delivery.event, attempt=number)
        if result.delivered:
            self._count("delivered")
            return
        tried = replace(delivery, attempt=number, outcome=result.outcome, tried=self._clock.now())
        wait = RETRIES[min(number, len(RETRIES)) - 1]
        log.info("%s to %s: %s", delivery.event.id, delivery.subscription.name, result.outcome)
        if result.final:
            self._give_up(replace(tried, reason="Undeliverable"))
        elif number >= delivery.subscription.max_attempts:
            self._give_up(replace(tried, reason="MaxDeliveryAttemptsExceeded"))
        elif self._clock.now() + wait > delivery.published + delivery.subscription.time_to_live:
            self._give_up(replace(tried, reason="TimeToLiveExceeded"))
        else:
            self._count("retried")
            self._later(wait, lambda: self._attempt(tried))

    def _give_up(self, delivery: Delivery) -> None:
        if delivery.subscription.dead_letter_container is None:
            log.error("%s dropped: %s", delivery.event.id, delivery.reason)
            self._count("dropped")
        else:
            until = self._clock.now() + DEAD_LETTER_PATIENCE
            self._later(DEAD_LETTER_DELAY, lambda: self._bury(delivery, until))

    def _bury(self, delivery: Delivery, until: datetime) -> None:
        try:
            self._write_dead_letter(delivery)
        except AzureError as fault:
            if self._clock.now() < until:
                self._later(DEAD_LETTER_DELAY, lambda: self._bury(delivery, until))
            else:
                log.error("%s dropped, its dead letter failed: %s", delivery.event.id, fault)  # noqa: TRY400 - the fault says it all
                self._count("dropped")
        else:
            self._count("dead_lettered")

    def _write_dead_letter(self, delivery: Delivery) -> None:
        facts = {
            "deadLetterReason": delivery.reason,
            "deliveryAttempts": delivery.attempt,
            "lastDeliveryOutcome": delivery.outcome,
            "publishTime": delivery.published.isoformat(),
            "lastDeliveryAttemptTime": delivery.tried.isoformat() if delivery.tried else None,
        }
        now = self._clock.now()
        name = f"{delivery.subscription.name.upper()}/{now:%Y/%m/%d/%H}/{delivery.event.id}.json"
        service = BlobServiceClient.from_connection_string(self._connection_string, retry_total=0)
        with (
            service,
            service.get_container_client(
                str(delivery.subscription.dead_letter_container)
            ) as container,
        ):
            try:
                container.create_container()
            except ResourceExistsError:
                log.debug("the container is there")
            body = json.dumps([dead_letter(delivery.event, facts)])
            container.upload_blob(name, body.encode(), overwrite=True)

    def _later(self, wait: timedelta, act: Callable[[], None]) -> None:
        due = time.monotonic() + self._clock.shrink(wait).total_seconds()
        with self._changed:
            heapq.heappush(self._due, (due, next(self._numbers), act))
            self._changed.notify_all()

    def _count(self, name: str) -> None:
        with self._changed:
            self._counts[name] += 1

    def _loop(self) -> None:
        while True:
            with self._changed:
                while not self._stopped and (not self._due or self._due[0][0] > time.monotonic()):
                    left = self._due[0][0] - time.monotonic() if self._due else None
                    self._changed.wait(left)
                if self._stopped:
                    return
                act = heapq.heappop(self._due)[2]
                self._pool.submit(self._guarded, act)

    @staticmethod
    def _guarded(act: Callable[[], None]) -> None:
        try:
            act()
        except Exception:
            log.exception("a delivery failed unexpectedly")

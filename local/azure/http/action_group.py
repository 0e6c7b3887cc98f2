"""The action group: posts fired alerts to one address, and gives up as the real one does."""

import asyncio
import logging
from datetime import datetime, timedelta
from typing import Final, Protocol

import httpx

from local.azure.http.alert_payload import payload
from local.azure.model.entities import Alert

LOG = logging.getLogger(__name__)
RETRIED: Final = frozenset({408, 429, 503, 504})
WAITS: Final = (5, 20, 5, 40, 5)
SILENCE: Final = timedelta(minutes=15)
AT_ONCE: Final = 8
TIMEOUT_SECONDS: Final = 20.0


class Clock(Protocol):
    """The simulated clock, as far as it is needed here."""

    def now(self) -> datetime:
        """Return the simulated time."""
        ...

    def shrink(self, shown: timedelta) -> timedelta:
        """Return how long a simulated duration really takes."""
        ...


class ActionGroup:
    """Delivers alerts with bounded concurrency; waits are simulated time, time-outs are real."""

    def __init__(self, clock: Clock) -> None:
        """Start without an address: alerts that fire before there is one reach nobody."""
        self.target: str | None = None
        self.delivered = 0
        self.lost = 0
        self._clock = clock
        self._silent_until: datetime | None = None
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()
        self._client = httpx.AsyncClient(timeout=TIMEOUT_SECONDS, trust_env=False)

    def send(self, alert: Alert) -> None:
        """Deliver an alert in the background."""
        task = asyncio.create_task(self._deliver(alert))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Stop delivering."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._client.aclose()

    async def _deliver(self, alert: Alert) -> None:
        """Post, and post again after each wait; then leave the address alone for a while."""
        async with self._gate:
            target = self.target
            now = self._clock.now()
            if target is None or (self._silent_until is not None and now < self._silent_until):
                self.lost += 1
                return
            for wait in (*WAITS, None):
                if await self._post(target, alert):
                    return
                if wait is not None:
                    pause = self._clock.shrink(timedelta(seconds=wait))
                    await asyncio.sleep(pause.total_seconds())
            self.lost += 1
            self._silent_until = self._clock.now() + SILENCE
            LOG.warning("the alert target does not answer; job %s reaches nobody", alert.job.id)

    async def _post(self, target: str, alert: Alert) -> bool:
        """Post once; returns whether the matter is closed, for good or ill."""
        try:
            response = await self._client.post(target, json=payload(alert))
        except httpx.TransportError as fault:
            LOG.info("posting an alert failed: %s", type(fault).__name__)
            return False
        if response.status_code in RETRIED:
            return False
        if response.is_success:
            self.delivered += 1
        else:
            self.lost += 1
            LOG.warning("the alert target answered %s", response.status_code)
        return True

"""The way from the clients to the simulated Azure: one request in, one answer out, no socket."""

from collections.abc import Mapping
from datetime import timedelta

from local.azure.http.message import Reply, Request
from local.azure.http.misbehaviour import Fate
from local.azure.http.service import ArmService
from local.inprocess.clock import VirtualClock

BASE = "http://127.0.0.1:1"
# How long a request takes: the world goes on meanwhile.
LATENCY = timedelta(milliseconds=50)


class BrokenConnectionError(Exception):
    """The request went out, and no answer came."""


class Wire:
    """Carries requests to the simulation."""

    def __init__(self, service: ArmService, clock: VirtualClock, latency: timedelta) -> None:
        self.service = service
        self._clock = clock
        self._latency = latency

    def carry(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        body: object = None,
    ) -> Reply:
        """Have a request answered: its path unquoted, header names in lower case.

        Raises BrokenConnectionError where the answer is lost.
        """
        self._clock.tick(self._latency)
        now = self._clock.now()
        outcome = self.service.answer(
            Request(
                method=method,
                path=path,
                query=query,
                headers=headers,
                base_url=BASE,
                now=now,
                body=body,
            ),
            real_time=now.timestamp(),
        )
        if outcome.fate is Fate.CONNECTION_CLOSED:
            raise BrokenConnectionError("the connection was closed")
        return outcome.reply

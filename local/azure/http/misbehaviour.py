"""Azure on a bad day: throttles without cause, lost answers, gateways that time out, nonsense."""

import random
from enum import Enum, auto
from http import HTTPStatus

from local.azure.http.message import ArmError, Reply, Request
from local.worlds import Misbehaviour

_GATEWAYS = (
    (504, "GatewayTimeout", "The gateway did not receive a response within the specified time."),
    (504, "GatewayTimeout", "The gateway did not receive a response within the specified time."),
    (500, "RestApiInternalError", "Encountered an internal error. Retry the request."),
    (502, "InvalidGatewayHost", "The gateway host is not valid."),
)
# What stands where an answer should: a page of something on the way, JSON cut off or of no shape
# that was asked for, bytes that are no text.
NONSENSE = (
    b"<html><body><h1>Our services are not available right now</h1></body></html>",
    b'{"value": [{"id": "/subscriptions/',
    b'{"value": "none"}',
    b'{"properties": []}',
    b"{}",
    b"[]",
    b"null",
    b'"OK"',
    b"\xff\xfe\x00\x01",
)


class Fate(Enum):
    """What becomes of the answer to a request that was carried out."""

    ANSWERED = auto()
    GARBLED = auto()
    CONNECTION_CLOSED = auto()
    GATEWAY_TIMED_OUT = auto()


class Manners:
    """Decides, with seeded chance, how badly each request is treated."""

    def __init__(self, settings: Misbehaviour, seed: int) -> None:
        """Start with the world's probabilities, which may be changed later."""
        self.settings = settings
        self._chance = random.Random(f"{seed}/manners")

    def before(self, request: Request) -> None:
        """Refuse a request without looking at it, as often as the settings say."""
        if self._chance.random() < self.settings.throttle:
            wait = self._chance.randint(5, 60)
            text = f"Too many requests. Please try again after '{wait}' seconds."
            raise ArmError(429, "TooManyRequests", text, headers={"Retry-After": str(wait)})
        if request.method == "GET" and self._chance.random() < self.settings.timeout:
            raise ArmError(*self._chance.choice(_GATEWAYS))

    def after(self, request: Request) -> Fate:
        """Say what becomes of the answer, now that the request was carried out."""
        if request.method != "GET" and self._chance.random() < self.settings.lost_answer:
            return self._chance.choice((Fate.CONNECTION_CLOSED, Fate.GATEWAY_TIMED_OUT))
        # A world that never talks nonsense spends no chance on it.
        if self.settings.nonsense and self._chance.random() < self.settings.nonsense:
            return Fate.GARBLED
        return Fate.ANSWERED

    def garbled(self, reply: Reply) -> Reply:
        """Return an answer of the same status that says nothing, and loses its headers."""
        status = reply.status if reply.status != HTTPStatus.NO_CONTENT else HTTPStatus.OK
        return Reply(status=status, garbled=self._chance.choice(NONSENSE))

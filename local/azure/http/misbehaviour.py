"""Azure on a bad day: throttling without cause, answers that get lost, gateways that time out."""

import random
from enum import Enum, auto

from local.azure.http.message import ArmError, Request
from local.worlds import Misbehaviour

_GATEWAYS = (
    (504, "GatewayTimeout", "The gateway did not receive a response within the specified time."),
    (504, "GatewayTimeout", "The gateway did not receive a response within the specified time."),
    (500, "RestApiInternalError", "Encountered an internal error. Retry the request."),
    (502, "InvalidGatewayHost", "The gateway host is not valid."),
)


class Fate(Enum):
    """What becomes of the answer to a change that was carried out."""

    ANSWERED = auto()
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
        if request.method == "GET" or self._chance.random() >= self.settings.lost_answer:
            return Fate.ANSWERED
        return self._chance.choice((Fate.CONNECTION_CLOSED, Fate.GATEWAY_TIMED_OUT))

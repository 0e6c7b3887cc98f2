"""Why a request was not sent at all: nothing can have happened."""

import ssl
from collections.abc import Iterator
from datetime import timedelta

from azure.core.exceptions import AzureError, ServiceRequestError

from remediation.arm.endpoint import ForeignAddressError


class NoTokenError(AzureError):
    """The credential gave no token: the request was not sent."""


class NoIdentityError(NoTokenError):
    """A role's own identity is not the app's, or is no more: it gives no token."""


class HeldBackError(AzureError):
    """Azure's limits leave no room for the request now: it was not sent."""

    def __init__(self, reason: str, *, retry_after: timedelta, spread: timedelta) -> None:
        super().__init__(reason)
        self.retry_after, self.spread = retry_after, spread


def surely_not_sent(error: Exception) -> bool:
    """Whether nothing left this machine.

    The SDK calls every odd connection error a request error, one while *reading* the answer
    included, so its word is taken only where the cause is that no connection was made.
    """
    if isinstance(error, NoTokenError | ForeignAddressError):
        return True
    if not isinstance(error, ServiceRequestError):
        return False
    from urllib3 import exceptions  # noqa: PLC0415 - loaded with the first request, not before

    unconnected = (
        exceptions.ConnectTimeoutError,
        exceptions.NewConnectionError,
        ssl.SSLCertVerificationError,
    )
    causes = list(_causes(error))
    return len(causes) == 1 or any(isinstance(one, unconnected) for one in causes)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what it was made of, however requests and urllib3 nested it."""
    seen: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        one = waiting.pop()
        if not isinstance(one, BaseException) or one in seen:
            continue
        seen.append(one)
        yield one
        nested = (getattr(one, name, None) for name in ("inner_exception", "reason", "__cause__"))
        waiting.extend([*nested, *one.args])

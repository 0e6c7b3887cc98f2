"""Why a request was not sent at all: nothing can have happened."""

import re
import ssl
from collections.abc import Iterator
from datetime import timedelta

from azure.core.exceptions import AzureError, ClientAuthenticationError, ServiceRequestError

from remediation.arm.endpoint import ForeignAddressError

# What names the identity itself, of all that a credential says with one and the same class: App
# Service, the machine's own endpoint, and the directory. The status belongs to the first: a token
# service that stumbles answers with another.
_UNKNOWN_IDENTITY = re.compile(
    r"\b400, unable to load the proper managed identity|\bidentity not found\b|\bAADSTS700016\b",
    re.IGNORECASE,
)


class NoTokenError(AzureError):
    """The credential gave no token: the request was not sent."""


class NoIdentityError(NoTokenError):
    """A role's own identity is not the app's, or is no more: it gives no token."""


def no_token(error: AzureError | ValueError, *, own: bool) -> NoTokenError:
    """Say why a credential gave no token; ``own``: it is one role's own identity.

    A managed identity's error has one class for whatever its endpoint answered, 5xx too. So only
    what names an identity that is unknown speaks about a role; all else says nothing, and passes.
    """
    refused = own and isinstance(error, ClientAuthenticationError)
    unknown = refused and _UNKNOWN_IDENTITY.search(str(error)) is not None
    kind = NoIdentityError if unknown else NoTokenError
    return kind(f"no token: {error}")


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

"""The policies every request to Resource Manager goes through: ours, not the SDKs' defaults.

The defaults would send a change again on a gateway time-out (four backups for one), sleep inside a
call on a throttle, follow redirects, and register resource providers, which changes a subscription
nobody asked to change and re-sends under another id. None of that is in the list: what is not there
cannot happen. A read alone is asked again at once where a gateway failed it: one decision takes a
dozen reads, and needs them all. Imported with the first client, as it loads ``azure.mgmt.core``.
"""

from http import HTTPStatus
from typing import override

from azure.core.credentials import TokenCredential
from azure.core.exceptions import (
    AzureError,
    IncompleteReadError,
    ServiceRequestError,
    ServiceRequestTimeoutError,
    ServiceResponseError,
    ServiceResponseTimeoutError,
)
from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import (
    ContentDecodePolicy,
    CustomHookPolicy,
    HTTPPolicy,
    RequestIdPolicy,
    SansIOHTTPPolicy,
    UserAgentPolicy,
)
from azure.core.rest import HttpRequest, HttpResponse
from azure.mgmt.core.policies import ARMChallengeAuthenticationPolicy, ARMHttpLoggingPolicy

from remediation.arm.courtesy import Courtesy
from remediation.arm.endpoint import Endpoint, ForeignAddressError
from remediation.arm.shape import Shaped
from remediation.arm.unsent import no_token
from remediation.rates.watch import RateLimits

USER_AGENT = "azure-backup-remediator/1"

# A read that a gateway failed is sent so often in all.
READ_TRIES = 3
# How long a further try may be silent: a function has to end, however ill Azure is.
AGAIN_SECONDS = 5
# The answers of a gateway, or of a service behind it that stumbled.
_STUMBLED = frozenset(
    {
        HTTPStatus.INTERNAL_SERVER_ERROR,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)
_BROKEN = (ServiceRequestError, ServiceResponseError, IncompleteReadError)
# Nobody answered for the whole of our patience: a further try would cost as much again.
_SILENT = (ServiceRequestTimeoutError, ServiceResponseTimeoutError)

type Policy = SansIOHTTPPolicy[HttpRequest, HttpResponse]


class ReadAgain(HTTPPolicy[HttpRequest, HttpResponse]):
    """Asks a GET again, at once and twice at most, where a gateway or the connection broke.

    Never a change, and never where Azure asks for time: not on 429, nor beside ``Retry-After``.
    What hooks see and Azure counts is every try. ``patience``: how many seconds a further try may
    be silent.
    """

    def __init__(self, patience: float) -> None:
        super().__init__()
        self._patience = patience

    @override
    def send(
        self, request: PipelineRequest[HttpRequest]
    ) -> PipelineResponse[HttpRequest, HttpResponse]:
        """Send it on; the last try's answer or error is the read's."""
        if request.http_request.method == "GET":
            for _ in range(READ_TRIES - 1):
                try:
                    response = self.next.send(request)
                except _SILENT:
                    raise
                except _BROKEN:
                    pass
                else:
                    if not _stumbled(response.http_response):
                        return response
                request.context.options["read_timeout"] = self._patience
        return self.next.send(request)


def _stumbled(response: HttpResponse) -> bool:
    return response.status_code in _STUMBLED and "Retry-After" not in response.headers


class SameOrigin(SansIOHTTPPolicy[HttpRequest, HttpResponse]):
    """Refuses any address but the endpoint's: the token goes wherever a link points.

    Stands before the authentication, so that a ``nextLink`` or a stored operation URL that leads
    elsewhere is not even asked a token for.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    @override
    def on_request(self, request: PipelineRequest[HttpRequest]) -> None:
        """Raise where the request would leave for a foreign address."""
        if not self._endpoint.owns(request.http_request.url):
            raise ForeignAddressError(
                f"refused to send a token to {request.http_request.url[:200]!r}: "
                f"it is not at {self._endpoint.url}"
            )


class AllowHttp(SansIOHTTPPolicy[HttpRequest, HttpResponse]):
    """Lets the authentication run over plain http: for a loopback endpoint alone."""

    @override
    def on_request(self, request: PipelineRequest[HttpRequest]) -> None:
        """Lift the demand for TLS from this one request."""
        request.context.options.setdefault("enforce_https", False)


class Authentication(ARMChallengeAuthenticationPolicy):
    """ARM's bearer authentication; a token that cannot be had is told from a lost answer.

    ``own``: the identity is one role's own. Where nobody knows it, that role is missing; a token
    service that cannot be reached, or stumbles, says nothing about it.
    """

    def __init__(self, credential: TokenCredential, scope: str, *, own: bool) -> None:
        super().__init__(credential, scope)
        self._own = own

    @override
    def on_request(self, request: PipelineRequest[HttpRequest]) -> None:
        """Add the token; raises NoTokenError before anything was sent."""
        try:
            super().on_request(request)
        except (AzureError, ValueError) as error:  # ValueError: an error page in place of a token
            raise no_token(error, own=self._own) from error


def policies(
    credential: TokenCredential,
    endpoint: Endpoint,
    *,
    read_seconds: float,
    own: bool = False,
    limits: RateLimits | None = None,
    decoded: bool = False,
) -> list[object]:
    """Build the list, outermost first, for one client.

    ``read_seconds``: how long a call may be silent. ``own``: see ``Authentication``. ``limits``:
    what is known of Azure's limits.
    ``decoded``: the locks SDK, of an older make, cannot read a list that no policy has decoded.
    """
    return [
        RequestIdPolicy(),
        UserAgentPolicy(base_user_agent=USER_AGENT),
        ReadAgain(min(AGAIN_SECONDS, read_seconds)),
        SameOrigin(endpoint),
        *([Courtesy(limits)] if limits is not None else []),
        *([AllowHttp()] if endpoint.scheme == "http" else []),
        Authentication(credential, endpoint.scope, own=own),
        CustomHookPolicy(),
        Shaped(),
        *([ContentDecodePolicy()] if decoded else []),
        ARMHttpLoggingPolicy(),
    ]

"""The policies every request to Resource Manager goes through: ours, not the SDKs' defaults.

The defaults would send a change again on a gateway time-out (four backups for one), sleep inside a
call on a throttle, follow redirects, and register resource providers, which changes a subscription
nobody asked to change and re-sends under another id. None of that is in the list: what is not there
cannot happen. Imported with the first client, as it loads ``azure.mgmt.core``.
"""

from typing import override

from azure.core.credentials import TokenCredential
from azure.core.exceptions import AzureError
from azure.core.pipeline import PipelineRequest
from azure.core.pipeline.policies import (
    ContentDecodePolicy,
    CustomHookPolicy,
    RequestIdPolicy,
    SansIOHTTPPolicy,
    UserAgentPolicy,
)
from azure.core.rest import HttpRequest, HttpResponse
from azure.mgmt.core.policies import ARMChallengeAuthenticationPolicy, ARMHttpLoggingPolicy

from remediation.arm.endpoint import Endpoint, ForeignAddressError
from remediation.arm.errors import NoTokenError

USER_AGENT = "azure-backup-remediator/1"

type Policy = SansIOHTTPPolicy[HttpRequest, HttpResponse]


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
    """ARM's bearer authentication; a token that cannot be had is told from a lost answer."""

    @override
    def on_request(self, request: PipelineRequest[HttpRequest]) -> None:
        """Add the token; raises NoTokenError before anything was sent."""
        try:
            super().on_request(request)
        except AzureError as error:
            raise NoTokenError(f"no token: {error.message}") from error


def policies(
    credential: TokenCredential, endpoint: Endpoint, *, decoded: bool = False
) -> list[object]:
    """Build the list, outermost first, for one client.

    ``decoded``: the locks SDK, of an older make, cannot read a list that no policy has decoded.
    """
    return [
        RequestIdPolicy(),
        UserAgentPolicy(base_user_agent=USER_AGENT),
        SameOrigin(endpoint),
        *([AllowHttp()] if endpoint.scheme == "http" else []),
        Authentication(credential, endpoint.scope),
        CustomHookPolicy(),
        *([ContentDecodePolicy()] if decoded else []),
        ARMHttpLoggingPolicy(),
    ]

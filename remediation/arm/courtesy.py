"""The courtesy to Azure's limits: what would be too much is not sent, and answered as a throttle.

Stands inside the repeated reads, so that each try counts, and before the authentication: what is
not sent needs no token.
"""

import json
from contextlib import suppress
from http import HTTPStatus
from typing import override

from azure.core.exceptions import AzureError
from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import HTTPPolicy
from azure.core.rest import HttpRequest, HttpResponse

from remediation.arm.errors import Trouble, body_of, told
from remediation.arm.fields import node, nodes, text, whole
from remediation.arm.unsent import HeldBackError
from remediation.rates.family import LIMITS, OF_A_MACHINE, Call, Family, call_of
from remediation.rates.watch import RateLimits


class Courtesy(HTTPPolicy[HttpRequest, HttpResponse]):
    """Asks before each request whether it may be sent, and tells when Azure was asked too much."""

    def __init__(self, limits: RateLimits) -> None:
        super().__init__()
        self._limits = limits

    @override
    def send(
        self, request: PipelineRequest[HttpRequest]
    ) -> PipelineResponse[HttpRequest, HttpResponse]:
        """Send it on; raises HeldBackError where it must not be sent now."""
        call = call_of(request.http_request.method, request.http_request.url)
        if call is None:
            return self.next.send(request)
        wait = self._limits.admit(call)
        if wait is not None:
            raise HeldBackError(wait.reason, retry_after=wait.retry_after, spread=wait.spread)
        response = self.next.send(request)
        answer = response.http_response
        if answer.status_code == HTTPStatus.TOO_MANY_REQUESTS:
            with suppress(AttributeError, AzureError):
                # Some SDKs leave the body on the wire until they need it; older ones have it read.
                answer.read()
            problem = told(answer)
            self._limits.throttled(call, _meant(call, problem, answer), problem.retry_after)
        return response


def _meant(call: Call, problem: Trouble, response: HttpResponse) -> Family:
    """Return what was too much: Resource Manager's count, or the narrowest of the service's.

    Compute says how many it allows. More than any machine may have, or nothing said, means the
    whole subscription: to hold others back for some seconds is the smaller mistake.
    """
    narrow, *others = call.families
    if (problem.code or "").lower() == "subscriptionrequeststhrottled":
        return call.families[-1]
    if narrow not in OF_A_MACHINE:
        return narrow
    allowed = _allowed(response)
    return narrow if allowed is not None and allowed <= LIMITS[narrow].capacity else others[0]


def _allowed(response: HttpResponse) -> int | None:
    for detail in nodes(node(body_of(response), "error"), "details"):
        try:
            found = json.loads(text(detail, "message") or "")
        except ValueError:
            continue
        if (allowed := whole(found, "allowedRequestCount")) is not None:
            return allowed
    return None

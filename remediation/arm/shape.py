"""What an answer to a read must look like before anybody believes it.

Readers take what is absent for none (``remediation.arm.fields``), as a resource without tags has
no ``tags`` at all. So an answer that is no answer must not reach them: from ``{}`` a reader would
learn that a machine has no excluding tag, a group no lock and a vault no running job. Resource
Manager never sends such a thing; what stands between may.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import override
from urllib.parse import urlsplit

from azure.core.exceptions import AzureError
from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.core.rest import HttpRequest, HttpResponse

from remediation.arm.fields import text

# Operations are asked under addresses of their own, and answer with a status, a result or nothing.
_OPERATIONS = ("/operations/", "/operationsstatus/", "/operationresults/")


class MisshapenError(AzureError):
    """An answer that says 200 and is no answer: the read told us nothing."""


class Shaped(SansIOHTTPPolicy[HttpRequest, HttpResponse]):
    """Refuses a read's 200 that is neither the resource nor the list that was asked for.

    An empty body is let through (an operation that is over answers so), and so is what is no JSON:
    whoever reads it stumbles over it.
    """

    @override
    def on_response(
        self,
        request: PipelineRequest[HttpRequest],
        response: PipelineResponse[HttpRequest, HttpResponse],
    ) -> None:
        """Raise MisshapenError where the answer cannot be what was asked for."""
        answer = response.http_response
        if request.http_request.method != "GET" or answer.status_code != HTTPStatus.OK:
            return
        if not answer.content:
            return
        expected = _missing(request.http_request.url, answer.json())
        if expected is not None:
            raise MisshapenError(f"the answer is not what was asked for: {expected}")


def _missing(url: str, body: object) -> str | None:
    """Return what was expected of a body and is not there; None where it is as it should be."""
    address = urlsplit(url)
    if not isinstance(body, Mapping) or not body:
        return "expected a JSON object that says something"
    if any(word in address.path.lower() for word in _OPERATIONS):
        return None
    # A further page may have an address of any form, but says how far the list has been read.
    if is_list(address.path) or "skiptoken" in address.query.lower():
        return None if isinstance(body.get("value"), list) else "expected an array 'value'"
    if text(body, "id") is None:
        return "expected an 'id'"
    if not isinstance(body.get("properties") or {}, Mapping):
        return "expected 'properties' to be an object"
    return None


def is_list(path: str) -> bool:
    """Whether an address is that of a list: Resource Manager writes types and names in turn.

    What stands behind the last ``providers`` and its namespace, or behind the root where there is
    none, ends in a type for a list, and in a name for one resource.
    """
    parts = [part for part in path.split("/") if part]
    lowered = [part.lower() for part in parts]
    if "providers" in lowered:
        last = len(lowered) - 1 - lowered[::-1].index("providers")
        parts = parts[last + 2 :]
    return len(parts) % 2 == 1

"""Long-running operations: what a change's answer leads to, and what a look at it finds."""

from http import HTTPStatus
from typing import Any

from remediation.arm.clients import COMPUTE_API, ArmClients
from remediation.arm.errors import WAS_NOT_THERE, bounded, probing, retry_after, told, unseen
from remediation.arm.fields import node, text
from remediation.messages import Done, Failed, Finding, Running, Succeeded, Unseen

# An operation ends in one of three words; every other is a step on its way.
_SUCCEEDED = "succeeded"
_FAILED = frozenset({"failed", "canceled", "cancelled"})


def _answer(answer: Any, _body: object, _headers: object) -> Any:  # noqa: ANN401 - the SDK's
    """Return the HTTP answer itself: the SDK keeps the headers from us otherwise."""
    return answer.http_response


# Options of every compute change: send it, and give back the answer instead of waiting.
ONCE: dict[str, Any] = {"polling": False, "cls": _answer, "api_version": COMPUTE_API}


def accepted(response: Any) -> Succeeded:  # noqa: ANN401 - the SDK's HttpResponse
    """Read the answer to a change that was taken.

    ``handle`` is the operation's URL, byte for byte: it may be signed. 204 means that there was
    nothing to do.
    """
    if response.status_code == HTTPStatus.NO_CONTENT:
        return Succeeded(done=True, detail=WAS_NOT_THERE)
    headers = response.headers
    handle = headers.get("Azure-AsyncOperation") or headers.get("Location")
    return Succeeded(
        handle=handle,
        done=handle is None and response.status_code == HTTPStatus.OK,
        look_after=retry_after(response),
    )


def look(clients: ArmClients, url: str) -> Finding:
    """Look once at an operation.

    Never asks a foreign address. A gateway's time-out, a throttle or a broken answer says nothing
    about the operation. A failed operation is an HTTP 200 whose body says ``Failed``.
    """
    if not clients.endpoint.owns(url):
        return Unseen(reason=bounded(f"refused: {url[:200]!r} is not at {clients.endpoint.url}"))

    def ask() -> Finding:
        response = clients.get(url)
        if response.status_code >= HTTPStatus.MULTIPLE_CHOICES:
            return unseen(told(response))
        return _finding(response)

    return probing(ask)


def _finding(response: Any) -> Finding:  # noqa: ANN401 - the SDK's HttpResponse
    """Read the answer to a look, with or without a body."""
    after = retry_after(response)
    if response.status_code == HTTPStatus.NO_CONTENT:
        return Done()
    body = response.json() if response.content else {}
    status = (text(body, "status") or "").lower()
    if response.status_code == HTTPStatus.ACCEPTED:
        # The Location flavour: 202 until it is over, with or without a body.
        return Running(detail=status, look_after=after)
    if status == _SUCCEEDED:
        job = text(body, "properties", "jobId")
        return Done(detail=f"job {job}" if job else "", handle=job)
    if status in _FAILED:
        return _failed(body, status)
    # A finished operation asked by its Location answers 200 with the resource, or with nothing.
    return Running(detail=status, look_after=after) if status else Done()


def _failed(body: object, status: str) -> Failed:
    error = node(body, "error")
    message = text(error, "message") or f"the operation ended as {status}"
    return Failed(reason=bounded(message), code=text(error, "code") or status)

"""What sends the requests of the stand-ins for the SDKs, by the rules of our own pipeline."""

import json
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import parse_qsl, unquote, urlsplit

from azure.core.exceptions import HttpResponseError, ServiceResponseError
from requests.structures import CaseInsensitiveDict

from local.azure.http.message import Reply
from local.inprocess.wire import BASE, BrokenConnectionError, Wire
from remediation.arm.courtesy import Courtesy
from remediation.arm.pipeline import AGAIN_SECONDS, ReadAgain
from remediation.arm.shape import Shaped
from remediation.rates.watch import RateLimits

ERRORS = 300


class Answer:
    """An answer as the adapters look at it."""

    def __init__(self, reply: Reply) -> None:
        self.status_code = reply.status
        self.headers = CaseInsensitiveDict[str](reply.headers)
        self.body = reply.body
        self._reply = reply
        self.reason = None

    @property
    def content(self) -> bytes | bool:
        """The body where it is garbled, else whether there is one."""
        return self.body is not None if self._reply.garbled is None else self._reply.garbled

    def json(self) -> Any:  # noqa: ANN401 - JSON
        """Return the body; raises ValueError where it is none of JSON."""
        if self._reply.garbled is not None:
            return json.loads(self._reply.garbled)
        if self.body is None:
            raise ValueError("the answer has no body")
        return self.body

    def text(self) -> str:
        """Return the body as text."""
        return self._reply.content.decode(errors="replace")


class Sender:
    """Sends requests by the rules of our pipeline."""

    def __init__(self, wire: Wire, limits: RateLimits | None, token: str) -> None:
        self._wire = wire
        self._headers = {"authorization": f"Bearer {token}"}
        self._shaped = cast("Any", Shaped())
        self._first = cast("Any", ReadAgain(AGAIN_SECONDS))
        last: Any = SimpleNamespace(send=self._once)
        if limits is not None:
            courtesy = cast("Any", Courtesy(limits))
            courtesy.next, last = last, courtesy
        self._first.next = last

    def send(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        *,
        request_id: str | None = None,
        body: object = None,
    ) -> Answer:
        """Send one request, a read again where a gateway failed it."""
        asked = SimpleNamespace(
            method=method, url=f"{BASE}{path}", path=path, query=query, body=body, id=request_id
        )
        request = SimpleNamespace(http_request=asked, context=SimpleNamespace(options={}))
        answer: Answer = self._first.send(request).http_response
        return answer

    def _once(self, request: Any) -> SimpleNamespace:  # noqa: ANN401 - see above
        asked = request.http_request
        named = {} if asked.id is None else {"x-ms-client-request-id": asked.id}
        try:
            reply = self._wire.carry(
                asked.method,
                asked.path,
                query=asked.query,
                headers=self._headers | named,
                body=asked.body,
            )
        except BrokenConnectionError as broken:
            raise ServiceResponseError(str(broken)) from None
        answered = SimpleNamespace(http_response=Answer(reply))
        self._shaped.on_response(request, answered)
        return answered

    def checked(self, *asked: Any, **options: Any) -> Answer:  # noqa: ANN401 - as ``send``
        """Send one request; raises HttpResponseError for an answer that is an error."""
        answer = self.send(*asked, **options)
        if answer.status_code >= ERRORS:
            raise failed(answer)
        return answer

    def address(self, method: str, url: str, **options: Any) -> Answer:  # noqa: ANN401 - as ``send``
        """Send a request to a whole address."""
        parts = urlsplit(url)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        return self.send(method, unquote(parts.path), query, **options)


def failed(answer: Answer) -> HttpResponseError:
    """Return the error that the SDKs raise of such an answer."""
    error = HttpResponseError(f"answered {answer.status_code}")
    error.status_code = answer.status_code
    error.response = cast("Any", answer)
    return error

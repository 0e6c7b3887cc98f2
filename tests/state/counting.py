"""A transport that counts what goes over the wire, by service and table or queue.

The policies that clients of tables and queues are given are ignored, so counting is done beneath
them; repeats of the SDK are counted, too. Share one transport among all clients.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any, override
from urllib.parse import urlsplit

from azure.core.pipeline.transport import RequestsTransport
from azure.core.rest import HttpRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request: its method, where it went (table, queue or container), and the answer."""

    method: str
    place: str
    url: str
    status: int


class Counting(RequestsTransport):  # type: ignore[misc]
    """Counts requests."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.calls: list[Call] = []

    @override
    def send(self, request: Any, **options: Any) -> Any:
        answer = super().send(request, **options)
        call = Call(
            method=request.method,
            place=place_of(request),
            url=request.url,
            status=answer.status_code,
        )
        self.calls.append(call)
        return answer

    @property
    def by_place(self) -> Counter[str]:
        """How many requests went to each table, queue or container."""
        return Counter(call.place for call in self.calls)

    def clear(self) -> None:
        """Begin anew."""
        self.calls.clear()


def place_of(request: Any) -> str:
    """Return the table, queue or container a request names; a batch names it in its body."""
    parts = [part for part in urlsplit(request.url).path.split("/") if part]
    # Azurite's addresses begin with the account.
    name = parts[1] if len(parts) > 1 else ""
    if name == "$batch":
        inner: HttpRequest = request.multipart_mixed_info[0][0]
        changes = inner.multipart_mixed_info
        name = [part for part in urlsplit(changes[0][0].url).path.split("/") if part][1]
    return name.partition("(")[0]

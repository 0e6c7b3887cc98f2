"""What the host did: its storage requests by kind, and the invocations of each function.

Every request to a queue goes through ``CountingTransport``, retries included, so that the count is
what the platform would bill.
"""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal, override
from urllib.parse import urlsplit

from azure.core.pipeline.transport import RequestsTransport

type Kind = Literal["get", "delete", "put", "update", "empty_polls", "create", "other"]
KINDS: tuple[Kind, ...] = ("get", "delete", "put", "update", "empty_polls", "create", "other")


class Meter:
    """Counts since the start of the host; safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._queue: Counter[Kind] = Counter()
        self._messages = 0
        self._started: Counter[str] = Counter()
        self._failed: Counter[str] = Counter()
        self._running = 0

    def request(self, kind: Kind) -> None:
        """Count one request to a queue."""
        with self._lock:
            self._queue[kind] += 1

    def polled(self, messages: int) -> None:
        """Tell what a counted ``get`` brought; one without a message becomes an empty poll."""
        with self._lock:
            self._messages += messages
            if not messages:
                self._queue["get"] -= 1
                self._queue["empty_polls"] += 1

    @contextmanager
    def invocation(self, function: str) -> Iterator[None]:
        """Count an invocation, and as running until the block ends."""
        with self._lock:
            self._started[function] += 1
            self._running += 1
        try:
            yield
        finally:
            with self._lock:
                self._running -= 1

    def failed(self, function: str) -> None:
        """Count a failed invocation."""
        with self._lock:
            self._failed[function] += 1

    @property
    def running(self) -> int:
        """How many invocations run now."""
        with self._lock:
            return self._running

    def totals(self) -> dict[str, object]:
        """Return ``{"queue": {kind: n}, "messages": n, "invocations": {function: {...}}}``."""
        with self._lock:
            return {
                "queue": {kind: self._queue[kind] for kind in KINDS},
                "messages": self._messages,
                "invocations": {
                    name: {"started": count, "failed": self._failed[name]}
                    for name, count in sorted(self._started.items())
                },
            }


class CountingTransport(RequestsTransport):  # type: ignore[misc]  # the SDK exports it untyped
    """The SDK's own transport, which tells the meter about each request."""

    def __init__(self, meter: Meter) -> None:
        super().__init__()
        self._meter = meter

    @override
    def send(self, request: Any, **kwargs: Any) -> Any:
        self._meter.request(kind_of(request.method, request.url))
        return super().send(request, **kwargs)


def kind_of(method: str, url: str) -> Kind:
    """Return which operation of the Queue service a request is."""
    messages = urlsplit(url).path.partition("/messages")[1:]
    match method, messages:
        case "GET", ("/messages", ""):
            return "get"
        case "POST", ("/messages", ""):
            return "put"
        case "DELETE", ("/messages", _):
            return "delete"
        case "PUT", ("/messages", _):
            return "update"
        case "PUT", ("", ""):
            return "create"
        case _:
            return "other"

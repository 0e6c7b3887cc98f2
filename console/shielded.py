"""What stands around the app: headers of every answer, a limit for bodies, and nothing is lost.

Behind the functions' bridge an exception that leaves the app fails the invocation and takes its
answer along. So nothing leaves: it is logged whole, and answered as a problem.
"""

import logging
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException

from console.problem import answered, internal

type Scope = MutableMapping[str, Any]
type Message = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]
type App = Callable[[Scope, Receive, Send], Awaitable[None]]

MOST_BYTES = 16 * 1024
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    # Other sites are told nothing. With "no-referrer" a browser would name no origin for our own
    # forms, and they would be refused as if they came from elsewhere.
    (b"referrer-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)

_log = logging.getLogger("console")


class TooLargeError(HTTPException):
    """The request's body is larger than any that is meant.

    An HTTPException, because FastAPI takes any other error of reading for a body that is broken.
    """

    def __init__(self) -> None:
        """Say how much is taken."""
        detail = f"body: expected at most {MOST_BYTES} bytes"
        super().__init__(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail)


def shielded(app: App) -> App:
    """Return the app with its shield."""

    async def shield(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        method = scope["method"]
        answer = _Answer(send, bodiless=method == "HEAD")
        # What can be read can be asked for without its text.
        reading = {**scope, "method": "GET"} if answer.bodiless else scope
        try:
            await app(reading, _bounded(receive), answer.send)
        except Exception:  # noqa: BLE001 - the last one who can say that anything happened
            _log.exception("the console failed at %s %s", method, scope["path"])
            await answer.failed()

    return shield


class _Answer:
    """An answer on its way: gets the headers of every answer, and knows whether it has begun."""

    def __init__(self, send: Send, *, bodiless: bool) -> None:
        self._send = send
        self._started = False
        self.bodiless = bodiless

    async def send(self, message: Message) -> None:
        """Pass a part of the answer on."""
        if message["type"] == "http.response.start":
            self._started = True
            given = {name.lower() for name, _ in message.get("headers", ())}
            added = [pair for pair in HEADERS if pair[0] not in given]
            message = {**message, "headers": [*message.get("headers", ()), *added]}
        elif self.bodiless:
            message = {**message, "body": b""}
        await self._send(message)

    async def failed(self) -> None:
        """Answer that something went wrong, unless an answer has begun."""
        if not self._started:
            await answered(internal())({"type": "http"}, _nothing, self.send)


async def _nothing() -> Message:
    return {"type": "http.disconnect"}


def _bounded(receive: Receive) -> Receive:
    """Count what comes: a length that is promised may be missing, or a lie."""
    taken = 0

    async def bounded() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > MOST_BYTES:
            raise TooLargeError
        return message

    return bounded

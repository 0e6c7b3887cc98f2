"""What stands around the app: headers of every answer, a limit for bodies, and nothing is lost.

Behind the functions' bridge an exception that leaves the app fails the invocation and takes its
answer along. So nothing leaves: it is logged whole, and answered as a problem.
"""

import logging
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any

from console.problem import answered, problem

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
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)

_log = logging.getLogger("console")


class TooLargeError(Exception):
    """The request's body is larger than any that is meant."""


def shielded(app: App) -> App:
    """Return the app with its shield."""

    async def shield(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        started, method = False, scope["method"]
        # A page that can be read can be asked for without its text.
        reading = {**scope, "method": "GET"} if method == "HEAD" else scope

        async def remembering(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                given = {name.lower() for name, _ in message.get("headers", ())}
                added = [pair for pair in HEADERS if pair[0] not in given]
                message = {**message, "headers": [*message.get("headers", ()), *added]}
            elif method == "HEAD":
                message = {**message, "body": b""}
            await send(message)

        try:
            await app(reading, _bounded(receive), remembering)
        except TooLargeError:
            detail = f"body: expected at most {MOST_BYTES} bytes"
            await _answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too-large", detail, remembering)
        except Exception:  # noqa: BLE001 - the last one who can say that anything happened
            _log.exception("the console failed at %s %s", scope["method"], scope["path"])
            if not started:
                detail = "something went wrong here; it is in the log"
                status = HTTPStatus.INTERNAL_SERVER_ERROR
                await _answer(status, "internal", detail, remembering)

    return shield


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


async def _answer(status: HTTPStatus, kind: str, detail: str, send: Send) -> None:
    async def nothing() -> Message:
        return {"type": "http.disconnect"}

    await answered(problem(status.value, kind, detail))({"type": "http"}, nothing, send)

"""A small HTTP server on 127.0.0.1 whose requests are answered by a plain function.

uvicorn speaks HTTP; the function runs on a thread, because everything behind it is synchronous.
"""

import asyncio
import json
import logging
import socket
import threading
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import uvicorn

BODY_LIMIT = 100 * 1024 * 1024
STOP_SECONDS = 2

type Receive = Callable[[], Awaitable[dict[str, Any]]]
type Send = Callable[[dict[str, Any]], Awaitable[None]]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One HTTP request; header names are lower-case, ``path`` is decoded."""

    method: str
    url: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """Return the first value of a header, its name in lower case."""
        return next((value for key, value in self.headers if key == name), None)

    def parameter(self, name: str) -> str | None:
        """Return the first value of a query parameter."""
        return next((value for key, value in self.query if key == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One HTTP answer; the length is added."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


def json_response(
    status: int, document: object, headers: Mapping[str, str] | None = None
) -> Response:
    """Return an answer with a JSON body."""
    return Response(
        status=status,
        headers=(("content-type", "application/json; charset=utf-8"), *(headers or {}).items()),
        body=json.dumps(document).encode(),
    )


class LoopbackServer:
    """Serves ``answer`` on a port of 127.0.0.1 until stopped.

    ``port`` 0 takes a free one. At most ``threads`` requests run at a time, others wait; a body
    over ``body_limit`` bytes is answered 413 and an exception of ``answer`` 500, both without a
    body.
    """

    def __init__(
        self,
        answer: Callable[[Request], Response],
        *,
        port: int = 0,
        threads: int = 32,
        body_limit: int = BODY_LIMIT,
    ) -> None:
        self._answer = answer
        self._body_limit = body_limit
        self._pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="http")
        # The protocol is named because asyncio turns Nagle's algorithm off only for sockets that
        # name it; else an answer waits 40 ms for the acknowledgement of its headers.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", port))
        # From here on connections queue, so the address may be told before the server runs.
        self._socket.listen(2048)
        config = uvicorn.Config(
            self._serve,
            interface="asgi3",
            loop="asyncio",
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=STOP_SECONDS,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, name="http server", daemon=True)

    @property
    def base_url(self) -> str:
        """``http://127.0.0.1:<port>``."""
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Stop accepting, let running requests end for ``STOP_SECONDS``, and return."""
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(timeout=STOP_SECONDS + 1)
        self._socket.close()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _run(self) -> None:
        self._server.run(sockets=[self._socket])

    async def _serve(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        body = await self._read(receive)
        if body is None:
            response = Response(status=413)
        else:
            loop = asyncio.get_running_loop()
            response = await loop.run_in_executor(self._pool, self._guarded, _request(scope, body))
        length = ("content-length", str(len(response.body)))
        await send(
            {
                "type": "http.response.start",
                "status": response.status,
                "headers": [
                    (name.encode("latin-1"), value.encode("latin-1", "replace"))
                    for name, value in (*response.headers, length)
                ],
            }
        )
        await send({"type": "http.response.body", "body": response.body})

    async def _read(self, receive: Receive) -> bytes | None:
        parts: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            part: bytes = message.get("body", b"")
            size += len(part)
            if size <= self._body_limit:
                parts.append(part)
            if not message.get("more_body", False):
                return b"".join(parts) if size <= self._body_limit else None

    def _guarded(self, request: Request) -> Response:
        try:
            return self._answer(request)
        except Exception:
            log.exception("%s %s", request.method, request.path)
            return Response(status=500)


def _request(scope: dict[str, Any], body: bytes) -> Request:
    headers = tuple(
        (name.decode("latin-1").lower(), value.decode("latin-1"))
        for name, value in scope["headers"]
    )
    query = scope["query_string"].decode("latin-1")
    host = dict(headers).get("host", "127.0.0.1")
    raw_path = scope["raw_path"].decode("latin-1")
    return Request(
        method=scope["method"],
        url=f"http://{host}{raw_path}" + (f"?{query}" if query else ""),
        path=scope["path"],
        query=tuple(parse_qsl(query, keep_blank_values=True)),
        headers=headers,
        body=body,
    )

"""A small Resource Manager for one test: answers what it was told to, and remembers what came.

A real HTTP server on loopback. Answers are kept by method and path (without the query, unescaped,
in any casing) and given in turn; the last one stays. What nobody prepared is a 404 in ARM's words.
"""

import json
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any, override
from urllib.parse import unquote, urlsplit

from azure.core import credentials

DATA = Path(__file__).parents[2] / "data" / "arm"


def recorded(name: str) -> Any:
    """Return a recorded or documented body from ``tests/data/arm``."""
    return json.loads((DATA / name).read_text(encoding="utf-8"))


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One answer. ``cut``: half of the body, then the connection ends. ``hang``: then silence."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False
    hang: bool = False
    drop: bool = False


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A request as it came; ``query`` is unescaped, ``client`` the connection it came on."""

    method: str
    target: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: Any
    client: tuple[str, int]


class ArmServer:
    """Prepared answers and seen requests; ``url`` is its endpoint."""

    def __init__(self) -> None:
        self.url = ""
        self.seen: list[Seen] = []
        self.over = Event()
        self._answers: dict[tuple[str, str], list[Answer]] = {}

    def on(self, method: str, path: str, *answers: Answer) -> None:
        """Give these answers in turn, the last one for ever."""
        self._answers[method, path.lower()] = list(answers)

    def take(self, seen: Seen) -> Answer:
        """Remember a request and find its answer."""
        self.seen.append(seen)
        answers = self._answers.get((seen.method, seen.path.lower()))
        if answers is None:
            error = {"code": "ResourceNotFound", "message": f"no {seen.path}"}
            return Answer(status=404, body={"error": error})
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def requests(self, method: str) -> list[Seen]:
        """Return what came with a method."""
        return [one for one in self.seen if one.method == method]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16  # head and body in one packet, or each answer waits for an ACK
    arm: ArmServer

    @override
    def handle(self) -> None:
        try:
            super().handle()
        except ConnectionError:
            self.close_connection = True

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        raw = self.rfile.read(length)
        parts = urlsplit(self.path)
        answer = self.arm.take(
            Seen(
                method=self.command,
                target=self.path,
                path=unquote(parts.path),
                query=unquote(parts.query.replace("+", " ")),
                headers={name.lower(): value for name, value in self.headers.items()},
                body=json.loads(raw) if raw else None,
                client=self.client_address,
            )
        )
        if answer.drop:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self._say(answer)

    def _say(self, answer: Answer) -> None:
        plain = answer.body if isinstance(answer.body, str) else None
        body = b"" if answer.body is None else (plain or json.dumps(answer.body)).encode()
        self.send_response(answer.status)
        self.send_header("Content-Type", "application/json" if plain is None else "text/html")
        if answer.status != 204:
            self.send_header("Content-Length", str(len(body)))
        for name, value in answer.headers.items():
            self.send_header(name, value.replace("{endpoint}", self.arm.url))
        self.end_headers()
        broken = answer.cut or answer.hang
        self.wfile.write(body[: len(body) // 2] if broken else body)
        self.wfile.flush()
        if answer.hang:
            self.arm.over.wait(5)
        self.close_connection = self.close_connection or broken

    do_GET = do_PUT = do_POST = do_DELETE = do_PATCH = _serve  # noqa: N815 - the library calls so

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the test looks at what was seen."""


@contextmanager
def running() -> Iterator[ArmServer]:
    """Run a server on a free port of loopback until the test is over."""
    arm = ArmServer()
    handler = type("Handler", (_Handler,), {"arm": arm})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    arm.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield arm
    finally:
        arm.over.set()
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)


class Token:
    """A credential that always has the same token, and counts who asked."""

    def __init__(self, value: str = "a-token") -> None:
        self.scopes: list[str] = []
        self._value = value

    def get_token(self, *scopes: str, **_kwargs: Any) -> credentials.AccessToken:
        """Give a token for an hour."""
        self.scopes.extend(scopes)
        return credentials.AccessToken(self._value, int(time.time()) + 3600)

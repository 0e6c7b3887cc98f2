"""The small HTTP server behind the host and the topic."""

from collections.abc import Iterator

import pytest
import urllib3

from local.loopback import LoopbackServer, Request, Response


def answer(request: Request) -> Response:
    """Answer with the body, or fail as asked."""
    if request.path == "/failing":
        raise RuntimeError("on purpose")
    return Response(headers=(("x-sample", "ü"),), body=request.body)


@pytest.fixture
def url() -> Iterator[str]:
    """Give the address of a server that takes ten bytes."""
    server = LoopbackServer(answer, body_limit=10)
    server.start()
    yield server.base_url
    server.stop()


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [("/", b"0123456789", 200), ("/", b"0123456789a", 413), ("/failing", b"", 500)],
    ids=["at the limit", "over the limit", "exception"],
)
def test_bodies_have_a_limit_and_exceptions_an_answer(
    url: str, path: str, body: bytes, status: int
) -> None:
    """Neither ends the server, and nothing of an exception is told."""
    with urllib3.PoolManager(retries=False) as http:
        given = http.request("POST", url + path, body=body)
        assert given.status == status
        assert given.data == (body if status == 200 else b"")

"""Errors of every kind are problems (RFC 9457); nothing is lost behind the functions' bridge."""

import logging
from dataclasses import replace
from typing import Any, override

import azure.functions as func
import httpx
import pytest

from console.app import build
from console.shielded import HEADERS, MOST_BYTES
from remediation.ports import IndexRow
from state.memory import MemoryIncidentIndex
from tests.console.conftest import Serve
from tests.console.estate import Estate

MEMBERS = {"type", "title", "status", "detail"}


class BrokenIndex(MemoryIncidentIndex):
    """An index whose storage is gone."""

    @override
    def page(self, **_: Any) -> tuple[tuple[IndexRow, ...], str | None]:
        raise OSError("the storage account is gone")


@pytest.fixture
def broken() -> Estate:
    """An estate whose index cannot be read."""
    estate = Estate()
    index = BrokenIndex()
    reader = replace(estate.reader, index=index)
    estate.services = replace(estate.services, index=index, reader=reader)
    return estate


def problem(answer: httpx.Response) -> dict[str, Any]:
    """The problem that an answer must be."""
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body.keys() >= MEMBERS
    assert body["status"] == answer.status_code
    return body


def test_an_unknown_path_is_a_problem(web: httpx.Client) -> None:
    """404, below the API and elsewhere."""
    for path in ("/api/nothing", "/nothing", "/api"):
        assert problem(web.get(path))["status"] == 404


def test_a_wrong_method_is_a_problem_that_names_the_right_one(web: httpx.Client) -> None:
    """405 with Allow."""
    answer = web.delete("/api/incidents")
    assert problem(answer)["status"] == 405
    assert answer.headers["Allow"] == "GET"


def test_broken_json_is_a_problem(serve: Serve) -> None:
    """400: it is no body at all."""
    answer = serve(Estate().services).post(
        "/api/retrigger", content=b'{"vm": ', headers={"Content-Type": "application/json"}
    )
    assert problem(answer)["status"] == 400
    assert problem(answer)["errors"][0]["field"] == "body"


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_is_too_large_is_a_problem(serve: Serve, chunked: bool) -> None:
    """413, whether or not the length was told."""
    body = b'{"vm": "' + b"x" * MOST_BYTES + b'"}'
    content = iter([body[:9000], body[9000:]]) if chunked else body
    answer = serve(Estate().services).post(
        "/api/retrigger", content=content, headers={"Content-Type": "application/json"}
    )
    assert problem(answer)["status"] == 413


def test_an_error_of_ours_is_answered_and_tells_nothing(serve: Serve, broken: Estate) -> None:
    """500 without a word of the inside."""
    answer = serve(broken.services).get("/api/incidents")
    assert problem(answer)["status"] == 500
    assert "storage" not in answer.text


def test_health_says_that_storage_failed(
    serve: Serve, broken: Estate, caplog: pytest.LogCaptureFixture
) -> None:
    """503 for probes, and the reason in the log."""
    caplog.set_level(logging.ERROR)
    answer = serve(broken.services).get("/api/health")
    assert answer.status_code == 503
    assert answer.json()["status"] == "failed"
    assert answer.json()["checks"]["storage"] == "failed"
    assert "the storage account is gone" in caplog.text


def test_health_asks_every_check(serve: Serve) -> None:
    """A check that raises has failed; the others are told all the same."""

    def gone() -> None:
        raise ConnectionError("no topic")

    estate = Estate()
    services = replace(estate.services, checks={"topic": gone, "clock": estate.azure.now})
    answer = serve(services).get("/api/health")
    assert answer.json()["checks"] == {
        "storage": "ok",
        "sweep": "ok",
        "upkeep": "ok",
        "topic": "failed",
        "clock": "ok",
    }


def test_health_tells_strangers_only_that_it_works(serve: Serve) -> None:
    """Version and mode are for readers."""
    web = serve(replace(Estate().services, anonymous_read=False, trust_principal=False))
    answer = web.get("/api/health")
    assert answer.status_code == 200
    assert answer.json().keys() == {"status", "time", "checks"}


def test_every_answer_has_its_guarding_headers(web: httpx.Client) -> None:
    """Pages, data, errors and files alike."""
    for path in ("/", "/api/health", "/nothing", "/console.css"):
        answer = web.get(path)
        for name, value in HEADERS:
            if name != b"cache-control":
                assert answer.headers[name.decode()] == value.decode(), path


def test_what_can_be_read_can_be_asked_for_without_its_text(web: httpx.Client) -> None:
    """HEAD."""
    answer = web.head("/api/health")
    assert (answer.status_code, answer.content) == (200, b"")


def test_behind_the_functions_bridge_an_error_is_logged_and_an_answer(
    broken: Estate, caplog: pytest.LogCaptureFixture
) -> None:
    """The bridge would fail the invocation and lose the answer; the log has the error whole."""
    bridge = func.AsgiMiddleware(build(broken.services))
    request = func.HttpRequest(method="GET", url="http://h/api/incidents", body=b"")
    answer = bridge.main(request, None)
    assert answer.status_code == 500
    assert b"problem:internal" in answer.get_body()
    assert "the storage account is gone" in caplog.text


def test_behind_the_functions_bridge_pages_work() -> None:
    """No lifespan runs there, and every request has a loop of its own."""
    estate = Estate()
    identity = estate.fails()
    bridge = func.AsgiMiddleware(build(estate.services))
    for path in (f"/incidents/{identity}", "/", f"/api/incidents/{identity}"):
        request = func.HttpRequest(method="GET", url=f"http://h{path}", body=b"")
        answer = bridge.main(request, None)
        assert answer.status_code == 200
        assert identity.encode() in answer.get_body()

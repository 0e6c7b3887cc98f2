"""``remediator health``: each check in words, and an exit code that scripts can go by."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, override

import pytest
from typer.testing import CliRunner, Result

from console.cli import app
from local.stack import person
from remediation.missing_roles import MissingRole
from remediation.roles import Role
from remediation.runs import Timer
from tests.console.conftest import Serve, guarded
from tests.console.estate import EVENING, Estate
from tests.console.test_health import HOUR, a_watch


def run(address: object, *words: str, headers: dict[str, str] | None = None) -> Result:
    """Run the command, signed in where headers are given."""
    env = {"COLUMNS": "400", "REMEDIATOR_API_HEADERS": json.dumps(headers or {})}
    api = f"{str(address).rstrip('/')}/api"
    return CliRunner().invoke(app, ["health", "--api", api, *words], env=env)


def row(found: Result, check: str) -> str:
    """The line of a check."""
    (line,) = [one for one in found.stdout.splitlines() if one.startswith(f"{check} ")]
    return line


def test_where_all_is_well_it_ends_with_0(serve: Serve) -> None:
    """Each check, when the timers last ran, and what runs."""
    estate = Estate()
    a_watch(estate).ended(Timer.SWEEP, ())
    found = run(serve(estate.services).base_url)
    assert found.exit_code == 0, found.output
    assert found.stdout.startswith("healthy, 2026-11-")
    assert row(found, "storage").split() == ["storage", "ok"]
    assert f"ok     last run ended {EVENING:%Y-%m-%d %H:%M}Z" in row(found, "sweep")
    assert "no run has ended yet" in row(found, "upkeep")
    assert "mode auto, risks up to" in found.stdout


def test_a_silent_timer_ends_with_1_and_says_since_when_and_what_to_do(serve: Serve) -> None:
    """As JSON it is the API's answer, with the same exit code."""
    estate = Estate()
    a_watch(estate).ended(Timer.UPKEEP, ())
    estate.azure.at += 7 * HOUR
    a_watch(estate).ended(Timer.SWEEP, ("vault v-1: 403", "vault v-2: 403"))
    web = serve(estate.services)
    found = run(web.base_url)
    assert found.exit_code == 1
    assert found.stdout.startswith("not healthy: upkeep, ")
    silent = row(found, "upkeep")
    assert f"has not ended a run since {EVENING:%Y-%m-%dT%H:%M:%S}Z; its limit is 6 h" in silent
    assert "What to do about upkeep: see whether the function upkeep is switched" in found.stdout
    assert "The last run of the sweep could not do 2 parts, the first: vault v-1: 403" in (
        found.stdout
    )
    plain = run(web.base_url, "--json")
    assert plain.exit_code == 1
    told, asked = json.loads(plain.stdout), web.get("/api/health").json()
    assert told == asked


def test_who_has_no_role_is_told_the_checks_and_what_readers_are_told(serve: Serve) -> None:
    """Health is open; where signing in helps is said, and no version, mode or role is."""
    estate = Estate()
    estate.roles.keep(MissingRole(role=Role.LOW, subscription="s-1", met=EVENING, since=EVENING))
    estate.azure.at += 7 * HOUR
    address = serve(guarded(estate.services)).base_url
    stranger, reader = run(address), run(address, headers=person.headers())
    assert (stranger.exit_code, reader.exit_code) == (1, 1)
    assert "not told" in row(stranger, "sweep")
    assert "REMEDIATOR_API_HEADERS" in stranger.stdout
    assert "mode " not in stranger.stdout
    assert "no run of the sweep has ended since" in row(reader, "sweep")
    assert "Role Backup Remediator VM is not assigned in subscription s-1" in reader.stdout
    assert "REMEDIATOR_API_HEADERS" not in reader.stdout


def test_a_missing_role_is_told_and_ends_with_0(serve: Serve) -> None:
    """The deployment's to mend: it fails no check of the API, and none here."""
    estate = Estate()
    estate.roles.keep(MissingRole(role=Role.LOW, subscription="s-1", met=EVENING, since=EVENING))
    found = run(serve(estate.services).base_url)
    assert found.exit_code == 0
    assert "What to do: assign it" in found.stdout


def test_a_check_that_this_version_does_not_know_is_told_too(serve: Serve) -> None:
    """By its own name, and it fails the whole."""

    def gone() -> None:
        raise ConnectionError("no topic")

    services = replace(Estate().services, checks={"topic": gone})
    found = run(serve(services).base_url)
    assert found.exit_code == 1
    assert "failing" in row(found, "topic")
    assert "What to do about topic: the app's log has the error" in found.stdout


@contextmanager
def answering(status: int, body: bytes) -> Iterator[str]:
    """A server that answers everything alike."""

    class Alike(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Location", "https://sign-in.example/")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        @override
        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Alike) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join(10)


def of(**changes: Any) -> bytes:
    """The body of an answer of health."""
    whole = {"status": "ok", "time": "2026-11-20T20:00:00Z", "checks": {"storage": "ok"}}
    return json.dumps({**whole, **changes}).encode()


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (200, b"<html>", "no JSON"),
        (200, b"[]", "something else"),
        (200, b'{"value": 1}', "something else"),
        (200, of(checks={}), "without checks"),
        (503, b"The service is unavailable.", "no JSON"),
        (503, b'{"detail": "busy"}', "something else"),
        (404, b"", "404"),
        (302, b"", "fetch a new token"),
        (500, of(), "500"),
    ],
)
def test_whatever_is_no_health_ends_with_2_and_says_what_was_expected(
    status: int, body: bytes, said: str
) -> None:
    """A page on the way, another app, a host that does not come up: nobody was asked."""
    with answering(status, body) as address:
        found = run(address)
    assert (found.exit_code, found.stdout) == (2, ""), found.output
    assert said in found.stderr
    assert f"expected from {address}/api/health" in found.stderr
    assert "a status, and checks by name" in found.stderr


@pytest.mark.parametrize(
    ("status", "body"),
    [(200, of(checks={"storage": "failed"})), (200, of(status="failed")), (503, of(status="?"))],
)
def test_an_answer_that_contradicts_itself_is_not_well(status: int, body: bytes) -> None:
    """Only where status and every check say so."""
    with answering(status, body) as address:
        found = run(address)
    assert found.exit_code == 1
    assert found.stdout.startswith("not healthy: ")


def test_a_refused_policy_document_is_told_and_ends_with_0() -> None:
    """With what mends it; what a server says steers no terminal."""
    fault = "policy.yaml:3: mode: expected off, observe, approve or auto \x1b[2J"
    what = {"version": "1.2.3", "mode": "observe", "max_risk": "guest_io", "policy_fault": fault}
    with answering(200, of(**what)) as address:
        found = run(address)
    assert found.exit_code == 0
    assert "version 1.2.3, mode observe, risks up to guest io" in found.stdout
    assert "not in force: policy.yaml:3: mode: expected off, observe" in found.stdout
    assert "\x1b" not in found.stdout


def nowhere() -> str:
    """An address that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.mark.parametrize("address", [nowhere, lambda: "ftp://host"])
def test_where_nobody_answers_it_ends_with_2(address: Callable[[], str]) -> None:
    """An app that is down is not one whose check failed."""
    found = run(address())
    assert (found.exit_code, found.stdout) == (2, ""), found.output
    assert "expected" in found.stderr

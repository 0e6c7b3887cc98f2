"""The commands against the console over a real connection: what they write, and how they end."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import override

import httpx
import pytest
from typer.testing import CliRunner, Result

from console.cli import app
from local.stack import person
from remediation.model import Risk
from remediation.playbooks.loader import load
from remediation.policy import Policy
from remediation.views import AgentState
from state.memory import MemoryLedger
from tests.console.conftest import Fleet, Serve, a_night
from tests.console.estate import SUBSCRIPTION, VAULT, Estate, Vm, an_item
from tests.console.test_audit import altered

type Run = Callable[..., Result]


@pytest.fixture
def run(base: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command against the night that is only read."""
    monkeypatch.setenv("REMEDIATOR_API", f"{base}/api")
    monkeypatch.setenv("COLUMNS", "200")
    return lambda *words, **env: CliRunner().invoke(app, list(words), env=env)


def at(web: httpx.Client) -> dict[str, str]:
    """The environment of a local person who uses that console."""
    return {
        "REMEDIATOR_API": f"{str(web.base_url).rstrip('/')}/api",
        "REMEDIATOR_API_HEADERS": json.dumps(person.headers()),
    }


def test_incidents_lists_them(run: Run, fleet: Fleet) -> None:
    """Id, machine, status, cause, ladder, and why."""
    found = run("incidents")
    assert found.exit_code == 0, found.output
    rungs = len(load().playbook("guest-agent-unavailable").ladder)
    for text in (fleet.dead, "vm-dead", "escalated", "guest-agent-unavailable", f"{rungs}/{rungs}"):
        assert text in found.stdout


def test_a_filter_that_fits_nothing_is_named(run: Run) -> None:
    """A machine that never failed, or a name that is spelt wrong; programs get the empty list."""
    found = run("incidents", "--vm", "nobody", "--status", "open")
    assert (found.exit_code, found.stdout.strip()) == (
        0,
        "No incident with --status open, --vm nobody.",
    )
    assert json.loads(run("incidents", "--vm", "nobody", "--json").stdout)["items"] == []


def test_incidents_as_json_is_the_apis_answer(run: Run, web: httpx.Client) -> None:
    """For scripts."""
    found = run("incidents", "--status", "open", "--json")
    assert json.loads(found.stdout) == web.get("/api/incidents?status=open").json()


def test_all_follows_every_page(run: Run) -> None:
    """Pages of one, and every incident."""
    found = run("incidents", "--size", "1", "--all", "--json")
    assert len(json.loads(found.stdout)["items"]) == 5


def test_a_page_says_how_to_go_on(run: Run) -> None:
    """The cursor, ready to be typed."""
    found = run("incidents", "--size", "1")
    cursor = found.stdout.rpartition("--cursor '")[2].partition("'")[0]
    assert run("incidents", "--size", "1", "--cursor", cursor).exit_code == 0


@pytest.mark.parametrize("identity", ["id", "vm-dead"])
def test_show_shows_everything(run: Run, fleet: Fleet, identity: str) -> None:
    """By the incident's id, or the newest of a machine."""
    found = run("show", fleet.dead if identity == "id" else identity)
    assert found.exit_code == 0, found.output
    for text in ("Ladder", "reapply_vm", "Evidence", "not_ready", "Timeline", "What to do next"):
        assert text in found.stdout


def test_why_explains_what_was_not_done_and_when_it_is_looked_at_again(run: Run) -> None:
    """Reasons, skipped rungs, the next look."""
    found = run("why", "vm-dead")
    assert found.exit_code == 0
    assert "Handed to people" in found.stdout
    assert "retry_backup: agent is not_ready, not ready" in found.stdout
    assert "Looked at again 2026-11-2" in found.stdout


def test_why_as_json_has_reasons_and_time(run: Run) -> None:
    """For scripts."""
    found = json.loads(run("why", "vm-unfixable", "--json").stdout)
    assert found["why"]["looked_at_again"].endswith("Z")


def test_audit_list_shows_records(run: Run, fleet: Fleet) -> None:
    """What was done, by action."""
    found = run("audit", "list", "--incident", fleet.dead, "--action", "reapply_vm")
    assert found.exit_code == 0
    assert "StepIntended" in found.stdout


def test_audit_verify_ends_well_where_nothing_was_altered(run: Run) -> None:
    """0, and how much was looked at."""
    found = run("audit", "verify")
    assert (found.exit_code, "of 5 chains: whole" in found.stdout) == (0, True)


def test_an_altered_record_of_the_ledger_is_not_called_gone(serve: Serve) -> None:
    """It stands where it stood; one that was removed does not."""
    estate = Estate()
    assert isinstance(estate.ledger, MemoryLedger)
    chains = estate.ledger._chains
    for number in (1, 2):
        estate.ledger.alarm(f"key-{number}", "an alarm", estate.azure.at)
    first, second = chains._rows["alarm"]
    chains._rows["alarm"] = [replace(first, body=first.body.replace("an alarm", "nothing")), second]
    env, words = at(serve(estate.services)) | {"COLUMNS": "300"}, ["audit", "verify"]
    said = CliRunner().invoke(app, words, env=env).stdout
    assert "altered: ledger|alarm position 1: its hash is not that of its body" in said
    chains._rows["alarm"] = [second]
    said = CliRunner().invoke(app, words, env=env).stdout
    assert "removed: ledger|alarm position 1 (gone): no record" in said


def test_audit_verify_ends_with_1_and_names_what_was_altered(serve: Serve) -> None:
    """A line of the trail was rewritten."""
    night = a_night()
    sequence = altered(night.estate, "vm-excluded")
    web = serve(night.estate.services)
    found = CliRunner().invoke(app, ["audit", "verify"], env=at(web) | {"COLUMNS": "300"})
    assert found.exit_code == 1
    assert f"incident {night.excluded}, record {sequence}" in found.stdout


def test_retrigger_dry_run_shows_what_would_run(serve: Serve) -> None:
    """And with the person's headers from the environment."""
    estate = Estate()
    estate.fails("vm-01")
    estate.passes(hours=6)
    words = ["retrigger", "--vm", "vm-01", "--reason", "again", "--dry-run"]
    found = CliRunner().invoke(app, words, env=at(serve(estate.services)))
    assert found.exit_code == 0, found.output
    assert "dry run: nothing was changed" in found.stdout
    assert "re-triggered by local.person@example.com" in found.stdout


def test_retrigger_with_a_key_is_one_request(serve: Serve) -> None:
    """Asked twice, answered twice, done once."""
    estate = Estate()
    incident = estate.fails("vm-01")
    estate.passes(hours=6)
    job = f"{VAULT.shown}/backupJobs/job-vm-01-1"
    words = ["retrigger", "--job", job, "--reason", "r", "--idempotency-key", "k", "--json"]
    env = at(serve(estate.services))
    first, again = (CliRunner().invoke(app, words, env=env) for _ in range(2))
    assert (first.exit_code, again.exit_code) == (0, 0), first.output
    assert json.loads(first.stdout) == json.loads(again.stdout)
    trail = estate.store.records(an_item("vm-01"), incident)
    assert sum(type(one.body).__name__ == "IncidentRetriggered" for one in trail) == 1


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["show", "none"], 1, "there is no incident 'none'"),
        (["retrigger", "--vm", "vm-dead", "--reason", "r"], 1, "needs a person who signed in"),
        (["retrigger", "--vm", "vm-dead", "--reason", "r"], 1, "set REMEDIATOR_API_HEADERS"),
        (["retrigger", "--vm", "vm-dead", "--reason", "r"], 1, "docs/deploying.md#signing-in"),
        (["audit", "verify", "--vm", "nobody"], 1, "no incident is of a machine"),
        (["incidents", "--api", "http://127.0.0.1:9/api"], 1, "does not answer"),
        (["incidents", "--status", "done"], 2, "'escalated'"),
        (["incidents", "--status", "done"], 2, "or 'open', got 'done'"),
        (["incidents", "--from", "yesterday"], 2, "expected an ISO 8601 time with a zone"),
        (["incidents", "--size", "0"], 2, "--size"),
        (["incidents", "--api", "ftp://x/api"], 2, "--api: expected"),
        (["incidents", "--api", "http://[x/api"], 2, "--api: "),
        (["incidents", "--api", "http://example.org/api", "--header", "A: b"], 2, "https only"),
        (["incidents", "--header", "nonsense"], 2, "--header: expected 'Name: value'"),
        (["incidents", "--header", "A: b\r\nC: d"], 2, "--header: expected"),
        (["incidents", "--headers", "[]"], 2, "--headers: expected a JSON object"),
        (["incidents", "--headers", "{"], 2, "--headers: expected a JSON object"),
        (["retrigger", "--reason", "r"], 2, "exactly one of"),
        (["retrigger", "--vm", "a", "--item", "b", "--reason", "r"], 2, "exactly one of"),
        (["retrigger", "--vm", "a"], 2, "--reason"),
        (["no-such-command"], 2, "No such command"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_what_went_wrong_is_said_and_told_by_the_exit_code(
    run: Run, words: list[str], code: int, said: str
) -> None:
    """1 for refused or not found, 2 for bad input; the error goes to stderr."""
    found = run(*words)
    assert (found.exit_code, said in found.stderr) == (code, True), found.stderr


def test_an_ambiguous_name_lists_the_machines(serve: Serve) -> None:
    """So that the right one can be named."""
    estate = Estate()
    for group in ("rg-a", "rg-b"):
        estate.fails(Vm(item=an_item("twin", group)))
    found = CliRunner().invoke(app, ["incidents", "--vm", "twin"], env=at(serve(estate.services)))
    assert found.exit_code == 1
    assert an_item("twin", "rg-b").shown in found.stderr


@contextmanager
def redirecting(target: str) -> Iterator[str]:
    """A server that sends everybody elsewhere."""

    class Elsewhere(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(302)
            self.send_header("Location", target)
            self.end_headers()

        @override
        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join(10)


def test_a_redirect_is_not_followed(base: str) -> None:
    """It would take the person's headers to whatever host it names."""
    with redirecting(f"{base}/api/incidents") as address:
        found = CliRunner().invoke(app, ["incidents", "--api", f"{address}/api"])
    assert (found.exit_code, "302" in found.stderr) == (1, True)
    assert "fetch a new token" in found.stderr


def test_text_from_outside_steers_no_terminal(serve: Serve) -> None:
    """Escape sequences in a message are not written to the terminal, nor is markup obeyed."""
    estate = Estate()
    estate.fails(Vm(item=an_item(), message="[bold]x[/bold] \x1b]0;owned\x07"))
    found = CliRunner().invoke(app, ["show", "vm-01"], env=at(serve(estate.services)))
    assert "[bold]x[/bold]" in found.stdout
    assert "\x1b]0" not in found.stdout


def test_why_names_every_guard_that_objects_and_until_when(serve: Serve) -> None:
    """What was not done is explained, too."""
    policy = Policy(objective=timedelta(hours=90), scopes=frozenset({SUBSCRIPTION}))
    estate = Estate(replace(policy, max_risk=Risk.GUEST_IO))
    estate.fails("vm-01")
    env = at(serve(estate.services))
    found = CliRunner().invoke(app, ["why", "vm-01"], env=env)
    assert "Mode is observe: would have run retry_backup." in found.stdout
    assert "mode: mode is observe: would have run retry_backup (until 2026-11-21" in found.stdout
    words = ["retrigger", "--vm", "vm-01", "--reason", "r", "--dry-run"]
    assert "mode: mode is observe" in CliRunner().invoke(app, words, env=env).stdout


def test_a_dry_run_names_the_action_that_would_be_sent(serve: Serve) -> None:
    """The first effect on Azure, in one line."""
    estate = Estate()
    estate.fails(Vm(item=an_item(), agent=AgentState.NOT_READY))
    estate.passes(hours=5)
    words = ["retrigger", "--item", an_item().shown, "--reason", "r", "--dry-run"]
    found = CliRunner().invoke(app, words, env=at(serve(estate.services)))
    assert "would run now: reapply_vm" in found.stdout

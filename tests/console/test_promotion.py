"""Promotion by API and by command: the evidence of a real night, and the policy to merge."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner, Result

from console.cli import app
from local.stack import person
from remediation.model import Mode
from remediation.policies.book import PolicyBook
from remediation.policies.effective import Ground
from remediation.policies.source import FileSource
from tests.console.conftest import Serve, guarded
from tests.console.estate import POLICY, SUBSCRIPTION, Estate, Vm, an_item
from tests.console.test_principal import principal

DOCUMENT = """\
version: 1
scopes:
  # ours
  - name: web
    match: {resource_group: rg-web}
    mode: observe
  - name: gold
    match: {tags: {tier: gold}}
    mode: approve
"""


def under(document: str, file: Path) -> Estate:
    """An estate that observes under a document."""
    file.write_text(document, encoding="utf-8")
    found = Estate()
    ground = Ground(policy=replace(POLICY, mode=Mode.OBSERVE, storm_items=0))
    found.policies = PolicyBook(ground, source=FileSource(path=file), clock=found.azure)
    found.engine = replace(found.engine, policies=found.policies)
    found.reception = replace(found.reception, engine=found.engine)
    return found


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the document lies."""
    return tmp_path / "policy.yaml"


@pytest.fixture
def estate(file: Path) -> Estate:
    """Four machines failed: one recovers by its schedule, one fails again, one is excluded."""
    found = under(DOCUMENT, file)
    healed, stuck = Vm(item=an_item("vm-healed")), Vm(item=an_item("vm-stuck"))
    found.fails(healed)
    found.fails(stuck)
    found.fails(Vm(item=an_item("vm-out"), tags={"backup-remediation": "off"}))
    found.fails(Vm(item=an_item("vm-gold", "rg-gold"), tags={"Tier": "Gold"}))
    found.azure.at += timedelta(hours=22)
    healed.cured = True
    found.azure.break_backup(healed)
    found.fails(stuck)
    found.passes(hours=6)
    return found


@pytest.fixture
def web(estate: Estate, serve: Serve) -> httpx.Client:
    """A caller of the console over it."""
    services = replace(
        estate.services,
        policies=estate.policies,
        retrigger=replace(estate.services.retrigger, reception=estate.reception),
    )
    return serve(services)


@pytest.fixture
def ask(web: httpx.Client) -> Callable[..., dict[str, Any]]:
    """Ask for a promotion."""

    def asking(**query: str) -> dict[str, Any]:
        answer = web.get("/api/promotion", params={"action": "retry_backup", **query})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    return asking


def run(web: httpx.Client, *words: str) -> Result:
    """Run the command against it."""
    address = f"{str(web.base_url).rstrip('/')}/api"
    return CliRunner().invoke(
        app,
        ["promote", *words],
        env={
            "COLUMNS": "200",
            "REMEDIATOR_API": address,
            "REMEDIATOR_API_HEADERS": json.dumps(person.headers()),
        },
    )


def test_the_api_counts_what_observing_showed(ask: Callable[..., dict[str, Any]]) -> None:
    """Of the machines in the scope, and of no other."""
    found = ask(scope="web")
    counted = found["evidence"]
    assert (counted["incidents"], counted["machines"]) == (3, 3)
    assert (counted["occasions"], counted["free"], counted["never"]) == (2, 2, 0)
    assert counted["fates"] == {"recovered_at_once": 1, "failed_again": 1}
    assert counted["guards"] == {}
    assert counted["excluded"] == 1
    assert "1 machine excluded by its tag stays excluded." in found["said"]
    assert any("A small sample" in one for one in found["said"])


def test_the_api_answers_the_policy_that_promotes_it_and_changes_nothing(
    ask: Callable[..., dict[str, Any]], file: Path
) -> None:
    """As a diff of the document in force."""
    proposal = ask(scope="web")["proposal"]
    assert proposal["diff"].splitlines()[:2] == ["--- a/policy.yaml", "+++ b/policy.yaml"]
    assert "+    promoted: [retry_backup]" in proposal["diff"].splitlines()
    assert "# ours" in proposal["text"]
    assert proposal["reaches"] == 2
    assert file.read_text() == DOCUMENT


def test_a_merged_promotion_lets_the_action_run_there_and_no_other(
    ask: Callable[..., dict[str, Any]], file: Path, tmp_path: Path
) -> None:
    """The document that came out is the one that goes in: the next failure is retried."""
    text = ask(scope="web")["proposal"]["text"]
    estate = under(text, tmp_path / "merged.yaml")
    inside = estate.reader.partitions
    estate.fails("vm-1")
    estate.fails(Vm(item=an_item("vm-2", "rg-other")))
    assert [len(inside.incidents_of(an_item("vm-1"))[0].attempts)] == [1]
    assert inside.incidents_of(an_item("vm-2", "rg-other"))[0].attempts == ()


def test_a_scope_of_tags_is_told_by_the_tags_that_machines_have_now(
    ask: Callable[..., dict[str, Any]],
) -> None:
    """They are no part of the trail."""
    found = ask(scope="gold")
    assert (found["evidence"]["machines"], found["evidence"]["occasions"]) == (1, 1)
    assert found["evidence"]["asked"] == 1
    assert any("tags that machines have now" in one for one in found["proposal"]["notes"])


def test_tags_that_cannot_be_read_leave_a_machine_out(
    estate: Estate, ask: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And that is said."""
    del estate.azure.vms[an_item("vm-gold", "rg-gold")]
    found = ask(scope="gold")
    assert found["evidence"]["machines"] == 0
    assert "no backup failed there" in found["said"][-1]


def test_a_wide_promotion_says_whom_it_does_not_reach(
    ask: Callable[..., dict[str, Any]],
) -> None:
    """A narrower scope goes by itself."""
    proposal = ask()["proposal"]
    assert "+  promoted: [retry_backup]" in proposal["diff"]
    assert any("scope gold" in one for one in proposal["notes"])


def test_whom_an_owner_keeps_back_is_not_reached(
    estate: Estate, ask: Callable[..., dict[str, Any]]
) -> None:
    """Though tags are not in the trail: what the incidents told of them is."""
    assert ask(scope="*")["proposal"]["reaches"] == 3
    careful = Vm(item=an_item("vm-careful"), tags={"backup-remediation": "observe"})
    estate.fails(careful)
    estate.passes(minutes=1)
    found = ask(scope="*")
    assert found["evidence"]["owned"] == 1
    assert found["proposal"]["reaches"] == 3
    kept = "vm-careful: only watched, as its owner's tag says"
    assert kept in found["proposal"]["unreached"]
    # Its owner takes the tag away, and then closes the door for good.
    careful.tags = {}
    estate.passes(hours=30)
    estate.fails(careful)
    estate.passes(minutes=1)
    found = ask(scope="*")
    assert (found["proposal"]["reaches"], kept in found["proposal"]["unreached"]) == (4, False)
    careful.tags = {"backup-remediation": "off"}
    estate.passes(hours=30)
    estate.fails(careful)
    estate.passes(minutes=1)
    found = ask(scope="*")
    assert found["proposal"]["reaches"] == 3
    assert "vm-careful: excluded by its tag" in found["proposal"]["unreached"]


def test_the_reach_is_shown_only_where_there_is_a_change(web: httpx.Client, file: Path) -> None:
    """What runs there already runs by no change."""
    words = ("--action", "retry_backup", "--scope", "web")
    assert "By this change it would run" in run(web, *words).stdout
    merged = json.loads(run(web, *words, "--json").stdout)["proposal"]["text"]
    file.write_text(merged, encoding="utf-8")
    found = run(web, *words, "--policy", str(file))
    assert "There is nothing to change." in found.stdout
    assert "By this change" not in found.stdout


def test_nothing_observed_is_said_plainly(ask: Callable[..., dict[str, Any]]) -> None:
    """In a time before anything failed, and of an action that was not come to."""
    span = {"from": "2020-01-01T00:00:00Z", "to": "2020-02-01T00:00:00Z"}
    for found in (ask(**span), ask(action="restart_agent")):
        assert found["evidence"]["occasions"] == 0
        assert found["said"][-1].startswith("Nothing was observed yet")


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        ({"action": "reboot"}, 422, "action"),
        ({"action": "wait"}, 422, "action"),
        ({"action": "retry_backup", "scope": "nowhere"}, 422, "scope"),
        ({"action": "retry_backup", "scope": "/subscriptions/x"}, 422, "scope"),
        ({"action": "retry_backup", "from": "yesterday"}, 400, "from"),
        (
            {
                "action": "retry_backup",
                "from": "2026-01-02T00:00:00Z",
                "to": "2026-01-01T00:00:00Z",
            },
            400,
            "to",
        ),
        ({"action": "retry_backup", "mood": "x"}, 400, "mood"),
        ({}, 400, "action"),
    ],
)
def test_what_was_wrong_is_named(
    web: httpx.Client, query: dict[str, str], status: int, field: str
) -> None:
    """A problem, with the parameter."""
    answer = web.get("/api/promotion", params=query)
    assert answer.status_code == status, answer.text
    assert [one["field"] for one in answer.json()["errors"]] == [field]


def test_only_operators_may_ask(estate: Estate, serve: Serve) -> None:
    """It reads thousands of incidents: whoever may only read does not, not even anonymously."""
    query = {"action": "retry_backup"}
    for services in (estate.services, guarded(estate.services)):
        client = serve(services)
        address = f"{client.base_url}/api/promotion"
        assert client.get("/api/promotion", params=query).status_code == 200
        assert httpx.get(address, params=query).status_code == 401
        reader = principal("Reader", "Approver")
        assert httpx.get(address, params=query, headers=reader).status_code == 403


def test_the_command_shows_evidence_and_diff(web: httpx.Client, tmp_path: Path) -> None:
    """And writes the whole document where it is told to."""
    out = tmp_path / "new.yaml"
    found = run(web, "--action", "retry_backup", "--scope", "web", "--out", str(out))
    assert found.exit_code == 0, found.output
    for text in (
        "vm-stuck",
        "would have run",
        "+    promoted: [retry_backup]",
        "A person merges it",
        "recovered at once 1",
    ):
        assert text in found.stdout
    checked = CliRunner().invoke(app, ["policy", "check", str(out)])
    assert checked.exit_code == 0
    again = run(web, "--action", "retry_backup", "--scope", "web", "--out", str(out))
    assert (again.exit_code, "--out: File exists" in again.output) == (2, True)
    tree = json.loads(run(web, "--action", "retry_backup", "--scope", "web", "--json").stdout)
    assert tree["proposal"]["text"] == out.read_text()


def test_the_command_changes_a_file_of_the_persons_own(web: httpx.Client, tmp_path: Path) -> None:
    """Evidence from the API by what the scope matches there, the change by the file."""
    file = tmp_path / "mine.yaml"
    file.write_text(
        "version: 1\nscopes:\n"
        f"  - {{name: shop, match: {{subscription: {SUBSCRIPTION}, resource_group: rg-web}},"
        " mode: observe}  # keep\n",
        encoding="utf-8",
    )
    words = ("--action", "retry_backup", "--policy", str(file))
    found = run(web, *words, "--scope", "shop", "--allow")
    assert found.exit_code == 0, found.output
    assert "incidents of 3 machines" in found.stdout
    assert "promoted: [retry_backup], max_risk: guest_io}  # keep" in found.stdout
    everything = run(web, *words, "--scope", "*")
    assert "4 incidents of 4 machines" in everything.stdout


@pytest.mark.parametrize(
    ("text", "scope", "code", "words"),
    [
        ("version: 1\nmood: x\n", "*", 1, "the policy is refused"),
        ("version: 1\n", "nowhere", 2, "--scope: expected"),
        (None, "*", 2, "--policy: expected a file that can be read"),
    ],
)
def test_the_command_names_what_was_wrong(
    web: httpx.Client, tmp_path: Path, text: str | None, scope: str, code: int, words: str
) -> None:
    """Before anybody is asked."""
    file = tmp_path / "mine.yaml"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    found = run(web, "--action", "retry_backup", "--scope", scope, "--policy", str(file))
    assert found.exit_code == code
    assert words in found.stderr

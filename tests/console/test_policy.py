"""The policy in effect, by API and by command, and a document checked before it is deployed."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner, Result

from console.cli import app
from remediation.policies.book import PolicyBook
from remediation.policies.effective import Ground
from remediation.policies.source import FileSource
from tests.console.conftest import Serve
from tests.console.estate import POLICY, SUBSCRIPTION, VAULT, Estate, Vm, an_item

ITEM = an_item("vm-01")
DOCUMENT = """\
version: 1
defaults:
  mode: approve
scopes:
  - name: web
    match: {resource_group: "rg-*", vault: vault-west}
    limits: {attempts: 2}
  - name: gold
    match: {tags: {tier: gold}}
    objective: PT8H
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A sound document."""
    path = tmp_path / "policy.yaml"
    path.write_text(DOCUMENT, encoding="utf-8")
    return path


@pytest.fixture
def estate(file: Path) -> Estate:
    """A machine that failed, under that document; its owner asks for watching only."""
    found = Estate()
    found.policies = PolicyBook(
        Ground(policy=POLICY, origins={"max_risk": "setting REMEDIATOR_MAX_RISK"}),
        source=FileSource(path=file),
        clock=found.azure,
    )
    found.fails(Vm(item=ITEM, tags={"Backup-Remediation": "observe", "tier": "gold"}))
    return found


def run(*words: str, **env: str) -> Result:
    """Run a command."""
    return CliRunner().invoke(app, list(words), env={"COLUMNS": "200", **env})


def by_key(found: dict[str, Any]) -> dict[str, tuple[Any, str]]:
    """Values and origins by their keys."""
    return {one["key"]: (one["value"], one["origin"]) for one in found["values"]}


@pytest.fixture
def web(estate: Estate, serve: Serve, file: Path) -> Callable[..., httpx.Response]:
    """Ask for the policy."""
    client = serve(replace(estate.services, policies=estate.policies))
    return lambda **query: client.get("/api/policy", params=query)


def test_the_api_shows_each_value_and_where_it_comes_from(
    web: Callable[..., httpx.Response],
) -> None:
    """By the machine's name, its newest vault and the tags it has."""
    found = web(item="vm-01").json()
    assert (found["item"], found["vault"], found["tags"]) == (ITEM.shown, VAULT.shown, "read")
    assert (found["document"], found["fault"]) == ("policy.yaml", None)
    values = by_key(found)
    assert values["mode"] == (
        "observe",
        "tag backup-remediation on the machine, its group or subscription",
    )
    assert values["limits.attempts"] == (2, "scope web, line 7")
    assert values["objective"] == ("PT8H", "scope gold, line 10")
    assert values["margin"] == ("PT1H", "an eighth of the objective (scope gold, line 10)")
    assert values["max_risk"] == ("guest_config", "setting REMEDIATOR_MAX_RISK")
    assert values["limits.restore_points"] == (18, "default")


def test_the_api_shows_what_other_tags_would_make_of_it(
    web: Callable[..., httpx.Response],
) -> None:
    """A value may hold commas, as a window does."""
    tags = "backup-remediation-window=sat,sun 22:00-04:00 UTC,env=x"
    found = web(item=ITEM.shown, tags=tags).json()
    values = by_key(found)
    assert found["tags"] == "given"
    assert values["mode"] == ("approve", "defaults, line 3")
    assert values["owner.windows"][0] == ["sat,sun 22:00-04:00 UTC"]


def test_the_api_says_where_a_machine_lies_outside(web: Callable[..., httpx.Response]) -> None:
    """Its subscription is not listened to."""
    other = ITEM.shown.replace(SUBSCRIPTION, "9" + SUBSCRIPTION[1:])
    found = web(item=other, tags="").json()
    assert found["vault"] is None
    assert "is not in scope" in found["notes"][0]


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        ({"item": "vm-99"}, 404, "item"),
        ({"item": "a/b"}, 422, "item"),
        ({"item": "vm-01", "vault": "nowhere"}, 404, "vault"),
        ({"item": "vm-01", "tags": "gold"}, 422, "tags"),
        ({"item": "vm-01", "tags": "a=1,a=2"}, 422, "tags"),
        ({"item": "vm-01", "mood": "x"}, 400, "mood"),
    ],
)
def test_the_api_names_what_was_wrong(
    web: Callable[..., httpx.Response], query: dict[str, str], status: int, field: str
) -> None:
    """A problem, with the parameter."""
    answer = web(**query)
    assert answer.status_code == status
    assert [one["field"] for one in answer.json()["errors"]] == [field]


def test_a_sound_document_is_told_by_its_digest(file: Path) -> None:
    """Which stands in the log of whoever deployed it."""
    found = run("policy", "check", str(file))
    assert found.exit_code == 0
    assert found.stdout.endswith("policy.yaml  (2 scopes)\n")


def test_a_document_with_faults_is_told_with_all_of_them(tmp_path: Path) -> None:
    """Each with file, line and path; it ends with 1."""
    path = tmp_path / "p.yaml"
    path.write_text("version: 1\ndefaults:\n  mood: x\n  limits:\n    attempts: -1\n", "utf-8")
    found = run("policy", "check", str(path))
    assert found.exit_code == 1
    first, second = found.stderr.splitlines()
    assert first.startswith("p.yaml:3: defaults.mood: unknown key")
    assert second.startswith("p.yaml:5: defaults.limits.attempts: expected a whole number")
    tree = json.loads(run("policy", "check", str(path), "--json").stdout)
    assert tree == {"file": "p.yaml", "sha256": None, "faults": [first, second]}


def test_a_document_that_is_not_there_is_bad_input(tmp_path: Path) -> None:
    """It ends with 2."""
    found = run("policy", "check", str(tmp_path / "none.yaml"))
    assert found.exit_code == 2
    assert "FILE: expected a file that can be read" in found.stderr


def test_the_policy_is_shown_by_a_file_without_asking_anybody(file: Path) -> None:
    """Before it is deployed."""
    words = ("--for", ITEM.shown, "--file", str(file), "--vault", VAULT.shown)
    found = run("policy", "show", *words, "--tags", "tier=gold,backup-remediation-risk=huge")
    assert found.exit_code == 0, found.output
    for text in ("limits.attempts", "scope web, line 7", "PT8H", "cannot be read", "no document"):
        assert (text in found.stdout) == (text != "no document")
    assert "app settings are not known here" in found.stdout
    tree = json.loads(run("policy", "show", *words, "--json").stdout)
    assert by_key(tree)["mode"] == ("approve", "defaults, line 3")
    assert "objective" in by_key(tree)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--for", "vm-01"), "error: --for: expected"),
        (("--for", ITEM.shown, "--tags", "gold"), "error: --tags: expected"),
        (("--for", ITEM.shown, "--vault", "vault-west"), "error: --vault: expected"),
    ],
)
def test_a_file_knows_no_names(file: Path, words: tuple[str, ...], said: str) -> None:
    """There is nobody to ask which machine is meant; the option that was wrong is named."""
    found = run("policy", "show", "--file", str(file), *words)
    assert found.exit_code == 2
    assert said in found.stderr


def test_the_policy_is_not_shown_by_a_file_that_is_refused(tmp_path: Path) -> None:
    """What it would mean is not known."""
    path = tmp_path / "p.yaml"
    path.write_text("version: 1\nmode: auto\n", "utf-8")
    found = run("policy", "show", "--file", str(path), "--for", ITEM.shown)
    assert found.exit_code == 1
    assert "p.yaml:2: mode: unknown key" in found.stderr


def test_the_policy_is_shown_as_the_api_has_it(estate: Estate, serve: Serve) -> None:
    """With what tags the machine has."""
    client = serve(replace(estate.services, policies=estate.policies))
    address = f"{str(client.base_url).rstrip('/')}/api"
    found = run("policy", "show", "--for", "vm-01", REMEDIATOR_API=address)
    assert found.exit_code == 0, found.output
    for text in (ITEM.shown, "tags read", "document policy.yaml", "tag backup-remediation on"):
        assert text in found.stdout

"""``GET /api/storms``, and the storm on the first page."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from local.cli import app
from remediation.storms.notice import described
from remediation.storms.storm import Book, Permit, Storm, StormState
from tests.console.conftest import Serve
from tests.console.estate import EVENING, Estate, an_item
from tests.remediation.storms.building import vault_scope

PERMIT = Permit(
    incident="inc-1",
    attempt=1,
    item=an_item("vm-01"),
    since=EVENING,
    until=EVENING + timedelta(hours=30),
    canary=True,
)
STORM = Storm(
    id="storm-1",
    owner=vault_scope(),
    scopes=(vault_scope(),),
    opened_at=EVENING,
    last_failure_at=EVENING,
    items=12,
    first_items=("vm-01",),
    codes=("InternalError",),
    permits=(PERMIT,),
    held=11,
    overdue=1,
    overdue_items=("vm-02",),
)
OVER = Storm(
    id="storm-0",
    owner=vault_scope(),
    scopes=(vault_scope(),),
    opened_at=EVENING - timedelta(days=1),
    last_failure_at=EVENING - timedelta(days=1),
    ended_at=EVENING - timedelta(hours=20),
    state=StormState.ENDED,
    items=7,
)


@pytest.fixture
def web(serve: Serve) -> httpx.Client:
    """A storm that stands and one that is over."""
    estate = Estate()
    assert estate.storms.write(Book(storms={one.id: one for one in (OVER, STORM)}), None)
    return serve(estate.services)


def test_storms_come_the_newest_first(web: httpx.Client) -> None:
    """With what people are told of them, too."""
    items: list[dict[str, Any]] = web.get("/api/storms").json()["items"]
    assert [(one["storm"], one["state"]) for one in items] == [
        ("storm-1", "open"),
        ("storm-0", "ended"),
    ]
    assert items[0].keys() == described(STORM).keys()
    assert (items[0]["running"], items[0]["at_once"], items[0]["held"]) == (1, 1, 11)
    assert items[0]["scope"] == {"kind": "vault", "name": vault_scope().name}


def test_every_field_is_described_on_the_page_of_the_api(web: httpx.Client) -> None:
    """Names that programs read."""
    text = (Path(__file__).parents[2] / "docs" / "api.md").read_text()
    names = web.get("/api/openapi.json").json()["components"]["schemas"]["StormView"]["properties"]
    assert not [name for name in names if f"`{name}`" not in text]


def test_the_first_page_shows_a_storm_that_holds_incidents_back(web: httpx.Client) -> None:
    """And not one that is over."""
    page = web.get("/").text
    assert "Storm in vault west" in page
    assert "12 machines failed" in page
    assert page.count("Storm in") == 1


def test_without_storms_nothing_is_shown(serve: Serve) -> None:
    """The ordinary night."""
    web = serve(Estate().services)
    assert web.get("/api/storms").json() == {"items": [], "next": None}
    assert "Storm in" not in web.get("/").text


def test_a_parameter_that_nobody_knows_is_refused(web: httpx.Client) -> None:
    """A misspelt filter would show too much."""
    assert web.get("/api/storms", params={"state": "open"}).status_code == 400


def test_the_command_shows_storms(web: httpx.Client, serve: Serve) -> None:
    """A line each, as JSON for programs, and a word where there is none."""

    def ran(client: httpx.Client, *words: str) -> str:
        found = CliRunner().invoke(
            app, ["storms", f"--api={client.base_url}/api", *words], env={"COLUMNS": "200"}
        )
        assert found.exit_code == 0, found.output
        return found.stdout

    first, second = (line for line in ran(web).splitlines() if line.startswith("storm-"))
    assert first.split()[:2] == ["storm-1", "open"]
    assert "vault" in first
    assert second.split()[:2] == ["storm-0", "ended"]
    assert json.loads(ran(web, "--json")) == web.get("/api/storms").json()
    assert ran(serve(Estate().services)).strip() == "no storm"

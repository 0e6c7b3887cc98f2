"""``GET /api/rejected`` and ``GET /api/alarms``: what led to no incident."""

import json
from datetime import timedelta

import httpx
import pytest
from typer.testing import CliRunner, Result

from console.cli import app
from local.stack import person
from remediation.incident import Door
from remediation.messages import Rejected
from tests.console.conftest import Serve
from tests.console.estate import EVENING, Estate


def run(web: httpx.Client, *words: str, command: str = "alarms") -> Result:
    """Run the command as a person who may read."""
    headers = [f"--header={name}: {value}" for name, value in person.headers().items()]
    asked = [command, f"--api={web.base_url}/api", *headers, *words]
    return CliRunner().invoke(app, asked, env={"COLUMNS": "200"})


@pytest.fixture
def web(serve: Serve) -> httpx.Client:
    """Five rejected deliveries on two days, and an alarm."""
    estate = Estate()
    for number in range(5):
        rejected = Rejected(door=Door.ALERT, reason=f"reason {number}", text=f"text {number}")
        estate.ledger.reject(rejected, EVENING + timedelta(hours=number))
    estate.ledger.alarm("poison-1", "a message could not be read", EVENING)
    return serve(estate.services)


def test_rejected_deliveries_come_the_newest_day_first(web: httpx.Client) -> None:
    """In their order within a day."""
    items = web.get("/api/rejected").json()["items"]
    assert [one["reason"] for one in items] == [f"reason {number}" for number in (3, 4, 0, 1, 2)]
    assert (items[0]["door"], items[0]["text"]) == ("alert", "text 3")


def test_pages_give_every_rejected_delivery_once(web: httpx.Client) -> None:
    """Following ``next`` to its end is the whole list, also over a change of day."""
    query: dict[str, str | int] = {"size": 2}
    taken: list[str] = []
    while True:
        page = web.get("/api/rejected", params=query).json()
        taken += [one["reason"] for one in page["items"]]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert taken == [f"reason {number}" for number in (3, 4, 0, 1, 2)]


def test_a_span_is_kept(web: httpx.Client) -> None:
    """From a time on, before another."""
    answer = web.get("/api/rejected", params={"from": "2026-11-20T23:00:00Z"}).json()
    assert [one["reason"] for one in answer["items"]] == ["reason 3", "reason 4", "reason 2"]


def test_alarms_are_listed(web: httpx.Client) -> None:
    """Each with its key and text."""
    (alarm,) = web.get("/api/alarms").json()["items"]
    assert (alarm["key"], alarm["text"]) == ("poison-1", "a message could not be read")


def test_the_command_lists_alarms_whole(web: httpx.Client) -> None:
    """When each was raised, and its text; as JSON, what the API says."""
    found = run(web)
    assert found.exit_code == 0, found.output
    assert "2026-11-20 21:00Z" in found.stdout
    assert "a message could not be read" in found.stdout
    assert json.loads(run(web, "--json").stdout) == web.get("/api/alarms").json()


def test_alarms_come_in_pages_the_newest_first(serve: Serve) -> None:
    """By the API and by the command, which says how to go on, or asks for all of them."""
    estate = Estate()
    for number in range(5):
        estate.ledger.alarm(f"key-{number}", f"alarm {number}", EVENING)
    web = serve(estate.services)
    first = web.get("/api/alarms", params={"size": 2}).json()
    assert [one["text"] for one in first["items"]] == ["alarm 4", "alarm 3"]
    second = web.get("/api/alarms", params={"size": 3, "cursor": first["next"]}).json()
    assert [one["text"] for one in second["items"]] == ["alarm 2", "alarm 1", "alarm 0"]
    assert second["next"] is None
    said = run(web, "--size", "2").stdout
    assert f"more: --cursor '{first['next']}'" in said
    assert "alarm 2" not in said
    everything = json.loads(run(web, "--size", "2", "--all", "--json").stdout)
    assert [one["text"] for one in everything["items"]] == [f"alarm {4 - n}" for n in range(5)]


def test_without_an_alarm_the_command_says_so(serve: Serve) -> None:
    """An empty table would leave open whether it asked."""
    assert run(serve(Estate().services)).stdout == "no alarm\n"


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/api/rejected?cursor=x/y", "cursor"),
        ("/api/rejected?vm=a", "vm"),
        ("/api/alarms?x=1", "x"),
        ("/api/alarms?cursor=2026-11-20/1", "cursor"),
        ("/api/alarms?cursor=-1", "cursor"),
    ],
)
def test_a_bad_question_names_its_field(web: httpx.Client, path: str, field: str) -> None:
    """Bad input gets a problem that names the field."""
    answer = web.get(path)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)


def test_the_command_shows_rejected_deliveries(web: httpx.Client, serve: Serve) -> None:
    """By day and span, page by page, and a word where there is none."""
    said = run(web, command="rejected").stdout
    assert [f"reason {number}" in said for number in range(5)] == [True] * 5
    page = run(web, "--size", "2", command="rejected").stdout
    assert "more: --cursor" in page
    everything = json.loads(run(web, "--size", "2", "--all", "--json", command="rejected").stdout)
    assert everything["items"] == web.get("/api/rejected").json()["items"]
    late = run(web, "--from", "2027-01-01T00:00:00Z", command="rejected").stdout
    assert late.strip() == "no delivery was rejected"
    assert run(serve(Estate().services), command="pauses").stdout.strip() == "no pause"


def test_the_command_cuts_a_long_text_and_json_does_not(serve: Serve) -> None:
    """One delivery of 32 KiB in many lines does not fill screens; no secret is cut in half."""
    estate = Estate()
    long = "line\n" * 58 + "password=" + "hunter2" * 9 + "\nend" * 6_000
    estate.ledger.reject(Rejected(door=Door.ALERT, reason="too long", text=long), EVENING)
    web = serve(estate.services)
    said = run(web, command="rejected").stdout
    assert len(said.splitlines()) < 10
    assert "more characters; --json)" in " ".join(said.split())
    assert "hunter2" not in said
    (one,) = json.loads(run(web, "--json", command="rejected").stdout)["items"]
    assert one["text"].endswith("\nend")
    assert one == web.get("/api/rejected").json()["items"][0]

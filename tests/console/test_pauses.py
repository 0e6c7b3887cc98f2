"""Pauses by API, page and command: who may, what is refused, what follows, and what is on file."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, override

import httpx
import pytest
from typer.testing import CliRunner, Result

from local.cli import app
from local.stack import person
from remediation.pauses import Pause, PausesError
from remediation.records import Held, StepIntended
from remediation.views import AgentState
from state.memory import MemoryPauses
from tests.console.conftest import Serve
from tests.console.estate import EVENING, SUBSCRIPTION, VAULT, Estate, Vm, an_item

WHO = f"{person.NAME} ({person.IDENTIFIER})"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-web"


class Desk:
    """An operator before the console of an estate."""

    def __init__(self, serve: Serve) -> None:
        self.estate = Estate()
        self.web = serve(self.estate.services)

    def pause(self, *, headers: dict[str, str] | None = None, **changes: Any) -> httpx.Response:
        """Pause everything for four hours; ``changes`` replace fields of the body."""
        body = {"scope": "*", "for": "PT4H", "reason": "network change", **changes}
        given = {name: value for name, value in body.items() if value is not None}
        return self.web.post("/api/pauses", json=given, headers=headers)

    def lift(self, identity: str, reason: str = "done") -> httpx.Response:
        """Lift a pause."""
        return self.web.post(f"/api/pauses/{identity}/lift", json={"reason": reason})

    @property
    def listed(self) -> list[dict[str, Any]]:
        """The list of pauses."""
        found: list[dict[str, Any]] = self.web.get("/api/pauses").json()["items"]
        return found

    @property
    def ledger(self) -> list[tuple[str, str]]:
        """What stands in the ledger."""
        return [(one.key, one.text) for one in reversed(self.estate.reader.alarms())]

    def run(self, *words: str) -> Result:
        """Run a command as that operator."""
        headers = [f"--header={name}: {value}" for name, value in person.headers().items()]
        api = f"--api={self.web.base_url}/api"
        return CliRunner().invoke(app, [*words, api, *headers], env={"COLUMNS": "200"})


@pytest.fixture
def desk(serve: Serve) -> Desk:
    """An estate in which nothing is paused."""
    return Desk(serve)


def test_a_pause_says_who_stopped_what_until_when_and_why(desk: Desk) -> None:
    """Under the name of the person who signed in; it stands in list and ledger."""
    answer = desk.pause(scope=f" {GROUP}/ ")
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["id"]
    assert found == {
        "id": found["id"],
        "scope": GROUP,
        "active": True,
        "by": WHO,
        "reason": "network change",
        "at": "2026-11-20T21:00:00Z",
        "until": "2026-11-21T01:00:00Z",
        "lifted_by": None,
        "lifted_at": None,
        "lifted_reason": None,
    }
    assert desk.listed == [found]
    said = f"{WHO} has paused {GROUP} until 2026-11-21T01:00:00+00:00: network change"
    assert desk.ledger == [(f"pause-{found['id']}", said)]


def test_a_pause_holds_failures_back_and_says_why(desk: Desk) -> None:
    """Nothing is begun; the incident names the person, and when it is looked at again."""
    desk.pause()
    incident = desk.estate.fails("vm-01")
    records = desk.estate.store.records(an_item("vm-01"), incident)
    assert not [one for one in records if isinstance(one.body, StepIntended)]
    (held,) = [one.body for one in records if isinstance(one.body, Held)]
    assert [one.guard for one in held.objections] == ["paused"]
    why = desk.web.get(f"/api/incidents/{incident}").json()["why"]
    assert f"{WHO} has paused everything until" in why["reasons"][0]["reason"]
    assert why["looked_at_again"] == "2026-11-21T01:00:00Z"
    desk.estate.passes(hours=5)
    again = desk.estate.store.records(an_item("vm-01"), incident)
    assert [one for one in again if isinstance(one.body, StepIntended)]


@pytest.mark.parametrize("scope", [an_item("vm-01").shown, VAULT.shown.upper()])
def test_a_pause_of_a_scope_leaves_others_alone(desk: Desk, scope: str) -> None:
    """A machine's own, or its vault's."""
    desk.pause(scope=scope)
    for name in ("vm-01", "vm-02"):
        identity = desk.estate.fails(Vm(item=an_item(name), agent=AgentState.NOT_READY))
        records = desk.estate.store.records(an_item(name), identity)
        acts = any(isinstance(one.body, StepIntended) for one in records)
        assert acts is (name == "vm-02" and "vm-01" in scope)


def test_a_repeat_makes_no_second_pause(desk: Desk) -> None:
    """The answer was lost, and somebody asked again a little later."""
    first = desk.pause().json()
    desk.estate.azure.at += timedelta(minutes=2)
    assert desk.pause().json() == first
    assert len(desk.listed) == len(desk.ledger) == 1
    assert desk.pause(reason="another").json()["id"] != first["id"]


@pytest.mark.parametrize(
    ("changes", "status", "field", "words"),
    [
        ({"scope": "vm-01"}, 422, "scope", "expected * or the ARM id of a subscription"),
        ({"scope": 7}, 422, "scope", "expected * or the ARM id of a subscription"),
        ({"scope": None}, 422, "scope", "is required"),
        (
            {"scope": "/subscriptions/99999999-2222-3333-4444-555555555555"},
            422,
            "scope",
            "is not in scope (REMEDIATOR_SCOPES)",
        ),
        ({"for": "4h"}, 422, "for", "expected an ISO 8601 duration of one minute to fourteen"),
        ({"for": 4}, 422, "for", "expected an ISO 8601 duration"),
        ({"for": "PT59S"}, 422, "for", "expected an ISO 8601 duration"),
        ({"for": "P14DT1S"}, 422, "for", "got 'P14DT1S'"),
        ({"for": "P99999999999999D"}, 422, "for", "expected an ISO 8601 duration"),
        ({"for": None}, 422, "for", "is required"),
        ({"reason": " "}, 422, "reason", "1 character"),
        ({"until": "2026-12-01T00:00:00Z"}, 422, "until", "is not known here"),
        ({"length": "PT4H"}, 422, "length", "is not known here"),
    ],
)
def test_what_is_no_pause_is_refused_by_its_field(
    desk: Desk, changes: dict[str, Any], status: int, field: str, words: str
) -> None:
    """And nothing is kept."""
    answer = desk.pause(**changes)
    assert answer.status_code == status, answer.text
    assert {one["field"]: words in one["detail"] for one in answer.json()["errors"]}[field]
    assert (desk.listed, desk.ledger) == ([], [])


@pytest.mark.parametrize(("length", "until"), [("PT1M", "21:01"), ("P14D", "21:00"), ("P2W", "")])
def test_the_shortest_and_the_longest_pause_are_taken(desk: Desk, length: str, until: str) -> None:
    """One minute; fourteen days."""
    changes: dict[str, Any] = {"for": length}
    answer = desk.pause(**changes)
    assert answer.status_code == 200, answer.text
    assert until in answer.json()["until"]


def test_a_lifted_pause_holds_no_more_and_says_who_lifted_it(desk: Desk) -> None:
    """In list and ledger; once more changes nothing."""
    identity = desk.pause().json()["id"]
    desk.estate.azure.at += timedelta(hours=1)
    answer = desk.lift(identity)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["active"], found["lifted_by"], found["lifted_reason"]) == (False, WHO, "done")
    assert found["lifted_at"] == "2026-11-20T22:00:00Z"
    desk.estate.azure.at += timedelta(minutes=1)
    assert desk.lift(identity, "again").json() == found
    assert desk.listed == [found]
    said = f"{WHO} has lifted the pause of * by {WHO}: done"
    assert desk.ledger[1:] == [(f"unpause-{identity}", said)]
    incident = desk.estate.fails("vm-01")
    records = desk.estate.store.records(an_item("vm-01"), incident)
    assert [one for one in records if isinstance(one.body, StepIntended)]


def test_the_same_pause_may_be_set_again_after_it_was_lifted(desk: Desk) -> None:
    """It is another one."""
    first = desk.pause().json()["id"]
    desk.lift(first)
    assert desk.pause().json()["id"] != first
    assert [one["active"] for one in desk.listed].count(True) == 1


def test_a_pause_that_is_over_cannot_be_lifted(desk: Desk) -> None:
    """It ended by itself: nobody lifted it. One that never was is not there."""
    identity = desk.pause().json()["id"]
    desk.estate.azure.at += timedelta(hours=4)
    answer = desk.lift(identity)
    assert (answer.status_code, "ended by itself" in answer.text) == (409, True)
    assert desk.listed[0]["lifted_by"] is None
    assert [desk.lift(one).status_code for one in ("none", "a%2Fb", "x" * 201)] == [404, 404, 422]


@pytest.mark.parametrize("path", ["/api/pauses", "/api/pauses/p/lift"])
@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"json": {}, "headers": {"Origin": "https://evil.example"}}, 403),
        ({"data": {"reason": "r"}}, 415),
        ({"json": []}, 422),
    ],
)
def test_another_sites_page_and_a_form_pause_nothing(
    desk: Desk, path: str, sent: dict[str, Any], status: int
) -> None:
    """A person's cookies are not the person."""
    assert desk.web.post(path, **sent).status_code == status
    assert desk.listed == []


def test_only_an_operator_may_pause_and_lift(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """An approver says yes and no; whoever reads sees what is paused."""
    identity = desk.pause().json()["id"]
    monkeypatch.setattr(person, "ROLES", ("Reader", "Approver"))
    desk.web.headers.update(person.headers())
    for answer in (desk.pause(reason="x"), desk.lift(identity)):
        assert (answer.status_code, "the role Operator" in answer.text) == (403, True)
    assert [one["active"] for one in desk.listed] == [True]


def test_the_page_shows_what_is_paused_for_as_long_as_it_is(desk: Desk) -> None:
    """On the first page and on an incident's; text from people is only text."""
    incident = desk.estate.fails("vm-01")
    paths = ("/", f"/incidents/{incident}")
    assert not ["Paused:" for path in paths if "Paused:" in desk.web.get(path).text]
    identity = desk.pause(reason="<b>change</b>").json()["id"]
    for path in paths:
        page = desk.web.get(path).text
        assert "Paused: everything" in page
        assert "&lt;b&gt;change&lt;/b&gt;" in page
        assert f"remediator unpause {identity}" in page
    desk.lift(identity)
    assert "Paused:" not in desk.web.get("/").text


class Unreached(MemoryPauses):
    """``Pauses`` that nobody reaches."""

    @override
    def active(self, now: datetime) -> tuple[Pause, ...]:
        """Fail."""
        raise PausesError("storage does not answer")

    @override
    def all(self) -> tuple[Pause, ...]:
        """Fail."""
        raise PausesError("storage does not answer")


def test_pauses_that_cannot_be_reached_are_told_as_that(serve: Serve) -> None:
    """503 and when to ask again; the page warns that nothing is done meanwhile."""
    estate = Estate()
    web = serve(replace(estate.services, pauses=Unreached()))
    body = {"scope": "*", "for": "PT1H", "reason": "r"}
    for answer in (web.get("/api/pauses"), web.post("/api/pauses", json=body)):
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "Pauses cannot be read" in web.get("/").text


def test_the_policy_of_a_machine_names_its_pause(desk: Desk) -> None:
    """Beside what else is worth saying."""
    desk.pause()
    found = desk.web.get("/api/policy", params={"item": an_item().shown, "tags": ""}).json()
    assert found["notes"] == [f"paused by {WHO} until 2026-11-21T01:00:00+00:00: network change"]


def test_commands_pause_list_and_lift(desk: Desk) -> None:
    """As the API; a pause's id is what lifts it."""
    ran = desk.run("pause", "--scope=*", "--for=P1D", "--reason=network change")
    assert ran.exit_code == 0, ran.output
    (found,) = desk.listed
    assert found["until"] == (EVENING + timedelta(days=1)).isoformat().replace("+00:00", "Z")
    assert f"paused * until 2026-11-21 21:00Z, by {WHO}: {found['id']}" in ran.stdout
    listed = desk.run("pauses").stdout
    assert [one in listed for one in (found["id"], "active", "network change")] == [True] * 3
    ran = desk.run("unpause", found["id"], "--reason=done")
    assert (ran.exit_code, f"lifted {found['id']} of *" in ran.stdout) == (0, True), ran.output
    assert "lifted" in desk.run("pauses").stdout
    assert desk.listed[0]["lifted_reason"] == "done"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["pause", "--scope=*", "--for=4h", "--reason=r"], 2, "for: expected an ISO 8601"),
        (["pause", "--scope=web", "--for=PT4H", "--reason=r"], 2, "scope: expected * or the ARM"),
        (["pause", "--scope=*", "--for=PT4H"], 2, "--reason"),
        (["unpause", "a/b ?", "--reason=r"], 1, "Not Found: /api/pauses/a/b"),
        (["unpause", "none", "--reason=r"], 1, "there is no pause 'none'"),
    ],
)
def test_commands_say_what_is_wrong(desk: Desk, words: list[str], code: int, said: str) -> None:
    """By their exit code, and on stderr."""
    ran = desk.run(*words)
    assert (ran.exit_code, said in ran.stderr) == (code, True), ran.stderr

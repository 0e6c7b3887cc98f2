"""Stuck incidents by API, page and command: seen, nudged and closed by a named person."""

import json
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner, Result

from local.cli import app
from local.stack import person
from remediation.messages import Absent, Performed, Unknown, Woken
from remediation.picture import Picture
from remediation.records import IncidentEnded, WakeCommitted
from remediation.views import AgentState
from tests.console.conftest import Serve
from tests.console.estate import Estate, Vm, an_item

WHO = f"{person.NAME} ({person.IDENTIFIER})"
ITEM = an_item("vm-dead")


class Desk:
    """An operator before the console of an estate with an incident in people's hands."""

    def __init__(self, serve: Serve) -> None:
        self.estate = Estate()
        self.incident = self.estate.fails(Vm(item=ITEM, agent=AgentState.NOT_READY))
        self.estate.passes(days=3)
        self.web = serve(self.estate.services)

    def wish(self, what: str, reason: str | None = "the network is back") -> httpx.Response:
        """Have the incident looked at, or close it."""
        body = {} if reason is None else {"reason": reason}
        return self.web.post(f"/api/incidents/{self.incident}/{what}", json=body)

    def all(self, kind: type) -> list[Any]:
        """The bodies of a kind, in their order."""
        records = self.estate.store.records(ITEM, self.incident)
        return [one.body for one in records if isinstance(one.body, kind)]

    def run(self, *words: str) -> Result:
        """Run a command as that operator."""
        headers = [f"--header={name}: {value}" for name, value in person.headers().items()]
        api = f"--api={self.web.base_url}/api"
        return CliRunner().invoke(app, [*words, api, *headers], env={"COLUMNS": "200"})


@pytest.fixture
def desk(serve: Serve) -> Desk:
    """One incident."""
    return Desk(serve)


def test_what_is_too_old_is_listed_with_every_complaint(desk: Desk) -> None:
    """And nothing that is on its way."""
    assert desk.web.get("/api/stuck").json() == {"items": [], "cut": False, "next": None}
    desk.estate.passes(days=19)
    (one,) = desk.web.get("/api/stuck").json()["items"]
    assert (one["incident"], one["vm"], one["status"]) == (desk.incident, "vm-dead", "escalated")
    assert one["complaints"] == ["it is open for 22 days, the limit is 21"]
    assert "the limit is 21" in desk.web.get("/").text
    assert "It does not move as it should" in desk.web.get(f"/incidents/{desk.incident}").text


def test_a_nudge_is_a_wake_up_in_the_persons_name(desk: Desk) -> None:
    """It is heard at once, and stands in the incident's own chain."""
    before = len(desk.all(WakeCommitted))
    answer = desk.wish("nudge")
    assert answer.status_code == 200, answer.text
    assert (answer.json()["by"], answer.json()["reason"]) == (WHO, "it is looked at now")
    wake = desk.all(WakeCommitted)[before]
    assert (wake.by, wake.because, wake.wake.at) == (
        WHO,
        "the network is back",
        desk.estate.azure.at,
    )
    assert desk.estate.wakeups.next_due == desk.estate.azure.at
    desk.estate.passes(minutes=1)
    what = [
        one["what"] for one in desk.web.get(f"/api/incidents/{desk.incident}").json()["timeline"]
    ]
    assert f"{WHO} asked for a look: the network is back" in what
    assert desk.web.get("/api/audit/verify").json()["whole"]


def test_closing_ends_it_in_the_persons_name(desk: Desk) -> None:
    """People who were told are told; the second of two is told so."""
    answer = desk.wish("close", "the machine will be deleted")
    assert answer.status_code == 200, answer.text
    (ended,) = desk.all(IncidentEnded)
    assert (ended.by, ended.reason) == (WHO, "the machine will be deleted")
    found = desk.web.get(f"/api/incidents/{desk.incident}").json()
    assert (found["status"], found["open"]) == ("closed", False)
    assert f"closed by {WHO}: the machine will be deleted" in answer.json()["news"]
    late = desk.wish("close")
    assert (late.status_code, late.json()["detail"]) == (409, "the incident has ended")
    assert desk.wish("nudge").status_code == 409
    assert len(desk.all(IncidentEnded)) == 1


def test_while_a_step_is_under_way_it_is_not_closed(serve: Serve) -> None:
    """The answer says until when at the latest."""
    estate = Estate()
    incident = estate.fails("vm-01")
    web = serve(estate.services)
    path = f"/api/incidents/{incident}"
    assert web.get(path).json()["status"] == "proving"
    answer = web.post(f"{path}/close", json={"reason": "no patience"})
    assert answer.status_code == 409
    assert "the step backup of attempt 1 is under way" in answer.json()["detail"]
    assert web.get(path).json()["open"]


@pytest.mark.parametrize("what", ["nudge", "close"])
def test_only_an_operator_may_and_only_with_a_reason(desk: Desk, what: str) -> None:
    """Nothing is done otherwise."""
    before = len(desk.estate.store.records(ITEM, desk.incident))
    path = f"/api/incidents/{desk.incident}/{what}"
    body = {"reason": "x"}
    assert httpx.post(str(desk.web.base_url.join(path)), json=body).status_code == 401
    for reason in (None, "", "  ", "x" * 501):
        assert desk.wish(what, reason).status_code == 422
    theirs = {"Origin": "https://elsewhere.example"}
    assert desk.web.post(path, json=body, headers=theirs).status_code == 403
    assert desk.web.post(path, data=body).status_code == 415
    nobody = f"/api/incidents/nobody/{what}"
    assert desk.web.post(nobody, json=body).status_code == 404
    assert len(desk.estate.store.records(ITEM, desk.incident)) == before


def test_the_forms_of_the_page_do_the_same(desk: Desk) -> None:
    """And lead back to it."""
    path = f"/incidents/{desk.incident}/care"
    assert path in desk.web.get(f"/incidents/{desk.incident}").text
    form = {"reason": "the network is back", "answer": "nudge"}
    for wrong in ({"reason": ""}, {"answer": "heal"}):
        assert desk.web.post(path, data={**form, **wrong}).status_code == 422
    done = desk.web.post(path, data=form)
    assert (done.status_code, done.headers["location"]) == (303, f"/incidents/{desk.incident}")
    assert desk.all(WakeCommitted)[-1].by == WHO
    assert desk.web.post(path, data={**form, "answer": "close"}).status_code == 303
    assert path not in desk.web.get(f"/incidents/{desk.incident}").text


def test_commands_list_nudge_and_close(desk: Desk) -> None:
    """By the incident's id or the machine's name."""
    assert desk.run("stuck").stdout == "nothing is stuck\n"
    desk.estate.passes(days=19)
    assert "the limit is 21" in desk.run("stuck").stdout
    assert json.loads(desk.run("stuck", "--json").stdout) == desk.web.get("/api/stuck").json()
    nudged = desk.run("nudge", desk.incident, "--reason", "the network is back")
    assert nudged.exit_code == 0, nudged.output
    assert f"it is looked at now, by {WHO}" in nudged.stdout
    closed = desk.run("close", "vm-dead", "--reason", "deleted", "--json")
    assert json.loads(closed.stdout)["reason"] == "closed"
    assert desk.run("close", desk.incident, "--reason", "deleted").exit_code == 1


def test_a_look_that_is_planned_is_not_brought_forward(serve: Serve) -> None:
    """The answer says when it is."""
    estate = Estate()
    incident = estate.fails("vm-01")
    loaded = estate.store.load(an_item("vm-01"))
    assert loaded.incident is not None
    assert loaded.incident.step is not None
    engine = estate.services.retrigger.reception.engine
    step = loaded.incident.step
    unknown = Performed(attempt=step.attempt, step=step.name, outcome=Unknown(reason="reset"))
    assert engine.settle(loaded, unknown, Picture()) is not None
    loaded = estate.store.load(an_item("vm-01"))
    assert loaded.incident is not None
    assert loaded.incident.wake is not None
    estate.azure.at = loaded.incident.wake.at
    woken = Woken(item=loaded.item, incident=incident, number=loaded.incident.wake.number)
    assert engine.settle(loaded, woken, Picture(finding=Absent(reason="no job"))) is not None
    web = serve(estate.services)
    answer = web.post(f"/api/incidents/{incident}/nudge", json={"reason": "no patience"})
    assert answer.status_code == 409
    assert "the step backup is looked for once more at" in answer.json()["detail"]


def test_a_form_with_more_fields_than_any_of_ours_is_refused(desk: Desk) -> None:
    """It is bad input, and no fault of ours."""
    path = f"/incidents/{desk.incident}/care"
    form = {f"field-{number}": "x" for number in range(11)}
    answer = desk.web.post(path, data=form)
    assert answer.status_code == 422
    assert "at most 10 fields" in answer.text

"""``POST /api/retrigger``: who may, what is meant, and that a repeat repeats nothing."""

from dataclasses import replace
from typing import Any

import httpx
import pytest

from local.stack.person import IDENTIFIER, NAME
from remediation.policy import Policy
from remediation.records import IncidentRetriggered
from remediation.views import AgentState
from state.answers import Kept
from tests.console.conftest import Serve
from tests.console.estate import POLICY, SUBSCRIPTION, VAULT, Estate, Vm, an_item

JOB = f"{VAULT.shown}/backupJobs/job-vm-dead-1"


class Escalated:
    """An estate whose dead machine was handed to people, and a person who calls."""

    def __init__(self, serve: Serve, policy: Policy = POLICY) -> None:
        self.estate = Estate(policy)
        dead = Vm(item=an_item("vm-dead"), agent=AgentState.NOT_READY)
        self.incident = self.estate.fails(dead)
        self.estate.passes(hours=5)
        self.web = serve(self.estate.services)

    def ask(self, headers: dict[str, str] | None = None, **body: Any) -> httpx.Response:
        """Ask for a re-trigger."""
        return self.web.post(
            "/api/retrigger", json={"reason": "the agent was reinstalled", **body}, headers=headers
        )

    def retriggers(self) -> list[IncidentRetriggered]:
        """The re-triggers on record."""
        records = self.estate.store.records(an_item("vm-dead"), self.incident)
        return [one.body for one in records if isinstance(one.body, IncidentRetriggered)]


@pytest.fixture
def escalated(serve: Serve) -> Escalated:
    """A machine that was handed to people."""
    return Escalated(serve)


@pytest.mark.parametrize("named", ["item", "vm", "job", "job_parts", "incident"])
def test_each_way_of_naming_it_takes_it_up_again(escalated: Escalated, named: str) -> None:
    """Exactly one of item, vm, job and incident says what is meant."""
    ways: dict[str, dict[str, Any]] = {
        "item": {"item": an_item("vm-dead").shown.upper()},
        "vm": {"vm": "VM-dead"},
        "job": {"job": JOB},
        "job_parts": {"job": {"vault": VAULT.shown, "id": "job-vm-dead-1"}},
        "incident": {"incident": escalated.incident},
    }
    answer = escalated.ask(**ways[named])
    assert answer.status_code == 200, answer.text
    assert answer.json()["taken"] is True
    assert answer.json()["incident"] == escalated.incident
    assert len(escalated.retriggers()) == 1


def test_the_person_on_record_is_the_principal(escalated: Escalated) -> None:
    """Name and id of who signed in; the reason as it was given."""
    escalated.ask(vm="vm-dead")
    (record,) = escalated.retriggers()
    assert (record.by, record.reason) == (f"{NAME} ({IDENTIFIER})", "the agent was reinstalled")


def test_a_dry_run_shows_what_would_run_and_changes_nothing(escalated: Escalated) -> None:
    """The decision as it would be, the step that would be sent, and no record."""
    before = escalated.estate.store.records(an_item("vm-dead"), escalated.incident)
    answer = escalated.ask(vm="vm-dead", dry_run=True).json()
    assert (answer["dry_run"], answer["acts"]) == (True, "reapply_vm")
    assert any("retry_backup skipped: agent is not_ready" in one for one in answer["would"])
    assert escalated.estate.store.records(an_item("vm-dead"), escalated.incident) == before


def test_a_dry_run_shows_which_guards_object(serve: Serve) -> None:
    """A re-trigger is no way round a guard."""
    held = Escalated(serve, replace(POLICY, attempts=1))
    answer = held.ask(incident=held.incident, dry_run=True).json()
    assert any("reapply" in one for one in answer["would"])
    observing = Escalated(serve, Policy(scopes=frozenset({SUBSCRIPTION})))
    answer = observing.ask(vm="vm-dead", dry_run=True).json()
    assert any("mode: mode is observe" in one for one in answer["would"])


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"body"}),
        ({"vm": "vm-dead", "incident": "x"}, {"body"}),
        ({"vm": "vm-dead", "by": "somebody else"}, {"by"}),
        ({"vm": "vm-dead", "reason": "  "}, {"reason"}),
        ({"vm": "vm-dead", "reason": None}, {"reason"}),
        ({"vm": "vm-dead", "reason": "x" * 501}, {"reason"}),
        ({"vm": "vm-dead", "dry_run": "yes"}, {"dry_run"}),
        ({"item": "vm-dead"}, {"item"}),
        ({"item": "/subscriptions/x"}, {"item"}),
        ({"job": "job-1"}, {"job"}),
        ({"job": {"vault": "x", "id": "job-1"}}, {"job.vault"}),
        ({"job": f"{VAULT.shown}/backupJobs/a b"}, {"job"}),
        ({"job": JOB.replace(SUBSCRIPTION, SUBSCRIPTION.replace("1", "9"))}, {"job"}),
    ],
    ids=str,
)
def test_a_body_that_is_not_as_described_is_refused(
    escalated: Escalated, body: dict[str, Any], fields: set[str]
) -> None:
    """422, and the field by name; nothing is recorded."""
    answer = escalated.ask(**body)
    assert answer.status_code == 422, answer.text
    assert {one["field"] for one in answer.json()["errors"]} == fields
    assert escalated.retriggers() == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"vm": "nobody"}, "vm"),
        ({"incident": "none"}, "incident"),
        ({"job": f"{VAULT.shown}/backupJobs/unknown"}, "job"),
    ],
    ids=str,
)
def test_what_is_not_there_is_not_found(
    escalated: Escalated, body: dict[str, str], field: str
) -> None:
    """404, and the field by name."""
    answer = escalated.ask(None, **body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (404, field)


def test_a_name_that_two_machines_have_is_refused_with_both(serve: Serve) -> None:
    """Nothing is done to a machine that was not meant."""
    estate = Estate()
    estate.fails(Vm(item=an_item("twin", "rg-a")))
    estate.fails(Vm(item=an_item("twin", "rg-b")))
    answer = serve(estate.services).post("/api/retrigger", json={"vm": "twin", "reason": "r"})
    assert (answer.status_code, len(answer.json()["candidates"])) == (409, 2)


def test_what_is_under_way_is_not_taken_up_again(serve: Serve) -> None:
    """An attempt's end is waited for: 409 that says so, and in a dry run an answer."""
    estate = Estate()
    incident = estate.fails("vm-01")
    web = serve(estate.services)
    body = {"vm": "vm-01", "reason": "hurry"}
    answer = web.post("/api/retrigger", json=body)
    assert (answer.status_code, answer.json()["incident"]) == (409, incident)
    assert "under way" in answer.json()["detail"]
    dry = web.post("/api/retrigger", json={**body, "dry_run": True})
    assert (dry.status_code, dry.json()["taken"]) == (200, False)


def test_a_vault_that_cannot_be_read_is_worth_another_try(escalated: Escalated) -> None:
    """503 with the time to come again; the job was not judged."""
    escalated.estate.azure.unreadable = True
    answer = escalated.ask(job=JOB)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "180")


# ---------------------------------------------------------------- repeats


def test_a_repeat_under_one_key_gets_the_first_answer_and_does_nothing(
    escalated: Escalated,
) -> None:
    """A client that lost the answer asks again without fear."""
    key = {"Idempotency-Key": "night-1"}
    first = escalated.ask(key, vm="vm-dead")
    again = escalated.ask(key, vm="vm-dead")
    assert again.json() == first.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(escalated.retriggers()) == 1


def test_a_refusal_is_kept_under_its_key_too(escalated: Escalated) -> None:
    """The same request gets the same answer, though the second could now be taken."""
    escalated.ask(vm="vm-dead")
    key = {"Idempotency-Key": "night-2"}
    first = escalated.ask(key, vm="vm-dead")
    escalated.estate.passes(hours=2)
    again = escalated.ask(key, vm="vm-dead")
    assert (first.status_code, again.status_code) == (409, 409)
    assert again.json() == first.json()
    assert again.headers["content-type"] == "application/problem+json"


def test_a_key_stands_for_one_request(escalated: Escalated) -> None:
    """Another request under the same key is a mistake of the caller's."""
    key = {"Idempotency-Key": "night-3"}
    escalated.ask(key, vm="vm-dead")
    other = escalated.ask(key, vm="vm-dead", reason="another")
    assert other.status_code == 422
    assert other.json()["errors"][0]["field"] == "Idempotency-Key"


def test_a_dry_run_uses_up_no_key(escalated: Escalated) -> None:
    """Look first, then ask for real under the same key."""
    key = {"Idempotency-Key": "night-4"}
    escalated.ask(key, vm="vm-dead", dry_run=True)
    assert escalated.ask(key, vm="vm-dead").json()["taken"] is True


def test_a_request_that_died_half_way_is_not_repeated_blindly(escalated: Escalated) -> None:
    """A claim without an answer: nobody knows what happened, so a person looks."""
    escalated.ask({"Idempotency-Key": "night-5"}, vm="vm-dead")
    answers = escalated.estate.services.answers
    kept = answers.claim(f"{IDENTIFIER}|night-5", "any", escalated.estate.azure.at)
    assert isinstance(kept, Kept)
    assert answers.claim(f"{IDENTIFIER}|night-6", kept.request, kept.at) is None
    answer = escalated.ask({"Idempotency-Key": "night-6"}, vm="vm-dead")
    assert (answer.status_code, len(escalated.retriggers())) == (409, 1)
    assert "look at the incident" in answer.json()["detail"]

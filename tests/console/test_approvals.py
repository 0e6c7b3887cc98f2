"""Approvals by API, page and command: who may, for what exactly, and what follows."""

import html
import json
import os
import pty
import shlex
import subprocess
import sys
from dataclasses import replace
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner, Result

from local.cli import app
from local.stack import person
from remediation.model import Mode
from remediation.records import ApprovalAnswered, StepIntended
from remediation.views import AgentState
from tests.console.conftest import Serve
from tests.console.estate import POLICY, Estate, Mailbox, Vm, an_item

WHO = f"{person.NAME} ({person.IDENTIFIER})"


class Asking:
    """An estate that asks for every yes, with one dead machine."""

    def __init__(self, serve: Serve, **policy: Any) -> None:
        self.estate = Estate(replace(POLICY, mode=Mode.APPROVE, **policy))
        dead = Vm(item=an_item("vm-dead"), agent=AgentState.NOT_READY)
        self.incident = self.estate.fails(dead)
        self.web = serve(self.estate.services)

    @property
    def shown(self) -> dict[str, Any]:
        """The incident as the API shows it."""
        found: dict[str, Any] = self.web.get(f"/api/incidents/{self.incident}").json()
        return found

    def answer(self, *, headers: dict[str, str] | None = None, **changes: Any) -> httpx.Response:
        """Answer what is asked; ``changes`` replace fields of the body."""
        approval = self.shown["approval"]
        body = {
            "incident": self.incident,
            "key": approval["key"] if approval else "none",
            "approve": True,
            "reason": "the shop is closed",
            **changes,
        }
        return self.web.post("/api/approvals", json=body, headers=headers)

    def all(self, kind: type) -> list[Any]:
        """All records of a kind."""
        records = self.estate.store.records(an_item("vm-dead"), self.incident)
        return [one.body for one in records if isinstance(one.body, kind)]


@pytest.fixture
def asking(serve: Serve) -> Asking:
    """A machine whose next rung waits for a yes."""
    return Asking(serve)


def test_an_incident_shows_what_is_asked(asking: Asking) -> None:
    """The action, its risk, until when, how many yeses are missing."""
    asked = asking.shown["approval"]
    assert (asked["action"], asked["risk"], asked["missing"]) == ("reapply_vm", "low", 1)
    assert asked["until"] > asked["asked_at"]
    assert "waits for a person's yes" in asking.shown["why"]["summary"]
    (line,) = asking.web.get("/api/incidents").json()["items"]
    assert line["asks"] == "reapply_vm"


def test_a_yes_lets_it_run_under_the_name_of_who_gave_it(asking: Asking) -> None:
    """The answer says what followed."""
    answer = asking.answer()
    assert answer.status_code == 200, answer.text
    assert answer.json()["by"] == WHO
    assert any("reapply" in one for one in answer.json()["news"])
    (given,) = asking.all(ApprovalAnswered)
    assert (given.by, given.yes, given.reason) == (WHO, True, "the shop is closed")
    assert [one.action for one in asking.all(StepIntended)] == ["reapply_vm"]


def test_a_no_leaves_the_rung(asking: Asking) -> None:
    """Nothing is sent for it."""
    assert asking.answer(approve=False).status_code == 200
    assert "reapply_vm" not in [one.action for one in asking.all(StepIntended)]
    ladder = {one["action"]: one for one in asking.shown["ladder"]}
    assert ladder["reapply_vm"]["state"] == "skipped"
    assert WHO in ladder["reapply_vm"]["reasons"][0]


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({"key": "inc-0-approval-9"}, 409, "what is asked has changed"),
        ({"incident": "inc-nobody"}, 404, "there is no incident"),
        ({"reason": " "}, 422, "reason"),
        ({"approve": "yes"}, 422, "approve"),
        ({"more": 1}, 422, "more"),
    ],
)
def test_an_answer_that_counts_for_nothing_says_why(
    asking: Asking, changes: dict[str, Any], status: int, words: str
) -> None:
    """And leaves no record."""
    answer = asking.answer(**changes)
    assert (answer.status_code, words in answer.text) == (status, True), answer.text
    assert asking.all(ApprovalAnswered) == []


def test_a_second_answer_counts_for_nothing(asking: Asking) -> None:
    """The request was answered; another rung has a request of its own."""
    key = asking.shown["approval"]["key"]
    asking.answer()
    answer = asking.answer(key=key)
    assert answer.status_code == 409
    assert len(asking.all(ApprovalAnswered)) == 1


def test_four_eyes_need_another_person(serve: Serve) -> None:
    """One person answers once."""
    asking = Asking(serve, approvers=2)
    assert asking.answer().status_code == 200
    assert asking.all(StepIntended) == []
    again = asking.answer()
    assert (again.status_code, "has answered already" in again.text) == (409, True)


def test_only_an_approver_may_answer(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """An operator re-triggers; a yes is another role's."""
    monkeypatch.setattr(person, "ROLES", ("Reader", "Operator"))
    asking = Asking(serve)
    answer = asking.answer(headers=person.headers())
    assert (answer.status_code, "the role Approver" in answer.text) == (403, True)
    assert asking.all(ApprovalAnswered) == []


def test_another_sites_page_cannot_answer(asking: Asking) -> None:
    """A person's cookies are not the person."""
    assert asking.answer(headers={"Origin": "https://evil.example"}).status_code == 403


def test_the_page_asks_and_takes_the_answer(asking: Asking) -> None:
    """A form with a reason; then the page again."""
    page = asking.web.get(f"/incidents/{asking.incident}").text
    key = asking.shown["approval"]["key"]
    assert f'value="{key}"' in page
    assert "Needs you" in asking.web.get("/").text
    form = {"key": key, "answer": "approve", "reason": "the shop is closed"}
    answer = asking.web.post(f"/incidents/{asking.incident}/approval", data=form)
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        f"/incidents/{asking.incident}",
    )
    assert [one.by for one in asking.all(ApprovalAnswered)] == [WHO]


@pytest.mark.parametrize(
    "form",
    [
        {"key": "k", "answer": "approve", "reason": ""},
        {"key": "k", "answer": "perhaps", "reason": "r"},
        {"answer": "approve", "reason": "r"},
        {},
    ],
)
def test_a_form_that_is_not_whole_is_refused(asking: Asking, form: dict[str, str]) -> None:
    """With the field's name."""
    answer = asking.web.post(f"/incidents/{asking.incident}/approval", data=form)
    assert answer.status_code in {415, 422}
    assert asking.all(ApprovalAnswered) == []


def test_a_link_alone_approves_nothing(asking: Asking) -> None:
    """Opening any address of the page changes nothing."""
    key = asking.shown["approval"]["key"]
    asking.web.get(f"/incidents/{asking.incident}", params={"approval": key, "answer": "approve"})
    asking.web.get(f"/incidents/{asking.incident}/approval", params={"answer": "approve"})
    assert asking.all(ApprovalAnswered) == []


def run(asking: Asking, *words: str) -> Result:
    """Run a command as the person, without a terminal."""
    env = {"REMEDIATOR_API": f"{asking.web.base_url}/api", "COLUMNS": "200"}
    env["REMEDIATOR_API_HEADERS"] = json.dumps(person.headers())
    return CliRunner().invoke(app, list(words), env=env)


@pytest.mark.parametrize(("command", "yes"), [("approve", True), ("deny", False)])
@pytest.mark.parametrize("by", ["key", "action"])
def test_commands_answer_what_was_seen(asking: Asking, command: str, by: str, *, yes: bool) -> None:
    """By the machine's name or the incident's id; the request by its key or its action."""
    seen = f"--{by}={asking.shown['approval'][by]}"
    ran = run(asking, command, "vm-dead", "--reason=closed", seen)
    assert ran.exit_code == 0, ran.output
    assert "reapply_vm" in ran.output
    assert [one.yes for one in asking.all(ApprovalAnswered)] == [yes]


def test_commands_say_when_nothing_is_asked(asking: Asking) -> None:
    """Exit code 1."""
    asking.answer()
    ran = run(asking, "approve", asking.incident, "--reason=x")
    assert ran.exit_code == 1
    assert "nothing is asked" in ran.output


@pytest.mark.parametrize("command", ["approve", "deny"])
def test_a_script_that_has_seen_nothing_answers_nothing(asking: Asking, command: str) -> None:
    """Bad input; the ready command with its key is what it says."""
    ran = run(asking, command, "vm-dead", "--reason=x")
    key = asking.shown["approval"]["key"]
    assert ran.exit_code == 2
    ready = f"remediator {command} {asking.incident} --key {key} --action reapply_vm --reason"
    assert ready in ran.output
    assert "reapply_vm (risk low)" in ran.output
    assert asking.all(ApprovalAnswered) == []


def test_an_answer_to_one_request_never_hits_the_next(asking: Asking) -> None:
    """What was read a while ago is not what is asked now: neither key nor action counts then."""
    asking.incident = asking.estate.fails("vm-ready")
    seen = asking.shown["approval"]
    asking.answer(approve=False)
    asked = asking.shown["approval"]
    assert asked["action"] != seen["action"]
    by_key = run(asking, "approve", "vm-ready", "--reason=x", f"--key={seen['key']}")
    by_action = run(asking, "approve", "vm-ready", "--reason=x", f"--action={seen['action']}")
    assert (by_key.exit_code, by_action.exit_code) == (1, 1)
    assert f"what is asked has changed: {asked['action']}" in by_key.output
    assert f"{asked['action']} is asked, not {seen['action']}" in by_action.output
    assert asking.shown["approval"] == asked


def test_why_show_and_the_page_print_the_ready_command(asking: Asking) -> None:
    """Whoever reads what is asked can answer exactly that."""
    asked = asking.shown["approval"]
    assert asked["command"].startswith(f"remediator approve {asking.incident} --key {asked['key']}")
    page = html.unescape(asking.web.get(f"/incidents/{asking.incident}").text)
    for text in (run(asking, "why", "vm-dead").output, run(asking, "show", "vm-dead").output, page):
        assert asked["command"] in text
    assert json.loads(run(asking, "why", "vm-dead", "--json").output)["approval"] == asked


def test_the_notice_carries_the_command_that_answers_what_it_asks(asking: Asking) -> None:
    """As it stands there, but for the reason: whoever was told can say yes to that and no more."""
    box = asking.estate.engine.notifier
    assert isinstance(box, Mailbox)
    (notice,) = [one for one in box.taken if one.data["kind"] == "approval"]
    following = notice.data["next"]
    assert isinstance(following, dict)
    assert following["command"] == asking.shown["approval"]["command"]
    assert f"\n    {following['command']}\n" in str(notice.data["markdown"])
    program, *words = shlex.split(following["command"])
    ran = run(asking, *words)
    assert (program, ran.exit_code) == ("remediator", 0), ran.output
    (answer,) = asking.all(ApprovalAnswered)
    assert (answer.key, answer.yes) == (notice.key, True)


@pytest.mark.parametrize(("typed", "given"), [("y\n", [True]), ("n\n", []), ("\n", [])])
def test_a_terminal_shows_what_is_asked_and_asks_back(
    asking: Asking, typed: str, given: list[bool]
) -> None:
    """Only a yes to the question that names the action is a yes."""
    words = ["-m", "local", "approve", "vm-dead", "--reason=x"]
    env = os.environ | {
        "REMEDIATOR_API": f"{asking.web.base_url}/api",
        "REMEDIATOR_API_HEADERS": json.dumps(person.headers()),
    }
    ours, theirs = pty.openpty()
    try:
        os.write(ours, typed.encode())
        ran = subprocess.run(
            [sys.executable, *words], stdin=theirs, capture_output=True, text=True, env=env,
            timeout=60, check=False,
        )  # fmt: skip
    finally:
        os.close(ours)
        os.close(theirs)
    assert "vm-dead: reapply_vm, risk low" in ran.stderr
    assert "Approve reapply_vm?" in ran.stderr
    assert ran.returncode == (0 if given else 1), ran.stderr
    assert [one.yes for one in asking.all(ApprovalAnswered)] == given

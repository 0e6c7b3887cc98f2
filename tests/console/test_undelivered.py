"""Undelivered messages by API, page and command: who may, what is refused, what is on file."""

import json
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner, Result

from local.cli import app
from local.stack import person
from tests.console.conftest import Serve
from tests.console.estate import EVENING, Estate
from tests.console.test_page import ALIVE

WHO = f"{person.NAME} ({person.IDENTIFIER})"


class Desk:
    """An operator before the console of an estate with one message that nobody could take."""

    def __init__(self, serve: Serve, raw: str = '{"password": "x"}') -> None:
        self.estate = Estate()
        self.key = self.estate.undelivered.poison("wakeups", raw, EVENING)
        self.estate.passes(hours=2)
        self.web = serve(self.estate.services)

    def handle(self, what: str, **changes: Any) -> httpx.Response:
        """Have the message dealt with; ``changes`` replace members of the body."""
        body = {"key": self.key, "reason": "mended", **changes}
        given = {name: value for name, value in body.items() if value is not None}
        return self.web.post(f"/api/undelivered/{what}", json=given)

    @property
    def listed(self) -> dict[str, Any]:
        """The list."""
        found: dict[str, Any] = self.web.get("/api/undelivered").json()
        return found

    def run(self, *words: str) -> Result:
        """Run a command as that operator."""
        headers = [f"--header={name}: {value}" for name, value in person.headers().items()]
        api = f"--api={self.web.base_url}/api"
        return CliRunner().invoke(app, [*words, api, *headers], env={"COLUMNS": "200"})


@pytest.fixture
def desk(serve: Serve) -> Desk:
    """One message."""
    return Desk(serve)


def test_a_message_is_listed_with_where_it_lies_since_when_and_why(desk: Desk) -> None:
    """Redacted: it may hold anything."""
    assert desk.listed == {
        "items": [
            {
                "key": desk.key,
                "goes_to": "wakeups",
                "at": "2026-11-20T21:00:00Z",
                "age": 7200,
                "reason": "it is not base64, so that no function was ever called with it",
                "text": '{"password": [redacted]}',
                "replayed_at": None,
            }
        ],
        "more": 0,
        "hidden": 0,
        "deeds": [],
        "next": None,
    }


def test_a_replay_is_done_under_the_name_of_who_signed_in(desk: Desk) -> None:
    """What came of it is in the answer, and on file; a repeat is answered, not done."""
    answer = desk.handle("replay")
    assert answer.status_code == 200, answer.text
    assert (answer.json()["by"], answer.json()["kind"]) == (WHO, "replay")
    assert desk.estate.undelivered.sent == [("wakeups", '{"password": "x"}')]
    found = desk.listed
    assert found["items"] == []
    assert [(one["state"], one["by"], one["reason"]) for one in found["deeds"]] == [
        ("done", WHO, "mended"),
        ("intended", WHO, "mended"),
    ]
    assert answer.json()["before"] is False
    again = desk.handle("replay")
    assert (again.status_code, again.json()["before"]) == (200, True)
    assert len(desk.estate.undelivered.sent) == 1


def test_a_discard_keeps_what_the_message_said(desk: Desk) -> None:
    """Nobody has to remember; a replay afterwards is refused, and says why."""
    assert desk.handle("discard", reason="sent by hand").status_code == 200
    found = desk.listed
    assert found["items"] == []
    assert found["deeds"][1]["text"] == '{"password": [redacted]}'
    late = desk.handle("replay")
    assert late.status_code == 409
    assert f"it was already discarded by {WHO}" in late.json()["detail"]


def test_what_no_queue_takes_is_refused_with_the_reason(desk: Desk) -> None:
    """It stays where it lies."""
    letter = desk.estate.undelivered.dead_letter("no JSON", EVENING)
    answer = desk.handle("replay", key=letter)
    assert answer.status_code == 409
    assert "discard it" in answer.json()["detail"]
    assert letter in [one["key"] for one in desk.listed["items"]]


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"reason": None}, 422, "reason"),
        ({"reason": "  "}, 422, "reason"),
        ({"key": ""}, 422, "key"),
        ({"by": "somebody else"}, 422, "by"),
        ({"key": "wakeups-poison/no"}, 404, "key"),
        ({"key": "incidents/../x"}, 404, "key"),
    ],
)
def test_a_bad_order_names_its_field_and_does_nothing(
    desk: Desk, changes: dict[str, Any], status: int, field: str
) -> None:
    """A reason is no formality."""
    answer = desk.handle("discard", **changes)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (status, field)
    assert len(desk.listed["items"]) == 1


@pytest.mark.parametrize("path", ["/api/undelivered/replay", "/api/undelivered/discard"])
def test_only_an_operator_may(desk: Desk, path: str) -> None:
    """Nobody is nobody, and another site's page is no person of ours."""
    body = {"key": desk.key, "reason": "mended"}
    assert httpx.post(str(desk.web.base_url.join(path)), json=body).status_code == 401
    theirs = {"Origin": "https://elsewhere.example"}
    assert desk.web.post(path, json=body, headers=theirs).status_code == 403
    assert desk.web.post(path, data=body).status_code == 415
    assert len(desk.listed["items"]) == 1


def test_the_page_shows_it_and_its_form_deals_with_it(serve: Serve) -> None:
    """Nothing of the message is markup; without a reason nothing is done."""
    desk = Desk(serve, raw=ALIVE)
    page = desk.web.get("/undelivered").text
    assert desk.key in page
    assert ALIVE not in page
    form = {"key": desk.key, "reason": "mended", "answer": "replay"}
    for wrong in ({"reason": ""}, {"answer": "delete"}, {"key": ""}):
        assert desk.web.post("/undelivered", data={**form, **wrong}).status_code == 422
    assert desk.web.post("/undelivered", json=form).status_code == 415
    done = desk.web.post("/undelivered", data=form)
    assert (done.status_code, done.headers["location"]) == (303, "/undelivered")
    after = desk.web.get("/undelivered").text
    assert "Nothing lies here" in after
    assert WHO in after


def test_commands_list_replay_and_discard(desk: Desk) -> None:
    """As the API says it."""
    found = desk.run("undelivered")
    assert found.exit_code == 0, found.output
    assert desk.key in found.stdout
    assert "not base64" in found.stdout
    assert json.loads(desk.run("undelivered", "--json").stdout) == desk.listed
    done = desk.run("replay", desk.key, "--reason", "mended")
    assert done.exit_code == 0, done.output
    assert f"by {WHO}" in done.stdout
    assert desk.run("discard", desk.key, "--reason", "mended").exit_code == 1
    assert "nothing is undelivered" in desk.run("undelivered").stdout
    answer = json.loads(desk.run("replay", desk.key, "--reason", "x", "--json").stdout)
    assert answer["kind"] == "replay"


def test_a_repeated_command_says_who_did_it_in_one_sentence(desk: Desk) -> None:
    """With one name: that of who did it, and not of who asks once more."""
    desk.run("discard", desk.key, "--reason", "sent by hand")
    said = desk.run("discard", desk.key, "--reason", "again")
    assert said.exit_code == 0, said.output
    done = f"it was already discarded by {WHO} at 2026-11-20T23:00:00Z (sent by hand)"
    assert said.stdout == f"{desk.key}: {done}, and nothing was done now\n"


def test_what_failed_again_after_a_replay_is_told_from_what_is_new(desk: Desk) -> None:
    """It comes back with another key; by what it says it is known again."""
    desk.handle("replay")
    desk.estate.undelivered.poison("wakeups", '{"password": "x"}', EVENING)
    desk.estate.undelivered.poison("wakeups", "{}", EVENING)
    letter = desk.estate.undelivered.dead_letter("no JSON", EVENING)
    assert desk.handle("replay", key=letter).status_code == 409
    again = [one["text"] for one in desk.listed["items"] if one["replayed_at"]]
    assert again == ['{"password": [redacted]}'], "a replay that was refused is none"
    assert desk.listed["items"][0]["replayed_at"] == "2026-11-20T23:00:00Z"
    assert desk.run("undelivered").stdout.count("one that says the same was replayed") == 1
    assert desk.web.get("/undelivered").text.count("One that says the same was replayed") == 1


def test_what_cannot_be_seen_this_moment_is_not_nothing(desk: Desk) -> None:
    """Somebody deals with it: the list says so, and so does whoever looks for it by its key."""
    desk.estate.undelivered.take(desk.key)
    assert (desk.listed["items"], desk.listed["hidden"]) == ([], 1)
    said = desk.run("undelivered").stdout
    assert "about 1 more are being looked at; ask again in a minute" in said
    assert "nothing is undelivered" not in said
    page = desk.web.get("/undelivered").text
    assert "About 1 more are being looked at" in page
    assert "Nothing lies here" not in page
    answer = desk.handle("discard")
    assert answer.status_code == 404
    assert "ask again in a minute" in answer.json()["detail"]

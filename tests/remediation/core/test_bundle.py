"""The evidence bundle: plain data, bounded, and nothing alive in it."""

import json
from dataclasses import replace
from typing import Any

import pytest
from markdown_it import MarkdownIt

from remediation.approval import Answer, Approval
from remediation.bundle import bundle, lock_away, markdown, notification, told
from remediation.incident import (
    Ending,
    Incident,
    Notice,
    NoticeKind,
    Objection,
    Status,
    StepName,
    Wake,
)
from remediation.messages import Failed, Succeeded
from remediation.moments import short
from remediation.records import (
    Body,
    CauseChanged,
    EvidenceCollected,
    FailureAttached,
    Held,
    IncidentEnded,
    IncidentReopened,
    IncidentRetriggered,
    ProofLeftToSchedule,
    Record,
    RungSkipped,
    StepDone,
    StepSent,
    StepUncertain,
    StepWithdrawn,
    WaitBegan,
    WakeCommitted,
)
from tests.remediation.core.builders import (
    DAY,
    ITEM,
    NOW,
    a_duty,
    a_failure,
    a_failure_seen,
    a_playbook,
    an_attempt,
    an_incident,
)
from tests.remediation.core.story import Story

NOTICE = Notice(key="inc-1-escalated-1", kind=NoticeKind.ESCALATED, reason="nothing helped", at=NOW)
SECRET = "SharedAccessKey=c2VjcmV0LXNlY3JldC1zZWNyZXQ="
ALIVE = (
    "<script>alert(1)</script> [click](javascript:alert(1)) ![x](http://evil/x.png)\n"
    "# Heading\n- item\n> quote `code` **bold** _em_ <https://evil> | cell | \\<b>"
)


def escalated() -> Story:
    """A ladder that did not help."""
    story = Story()
    story.fails(a_failure_seen(a_playbook("retry_backup")))
    story.hears(Succeeded(handle="op"))
    story.sees(Failed(reason="failed"))
    return story


def bundled(**incident: Any) -> dict[str, Any]:
    """The bundle of an incident with these texts from outside."""
    return bundle(replace(escalated().open, **incident), NOTICE, escalated().records)


def test_the_bundle_is_json() -> None:
    """Whoever automates reads it without us."""
    found = bundled()
    assert json.loads(json.dumps(found)) == found
    assert found["item"] == ITEM.shown
    assert found["failures"] == 1
    assert [one["action"] for one in found["tried"]] == ["retry_backup"]
    assert found["tried"][0]["result"] == "failed"
    assert found["next"]["command"].startswith("remediator retrigger --incident inc-1")
    assert found["next"]["portal"].endswith(ITEM.shown)
    assert found["next"]["articles"][0].startswith("https://learn.microsoft.com/")


ASKED = Approval(
    key="inc-1-approval-2", rung=0, action="restart_vm", asked_at=NOW, until=NOW + DAY, needed=2
)
YES = Answer(by="Ann (1)", reason="closed", yes=True, at=NOW)
ASKING = replace(NOTICE, key=ASKED.key, kind=NoticeKind.APPROVAL)


def ordered(incident: Incident, notice: Notice) -> str:
    """The command that a notice carries."""
    following = bundle(incident, notice, [])["next"]
    assert isinstance(following, dict)
    return str(following["command"])


@pytest.mark.parametrize("asked", [ASKED, replace(ASKED, answers=(YES,))])
def test_a_notice_that_asks_carries_the_command_that_answers(asked: Approval) -> None:
    """Also where one of two said yes: it names the request and the action, and hits no other."""
    assert ordered(an_incident(approval=asked), ASKING) == (
        "remediator approve inc-1 --key inc-1-approval-2 --action restart_vm --reason '...'"
    )


@pytest.mark.parametrize(
    ("incident", "notice"),
    [
        (an_incident(approval=ASKED), NOTICE),
        (an_incident(approval=ASKED), replace(ASKING, key="inc-1-approval-1")),
        (an_incident(approval=None), ASKING),
        (an_incident(approval=replace(ASKED, needed=1, answers=(YES,))), ASKING),
        (an_incident(approval=replace(ASKED, answers=(replace(YES, yes=False),))), ASKING),
        (
            an_incident(approval=ASKED, ending=Ending(at=NOW, status=Status.CLOSED, reason="gone")),
            ASKING,
        ),
    ],
    ids=["hand-over", "other-request", "no-request", "given", "denied", "ended"],
)
def test_a_notice_of_what_is_asked_no_more_carries_no_yes(
    incident: Incident, notice: Notice
) -> None:
    """It may go out late, and another notice may come while something is asked."""
    assert ordered(incident, notice) == (
        "remediator retrigger --incident inc-1 --reason '...' --dry-run"
    )


def test_the_timeline_tells_every_step_in_order() -> None:
    """One sentence a record; what only serves the machine is left out."""
    lines = [one["what"] for one in bundled()["timeline"]]
    assert lines == [
        (
            "opened: job job-1 failed with UserErrorGuestAgentStatusUnavailable:"
            " The VM agent does not answer"
        ),
        "attempt 1, retry_backup: backup is sent",
        "backup was taken by Azure",
        "attempt 1 failed: failed",
        "retry_backup is behind us: tried once",
        ("handed to people: The VM agent does not answer: still failing after retry_backup"),
    ]


def test_an_attempt_that_is_under_way_and_an_incident_without_a_deadline_are_told() -> None:
    """Nothing is invented for what is not there."""
    found = bundled(attempts=(an_attempt(),), act_by=None, message=None)
    assert found["tried"][0]["result"] == "under way"
    assert found["act_by"] is None
    assert found["message"] == ""


def test_secrets_are_hidden_wherever_they_came_from() -> None:
    """In messages, reasons, evidence and the timeline, in JSON and in Markdown."""
    skipped = RungSkipped(rung=0, action="retry_backup", reasons=(SECRET,))
    record = Record(incident="inc-1", sequence=2, at=NOW, body=skipped)
    incident = an_incident(message=SECRET, findings={"agent_message": SECRET})
    sent = notification(incident, replace(NOTICE, reason=SECRET), [record])
    assert "c2VjcmV0" not in json.dumps(sent.data)
    assert "[redacted]" in json.dumps(sent.data)


def test_every_text_is_bounded_and_so_is_the_whole() -> None:
    """An event of a topic may be 1 MB."""
    long = "é" * 5_000
    skipped = RungSkipped(rung=0, action="retry_backup", reasons=(long,))
    records = [Record(incident="inc-1", sequence=n, at=NOW, body=skipped) for n in range(200)]
    incident = an_incident(message=long, findings={"agent_message": long})
    sent = notification(incident, replace(NOTICE, reason=long), records)
    assert len(sent.data["message"]) == 2000  # type: ignore[arg-type]
    assert len(json.dumps(sent.data, ensure_ascii=False).encode()) < 1_000_000
    timeline = sent.data["timeline"]
    assert isinstance(timeline, list)
    assert timeline[10]["what"] == "(130 more lines in the audit)"


def rendered(found: dict[str, Any]) -> str:
    """The Markdown as a ticket system shows it, raw HTML allowed."""
    renderer = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    return str(renderer.render(markdown(found)))


def test_nothing_from_outside_is_alive_in_the_markdown() -> None:
    """No link, image, heading, list, code or HTML of somebody else's."""
    plain = rendered(bundled(message="x", findings={"agent_message": "x"}))
    hostile = rendered(
        bundled(message=ALIVE, code=ALIVE, findings={"agent_message": ALIVE, ALIVE: "x"})
    )
    for tag in ("<script", "<img", "<h1", "<h2", "<a ", "<code", "<strong", "<em", "<blockquote"):
        assert hostile.count(tag) == plain.count(tag), tag


def test_the_markdown_has_all_parts() -> None:
    """What to do next comes before what was tried."""
    text = markdown(bundled())
    titles = [line for line in text.splitlines() if line.startswith("#")]
    assert titles == [
        "# The VM agent does not answer",
        "## What to do next",
        "## What was tried",
        "## Timeline",
        "## Evidence",
    ]
    assert "Look at the agent inside the machine." in text


def test_what_is_empty_is_said_to_be() -> None:
    """A ladder of which nothing was tried."""
    assert "## What was tried\n\n- nothing\n" in markdown(bundled(attempts=()))


@pytest.mark.parametrize(
    ("kind", "event"),
    [
        (NoticeKind.ESCALATED, "BackupRemediator.IncidentEscalated.v1"),
        (NoticeKind.REMINDER, "BackupRemediator.IncidentReminder.v1"),
        (NoticeKind.RESOLVED, "BackupRemediator.IncidentResolved.v1"),
        (NoticeKind.FINDING, "BackupRemediator.Finding.v1"),
    ],
)
def test_each_kind_of_notice_is_an_event_of_its_own(kind: NoticeKind, event: str) -> None:
    """Under the notice's stable key."""
    sent = notification(an_incident(), replace(NOTICE, kind=kind), [])
    assert (sent.key, sent.type, sent.subject, sent.at) == (NOTICE.key, event, ITEM.shown, NOW)
    assert isinstance(sent.data["markdown"], str)


SPOKEN: dict[str, Body] = {
    "re-opened at rung 2: job job-1 failed the same way": IncidentReopened(
        failure=a_failure(), rung=1, act_by=None
    ),
    "our backup job-1 failed with UserErrorGuestAgentStatusUnavailable": FailureAttached(
        failure=a_failure(by_us=True)
    ),
    "job job-1 failed with UserErrorGuestAgentStatusUnavailable": FailureAttached(
        failure=a_failure()
    ),
    "the cause is now: The VM agent does not answer": CauseChanged(
        playbook=a_playbook(),
        code=None,
        number=None,
        message=None,
        matched_by="code",
        confidence=1.0,
    ),
    "retry_backup skipped: a; b": RungSkipped(rung=0, action="retry_backup", reasons=("a", "b")),
    f"wait until {short(NOW)}: as the ladder says": WaitBegan(
        rung=0, action="wait", until=NOW, reason="as the ladder says"
    ),
    f"retry_backup held until {short(NOW)}: mode: off; excluded: tag": Held(
        rung=0,
        action="retry_backup",
        objections=(
            Objection(guard="mode", reason="off"),
            Objection(guard="excluded", reason="tag"),
        ),
        until=NOW,
    ),
    "backup may or may not have happened: reset": StepUncertain(
        attempt=1, step=StepName.BACKUP, reason="reset"
    ),
    "backup was not taken, nothing changed: 429": StepWithdrawn(
        attempt=1, step=StepName.BACKUP, reason="429"
    ),
    "backup was taken by Azure: was not there": StepSent(
        attempt=1, step=StepName.BACKUP, handle=None, detail="was not there"
    ),
    "reapply took effect: done": StepDone(attempt=1, step=StepName.REAPPLY, detail="done"),
    "the next scheduled backup is the proof: a; b": ProofLeftToSchedule(
        attempt=1, reasons=("a", "b")
    ),
    "re-triggered by ann: repaired": IncidentRetriggered(by="ann", reason="repaired"),
    "closed: excluded": IncidentEnded(status=Status.CLOSED, reason="excluded"),
    "closed by ann: gone": IncidentEnded(status=Status.CLOSED, reason="gone", by="ann"),
    "ann asked for a look: it is back": WakeCommitted(
        wake=Wake(number=1, at=NOW, why=""), by="ann", because="it is back"
    ),
    "": EvidenceCollected(findings={}),
}


@pytest.mark.parametrize("sentence", list(SPOKEN))
def test_a_record_is_one_sentence_for_people(sentence: str) -> None:
    """Evidence, wake-ups and notices serve the machine."""
    assert told(SPOKEN[sentence]) == sentence


def test_what_is_no_bundle_is_still_written() -> None:
    """A bundle that was read back from somewhere may lack a part."""
    part = {**bundled(), "next": None, "tried": None, "timeline": None, "evidence": None}
    assert markdown(part).endswith("## Evidence\n\n")


def test_people_are_told_of_a_lock_that_cannot_go_back() -> None:
    """With its whole definition, who waits, and how to put it back by hand."""
    duty = a_duty()
    sent = lock_away(duty, "lock-1", f"refused: {SECRET}", NOW)
    assert (sent.key, sent.type) == ("lock-1", "BackupRemediator.IncidentEscalated.v1")
    assert sent.subject == duty.lock.key
    assert sent.data["waiting"] == ["inc-1, attempt 1"]
    assert "c2VjcmV0" not in json.dumps(sent.data)
    following = sent.data["next"]
    assert isinstance(following, dict)
    assert following["remedy"] == (
        f"Create the CanNotDelete lock CanNotDelete-Backup on {duty.lock.scope} again."
    )

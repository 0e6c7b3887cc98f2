"""Evolve: state is the fold of the records, and what outlives an incident."""

from dataclasses import replace

import pytest

from remediation.approval import Approval
from remediation.evolve import evolve
from remediation.history import History
from remediation.incident import (
    AttemptResult,
    Incident,
    Notice,
    NoticeKind,
    Phase,
    Status,
    StepName,
)
from remediation.records import (
    ApprovalAnswered,
    AttemptEnded,
    Body,
    IncidentEnded,
    IncidentOpened,
    IncidentReopened,
    NoticeQueued,
    NoticeSent,
    Record,
    StepIntended,
    StepLooked,
    StepSent,
    StepUncertain,
    StepWithdrawn,
)
from remediation.remember import remember
from tests.remediation.core.builders import (
    DAY,
    HOUR,
    ITEM,
    NOW,
    PROTECTED,
    a_baseline,
    a_failure,
    a_history,
    a_past_attempt,
    a_playbook,
    a_step,
    an_attempt,
    an_incident,
)


def a_record(body: Body, sequence: int = 2) -> Record:
    """A record of the standard incident."""
    return Record(incident="inc-1", sequence=sequence, at=NOW, body=body)


def an_opening() -> IncidentOpened:
    """The first record."""
    incident = an_incident()
    return IncidentOpened(
        incident="inc-1",
        item=ITEM,
        protected=PROTECTED,
        door=incident.door,
        failure=a_failure(),
        playbook=a_playbook(),
        matched_by="code",
        confidence=1.0,
        act_by=None,
        baseline=None,
    )


def an_intent(name: StepName = StepName.BACKUP, attempt: int = 1) -> StepIntended:
    """An intent of a retry."""
    step = a_step(name, attempt=attempt)
    return StepIntended(rung=0, action="retry_backup", cause="standard", step=step)


def test_only_an_opening_begins_an_incident() -> None:
    """A trail that begins otherwise was cut."""
    with pytest.raises(ValueError, match="opens it, not NoticeSent"):
        evolve(None, a_record(NoticeSent(key="k")))


def test_an_opening_begins_anew() -> None:
    """The first record needs nothing before it."""
    incident = evolve(None, a_record(an_opening(), 1))
    assert (incident.status, incident.records) == (Status.ASSESSING, 1)


def test_an_opening_says_everything_of_the_incident() -> None:
    """The failure, the cause, the door, the last good point: nothing else is known yet."""
    body = replace(
        an_opening(),
        act_by=NOW + DAY,
        baseline=a_baseline(),
        failure=a_failure(number=7, message="m"),
    )
    assert evolve(None, a_record(body, 1)) == Incident(
        id="inc-1",
        item=ITEM,
        protected=PROTECTED,
        opened_at=NOW,
        door=body.door,
        playbook=a_playbook(),
        code=body.failure.code,
        number=7,
        message="m",
        matched_by="code",
        failures=(body.failure,),
        failures_seen=1,
        act_by=NOW + DAY,
        baseline=a_baseline(),
        kinds=frozenset({"IncidentOpened"}),
        records=1,
    )


def test_an_incident_is_opened_once() -> None:
    """A trail with two openings is of two incidents."""
    with pytest.raises(ValueError, match=r"^an incident is opened once$"):
        evolve(an_incident(), a_record(an_opening()))


def test_the_newest_record_is_counted() -> None:
    """The next one takes the next number."""
    assert evolve(an_incident(), a_record(NoticeSent(key="k"), 7)).records == 7


@pytest.mark.parametrize(
    "body",
    [
        StepSent(attempt=1, step=StepName.BACKUP, handle=None),
        StepUncertain(attempt=1, step=StepName.BACKUP, reason="lost"),
        StepLooked(attempt=1, step=StepName.BACKUP, detail="running"),
    ],
)
def test_what_is_seen_of_a_step_that_is_over_changes_no_step(body: Body) -> None:
    """There is none in flight to change."""
    assert evolve(an_incident(), a_record(body)).step is None


def test_a_second_answer_keeps_the_first_time_and_handle() -> None:
    """A look that has no handle takes none away."""
    before = an_incident(step=a_step(sent_at=NOW - HOUR, handle="op", absences=1))
    after = evolve(before, a_record(StepSent(attempt=1, step=StepName.BACKUP, handle=None))).step
    assert after is not None
    assert (after.sent_at, after.handle, after.absences) == (NOW - HOUR, "op", 0)


def test_only_the_notice_of_that_key_was_sent() -> None:
    """The others stay in the outbox."""
    notices = tuple(
        Notice(key=key, kind=NoticeKind.ESCALATED, reason="", at=NOW) for key in ("a", "b")
    )
    after = evolve(an_incident(notices=notices), a_record(NoticeSent(key="b")))
    assert [one.sent for one in after.notices] == [False, True]


def test_a_reminder_of_nothing_counts_nothing() -> None:
    """Reminders are counted by the escalation they remind of."""
    body = NoticeQueued(key="k", kind=NoticeKind.REMINDER, reason="")
    assert evolve(an_incident(), a_record(body)).escalation is None


def test_only_the_attempt_of_that_number_ends() -> None:
    """The others keep their verdicts."""
    done = an_attempt(result=AttemptResult.LOST)
    incident = an_incident(
        attempts=(done, an_attempt(number=2)),
        phase=Phase.PROVING,
        settle_until=NOW,
        judged_by_schedule=True,
    )
    body = AttemptEnded(attempt=2, result=AttemptResult.FAILED, detail="failed")
    after = evolve(incident, a_record(body))
    assert [one.result for one in after.attempts] == [AttemptResult.LOST, AttemptResult.FAILED]
    assert after.attempt is None
    assert after.attempts[1].ended_at == NOW
    assert (after.phase, after.judged_by_schedule) == (Phase.ASSESSING, False)
    assert after.settle_until is None


def test_every_group_that_an_attempt_claimed_is_kept() -> None:
    """A later step may claim one more; each is given back once."""
    first, second = (replace(an_intent(), partners=groups) for groups in (("a", "b"), ("b", "c")))
    incident = evolve(evolve(an_incident(), a_record(first)), a_record(second, 3))
    assert incident.attempts[-1].partners == ("a", "b", "c")


@pytest.mark.parametrize(
    ("step", "phase"), [(StepName.REAPPLY, Phase.ACTING), (StepName.BACKUP, Phase.PROVING)]
)
def test_an_action_is_at_work_until_its_backup_proves_it(step: StepName, phase: Phase) -> None:
    """What people read in the list."""
    assert evolve(an_incident(), a_record(an_intent(step))).phase is phase


@pytest.mark.parametrize("asked", [None, "another"])
def test_an_answer_to_what_is_not_asked_any_more_changes_nothing(asked: str | None) -> None:
    """A yes counts for the request that it names, and for no other."""
    approval = asked and Approval(
        key=asked, rung=0, action="restart_vm", asked_at=NOW, until=NOW + DAY, needed=1
    )
    incident = an_incident(approval=approval)
    body = ApprovalAnswered(key="k", by="Ann", reason="yes", yes=True, until=NOW + DAY)
    assert evolve(incident, a_record(body)).approval == approval


def test_an_ended_incident_opens_again_without_its_ending() -> None:
    """Everything that was waited for is over."""
    ended = evolve(an_incident(), a_record(IncidentEnded(status=Status.CLOSED, reason="")))
    assert not ended.open
    body = IncidentReopened(failure=a_failure("job-9"), rung=1, act_by=None)
    again = evolve(ended, a_record(body, 3))
    assert (again.open, again.phase, again.rung) == (True, Phase.ASSESSING, 1)


def test_the_history_counts_the_on_demand_backups_of_an_attempt() -> None:
    """The clean-up is one, too; both are of one attempt."""
    incident = an_incident()
    history = remember(History(), incident, a_record(an_intent(StepName.CLEAN_UP)))
    history = remember(history, incident, a_record(an_intent(StepName.RESTORE_LOCK)))
    history = remember(history, incident, a_record(an_intent()))
    (mine,) = history.attempts
    assert mine.on_demand == (NOW, NOW)
    assert mine.cause == "standard"


def test_the_history_forgets_attempts_after_thirty_days() -> None:
    """Longer than the longest window that a budget looks back over."""
    history = a_history(NOW - 31 * DAY, NOW - 29 * DAY)
    after = remember(history, an_incident(), a_record(an_intent()))
    assert [one.at for one in after.attempts] == [NOW - 29 * DAY, NOW]


def test_the_history_takes_back_only_backups_that_were_withdrawn() -> None:
    """A reapply that was withdrawn was no backup."""
    history = History(attempts=(a_past_attempt(NOW, incident="inc-1"),))
    withdrawn = StepWithdrawn(attempt=1, step=StepName.REAPPLY, reason="409")
    assert remember(history, an_incident(), a_record(withdrawn)) == history
    backup = StepWithdrawn(attempt=1, step=StepName.BACKUP, reason="429")
    (mine,) = remember(history, an_incident(), a_record(backup)).attempts
    assert mine.on_demand == ()


@pytest.mark.parametrize(
    "body",
    [
        AttemptEnded(attempt=9, result=AttemptResult.FAILED, detail=""),
        StepWithdrawn(attempt=9, step=StepName.BACKUP, reason=""),
    ],
)
def test_the_history_says_nothing_of_attempts_that_it_forgot(body: Body) -> None:
    """An attempt that is older than the window changes nothing any more."""
    history = a_history(NOW)
    assert remember(history, an_incident(), a_record(body)) == history


def test_an_incident_that_nothing_cured_comes_back_at_the_rung_it_stood_on() -> None:
    """Somebody else repaired it: no rung was proved to be too weak."""
    incident = an_incident(rung=2)
    body = IncidentEnded(status=Status.RECOVERED, reason="")
    last = remember(History(), incident, a_record(body)).last
    assert last is not None
    assert last.rung == 2

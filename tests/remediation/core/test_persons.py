"""What a person may do to an incident: have it looked at now, and close it."""

from datetime import timedelta

import pytest

from remediation.attempts import POINT_LOOKS
from remediation.incident import AttemptResult, NoticeKind, Status, StepState
from remediation.messages import (
    Absent,
    ClosedByPerson,
    Done,
    Nudged,
    Publish,
    SendWake,
    Succeeded,
    Unknown,
)
from remediation.overdue import STEP_TAKES
from remediation.picture import Picture
from remediation.records import (
    AttemptEnded,
    IncidentEnded,
    NoticeQueued,
    StepLooked,
    WakeCommitted,
)
from tests.remediation.core.builders import MINUTE, a_failure_seen, a_playbook
from tests.remediation.core.story import Story
from tests.remediation.core.test_clear_lock import LEAVE, away

NUDGED = Nudged(by="ann", reason="the network is back")
CLOSED = ClosedByPerson(by="ann", reason="the machine will be deleted")


def waiting() -> Story:
    """An incident that waits for the next scheduled run."""
    story = Story()
    story.fails(a_failure_seen(a_playbook("wait_for_schedule", "retry_backup")))
    return story


def acting() -> Story:
    """An incident with a step that is being sent."""
    story = Story()
    story.fails(a_failure_seen(a_playbook("reapply_vm", "retry_backup")))
    assert story.open.step is not None
    return story


def test_a_nudge_commits_one_wake_up_that_is_due_at_once_in_the_persons_name() -> None:
    """The one before it is late by it; nothing else changes."""
    story = waiting()
    before = story.open.wake
    assert before is not None
    assert before.at > story.now
    story.tell(NUDGED, Picture())
    (body,) = [one.body for one in story.records[-1:]]
    assert isinstance(body, WakeCommitted)
    assert (body.by, body.because) == ("ann", "the network is back")
    assert (body.wake.number, body.wake.at) == (before.number + 1, story.now)
    assert [type(one) for one in story.commands] == [SendWake]
    assert story.wakes(number=before.number) == []


def test_what_was_waited_for_is_still_waited_for() -> None:
    """A look is no way round a wait."""
    story = waiting()
    until = story.open.waited_until
    story.tell(NUDGED, Picture())
    story.wakes()
    assert story.open.waited_until == until
    assert story.open.attempts == ()


def test_a_step_that_is_being_sent_is_left_alone() -> None:
    """A wake-up at once would only come again and again until its time is up."""
    story = acting()
    assert story.tell(NUDGED, Picture()) == []
    assert story.commands == ()


def test_a_nudge_does_not_bring_the_second_look_forward() -> None:
    """Two looks five minutes apart make a step lost; one that came sooner would start another."""
    story = Story()
    story.fails()
    story.hears(Unknown(reason="connection reset"))
    story.sees(Absent(reason="no such job"))
    planned = story.due
    story.waits(MINUTE)
    assert story.tell(NUDGED, Picture()) == []
    assert (story.due, story.commands) == (planned, ())
    story.sees(Absent(reason="no such job"))
    assert story.now == planned
    assert [one.result for one in story.open.attempts] == [AttemptResult.LOST, None]


def test_nudges_do_not_use_up_the_looks_for_a_recovery_point() -> None:
    """A point is listed some minutes after its job, however often somebody looks."""
    story = Story()
    story.fails()
    story.hears(Succeeded(handle="op"))
    story.sees(Done(detail="job completed"))
    planned, looks = story.due, len(story.all(StepLooked))
    for _ in range(POINT_LOOKS):
        assert story.tell(NUDGED, Picture()) == []
    assert (story.due, len(story.all(StepLooked))) == (planned, looks)


def test_a_look_that_is_overdue_may_be_asked_for() -> None:
    """Its wake-up was lost: then a person is who brings it."""
    story = Story()
    story.fails()
    story.hears(Unknown(reason="connection reset"))
    story.sees(Absent(reason="no such job"))
    story.waits(6 * MINUTE)
    story.tell(NUDGED, Picture())
    assert [type(one) for one in story.commands] == [SendWake]


def test_a_person_closes_what_waits_with_name_and_reason() -> None:
    """Nothing is done in Azure."""
    story = waiting()
    story.tell(CLOSED, Picture())
    ended = story.records[-1].body
    assert ended == IncidentEnded(
        status=Status.CLOSED, reason="the machine will be deleted", by="ann"
    )
    assert story.incident is not None
    assert story.incident.ending is not None
    assert story.incident.ending.by == "ann"
    assert story.commands == ()


def test_people_who_were_told_are_told_that_it_is_closed() -> None:
    """Else their ticket stays open."""
    story = Story()
    story.fails(a_failure_seen(a_playbook("collect_evidence")))
    assert story.open.status is Status.ESCALATED
    story.tell(CLOSED, Picture())
    (notice,) = [one for one in story.all(NoticeQueued) if one.kind is NoticeKind.RESOLVED]
    assert [type(one) for one in story.commands] == [Publish]
    assert notice.reason == "the machine will be deleted"


@pytest.mark.parametrize("outcome", [Succeeded(handle="op"), Unknown(reason="reset")])
def test_a_step_under_way_holds_the_incident_open(outcome: Succeeded | Unknown) -> None:
    """It would go on in Azure, unwatched, beside the next incident's own steps."""
    story = acting()
    assert story.tell(CLOSED, Picture()) == []
    story.hears(outcome)
    assert story.tell(CLOSED, Picture()) == []
    assert story.open.step is not None


def test_a_step_that_nobody_took_over_for_a_day_does_not() -> None:
    """Else an incident could be stuck for ever; its attempt is abandoned, not cured."""
    story = acting()
    step = story.open.step
    assert step is not None
    assert step.state is StepState.INTENDED
    story.now = step.take_over_at + STEP_TAKES - MINUTE
    assert story.tell(CLOSED, Picture()) == []
    story.now += MINUTE
    story.tell(CLOSED, Picture())
    assert story.incident is not None
    assert story.incident.status is Status.CLOSED
    (ended,) = story.all(AttemptEnded)
    assert ended.result is AttemptResult.ABANDONED


def test_a_lock_that_is_away_for_it_goes_back() -> None:
    """Who closes need not know of it."""
    story = away()
    step = story.open.step
    assert step is not None
    story.now = step.take_over_at + STEP_TAKES
    story.tell(CLOSED, Picture())
    assert LEAVE in story.commands


@pytest.mark.parametrize("event", [NUDGED, CLOSED], ids=["nudge", "close"])
def test_what_has_ended_stays_as_it_ended(event: Nudged | ClosedByPerson) -> None:
    """The second of two persons is told so."""
    story = waiting()
    story.tell(CLOSED, Picture())
    story.waits(timedelta(hours=1))
    assert story.tell(event, Picture()) == []
    assert story.commands == ()

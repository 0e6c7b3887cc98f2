"""Probation: the same cause comes back before a good scheduled job."""

from remediation.history import History, PastIncident
from remediation.incident import AttemptResult, Status, StepName
from remediation.messages import Failed, Succeeded
from remediation.model import Risk
from remediation.records import IncidentEnded, IncidentReopened, NoticeQueued
from tests.remediation.core.builders import (
    DAY,
    HOUR,
    MINUTE,
    NIGHT,
    NOW,
    a_failure,
    a_failure_seen,
    a_picture,
    a_playbook,
    a_point,
    a_policy,
    a_protected,
    a_recovered_picture,
    a_schedule,
    a_snapshot,
)
from tests.remediation.core.story import Story, kinds

LADDER = a_playbook("retry_backup", "reapply_vm", "restart_agent")
AGAIN = a_failure("job-9", started=NIGHT + DAY, ended=NIGHT + DAY + 20 * MINUTE)


def cured() -> Story:
    """The first rung's backup worked; the next night fails with the same cause."""
    story = Story(policy=a_policy(objective=50 * HOUR))
    story.fails(a_failure_seen(LADDER))
    story.hears(Succeeded(handle="op"))
    story.wakes(a_recovered_picture())
    assert story.open.status is Status.RECOVERED
    story.now = NIGHT + DAY + HOUR
    return story


def test_the_incident_re_opens_one_rung_higher() -> None:
    """What cured it did not last."""
    story = cured()
    bodies = story.fails(a_failure_seen(LADDER, AGAIN))
    assert bodies[0] == IncidentReopened(failure=AGAIN, rung=1, act_by=a_point().time + 44 * HOUR)
    assert story.performed == [StepName.REAPPLY]
    assert story.open.reopened == 1
    assert story.open.failures == (a_failure(), AGAIN)


def test_the_deadline_is_that_of_the_items_own_schedule() -> None:
    """Whose runs lie a week apart may have a point that is a week old."""
    story = cured()
    weekly = a_snapshot(protected=a_protected(schedule=a_schedule(weekdays=frozenset({2}))))
    bodies = story.fails(a_failure_seen(LADDER, AGAIN), a_picture(snapshot=weekly))
    assert bodies[0].act_by == a_point().time + 8 * DAY + 2 * HOUR - 6 * HOUR


def test_it_needs_no_message() -> None:
    """Nobody is told of a repair that goes on."""
    story = cured()
    story.fails(a_failure_seen(LADDER, AGAIN))
    assert story.published == []


def test_it_goes_on_under_the_same_budget() -> None:
    """The attempt that cured it for a night is spent."""
    story = cured()
    story.policy = a_policy(attempts=1)
    bodies = story.fails(a_failure_seen(LADDER, AGAIN))
    assert kinds(bodies)[-2:] == ["Escalated", "NoticeQueued"]
    assert story.performed == []


def test_a_re_opened_incident_that_was_escalated_escalates_under_another_key() -> None:
    """The first hand-over was resolved; this is another one."""
    story = Story(policy=a_policy(max_risk=Risk.NONE))
    story.fails(a_failure_seen(LADDER))
    story.wakes(a_recovered_picture())
    story.now = NIGHT + DAY + HOUR
    story.fails(a_failure_seen(LADDER, AGAIN))
    assert [one.key for one in story.all(NoticeQueued)] == [
        "inc-1-escalated-1",
        "inc-1-resolved-1",
        "inc-1-escalated-2",
    ]


def test_the_history_remembers_what_probation_needs() -> None:
    """The rung after the one that cured it, and how often it came back."""
    story = cured()
    assert story.history.last == PastIncident(
        id="inc-1",
        cause=LADDER.id,
        rung=1,
        ended_at=story.open.ending.at if story.open.ending else NOW,
        status=Status.RECOVERED,
        reopened=0,
        attempts=1,
    )
    story.fails(a_failure_seen(LADDER, AGAIN))
    story.hears(Succeeded(handle="op"))
    story.sees(Failed(reason="failed"))
    results = [one.result for one in story.history.attempts]
    assert results[:2] == [AttemptResult.CURED, AttemptResult.FAILED]


def test_a_void_failure_in_probation_closes_it_again() -> None:
    """A person cancelled the job: that is no cause."""
    story = cured()
    bodies = story.fails(a_failure_seen(LADDER, AGAIN, void="a person cancelled the job"))
    assert kinds(bodies) == ["IncidentReopened", "IncidentEnded"]
    assert bodies[1] == IncidentEnded(status=Status.CLOSED, reason="a person cancelled the job")
    assert story.performed == []


def test_an_item_that_was_excluded_after_its_repair_is_closed_again() -> None:
    """The owner took it out between the nights."""
    story = cured()
    excluded = a_picture(tags={"backup-remediation": "off"})
    bodies = story.fails(a_failure_seen(LADDER, AGAIN), excluded)
    assert kinds(bodies) == ["IncidentReopened", "IncidentEnded"]
    assert [one.status for one in story.all(IncidentEnded)] == [Status.RECOVERED, Status.CLOSED]


def test_without_a_history_it_begins_at_the_first_rung() -> None:
    """The history's window is long, and not endless."""
    story = cured()
    story.history = History()
    story.fails(a_failure_seen(LADDER, AGAIN))
    (reopened,) = story.all(IncidentReopened)
    assert reopened.rung == 0

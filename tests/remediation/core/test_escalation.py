"""Escalated: reminders, people's channels, and the way back to recovered."""

import pytest

from remediation.incident import NoticeKind, Phase, Status
from remediation.messages import NoticeAnswered, Refused, Retriggered, Succeeded, Transient
from remediation.model import Mode
from remediation.records import Escalated, IncidentEnded, NoticeQueued, NoticeSent
from remediation.views import Gone
from tests.remediation.core.builders import (
    DAY,
    HOUR,
    MINUTE,
    NOW,
    a_failure_seen,
    a_picture,
    a_playbook,
    a_policy,
    a_recovered_picture,
)
from tests.remediation.core.story import Story, kinds

OBJECTIVE = 50 * HOUR
FOR_PEOPLE = a_failure_seen(a_playbook("restart_vm"))


def escalated() -> Story:
    """An incident that was handed to people, who were told."""
    story = Story(policy=a_policy(objective=OBJECTIVE))
    story.fails(FOR_PEOPLE)
    story.is_told()
    return story


def test_people_are_reminded_after_one_two_and_seven_objectives_and_never_more() -> None:
    """Three reminders, each under a key of its own."""
    story = escalated()
    times = []
    for _ in range(3):
        story.wakes()
        times.append(story.now - NOW)
        assert len(story.published) == 1
        story.is_told()
    assert times == [OBJECTIVE, 2 * OBJECTIVE, 7 * OBJECTIVE]
    assert len({one.reason for one in story.all(NoticeQueued)}) == 1
    assert [one.key for one in story.all(NoticeQueued)] == [
        "inc-1-escalated-1",
        "inc-1-reminder-1-1",
        "inc-1-reminder-1-2",
        "inc-1-reminder-1-3",
    ]
    story.waits(60 * DAY)
    assert story.wakes() == []
    assert story.commands == ()


def test_who_could_not_be_told_is_told_again_the_more_rarely_the_longer_ago_it_was() -> None:
    """Each notice by its own age, whatever came after it."""
    story = Story(policy=a_policy(objective=OBJECTIVE))
    story.fails(FOR_PEOPLE)
    (first,) = story.published
    story.waits(4 * HOUR)
    story.tell(NoticeAnswered(key=first, outcome=Transient(reason="no topic")), a_picture())
    assert story.due == story.now + 2 * HOUR


def test_a_wake_up_before_a_reminder_is_due_reminds_nobody() -> None:
    """A nudge is no reminder."""
    story = escalated()
    wake = story.open.wake
    assert wake is not None
    object.__setattr__(wake, "at", NOW + HOUR)
    assert story.wakes() == []
    assert story.due == NOW + OBJECTIVE


def test_reminders_are_sent_while_the_ladder_goes_on() -> None:
    """An observed incident is held night by night; people are still reminded."""
    story = Story(policy=a_policy(objective=OBJECTIVE, mode=Mode.OBSERVE))
    story.fails()
    for _ in range(30):
        story.wakes()
    assert [one.kind for one in story.open.notices] == [
        NoticeKind.ESCALATED,
        NoticeKind.REMINDER,
        NoticeKind.REMINDER,
        NoticeKind.REMINDER,
    ]
    assert len(story.all(Escalated)) == 1


def test_an_escalated_incident_recovers_by_itself_and_people_are_told() -> None:
    """Whoever made the valid point; what was opened is closed."""
    story = escalated()
    resolved, ended = story.wakes(a_recovered_picture())
    assert isinstance(resolved, NoticeQueued)
    assert (resolved.key, resolved.kind) == ("inc-1-resolved-1", NoticeKind.RESOLVED)
    assert isinstance(ended, IncidentEnded)
    assert ended.status is Status.RECOVERED
    assert story.published == ["inc-1-resolved-1"]


def test_people_are_told_of_the_recovery_also_after_a_re_trigger() -> None:
    """The ticket of the first round is still open."""
    story = Story(policy=a_policy(mode=Mode.APPROVE))
    story.fails()
    story.policy = a_policy()
    story.is_asked_again()
    assert story.open.escalation is None
    story.hears(Succeeded(handle="op"))
    story.wakes(a_recovered_picture())
    assert [one.key for one in story.open.notices] == ["inc-1-approval-1", "inc-1-resolved-2"]


def test_nobody_is_told_of_the_recovery_of_what_nobody_was_told() -> None:
    """The ordinary night makes no noise."""
    story = Story()
    story.fails(a_failure_seen(a_playbook("wait_for_schedule")))
    assert kinds(story.wakes(a_recovered_picture())) == ["IncidentEnded"]


def test_a_notice_that_a_channel_took_is_not_sent_again() -> None:
    """The outbox holds what no channel took."""
    story = escalated()
    assert story.all(NoticeSent) == [NoticeSent(key="inc-1-escalated-1")]
    story.wakes()
    assert "inc-1-escalated-1" not in story.published


@pytest.mark.parametrize("outcome", [Transient(reason="503"), Refused(reason="403")])
def test_a_notice_that_no_channel_took_is_sent_again_soon(outcome: Transient | Refused) -> None:
    """Every five minutes, under the same key, until one does."""
    story = Story(policy=a_policy(objective=OBJECTIVE))
    story.fails(FOR_PEOPLE)
    story.is_told(outcome)
    assert story.due == NOW + 5 * MINUTE
    story.wakes()
    assert story.published == ["inc-1-escalated-1"]
    story.is_told(Succeeded(detail="teams"))
    assert story.all(NoticeSent)[0].detail == "teams"


def test_a_failed_notice_does_not_disturb_a_step_in_flight() -> None:
    """The step's own wake-up publishes again."""
    # The next run begins after the objective, so people are told before it.
    story = Story(policy=a_policy(objective=47 * HOUR))
    story.fails(a_failure_seen(a_playbook("wait_for_schedule", "retry_backup")))
    story.wakes()
    wake = story.open.wake
    assert story.is_told(Transient(reason="503")) == []
    assert story.open.wake == wake


def test_an_answer_to_a_notice_of_an_ended_incident_changes_nothing() -> None:
    """An ended incident has no outbox."""
    story = escalated()
    story.wakes(a_recovered_picture())
    assert story.is_told() == []


def test_a_machine_that_does_not_exist_any_more_is_for_people() -> None:
    """Nothing is tried, and it is told once, however often it is looked at."""
    gone = a_picture(machine=Gone(what="VM-01"))
    story = Story()
    story.fails(picture=gone)
    (handed,) = story.all(Escalated)
    assert handed.reason.startswith("the machine does not exist any more")
    assert story.performed == []
    story.wakes(gone)
    assert len(story.all(Escalated)) == 1
    assert story.open.phase is Phase.RESTING


def test_a_machine_that_disappears_during_an_attempt_ends_it() -> None:
    """The attempt is abandoned before people are asked."""
    story = Story(policy=a_policy(on_demand_per_day=0))
    story.fails(a_failure_seen(a_playbook("restart_agent")))
    story.hears(Succeeded(done=True))
    bodies = story.wakes(a_picture(machine=Gone(what="VM-01")))
    assert kinds(bodies) == ["AttemptEnded", "Escalated", "NoticeQueued"]


def test_an_escalated_incident_that_is_excluded_is_closed() -> None:
    """The owner has the last word, and people hear of it."""
    story = escalated()
    story.wakes(a_picture(tags={"backup-remediation": "off"}))
    assert story.open.status is Status.CLOSED
    assert story.published == ["inc-1-resolved-1"]


def test_a_retrigger_is_an_event_of_a_named_person() -> None:
    """It stands in the trail who asked, and why."""
    story = escalated()
    event = Retriggered(by="ann@example.org", reason="the network is repaired")
    first, *_ = story.tell(event, a_picture())
    assert (first.by, first.reason) == (event.by, event.reason)

"""A re-trigger: a new round by a named person, and no way round a guard."""

from datetime import timedelta
from typing import Any

from remediation.incident import Status, StepName
from remediation.messages import Failed, Succeeded
from remediation.model import Mode, Rung
from remediation.records import Escalated, IncidentRetriggered, NoticeQueued
from tests.remediation.core.builders import (
    HOUR,
    NOW,
    a_failure_seen,
    a_picture,
    a_playbook,
    a_policy,
    a_recovered_picture,
)
from tests.remediation.core.story import Story, kinds


def used_up(**policy: Any) -> Story:
    """Both rungs failed, and people were told."""
    story = Story(policy=a_policy(**policy))
    story.fails(a_failure_seen(a_playbook("retry_backup", "reapply_vm")))
    story.sees(Failed(reason="failed"))
    story.sees(Failed(reason="failed"))
    assert story.open.status is Status.ESCALATED
    return story


def test_a_re_trigger_climbs_the_ladder_from_its_first_rung() -> None:
    """The incident is taken up again, in the name of who asked."""
    story = used_up()
    bodies = story.is_asked_again()
    assert bodies[0] == IncidentRetriggered(by="ann@example.org", reason="the network is repaired")
    assert story.performed == [StepName.BACKUP]
    assert (story.open.round, story.open.retriggered_by) == (2, "ann@example.org")
    assert story.open.status is Status.PROVING


def test_a_re_trigger_renews_the_incidents_budget() -> None:
    """Two attempts were all there were; now there are two more."""
    story = used_up(attempts=2)
    story.is_asked_again()
    story.sees(Failed(reason="failed"))
    assert story.performed == [StepName.REAPPLY]
    assert [one.round for one in story.open.attempts] == [1, 1, 2, 2]


def test_a_re_trigger_does_not_renew_the_items_budget() -> None:
    """A machine that needs more needs a person's hands, not a person's click."""
    story = used_up(attempts=2, item_attempts=2)
    story.is_asked_again()
    assert story.performed == []
    assert story.open.hold is not None
    assert [one.guard for one in story.open.hold.objections] == ["budget"]
    assert story.open.hold.until == NOW + timedelta(days=7)


def test_a_re_trigger_is_no_way_round_a_guard() -> None:
    """What is forbidden stays forbidden."""
    story = used_up()
    story.policy = a_policy(mode=Mode.OBSERVE)
    story.is_asked_again()
    assert story.performed == []


def test_a_re_triggered_incident_that_fails_again_escalates_anew() -> None:
    """Under a key of its own: it is a second hand-over, not a repeat of the first."""
    story = used_up()
    story.is_asked_again()
    story.sees(Failed(reason="failed"))
    story.sees(Failed(reason="failed"))
    assert [one.key for one in story.all(NoticeQueued)] == [
        "inc-1-escalated-1",
        "inc-1-escalated-2",
    ]
    assert len(story.all(Escalated)) == 2
    assert story.open.escalation is not None
    assert story.open.escalation.reminders == 0


def test_a_re_trigger_while_an_attempt_is_under_way_changes_nothing() -> None:
    """Its end is waited for: with a step in flight, and while it settles."""
    story = Story()
    story.fails(a_failure_seen(a_playbook(Rung(do="restart_agent", wait=HOUR))))
    assert story.is_asked_again() == []
    story.hears(Succeeded(done=True))
    assert story.is_asked_again() == []
    assert story.commands == ()


def test_a_re_trigger_of_what_has_recovered_meanwhile_ends_it() -> None:
    """A look first, then the ladder."""
    story = used_up()
    bodies = story.is_asked_again(a_recovered_picture())
    assert kinds(bodies) == ["IncidentRetriggered", "NoticeQueued", "IncidentEnded"]
    assert story.performed == []


def test_a_re_trigger_of_an_excluded_item_closes_it() -> None:
    """Whoever asks: the owner said no."""
    story = used_up()
    story.is_asked_again(a_picture(tags={"backup-remediation": "off"}))
    assert story.open.status is Status.CLOSED


def test_a_re_trigger_ends_a_wait() -> None:
    """A person who knows more need not wait for the schedule."""
    story = Story()
    story.fails(a_failure_seen(a_playbook("retry_backup", "wait_for_schedule")))
    story.sees(Failed(reason="failed"))
    assert story.open.waited_until is not None
    story.is_asked_again()
    assert story.performed == [StepName.BACKUP]
    assert story.open.waited_until is None

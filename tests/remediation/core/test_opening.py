"""An incident opens: what the first records say, and what needs no repair."""

from dataclasses import replace
from datetime import timedelta

from remediation.incident import Door, Status, StepName
from remediation.messages import Perform
from remediation.records import (
    EvidenceCollected,
    FailureAttached,
    IncidentEnded,
    IncidentOpened,
    StepIntended,
    WakeCommitted,
)
from remediation.views import JobStatus
from tests.remediation.core.builders import (
    DAY,
    HOUR,
    ITEM,
    NIGHT,
    NOW,
    a_diagnosis,
    a_failure,
    a_failure_seen,
    a_good_job,
    a_job,
    a_picture,
    a_playbook,
    a_point,
    a_policy,
    a_recovered_picture,
)
from tests.remediation.core.story import Story, kinds


def test_a_failure_opens_an_incident_and_takes_the_first_step_at_once() -> None:
    """Opening, evidence, intent and wake-up stand in one decision, in this order."""
    story = Story()
    story.fails()
    assert kinds([one.body for one in story.records]) == [
        "IncidentOpened",
        "EvidenceCollected",
        "StepIntended",
        "WakeCommitted",
    ]
    assert [one.sequence for one in story.records] == [1, 2, 3, 4]
    assert story.performed == [StepName.BACKUP]


def test_the_opening_record_holds_what_the_vault_said() -> None:
    """Everything that later decisions need stands in the first record."""
    story = Story()
    event = a_failure_seen(door=Door.SWEEP, by="ann@example.org", because="it was missed")
    opened, *_ = story.fails(event)
    assert opened == IncidentOpened(
        incident="inc-1",
        item=ITEM,
        protected=event.protected,
        door=Door.SWEEP,
        failure=event.failure,
        playbook=event.diagnosis.playbook,
        matched_by="code",
        confidence=1.0,
        act_by=NIGHT + 9 * DAY - 6 * HOUR,
        by="ann@example.org",
        because="it was missed",
        baseline=event.baseline,
    )


def test_without_a_last_point_people_are_asked_before_an_objective_from_now() -> None:
    """An item that was never backed up has its whole objective, less the margin."""
    story = Story()
    story.fails(a_failure_seen(baseline=None))
    assert story.open.act_by == NOW + 10 * DAY - 6 * HOUR


def test_the_first_intent_says_by_when_it_may_be_sent_and_when_another_takes_over() -> None:
    """The wake-up of an intent only bounds a crash: it is due when another may take over."""
    story = Story()
    story.fails()
    step = story.open.step
    assert step is not None
    assert step.act_before == NOW + timedelta(seconds=60)
    assert step.take_over_at == NOW + timedelta(seconds=220)
    assert story.due == step.take_over_at
    assert story.commands == (Perform(action="retry_backup", step=step),)


def test_the_same_failure_again_changes_nothing() -> None:
    """A duplicate opens nothing, attaches nothing and commands nothing."""
    story = Story()
    story.fails()
    assert story.fails() == []
    assert story.commands == ()
    assert story.open.failures_seen == 1


def test_another_failure_of_an_item_with_an_open_incident_attaches() -> None:
    """An item has at most one open incident."""
    story = Story()
    story.fails()
    second = a_failure("job-9", started=NOW, ended=NOW)
    assert story.fails(a_failure_seen(failure=second)) == [FailureAttached(failure=second)]
    assert story.open.failures == (a_failure(), second)


def test_a_void_failure_is_recorded_and_closed() -> None:
    """A job that a person cancelled is never repaired."""
    story = Story()
    opened, ended = story.fails(a_failure_seen(void="a person cancelled the job"))
    assert isinstance(opened, IncidentOpened)
    assert ended == IncidentEnded(status=Status.CLOSED, reason="a person cancelled the job")
    assert story.commands == ()


def test_a_void_failure_of_an_open_incident_attaches_and_decides_nothing() -> None:
    """What a person cancelled says nothing about the repair under way."""
    story = Story()
    story.fails(a_failure_seen(a_playbook("wait_for_schedule")))
    wake = story.open.wake
    cancelled = a_failure_seen(
        failure=a_failure("job-9"),
        diagnosis=a_diagnosis(a_playbook("reapply_vm", id="another-cause")),
        void="a person cancelled the job",
    )
    assert kinds(story.fails(cancelled)) == ["FailureAttached"]
    assert story.open.wake == wake


def test_a_failure_already_followed_by_a_valid_point_is_closed_without_action() -> None:
    """Somebody was faster."""
    story = Story()
    *_, ended = story.fails(picture=a_recovered_picture())
    assert isinstance(ended, IncidentEnded)
    assert ended.status is Status.CLOSED
    assert ended.reason.startswith("already followed by a valid recovery point")
    assert (ended.point, ended.point_id) == (a_point().time, "point-1")


def test_an_excluded_item_is_closed_untouched() -> None:
    """The owner's tag is believed in any casing."""
    story = Story()
    tags = {"Backup-REMEDIATION": " Off "}
    *_, ended = story.fails(picture=a_picture(tags=tags))
    assert ended == IncidentEnded(
        status=Status.CLOSED, reason="excluded by the tag backup-remediation"
    )
    assert story.commands == ()


def test_another_value_of_the_tag_excludes_nothing() -> None:
    """Only the word for no means no."""
    story = Story()
    story.fails(picture=a_picture(tags={"backup-remediation": "on"}))
    assert story.performed == [StepName.BACKUP]


def test_evidence_is_recorded_when_it_is_new() -> None:
    """The trail holds what was seen, once."""
    story = Story(policy=a_policy(attempts=1))
    story.fails(a_failure_seen(a_playbook("wait_for_schedule")))
    (first,) = story.all(EvidenceCollected)
    assert first.findings["agent"] == "ready"
    assert first.findings["restore_point_count"] == "5"
    story.wakes()
    assert len(story.all(EvidenceCollected)) == 1
    assert story.open.findings == first.findings


def test_a_good_job_that_is_still_running_proves_nothing() -> None:
    """A point inside a job that has not ended is not believed."""
    story = Story()
    running = replace(a_good_job(), status=JobStatus.IN_PROGRESS, ended=None)
    story.fails(picture=a_recovered_picture(snapshot=a_picture(a_job(), running).snapshot))
    assert not story.all(IncidentEnded)
    assert not story.all(StepIntended)
    assert len(story.all(WakeCommitted)) == 1

"""The deadline: people are told in time, once, while the ladder goes on."""

from remediation.incident import Phase, Status, StepName
from remediation.messages import Failed, Running, Succeeded
from remediation.model import Rung
from remediation.records import Escalated, NoticeQueued
from remediation.views import Unreadable
from tests.remediation.core.builders import (
    DAY,
    HOUR,
    MINUTE,
    NIGHT,
    NOW,
    a_failure_seen,
    a_picture,
    a_playbook,
    a_policy,
)
from tests.remediation.core.story import Story, kinds

# Last night's point and 44 hours: the day after tomorrow's run would come too late.
ACT_BY = NIGHT + 20 * HOUR
TWO_DAYS = a_policy(objective=50 * HOUR)


def test_a_step_that_is_permitted_only_after_the_deadline_is_told_now() -> None:
    """Not at the deadline: people need the time that is left."""
    story = Story(policy=TWO_DAYS)
    bodies = story.fails(a_failure_seen(a_playbook("wait_for_schedule", "retry_backup")))
    assert kinds(bodies) == ["IncidentOpened", "WaitBegan", "Escalated", "NoticeQueued"]
    (escalated,) = story.all(Escalated)
    run = NIGHT + DAY
    assert escalated == Escalated(
        reason=(
            f"the next permitted step ({(run + 2 * HOUR).isoformat()}) lies after"
            f" {ACT_BY.isoformat()}: the next scheduled run is at {run.isoformat()}"
        ),
        ladder_goes_on=True,
    )


def test_the_ladder_goes_on_after_the_deadline_and_people_are_told_once() -> None:
    """Escalated is what people see; the next rung is taken all the same."""
    story = Story(policy=TWO_DAYS)
    story.fails(a_failure_seen(a_playbook("wait_for_schedule", "retry_backup")))
    assert (story.open.status, story.open.phase) == (Status.ESCALATED, Phase.WAITING)
    story.wakes()
    assert story.performed == [StepName.BACKUP]
    story.sees(Failed(reason="failed"))
    assert [one.ladder_goes_on for one in story.all(Escalated)] == [True, False]
    assert len(story.all(NoticeQueued)) == 1
    assert story.open.phase is Phase.RESTING


def test_a_step_before_the_deadline_tells_nobody() -> None:
    """A hold of a few minutes is no news."""
    story = Story(policy=TWO_DAYS)
    story.fails(picture=a_picture(tags=Unreadable(reason="timeout")))
    assert not story.all(Escalated)


def test_a_step_that_is_running_past_the_deadline_is_told() -> None:
    """While it runs before the deadline, the permitted step is being taken."""
    story = Story(policy=TWO_DAYS)
    story.fails()
    story.hears(Succeeded(handle="op", look_after=40 * MINUTE))
    story.now = ACT_BY - MINUTE
    story.sees(Running(detail="75 %", look_after=HOUR))
    assert not story.all(Escalated)
    story.sees(Running(detail="80 %"))
    (escalated,) = story.all(Escalated)
    assert escalated.reason.endswith("backup is running: 80 %")
    assert story.open.step is not None


def test_an_item_that_is_late_already_is_still_repaired_first() -> None:
    """The step that is taken now is no reason to call people."""
    story = Story(policy=TWO_DAYS, now=NOW + 9 * DAY)
    story.fails()
    assert story.performed == [StepName.BACKUP]
    assert not story.all(Escalated)


def test_settling_past_the_deadline_is_told() -> None:
    """Time given to an action counts like any other wait."""
    story = Story(policy=TWO_DAYS, now=ACT_BY - HOUR)
    story.fails(a_failure_seen(a_playbook(Rung(do="restart_agent", wait=2 * HOUR))))
    story.hears(Succeeded(done=True))
    (escalated,) = story.all(Escalated)
    assert escalated.reason.endswith("give restart_agent time to take effect")

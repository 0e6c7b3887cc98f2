"""What is too old, and what nothing moves any more."""

from dataclasses import replace
from datetime import timedelta

import pytest

from remediation.draft import REMINDERS
from remediation.incident import Escalation, Incident, Phase, Step, StepName, StepState, Wake
from remediation.messages import ClosedByPerson
from remediation.overdue import STEP_TAKES, Limits, complaints
from remediation.picture import Picture
from tests.remediation.core.builders import DAY, HOUR, MINUTE, NOW, a_failure_seen, a_playbook
from tests.remediation.core.story import Story

LIMITS = Limits()


def an_incident(**changes: object) -> Incident:
    """An incident that waits for an hour."""
    story = Story()
    story.fails(a_failure_seen(a_playbook("wait_for_schedule", "retry_backup")))
    wake = Wake(number=3, at=NOW + HOUR, why="poll")
    return replace(story.open, wake=wake, **changes)  # type: ignore[arg-type]


def a_step(state: StepState) -> Step:
    """A step that was to be taken over five minutes from now."""
    return Step(
        attempt=1,
        name=StepName.REAPPLY,
        request_id="r",
        intended_at=NOW,
        act_before=NOW + MINUTE,
        take_over_at=NOW + 5 * MINUTE,
        state=state,
    )


def keys(incident: Incident, after: timedelta) -> list[str]:
    """What is complained of so long after the opening."""
    return [one.key for one in complaints(incident, NOW + after, LIMITS)]


def test_an_incident_on_its_way_is_no_cause_for_complaint() -> None:
    """Neither before its wake-up nor a while after it."""
    for after in (timedelta(), HOUR, 7 * HOUR):
        assert keys(an_incident(), after) == []


def test_a_wake_up_that_was_never_heard_is() -> None:
    """Under the same key, however often it is seen; another wake-up is another trouble."""
    late = 7 * HOUR + MINUTE
    assert keys(an_incident(), late) == keys(an_incident(), 2 * late) == ["stuck-inc-1-wake-3"]


def test_an_incident_that_nothing_will_wake_is() -> None:
    """At once: no time alone will change it."""
    assert keys(replace(an_incident(), wake=None), MINUTE) == ["stuck-inc-1-asleep"]


@pytest.mark.parametrize("state", [StepState.INTENDED, StepState.UNKNOWN])
def test_a_step_that_nobody_took_over_is(state: StepState) -> None:
    """It blocks everything else."""
    incident = an_incident(step=a_step(state))
    awake = replace(incident, wake=Wake(number=3, at=NOW + DAY, why=""))
    assert keys(awake, 6 * HOUR) == []
    assert keys(awake, 6 * HOUR + 6 * MINUTE) == ["stuck-inc-1-1-reapply"]


def test_a_step_that_azure_took_has_a_day() -> None:
    """A first full backup takes long."""
    awake = an_incident(step=a_step(StepState.SENT))
    awake = replace(awake, wake=Wake(number=3, at=NOW + 9 * DAY, why=""))
    assert keys(awake, STEP_TAKES) == []
    assert keys(awake, STEP_TAKES + 6 * MINUTE) == ["stuck-inc-1-1-reapply"]


def test_an_old_one_is_whatever_it_waits_for() -> None:
    """Three weeks and a minute."""
    escalation = Escalation(at=NOW, reason="", reminders=len(REMINDERS))
    resting = an_incident(escalation=escalation, phase=Phase.RESTING)
    assert keys(resting, 20 * DAY) == []
    assert keys(resting, 21 * DAY + MINUTE) == ["old-inc-1"]
    (one,) = complaints(resting, NOW + 22 * DAY, LIMITS)
    assert one.text == "it is open for 22 days, the limit is 21"


def test_one_that_still_has_a_reminder_to_come_is_not_waiting_for_people_only() -> None:
    """Its wake-up is still due."""
    escalation = Escalation(at=NOW, reason="", reminders=len(REMINDERS) - 1)
    resting = an_incident(escalation=escalation, phase=Phase.RESTING)
    assert keys(resting, 20 * DAY) == ["stuck-inc-1-wake-3"]


def test_what_has_ended_is_never_complained_of() -> None:
    """However it ended."""
    story = Story()
    story.fails(a_failure_seen(a_playbook("wait_for_schedule", "retry_backup")))
    story.tell(ClosedByPerson(by="ann", reason="gone"), Picture())
    assert story.incident is not None
    assert keys(story.incident, 400 * DAY) == []

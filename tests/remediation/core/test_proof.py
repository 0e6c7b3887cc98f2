"""The proof after an action: our own backup, the schedule, or none."""

from typing import Any

import pytest

from remediation.incident import AttemptResult, StepName
from remediation.messages import Done, Succeeded, Transient
from remediation.model import Mode, Rung
from remediation.records import AttemptEnded, Held, ProofLeftToSchedule
from remediation.views import Job, JobStatus, Unreadable
from tests.remediation.core.builders import (
    DAY,
    HOUR,
    MINUTE,
    NIGHT,
    NOW,
    a_failure_seen,
    a_good_job,
    a_job,
    a_picture,
    a_playbook,
    a_policy,
    a_protected,
    a_recovered_picture,
    a_snapshot,
    some_restore_points,
)
from tests.remediation.core.story import Story, kinds

NEXT_RUN = NIGHT + DAY


def acted(**policy: Any) -> Story:
    """The agent was restarted; the proof is next."""
    story = Story(policy=a_policy(**policy))
    story.fails(a_failure_seen(a_playbook(Rung(do="restart_agent", wait=MINUTE))))
    story.hears(Succeeded(done=True))
    return story


def left_to_schedule() -> Story:
    """The agent was restarted; limits leave the proof to the schedule."""
    story = acted(on_demand_per_day=0)
    story.wakes()
    assert story.open.judged_by_schedule
    return story


def tonight(**changes: Any) -> Job:
    """The scheduled job of the next night, failed."""
    return a_job("job-9", **{"started": NEXT_RUN, "ended": NEXT_RUN + HOUR, **changes})


def test_limits_leave_the_proof_to_the_next_scheduled_run() -> None:
    """It is looked at when the run can have ended, with the reasons in the trail."""
    story = left_to_schedule()
    (left,) = story.all(ProofLeftToSchedule)
    assert left.reasons == ("on_demand: 0 automatic on-demand backups in 24 h, 0 allowed",)
    assert story.due == NEXT_RUN + 2 * HOUR


def test_a_guard_that_lifts_before_the_next_run_holds_the_proof() -> None:
    """An on-demand backup proves the repair sooner."""
    story = acted()
    (held,) = story.wakes(a_picture(tags=Unreadable(reason="timeout")))
    assert isinstance(held, Held)
    assert story.due == story.now + 15 * MINUTE
    story.wakes()
    assert story.performed == [StepName.BACKUP]


def test_a_guard_that_lifts_only_after_the_next_run_leaves_it_the_proof() -> None:
    """In observe mode nothing is started; the schedule shows whether the repair helped."""
    story = acted()
    story.policy = a_policy(mode=Mode.OBSERVE)
    assert kinds(story.wakes()) == ["ProofLeftToSchedule"]


def test_a_proof_that_nothing_can_bring_is_abandoned() -> None:
    """No backup allowed, none scheduled: people are asked."""
    story = acted(on_demand_per_day=0)
    snapshot = a_snapshot(protected=a_protected(schedule=None))
    bodies = story.wakes(a_picture(snapshot=snapshot))
    assert kinds(bodies) == ["AttemptEnded", "RungPassed", "Escalated", "NoticeQueued"]
    assert bodies[0] == AttemptEnded(
        attempt=1,
        result=AttemptResult.ABANDONED,
        detail="cannot be proved: 0 automatic on-demand backups in 24 h, 0 allowed",
    )


def test_a_hold_without_a_schedule_waits_for_the_guard() -> None:
    """There is no run that could judge instead."""
    story = acted()
    snapshot = a_snapshot(protected=a_protected(schedule=None))
    picture = a_picture(snapshot=snapshot, tags=Unreadable(reason="timeout"))
    assert kinds(story.wakes(picture)) == ["Held"]


def test_restore_points_at_the_limit_hold_the_proof_of_a_clean_up() -> None:
    """The clean-up goes on in the background: they are counted again."""
    story = Story()
    full = a_picture(restore_points=some_restore_points(18))
    story.fails(a_failure_seen(a_playbook("clean_up_restore_points")), full)
    story.hears(Succeeded(handle="op"), full)
    bodies = story.sees(Done(detail="18 restore points, 20 before"), full)
    assert kinds(bodies) == ["StepDone", "Held"]
    assert story.due == story.now + 15 * MINUTE
    story.wakes()
    assert story.performed == [StepName.BACKUP]


def test_restore_points_at_the_limit_leave_the_proof_of_another_action_to_the_schedule() -> None:
    """Nothing of ours makes their number fall."""
    story = acted()
    picture = a_picture(restore_points=some_restore_points(18))
    assert kinds(story.wakes(picture)) == ["ProofLeftToSchedule"]


def test_a_scheduled_job_that_failed_fails_the_attempt() -> None:
    """The repair did not help."""
    story = left_to_schedule()
    ended, *_ = story.wakes(a_picture(a_job(), tonight()))
    assert ended == AttemptEnded(
        attempt=1, result=AttemptResult.FAILED, detail="job job-9 did not cure it"
    )


def test_a_scheduled_job_with_a_valid_point_recovers_the_incident() -> None:
    """Whoever made the point."""
    story = left_to_schedule()
    story.wakes(a_recovered_picture())
    assert story.open.attempts[0].result is AttemptResult.CURED
    assert story.open.ending is not None


def test_a_scheduled_job_that_is_running_is_waited_for() -> None:
    """It is looked at every twenty minutes."""
    story = left_to_schedule()
    running = tonight(status=JobStatus.IN_PROGRESS, ended=None)
    assert story.wakes(a_picture(a_job(), running)) == []
    assert story.due == story.now + 20 * MINUTE


def test_a_completed_scheduled_job_has_two_hours_to_list_its_point() -> None:
    """Then it proves nothing, and the attempt has failed."""
    story = left_to_schedule()
    picture = a_picture(a_job(), a_good_job("job-9", started=NEXT_RUN))
    assert story.wakes(picture) == []
    assert story.due == story.now + 10 * MINUTE
    story.now = NEXT_RUN + 3 * HOUR
    assert kinds(story.wakes(picture))[0] == "AttemptEnded"


def test_a_schedule_that_did_not_run_is_waited_for_again() -> None:
    """A run that never came judges nothing."""
    story = left_to_schedule()
    assert story.wakes() == []
    assert story.due == NEXT_RUN + DAY + 2 * HOUR


def test_without_a_schedule_any_more_it_is_looked_at_daily() -> None:
    """Somebody took the machine out of its policy meanwhile."""
    story = left_to_schedule()
    snapshot = a_snapshot(protected=a_protected(schedule=None))
    assert story.wakes(a_picture(snapshot=snapshot)) == []
    assert story.due == story.now + DAY


@pytest.mark.parametrize("status", [JobStatus.CANCELLED, JobStatus.CANCELLING])
def test_a_scheduled_job_that_a_person_cancelled_judges_nothing(status: JobStatus) -> None:
    """The next one does."""
    story = left_to_schedule()
    assert story.wakes(a_picture(a_job(), tonight(status=status))) == []
    assert story.open.attempt is not None


def test_our_own_clean_up_backup_does_not_judge_the_attempt() -> None:
    """It is meant to fail; the scheduled run after it counts."""
    story = Story(policy=a_policy(on_demand_per_day=1))
    story.fails(a_failure_seen(a_playbook("clean_up_restore_points")))
    story.hears(Succeeded(handle="op"))
    story.sees(Done(detail="12 restore points, 18 before"))
    assert story.open.judged_by_schedule
    (request_id,) = story.open.attempts[0].request_ids
    clean_up = a_job("job-5", started=NOW + MINUTE, ended=NOW + HOUR, activity_id=request_id)
    assert story.wakes(a_picture(a_job(), clean_up)) == []
    assert story.open.attempt is not None


def test_a_guard_that_forbids_the_next_effect_for_good_ends_the_attempt() -> None:
    """Steps before the proof do not wait for what time does not lift."""
    story = Story()
    story.fails(a_failure_seen(a_playbook("reapply_vm")))
    story.hears(Transient(reason="409"))
    story.policy = a_policy(mode=Mode.APPROVE)
    ended, *_ = story.wakes()
    assert ended == AttemptEnded(
        attempt=1,
        result=AttemptResult.ABANDONED,
        detail="reapply_vm needs a person's approval",
    )


def test_a_guard_that_lifts_holds_the_next_effect() -> None:
    """The attempt goes on when it has lifted."""
    story = Story()
    story.fails(a_failure_seen(a_playbook("reapply_vm")))
    story.hears(Transient(reason="409"))
    (held,) = story.wakes(a_picture(tags=Unreadable(reason="timeout")))
    assert isinstance(held, Held)
    story.wakes()
    assert story.performed == [StepName.REAPPLY]

"""Further failures of an open incident: which rung they judge, and which cause they bring."""

from remediation.incident import AttemptResult, Phase, Status, StepName
from remediation.messages import Failed, Succeeded
from remediation.model import Rung
from remediation.records import AttemptEnded, CauseChanged, FailureAttached
from tests.remediation.core.builders import (
    HOUR,
    MINUTE,
    NOW,
    a_diagnosis,
    a_failure,
    a_failure_seen,
    a_picture,
    a_playbook,
    a_policy,
)
from tests.remediation.core.story import Story, kinds

OTHER = a_playbook("reapply_vm", id="vm-provisioning-failed", title="Provisioning failed")
LADDER = a_playbook("retry_backup", "retry_backup")


def judged_by_schedule() -> Story:
    """An agent was restarted; limits leave the proof to the schedule."""
    story = Story(policy=a_policy(on_demand_per_day=0))
    story.fails(a_failure_seen(a_playbook("restart_agent", "reapply_vm")))
    story.hears(Succeeded(done=True))
    assert story.open.judged_by_schedule
    return story


def test_a_foreign_failure_that_started_after_the_action_judges_it() -> None:
    """The scheduled job came after the repair, and failed: the repair did not help."""
    story = judged_by_schedule()
    started = NOW + 23 * HOUR
    story.now = started + HOUR
    failure = a_failure("job-9", started=started, ended=started + 20 * MINUTE)
    attached, ended, _, intended = story.fails(a_failure_seen(failure=failure))
    assert attached == FailureAttached(failure=failure)
    assert ended == AttemptEnded(
        attempt=1, result=AttemptResult.FAILED, detail="job job-9 failed after it"
    )
    assert intended.step.name is StepName.REAPPLY


def test_a_foreign_failure_that_started_before_the_action_judges_nothing() -> None:
    """It was on its way before the repair."""
    story = judged_by_schedule()
    for started in (NOW - MINUTE, NOW):
        failure = a_failure(f"job-{started}", started=started, ended=NOW + HOUR)
        assert kinds(story.fails(a_failure_seen(failure=failure))) == ["FailureAttached"]
        assert story.open.attempt is not None


def test_a_foreign_failure_does_not_disturb_a_step_in_flight() -> None:
    """Our own backup judges the rung, whatever else fails."""
    story = Story()
    story.fails(a_failure_seen(LADDER))
    failure = a_failure("job-9", started=NOW + HOUR, ended=NOW + 2 * HOUR)
    event = a_failure_seen(failure=failure, diagnosis=a_diagnosis(OTHER))
    assert kinds(story.fails(event)) == ["FailureAttached"]
    assert story.open.step is not None


def test_a_foreign_failure_does_not_judge_an_attempt_that_we_prove_ourselves() -> None:
    """While the agent settles, its own proving backup is still to come."""
    story = Story()
    rung = Rung(do="restart_agent", wait=HOUR)
    story.fails(a_failure_seen(a_playbook(rung)))
    story.hears(Succeeded(done=True))
    failure = a_failure("job-9", started=NOW + MINUTE, ended=NOW + 2 * MINUTE)
    assert kinds(story.fails(a_failure_seen(failure=failure))) == ["FailureAttached"]
    assert story.open.attempt is not None


def test_our_own_backup_failing_ends_the_attempt_and_the_next_rung_is_taken() -> None:
    """One decision: the verdict, the failure, the next intent."""
    story = Story()
    story.fails(a_failure_seen(LADDER))
    story.hears(Succeeded(handle="op"))
    own = a_failure("job-2", by_us=True, started=NOW, ended=NOW + MINUTE)
    picture = a_picture(own_failure=own, diagnosis=a_diagnosis(LADDER))
    bodies = story.sees(Failed(reason="job job-2 failed"), picture)
    assert kinds(bodies) == ["AttemptEnded", "FailureAttached", "RungPassed", "StepIntended"]
    assert bodies[0] == AttemptEnded(
        attempt=1, result=AttemptResult.FAILED, detail="job job-2 failed"
    )
    assert bodies[1] == FailureAttached(failure=own)


def test_another_cause_continues_on_its_ladder_under_the_same_budget() -> None:
    """The new cause's ladder begins at its first rung; the attempts spent stay spent."""
    story = Story(policy=a_policy(attempts=1))
    story.fails()
    picture = a_picture(diagnosis=a_diagnosis(OTHER, code="VmProvisioningFailed"))
    bodies = story.sees(Failed(reason="failed otherwise"), picture)
    assert kinds(bodies) == [
        "AttemptEnded",
        "CauseChanged",
        "RungSkipped",
        "Escalated",
        "NoticeQueued",
    ]
    assert bodies[2].reasons == ("budget: 1 of 1 attempts of this incident are spent",)
    assert (story.open.cause, story.open.code) == (OTHER.id, "VmProvisioningFailed")


def test_another_cause_of_a_foreign_failure_continues_on_its_ladder() -> None:
    """A waiting ladder gives way to the ladder of what now fails."""
    story = Story()
    story.fails(a_failure_seen(a_playbook("wait_for_schedule")))
    failure = a_failure("job-9", started=NOW, ended=NOW + MINUTE)
    bodies = story.fails(a_failure_seen(failure=failure, diagnosis=a_diagnosis(OTHER)))
    assert kinds(bodies) == ["FailureAttached", "CauseChanged", "StepIntended"]
    assert story.performed == [StepName.REAPPLY]


def test_unknown_is_no_other_cause() -> None:
    """A failure that nobody can read does not end the ladder of what was known."""
    story = Story()
    story.fails(a_failure_seen(LADDER))
    unknown = a_diagnosis(a_playbook(id="unknown"), matched_by="none")
    bodies = story.sees(Failed(reason="failed"), a_picture(diagnosis=unknown))
    assert CauseChanged not in map(type, bodies)
    assert story.open.cause == LADDER.id


def test_an_escalated_incident_attaches_the_same_cause_and_says_nothing() -> None:
    """It runs no ladder and sends nothing."""
    story = Story(policy=a_policy(attempts=1))
    story.fails(a_failure_seen(a_playbook("restart_vm")))
    assert story.open.status is Status.ESCALATED
    failure = a_failure("job-9", started=NOW, ended=NOW + MINUTE)
    assert kinds(story.fails(a_failure_seen(failure=failure))) == ["FailureAttached"]
    assert story.commands == ()
    assert story.open.phase is Phase.RESTING


def test_an_escalated_incident_does_run_the_ladder_of_another_cause() -> None:
    """It stays with people while it runs, and they are not told again when that fails, too."""
    story = Story()
    story.fails(a_failure_seen(a_playbook("restart_vm")))
    failure = a_failure("job-9", started=NOW, ended=NOW + MINUTE)
    story.fails(a_failure_seen(failure=failure, diagnosis=a_diagnosis(OTHER)))
    assert story.performed == [StepName.REAPPLY]
    assert story.open.status is Status.ESCALATED
    story.sees(Failed(reason="no change"))
    assert story.open.phase is Phase.RESTING
    assert len(story.open.notices) == 1


def test_another_cause_of_an_item_that_was_excluded_meanwhile_is_closed() -> None:
    """A new ladder is not begun on what the owner has taken out."""
    story = Story()
    story.fails(a_failure_seen(a_playbook("wait_for_schedule")))
    failure = a_failure("job-9", started=NOW, ended=NOW + MINUTE)
    event = a_failure_seen(failure=failure, diagnosis=a_diagnosis(OTHER))
    story.fails(event, a_picture(tags={"backup-remediation": "off"}))
    assert story.open.status is Status.CLOSED

"""The ladder: its order, why rungs are skipped, what holds it and until when."""

from datetime import timedelta

import pytest

from remediation.incident import NoticeKind, Objection, Phase, Status, StepName
from remediation.messages import Failed, Refused, Succeeded
from remediation.model import CauseClass, Mode, Need, Risk, Rung
from remediation.records import Escalated, Held, NoticeQueued, RungPassed, RungSkipped, WaitBegan
from remediation.views import AgentState, JobStatus, Unreadable
from tests.remediation.core.builders import (
    DAY,
    HOUR,
    MINUTE,
    NIGHT,
    NOW,
    a_failure_seen,
    a_job,
    a_machine,
    a_picture,
    a_playbook,
    a_policy,
    a_protected,
    a_snapshot,
    an_agent,
    an_extension,
    some_restore_points,
)
from tests.remediation.core.story import Story, kinds


def test_rungs_are_taken_in_their_order() -> None:
    """Each after the one before has failed; in the end people are asked."""
    story = Story()
    story.fails(a_failure_seen(a_playbook("retry_backup", "reapply_vm", "restart_agent")))
    taken = list(story.performed)
    while story.open.phase is not Phase.RESTING:
        story.sees(Failed(reason="failed"))
        taken += story.performed
    assert taken == [StepName.BACKUP, StepName.REAPPLY, StepName.RESTART_AGENT]
    assert [one.rung for one in story.open.attempts] == [0, 1, 2]
    (escalated,) = story.all(Escalated)
    assert escalated.reason == (
        "The VM agent does not answer: still failing after retry_backup, reapply_vm, restart_agent"
    )


def test_a_rung_with_more_tries_is_entered_again() -> None:
    """Tries count attempts of this rung."""
    story = Story()
    story.fails(a_failure_seen(a_playbook(Rung(do="retry_backup", tries=2))))
    story.sees(Failed(reason="failed"))
    assert story.performed == [StepName.BACKUP]
    bodies = story.sees(Failed(reason="failed"))
    assert RungPassed(rung=0, action="retry_backup", detail="tried 2 times") in bodies
    assert len(story.open.attempts) == 2


def test_a_rung_that_was_refused_is_not_entered_again() -> None:
    """However many tries it has: people are not asked three times for what Azure refuses."""
    story = Story()
    story.fails(a_failure_seen(a_playbook(Rung(do="retry_backup", tries=3))))
    story.hears(Refused(reason="not found", code="NotFound"))
    bodies = story.wakes()
    assert RungPassed(rung=0, action="retry_backup", detail="tried once") in bodies
    assert len(story.open.attempts) == 1


def test_a_rung_whose_conditions_do_not_hold_is_skipped_with_every_reason() -> None:
    """All conditions that fail are named, with what was seen."""
    rung = Rung(do="reapply_vm", when={"agent": ("not_ready", "absent"), "os": ("windows",)})
    story = Story()
    _, skipped, _ = story.fails(a_failure_seen(a_playbook(rung, "retry_backup")))
    assert skipped == RungSkipped(
        rung=0,
        action="reapply_vm",
        reasons=("agent is ready, not not_ready or absent", "os is linux, not windows"),
    )
    assert story.performed == [StepName.BACKUP]


def test_a_rung_whose_facts_could_not_be_read_holds_the_ladder() -> None:
    """A failed look is no reason to skip; it is looked again when Azure says."""
    rung = Rung(do="reapply_vm", when={"agent": ("ready",)})
    story = Story()
    machine = Unreadable(reason="429", retry_after=7 * MINUTE)
    _, held = story.fails(a_failure_seen(a_playbook(rung)), a_picture(machine=machine))
    assert held == Held(
        rung=0,
        action="reapply_vm",
        objections=(
            Objection(guard="evidence", reason="agent is not known: 429", until=NOW + 7 * MINUTE),
        ),
        until=NOW + 7 * MINUTE,
    )
    assert story.due == NOW + 7 * MINUTE


@pytest.mark.parametrize(
    ("fact", "part"),
    [
        ("os", "machine"),
        ("power", "machine"),
        ("agent", "machine"),
        ("provisioning", "machine"),
        ("backup_extension", "machine"),
        ("other_extension", "machine"),
        ("lock", "locks"),
        ("lock", "restore_points"),
        ("restore_points", "restore_points"),
        ("running_job", "snapshot"),
        ("protection", "snapshot"),
    ],
)
def test_each_fact_waits_for_what_tells_it(fact: str, part: str) -> None:
    """A part that was not read at all holds the ladder a quarter of an hour."""
    story = Story()
    rung = Rung(do="reapply_vm", when={fact: ("whatever",)})
    story.fails(a_failure_seen(a_playbook(rung)), a_picture(**{part: None}))
    (held,) = story.all(Held)
    assert [one.reason for one in held.objections] == [f"{fact} is not known: it was not read"]
    assert held.until == NOW + 15 * MINUTE


def test_a_fact_that_a_read_machine_does_not_tell_skips_the_rung() -> None:
    """A stale Ready of a stopped machine is no Ready, and waiting would not tell more."""
    rung = Rung(do="restart_agent", when={"agent": ("ready",)})
    machine = a_machine(agent=an_agent(AgentState.UNKNOWN))
    story = Story()
    story.fails(a_failure_seen(a_playbook(rung)), a_picture(machine=machine))
    (skipped,) = story.all(RungSkipped)
    assert skipped.reasons == ("agent cannot be told",)


def test_a_condition_that_fails_skips_though_another_is_unknown() -> None:
    """What cannot be entered anyway need not be waited for."""
    rung = Rung(do="reapply_vm", when={"agent": ("not_ready",), "protection": ("active",)})
    story = Story()
    story.fails(a_failure_seen(a_playbook(rung)), a_picture(snapshot=None))
    assert len(story.all(RungSkipped)) == 1
    assert not story.all(Held)


def test_a_hold_tells_all_objections_and_lasts_until_the_last_lifts() -> None:
    """One look when all may have lifted, not one for each."""
    story = Story(policy=a_policy(on_demand_per_day=1, cool_down=2 * HOUR))
    rung = Rung(do="retry_backup", tries=2)
    story.fails(a_failure_seen(a_playbook(rung)))
    bodies = story.sees(Failed(reason="failed"))
    (held,) = [one for one in bodies if isinstance(one, Held)]
    assert [one.guard for one in held.objections] == ["cool_down", "on_demand"]
    assert held.until == NOW + DAY
    assert story.due == NOW + DAY
    assert story.open.status is Status.WAITING


def test_a_hold_that_is_over_lets_the_rung_be_entered() -> None:
    """The incident goes on where it was held."""
    story = Story()
    story.fails(picture=a_picture(tags=Unreadable(reason="timeout")))
    assert story.open.phase is Phase.WAITING
    story.wakes()
    assert story.performed == [StepName.BACKUP]
    assert story.open.hold is None


def test_an_objection_that_time_does_not_lift_skips_the_rung_with_all_reasons() -> None:
    """Also those that time would lift are told."""
    story = Story(policy=a_policy(max_risk=Risk.LOW))
    story.fails(picture=a_picture(tags=Unreadable(reason="timeout")))
    (skipped,) = story.all(RungSkipped)
    assert skipped.reasons == (
        "excluded: tags could not be read: timeout",
        "risk: risk guest_io is above the allowed low",
    )
    assert story.open.status is Status.ESCALATED


@pytest.mark.parametrize("action", ["restart_vm", "delete_restore_point_collection"])
def test_an_action_that_needs_approval_never_runs_without(action: str) -> None:
    """Whatever policy says: people are asked, and nobody's silence is a yes."""
    story = Story(policy=a_policy(max_risk=Risk.DESTRUCTIVE, opt_in=frozenset({action})))
    story.fails(a_failure_seen(a_playbook(action)))
    assert story.performed == []
    story.wakes()
    (skipped,) = story.all(RungSkipped)
    assert skipped.reasons[0].startswith(f"approval: the approval of {action} expired at")
    assert story.performed == []


def test_a_rung_that_needs_a_window_or_an_approval_is_skipped() -> None:
    """A playbook may ask for more than the action does."""
    rung = Rung(do="retry_backup", needs=frozenset({Need.APPROVAL, Need.WINDOW}))
    story = Story(policy=a_policy(windows=()))
    story.fails(a_failure_seen(a_playbook(rung)))
    (skipped,) = story.all(RungSkipped)
    assert skipped.reasons == (
        "approval: retry_backup needs a person's approval",
        "window: retry_backup needs a maintenance window, and none is set for it",
    )


def test_collecting_evidence_is_passed_at_once() -> None:
    """Evidence was collected before the first rung."""
    story = Story()
    bodies = story.fails(a_failure_seen(a_playbook("collect_evidence", "retry_backup")))
    assert bodies[1] == RungPassed(rung=0, action="collect_evidence", detail="done")
    assert story.performed == [StepName.BACKUP]


def test_a_wait_lasts_as_long_as_its_rung_says() -> None:
    """Nothing is done before; then the next rung is taken."""
    ladder = a_playbook(Rung(do="wait", wait=2 * HOUR), "retry_backup")
    story = Story()
    story.fails(a_failure_seen(ladder))
    assert story.all(WaitBegan) == [
        WaitBegan(rung=0, action="wait", until=NOW + 2 * HOUR, reason="as the ladder says")
    ]
    assert kinds(story.wakes()) == ["RungPassed", "StepIntended"]
    assert story.now == NOW + 2 * HOUR


def test_a_wake_up_before_the_wait_is_over_waits_on() -> None:
    """A nudge ends no wait."""
    story = Story()
    story.fails(a_failure_seen(a_playbook(Rung(do="wait", wait=2 * HOUR), "retry_backup")))
    wake = story.open.wake
    assert wake is not None
    object.__setattr__(wake, "at", NOW + HOUR)
    assert story.wakes() == []
    assert story.due == NOW + 2 * HOUR


def test_waiting_for_the_schedule_lasts_until_the_run_can_have_ended() -> None:
    """Two hours after the next scheduled start."""
    story = Story()
    story.fails(a_failure_seen(a_playbook("wait_for_schedule")))
    assert story.due == NIGHT + DAY + 2 * HOUR
    assert kinds(story.wakes()) == ["RungPassed", "Escalated", "NoticeQueued"]


def test_waiting_for_a_schedule_that_does_not_exist_is_passed() -> None:
    """There is nothing to wait for."""
    snapshot = a_snapshot(protected=a_protected(schedule=None))
    story = Story()
    story.fails(a_failure_seen(a_playbook("wait_for_schedule")), a_picture(snapshot=snapshot))
    assert story.all(RungPassed)[0].detail == "nothing is scheduled"


def test_a_running_job_is_waited_for_and_never_repeated() -> None:
    """It is looked at every twenty minutes; when it has ended the ladder goes on."""
    running = a_job("job-7", status=JobStatus.IN_PROGRESS, started=NOW - MINUTE, ended=None)
    picture = a_picture(a_job(), running)
    story = Story()
    story.fails(a_failure_seen(a_playbook("wait_for_running_job", "retry_backup")), picture)
    assert kinds(story.all(WaitBegan)) == ["WaitBegan"]
    assert story.due == NOW + 20 * MINUTE
    assert story.wakes(picture) == []
    assert story.due == NOW + 40 * MINUTE
    story.wakes()
    assert story.performed == [StepName.BACKUP]


def test_waiting_for_a_running_job_holds_while_the_jobs_are_not_known() -> None:
    """Not knowing is not the same as none."""
    story = Story()
    picture = a_picture(snapshot=Unreadable(reason="429"))
    story.fails(a_failure_seen(a_playbook("wait_for_running_job")), picture)
    (held,) = story.all(Held)
    assert [one.reason for one in held.objections] == ["running_job is not known: 429"]
    assert story.due == NOW + 15 * MINUTE


def test_without_a_running_job_the_wait_for_it_is_passed() -> None:
    """Nothing to wait for."""
    story = Story()
    story.fails(a_failure_seen(a_playbook("wait_for_running_job", "retry_backup")))
    assert story.performed == [StepName.BACKUP]


def test_a_cause_for_people_escalates_once_with_one_notice() -> None:
    """No rung that acts, one hand-over, one notice."""
    playbook = a_playbook("collect_evidence", cause_class=CauseClass.PEOPLE)
    story = Story()
    bodies = story.fails(a_failure_seen(playbook))
    reason = "The VM agent does not answer: this is for people"
    assert bodies[-2:] == [
        Escalated(reason=reason, ladder_goes_on=False),
        NoticeQueued(key="inc-1-escalated-1", kind=NoticeKind.ESCALATED, reason=reason),
    ]
    assert story.published == ["inc-1-escalated-1"]
    story.is_told()
    story.wakes()
    assert len(story.all(Escalated)) == 1


def test_a_ladder_of_which_nothing_may_be_tried_says_so() -> None:
    """People read that nothing was tried, not that something failed."""
    story = Story(policy=a_policy(max_risk=Risk.LOW))
    story.fails()
    (escalated,) = story.all(Escalated)
    assert escalated.reason == (
        "The VM agent does not answer: no fix may be tried: "
        "retry_backup (risk: risk guest_io is above the allowed low)"
    )


def test_at_the_restore_point_limit_a_retry_is_skipped_and_a_clean_up_is_not() -> None:
    """Only the clean-up backup is exempt from the limit: it is meant to fail."""
    story = Story()
    picture = a_picture(restore_points=some_restore_points(18))
    ladder = a_playbook("retry_backup", "clean_up_restore_points")
    story.fails(a_failure_seen(ladder), picture)
    (skipped,) = story.all(RungSkipped)
    assert skipped.reasons == ("restore_points: 18 restore points, the limit is 18",)
    assert story.performed == [StepName.CLEAN_UP]


def test_an_observed_ladder_is_held_at_its_first_rung_that_acts() -> None:
    """It tells what it would have done, and looks again after the next scheduled run."""
    story = Story(policy=a_policy(mode=Mode.OBSERVE))
    story.fails()
    (held,) = story.all(Held)
    assert [one.reason for one in held.objections] == [
        "mode is observe: would have run retry_backup"
    ]
    assert held.until == NIGHT + DAY + timedelta(hours=2)


def test_a_step_that_takes_effect_at_once_is_proved_in_the_same_decision() -> None:
    """Nothing is to be waited for where the rung names no wait."""
    story = Story()
    story.fails(a_failure_seen(a_playbook("reinstall_extension")))
    assert story.performed == [StepName.DELETE_EXTENSION]
    assert kinds(story.hears(Succeeded(done=True))) == ["StepSent", "StepDone", "StepIntended"]
    assert story.performed == [StepName.BACKUP]


def test_the_same_hold_once_more_is_no_news() -> None:
    """The trail tells a reason once; the wake-up says when it is looked at again."""
    unreadable = a_picture(tags=Unreadable(reason="timeout"))
    story = Story()
    story.fails(picture=unreadable)
    assert story.wakes(unreadable) == []
    assert story.due == NOW + 30 * MINUTE
    assert kinds(story.wakes(a_picture(tags=Unreadable(reason="429")))) == ["Held"]
    assert kinds(story.wakes(a_picture(tags=Unreadable(reason="429"), slots_full=True))) == ["Held"]


def test_people_are_told_of_another_publishers_failed_extension_by_name() -> None:
    """It is theirs to mend."""
    failed = an_extension(
        name="script", publisher="Contoso", kind="Custom", state="failed", message="exit 1"
    )
    story = Story()
    machine = a_machine(extensions=(failed,))
    story.fails(a_failure_seen(a_playbook("reapply_vm")), a_picture(machine=machine))
    (escalated,) = story.all(Escalated)
    assert escalated.reason == (
        "The VM agent does not answer: no fix may be tried:"
        " failed extensions: Contoso/Custom (script): exit 1"
    )

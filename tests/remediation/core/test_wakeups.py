"""Wake-ups: the one that counts, steps that nobody answered for, and looks that find nothing."""

from datetime import timedelta

from remediation.attempts import POINT_LOOKS
from remediation.incident import AttemptResult, StepName, StepState
from remediation.messages import (
    Absent,
    Done,
    Failed,
    Performed,
    Refused,
    Running,
    SendWake,
    Succeeded,
    Unknown,
    Unseen,
    Woken,
)
from remediation.model import Rung
from remediation.records import (
    AttemptEnded,
    ProofLeftToSchedule,
    StepIntended,
    StepLooked,
    StepSent,
    StepUncertain,
    StepWithdrawn,
)
from tests.remediation.core.builders import (
    DAY,
    HOUR,
    ITEM,
    MINUTE,
    NIGHT,
    NOW,
    a_failure_seen,
    a_job,
    a_picture,
    a_playbook,
    a_policy,
    a_recovered_picture,
    an_incident,
)
from tests.remediation.core.story import Story, kinds


def sent(*ladder: str | Rung) -> Story:
    """An incident whose first step Azure took."""
    story = Story()
    story.fails(a_failure_seen(a_playbook(*ladder)))
    story.hears(Succeeded(handle="op"))
    return story


def test_a_stale_wake_up_is_ignored() -> None:
    """A late timer of rung 1 must not end a healthy rung 2."""
    story = sent()
    assert story.open.wake is not None
    for number in (story.open.wake.number - 1, story.open.wake.number + 1):
        assert story.wakes(a_recovered_picture(), number=number) == []
        assert story.commands == ()


def test_an_incident_without_a_committed_wake_up_ignores_every_number() -> None:
    """There is none that counts."""
    story = Story(incident=an_incident(wake=None))
    assert story.tell(Woken(item=ITEM, incident="inc-1", number=1), a_picture()) == []


def test_a_wake_up_of_an_ended_incident_is_ignored() -> None:
    """Nothing is done to what has ended."""
    story = sent()
    story.wakes(a_recovered_picture())
    assert story.wakes() == []
    assert story.commands == ()


def test_nobody_touches_an_intended_step_before_its_time_to_take_over() -> None:
    """The worker that intended it may be sending it this moment; the wake-up is sent again."""
    story = Story()
    story.fails()
    wake = story.open.wake
    assert wake is not None
    woken = Woken(item=ITEM, incident="inc-1", number=wake.number)
    story.now = wake.at - timedelta(seconds=1)
    assert story.tell(woken, a_recovered_picture(finding=Absent())) == []
    assert story.commands == (SendWake(item=ITEM, incident="inc-1", wake=wake),)


def test_who_takes_over_probes_and_finds_what_was_sent() -> None:
    """The first worker died after sending: no second backup is started."""
    story = Story()
    story.fails()
    (found,) = story.sees(Running(detail="25 %", handle="op"))
    assert found == StepSent(attempt=1, step=StepName.BACKUP, handle="op", detail="found by a look")
    assert story.performed == []
    assert story.due == story.now + 10 * MINUTE


def test_a_step_without_an_answer_is_probed_and_never_repeated() -> None:
    """Unknown spends budget and leads to a look, soon: the call itself is over."""
    story = Story()
    story.fails()
    (uncertain,) = story.hears(Unknown(reason="connection reset"))
    assert uncertain == StepUncertain(attempt=1, step=StepName.BACKUP, reason="connection reset")
    assert story.due == NOW + 2 * MINUTE
    assert story.open.step is not None
    assert story.open.step.state is StepState.UNKNOWN
    story.sees(Running(detail="25 %"))
    assert story.performed == []
    assert len(story.all(StepIntended)) == 1


def test_absent_needs_two_looks_five_minutes_apart() -> None:
    """One look may have been too early."""
    story = Story()
    story.fails()
    story.hears(Unknown(reason="connection reset"))
    (uncertain,) = story.sees(Absent(reason="no such job"))
    assert uncertain == StepUncertain(
        attempt=1, step=StepName.BACKUP, reason="no such job", absent=True
    )
    assert story.due == story.now + 5 * MINUTE
    assert story.performed == []


def test_a_step_that_was_absent_twice_is_lost_and_tried_as_a_new_attempt() -> None:
    """On the budget: the new attempt has a number and a request id of its own."""
    story = Story()
    story.fails()
    story.hears(Unknown(reason="connection reset"))
    story.sees(Absent(reason="no such job"))
    _, ended, intended = story.sees(Absent(reason="no such job"))
    assert ended == AttemptEnded(
        attempt=1, result=AttemptResult.LOST, detail="backup never arrived: no such job"
    )
    first, second = story.all(StepIntended)
    assert intended == second
    assert (first.step.attempt, second.step.attempt) == (1, 2)
    assert first.step.request_id != second.step.request_id
    assert first.rung == second.rung == 0


def proof_lost() -> tuple[Story, list[object]]:
    """A repair that was done, whose proving backup never arrived; and what was recorded last."""
    story = Story()
    story.fails(a_failure_seen(a_playbook("reapply_vm", "reinstall_extension")))
    story.hears(Succeeded(done=True))
    assert story.performed == [StepName.BACKUP]
    story.hears(Unknown(reason="connection reset"))
    story.sees(Absent(reason="no such job"))
    return story, story.sees(Absent(reason="no such job"))


def test_a_repair_is_not_done_again_because_its_proof_never_arrived() -> None:
    """It stays done, and the next scheduled backup judges it."""
    story, bodies = proof_lost()
    why = "backup never arrived: no such job"
    assert bodies[1:] == [
        StepWithdrawn(attempt=1, step=StepName.BACKUP, reason=why),
        ProofLeftToSchedule(attempt=1, reasons=(why,)),
    ]
    assert story.due == NIGHT + DAY + 2 * HOUR
    assert [one.step.name for one in story.all(StepIntended)] == [StepName.REAPPLY, StepName.BACKUP]
    story.wakes(a_recovered_picture())
    assert [one.result for one in story.all(AttemptEnded)] == [AttemptResult.CURED]


def test_a_repair_whose_proof_never_arrived_fails_with_the_scheduled_backup() -> None:
    """Then the next rung has its turn."""
    story, _ = proof_lost()
    failed = a_job("next", started=NIGHT + DAY, ended=NIGHT + DAY + HOUR)
    story.wakes(a_picture(a_job(), failed))
    assert [one.result for one in story.all(AttemptEnded)] == [AttemptResult.FAILED]


def test_lost_attempts_are_bounded_by_the_budget() -> None:
    """Answers that are lost for ever end with people."""
    story = Story(policy=a_policy(attempts=3))
    story.fails()
    for _ in range(6):
        story.sees(Absent())
    assert [one.result for one in story.open.attempts] == [AttemptResult.LOST] * 3
    assert story.open.escalation is not None


def test_a_look_that_finds_it_after_all_forgets_the_absence() -> None:
    """Two absences in a row count, not two in all."""
    story = Story()
    story.fails()
    story.hears(Unknown(reason="connection reset"))
    story.sees(Absent())
    story.sees(Running())
    assert story.open.step is not None
    assert story.open.step.absences == 0


def test_a_look_that_failed_says_nothing_about_the_step() -> None:
    """It is looked again when Azure says, or in five minutes."""
    story = sent()
    assert story.sees(Unseen(reason="429", retry_after=7 * MINUTE)) == []
    assert story.due == story.now + 7 * MINUTE
    assert story.sees(Unseen(reason="timeout")) == []
    assert story.due == story.now + 5 * MINUTE


def test_a_wake_up_without_a_look_looks_again() -> None:
    """A picture without a finding decides nothing."""
    story = sent()
    assert story.wakes() == []
    assert story.due == story.now + 5 * MINUTE


def test_a_running_step_is_looked_at_when_its_answer_says() -> None:
    """Else every ten minutes; a poll writes no record but its wake-up."""
    story = sent()
    assert story.sees(Running(detail="25 %", look_after=25 * MINUTE)) == []
    assert story.due == story.now + 25 * MINUTE
    assert story.sees(Running(detail="50 %")) == []
    assert story.due == story.now + 10 * MINUTE


def test_a_new_handle_of_a_running_step_is_kept() -> None:
    """ARM may move an operation's address while it runs."""
    story = sent()
    (looked,) = story.sees(Running(detail="25 %", handle="op-2"))
    assert looked == StepLooked(attempt=1, step=StepName.BACKUP, detail="25 %", handle="op-2")
    assert story.open.step is not None
    assert story.open.step.handle == "op-2"
    assert story.sees(Running(detail="26 %", handle="op-2")) == []


def test_a_step_that_never_ends_is_given_up() -> None:
    """Three hours are longer than anything of ours takes, but for backups."""
    story = sent("reapply_vm", "retry_backup")
    story.now = NOW + 3 * HOUR + MINUTE
    ended, *_ = story.sees(Running(detail="Updating"))
    assert ended == AttemptEnded(
        attempt=1,
        result=AttemptResult.FAILED,
        detail="reapply has not ended after 3:00:00: Updating",
    )


def test_a_backup_is_watched_to_its_end() -> None:
    """A first full backup may take a day."""
    story = sent()
    story.now = NOW + 30 * HOUR
    assert story.sees(Running(detail="80 %")) == []
    assert story.open.attempt is not None


def test_a_clean_up_has_ten_hours() -> None:
    """The service deletes restore points within eight."""
    story = sent("clean_up_restore_points")
    story.now = NOW + 9 * HOUR
    assert story.sees(Running(detail="still 18")) == []
    story.now = NOW + 11 * HOUR
    assert "AttemptEnded" in kinds(story.sees(Running(detail="still 18")))


def test_an_answer_for_another_step_is_ignored() -> None:
    """A worker that was away so long answers for a step that is over."""
    story = sent("reapply_vm", "retry_backup")
    story.sees(Failed(reason="failed"))
    late = Performed(attempt=1, step=StepName.REAPPLY, outcome=Refused(reason="409"))
    assert story.tell(late, a_picture()) == []
    assert story.commands == ()


def test_an_answer_that_comes_when_nothing_is_in_flight_is_ignored() -> None:
    """The step was judged already."""
    story = sent(Rung(do="restart_agent", wait=HOUR))
    story.sees(Done(detail="agent is back"))
    late = Performed(attempt=1, step=StepName.RESTART_AGENT, outcome=Succeeded())
    assert story.tell(late, a_picture()) == []


def test_a_step_that_nobody_can_look_at_is_given_up() -> None:
    """An operation's address lives for hours: its end will never be seen."""
    story = sent("reapply_vm", "retry_backup")
    story.now = NOW + 3 * HOUR + MINUTE
    ended, *_ = story.sees(Unseen(reason="410"))
    assert ended == AttemptEnded(
        attempt=1,
        result=AttemptResult.FAILED,
        detail="reapply could not be looked at for too long: 410",
    )


def test_a_nudge_between_two_looks_is_no_second_look() -> None:
    """The one that was planned counts."""
    story = Story()
    story.fails()
    story.hears(Unknown(reason="connection reset"))
    story.sees(Absent())
    wake = story.open.wake
    assert wake is not None
    woken = Woken(item=ITEM, incident="inc-1", number=wake.number)
    story.now = wake.at - 2 * MINUTE
    assert story.tell(woken, a_picture(finding=Absent())) == []
    assert story.commands == (SendWake(item=ITEM, incident="inc-1", wake=wake),)


def test_a_nudge_between_two_looks_for_a_point_is_not_counted() -> None:
    """A point is listed some minutes after its job; the looks for it lie ten minutes apart."""
    story = sent()
    (looked,) = story.sees(Done(detail="job completed"))
    assert isinstance(looked, StepLooked)
    wake = story.open.wake
    assert wake is not None
    woken = Woken(item=ITEM, incident="inc-1", number=wake.number)
    for _ in range(POINT_LOOKS):
        assert story.tell(woken, a_picture(finding=Done(detail="job completed"))) == []
    assert story.commands == (SendWake(item=ITEM, incident="inc-1", wake=wake),)
    assert len(story.all(StepLooked)) == 1

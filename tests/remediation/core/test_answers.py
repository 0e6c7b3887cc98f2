"""What Azure answers to a step, and what is done about it."""

from typing import Any

import pytest

from remediation.incident import AttemptResult, StepName
from remediation.messages import Done, Refused, Succeeded, Transient
from remediation.model import Rung
from remediation.records import (
    AttemptEnded,
    ProofLeftToSchedule,
    StepDone,
    StepIntended,
    StepSent,
    StepWithdrawn,
)
from remediation.views import AgentState
from tests.remediation.core.builders import (
    DAY,
    HOUR,
    MINUTE,
    NIGHT,
    NOW,
    a_failure_seen,
    a_machine,
    a_picture,
    a_playbook,
    a_policy,
    a_protected,
    a_snapshot,
    an_agent,
)
from tests.remediation.core.story import Story, kinds

BACKUP: dict[str, Any] = {"attempt": 1, "step": StepName.BACKUP}


def opened(*ladder: str | Rung) -> Story:
    """An incident whose first step is intended."""
    story = Story()
    story.fails(a_failure_seen(a_playbook(*ladder)))
    return story


def test_a_step_that_azure_took_is_looked_at_when_the_answer_says() -> None:
    """The handle is kept; without a word it is looked at after two minutes."""
    story = opened()
    (sent,) = story.hears(Succeeded(handle="op", look_after=50 * MINUTE, detail="202"))
    assert sent == StepSent(handle="op", detail="202", **BACKUP)
    assert story.due == NOW + 50 * MINUTE
    story = opened()
    story.hears(Succeeded())
    assert story.due == NOW + 2 * MINUTE


def test_a_step_that_is_done_at_once_settles_as_long_as_its_rung_says() -> None:
    """Then it is proved."""
    story = opened(Rung(do="restart_agent", wait=10 * MINUTE))
    sent, done = story.hears(Succeeded(done=True, detail="scheduled"))
    assert isinstance(sent, StepSent)
    assert done == StepDone(
        attempt=1,
        step=StepName.RESTART_AGENT,
        detail="scheduled",
        settle_until=NOW + 10 * MINUTE,
    )
    assert story.due == NOW + 10 * MINUTE
    story.wakes()
    assert story.performed == [StepName.BACKUP]


def test_a_wake_up_while_an_action_settles_waits_on() -> None:
    """A nudge does not prove early."""
    story = opened(Rung(do="restart_agent", wait=10 * MINUTE))
    story.hears(Succeeded(done=True))
    wake = story.open.wake
    assert wake is not None
    object.__setattr__(wake, "at", NOW + MINUTE)
    assert story.wakes() == []
    assert story.due == NOW + 10 * MINUTE


def test_a_transient_answer_withdraws_the_step_until_azure_says() -> None:
    """Nothing was sent; the attempt goes on later."""
    story = opened()
    (withdrawn,) = story.hears(Transient(reason="429", retry_after=7 * MINUTE))
    assert withdrawn == StepWithdrawn(reason="429", **BACKUP)
    assert story.due == NOW + 7 * MINUTE
    assert story.open.attempt is not None
    assert story.open.step is None


def test_a_transient_answer_without_a_time_is_tried_again_in_five_minutes() -> None:
    """Not at once, and not in an hour."""
    story = opened()
    story.hears(Transient(reason="503"))
    assert story.due == NOW + 5 * MINUTE


def test_a_withdrawn_step_is_intended_again_with_the_same_request_id() -> None:
    """It is the same attempt; a repeat would be recognised by its id."""
    story = opened()
    story.hears(Transient(reason="429"))
    story.wakes()
    first, second = story.all(StepIntended)
    assert first.step.request_id == second.step.request_id
    assert second.step.intended_at == NOW + 5 * MINUTE
    (attempt,) = story.open.attempts
    assert attempt.request_ids == (first.step.request_id,)


def test_a_withdrawn_backup_is_no_on_demand_backup() -> None:
    """The limits count what was sent."""
    story = opened()
    assert [one.on_demand for one in story.history.attempts] == [(NOW,)]
    story.hears(Transient(reason="429"))
    assert [one.on_demand for one in story.history.attempts] == [()]


@pytest.mark.parametrize("code", ["UserErrorBackupOperationInProgress", "Busy"])
def test_a_busy_answer_is_no_failed_attempt(code: str) -> None:
    """Another operation is under way: the step is tried again in a quarter of an hour."""
    story = opened()
    assert kinds(story.hears(Refused(reason="another backup runs", code=code))) == ["StepWithdrawn"]
    assert story.due == NOW + 15 * MINUTE
    story.wakes()
    assert story.performed == [StepName.BACKUP]
    assert [one.number for one in story.open.attempts] == [1]


@pytest.mark.parametrize("code", ["CloudDosAbsoluteLimitReached", "CloudDosTimeboudLimitReached"])
def test_no_more_backups_today_leaves_the_proof_to_the_schedule(code: str) -> None:
    """It is no failed attempt: the next scheduled run judges it."""
    story = opened()
    bodies = story.hears(Refused(reason="no more today", code=code))
    assert bodies == [
        StepWithdrawn(reason="no more today", **BACKUP),
        ProofLeftToSchedule(attempt=1, reasons=("no more today",)),
    ]
    assert story.due == NIGHT + DAY + 2 * HOUR
    assert story.open.judged_by_schedule


def test_no_more_backups_today_without_a_schedule_is_looked_at_tomorrow() -> None:
    """A day is what the limit lasts."""
    story = opened()
    snapshot = a_snapshot(protected=a_protected(schedule=None))
    refused = Refused(reason="no more today", code="CloudDosAbsoluteLimitReached")
    story.hears(refused, a_picture(snapshot=snapshot))
    assert story.due == NOW + 26 * HOUR


@pytest.mark.parametrize("code", ["AuthorizationFailed", None])
def test_a_refused_first_step_costs_nothing_and_the_next_rung_follows(code: str | None) -> None:
    """Nothing was changed: neither budget nor cool-down nor on-demand limits count it."""
    policy = a_policy(attempts=1, cool_down=6 * HOUR, on_demand_per_day=1)
    story = Story(policy=policy)
    story.fails(a_failure_seen(a_playbook("retry_backup", "reapply_vm")))
    assert story.hears(Refused(reason="403", code=code)) == [
        StepWithdrawn(reason="403", **BACKUP),
        AttemptEnded(attempt=1, result=AttemptResult.REFUSED, detail="403"),
    ]
    assert story.due == NOW
    story.wakes()
    assert story.performed == [StepName.REAPPLY]
    assert [one.on_demand for one in story.history.attempts] == [(), ()]


def test_a_refused_proof_of_an_action_that_was_taken_costs_its_attempt() -> None:
    """The machine was changed: that is no nothing."""
    story = opened("restart_agent")
    story.hears(Succeeded(done=True))
    _, ended = story.hears(Refused(reason="403", code="AuthorizationFailed"))
    assert ended == AttemptEnded(attempt=1, result=AttemptResult.ABANDONED, detail="403")


def test_the_agent_is_given_time_to_report_after_a_reapply() -> None:
    """A backup of a machine whose agent is dead proves nothing."""
    story = opened(Rung(do="reapply_vm", wait=10 * MINUTE))
    dead = a_picture(machine=a_machine(agent=an_agent(AgentState.NOT_READY)))
    story.hears(Succeeded(handle="op"))
    story.sees(Done(), dead)
    for minutes in (10, 10, 10):
        assert story.wakes(dead) == []
        assert story.due == story.now + minutes * MINUTE
    ended, *_ = story.wakes(dead)
    assert ended == AttemptEnded(
        attempt=1, result=AttemptResult.FAILED, detail="the agent is still not_ready"
    )


def test_an_agent_that_is_back_after_a_reapply_is_proved() -> None:
    """As soon as it reports."""
    story = opened(Rung(do="reapply_vm", wait=10 * MINUTE))
    dead = a_picture(machine=a_machine(agent=an_agent()))
    story.hears(Succeeded(handle="op"))
    story.sees(Done(), dead)
    story.wakes(dead)
    story.wakes()
    assert story.performed == [StepName.BACKUP]


def test_a_reapply_that_azure_had_no_time_for_is_sent_again_to_a_dead_agent() -> None:
    """Nothing took effect yet, so no agent is waited for."""
    dead = a_picture(machine=a_machine(agent=an_agent()))
    story = Story()
    story.fails(a_failure_seen(a_playbook("reapply_vm")), dead)
    story.hears(Transient(reason="409"), dead)
    story.wakes(dead)
    assert story.performed == [StepName.REAPPLY]


def test_a_proof_that_azure_had_no_time_for_is_sent_again() -> None:
    """The agent was back when the proof was begun; that it is silent now waits for nothing."""
    story = opened("reapply_vm")
    story.hears(Succeeded(done=True))
    assert story.performed == [StepName.BACKUP]
    story.hears(Transient(reason="429"))
    story.wakes(a_picture(machine=a_machine(agent=an_agent())))
    assert story.performed == [StepName.BACKUP]

"""The guard of pauses: what it stops, what goes on all the same, and the lock that goes back."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from remediation.guardrails import objections, stopping
from remediation.incident import AttemptResult, Objection, StepName
from remediation.messages import Done, LeaveDuty, Perform, Succeeded, Transient
from remediation.model import Mode
from remediation.pauses import Pause
from remediation.policy import Policy
from remediation.records import AttemptEnded, Held, ProofLeftToSchedule, StepIntended
from tests.remediation.core.builders import DAY, HOUR, NOW, a_failure_seen, a_playbook, a_policy
from tests.remediation.core.plans import a_plan
from tests.remediation.core.story import Story
from tests.remediation.core.test_clear_lock import AWAY, LOCKED, away, cleaning, intended, restoring

LEAVE = LeaveDuty(incident="inc-1", attempt=1)


def a_pause(**changes: Any) -> Pause:
    """A pause of everything that began an hour ago and ends in ten."""
    made = Pause(
        id="p-1",
        scope="*",
        by="Ada (1)",
        reason="network change",
        at=NOW - HOUR,
        until=NOW + 10 * HOUR,
    )
    return replace(made, **changes)


def paused(**changes: Any) -> Policy:
    """The standard policy while that pause holds."""
    return a_policy(pause=a_pause(**changes))


@pytest.mark.parametrize("action", ["retry_backup", "reapply_vm", "restart_agent", "inspect_guest"])
def test_a_pause_objects_to_every_action_until_it_ends(action: str) -> None:
    """Also to a look into the guest, and once more right before a step is sent."""
    wanted = Objection(
        guard="paused",
        reason="Ada (1) has paused everything until 2026-03-04T09:00:00+00:00: network change",
        until=NOW + 10 * HOUR,
    )
    plan = a_plan(action, policy=paused())
    assert objections(plan) == (wanted,)
    assert stopping(plan) == (wanted,)


def test_a_pause_of_a_scope_names_it() -> None:
    """People see which one to lift."""
    (found,) = objections(a_plan(policy=paused(scope="/subscriptions/x")))
    assert "has paused /subscriptions/x until" in found.reason


def test_other_reasons_are_told_beside_the_pause() -> None:
    """All of them, never the first one."""
    plan = a_plan(policy=replace(paused(), mode=Mode.OBSERVE))
    assert [one.guard for one in objections(plan)] == ["mode", "paused"]


def test_the_ladder_is_held_until_the_pause_ends_and_goes_on_then() -> None:
    """No rung is left out for it."""
    story = Story(policy=paused())
    story.fails(a_failure_seen(a_playbook("retry_backup")))
    (held,) = story.all(Held)
    assert held.until == NOW + 10 * HOUR
    assert story.all(StepIntended) == []
    story.policy = a_policy()
    story.wakes()
    assert [one.step.name for one in story.all(StepIntended)] == [StepName.BACKUP]


def test_a_repair_that_was_done_is_proved_by_the_schedule_while_paused() -> None:
    """Its own backup would be a new action; the next scheduled run is the owner's."""
    story = Story()
    story.fails(a_failure_seen(a_playbook("reapply_vm")))
    story.policy = paused(until=NOW + 10 * DAY)
    story.hears(Succeeded(done=True))
    while not story.all(ProofLeftToSchedule):
        story.wakes()
    (left,) = story.all(ProofLeftToSchedule)
    assert left.reasons[0].startswith("paused: ")
    assert [one.step.name for one in story.all(StepIntended)] == [StepName.REAPPLY]


def test_a_lock_that_is_away_goes_back_when_a_pause_stops_the_clean_up() -> None:
    """It was taken away for a backup that may not run now."""
    story = away()
    story.policy = paused()
    story.hears(Transient(reason="paused"), AWAY)
    story.wakes(AWAY)
    (ended,) = story.all(AttemptEnded)
    assert (ended.result, "the lock goes back" in ended.detail) == (AttemptResult.ABANDONED, True)
    assert LEAVE in story.commands


def test_a_pause_before_the_lock_is_away_leaves_it_where_it_is() -> None:
    """Nothing was taken away: nothing goes back."""
    story = intended()
    story.policy = paused()
    story.hears(Transient(reason="paused"), LOCKED)
    story.wakes(LOCKED)
    assert LEAVE not in story.commands
    assert story.all(AttemptEnded) == []
    assert [one.step.name for one in story.all(StepIntended)] == [StepName.REMOVE_LOCK]


def test_a_clean_up_that_runs_is_watched_to_its_end_and_the_lock_put_back() -> None:
    """Putting it back is a duty; the proving backup after it is not."""
    story = cleaning()
    story.policy = paused()
    story.sees(Done(detail="12 restore points, 18 before"), AWAY)
    (command,) = [one for one in story.commands if isinstance(one, Perform)]
    assert command.step.name is StepName.RESTORE_LOCK


def test_what_is_paused_after_the_lock_is_back_leaves_no_duty() -> None:
    """The proof waits for the schedule."""
    story = restoring()
    story.policy = paused(until=NOW + timedelta(days=5))
    story.hears(Succeeded(done=True))
    assert LEAVE not in story.commands
    assert StepName.BACKUP not in [one.step.name for one in story.all(StepIntended)]

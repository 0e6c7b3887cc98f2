"""G4, G5 and G6, held and broken: ladders and budgets, state as the fold, people told."""

from dataclasses import replace
from typing import Any

import pytest

from local.checker.guarantees import CHECKS
from tests.local.azure.building import a_fault, a_vm, a_world
from tests.local.checker.runs import (
    CAUSE,
    Story,
    a_failure,
    a_job,
    a_machine,
    a_playbook,
    a_run,
    a_step,
    at,
    cured,
    escalated,
    held,
    opened,
    our_job,
    retried,
)


class TestG4:
    """Budgets and ladders."""

    def test_more_attempts_than_the_policy_allows_break_it(self) -> None:
        """The world's policy allows one."""
        world = a_world(a_vm(fault=a_fault("retry_backup")))
        world = replace(world, policy=replace(world.policy, attempts=1))
        story = retried().add("AttemptEnded", 30, attempt=1, result="failed", detail="")
        step = a_step(2, "reapply", "r2")
        story.add("StepIntended", 40, rung=2, action="reapply_vm", cause=CAUSE, step=step)

        assert not held("G4", a_run(story, world=world))

    def test_an_attempt_that_azure_refused_costs_nothing(self) -> None:
        """It changed nothing."""
        world = a_world(a_vm(fault=a_fault("retry_backup")))
        world = replace(world, policy=replace(world.policy, attempts=1))
        story = retried().add("AttemptEnded", 30, attempt=1, result="refused", detail="")
        step = a_step(2, "reapply", "r2")
        story.add("StepIntended", 40, rung=2, action="reapply_vm", cause=CAUSE, step=step)

        assert held("G4", a_run(story, world=world))

    @pytest.mark.parametrize(
        ("rung", "action"),
        [(0, "retry_backup"), (2, "restart_agent"), (7, "retry_backup")],
        ids=["another rung's action", "not this rung's", "no such rung"],
    )
    def test_a_step_beside_the_ladder_breaks_it(self, rung: int, action: str) -> None:
        """A step names its rung."""
        story = (
            opened()
            .add("StepIntended", 12, rung=rung, action=action, cause=CAUSE, step=a_step())
            .add("WakeCommitted", 12, wake={"number": 1})
        )

        assert not held("G4", a_run(story))

    def test_an_action_that_the_shipped_playbook_lacks_breaks_it(self) -> None:
        """The recorded ladder may have been tampered with."""
        story = Story().add(
            "IncidentOpened", 12, playbook=a_playbook("clear_lock"), failure=a_failure()
        )
        step = a_step(1, "remove_lock")
        story.add("StepIntended", 12, rung=0, action="clear_lock", cause=CAUSE, step=step)
        story.add("WakeCommitted", 12, wake={"number": 1})

        assert "shipped" in CHECKS["G4"](a_run(story)).detail

    def test_an_action_that_needs_an_approval_breaks_it(self) -> None:
        """Nobody can have approved it."""
        story = Story().add(
            "IncidentOpened", 12, playbook=a_playbook("restart_vm"), failure=a_failure()
        )
        step = a_step(1, "restart_vm")
        story.add("StepIntended", 12, rung=0, action="restart_vm", cause=CAUSE, step=step)
        story.add("WakeCommitted", 12, wake={"number": 1})

        assert "approval" in CHECKS["G4"](a_run(story)).detail

    def test_an_incident_that_nothing_will_wake_breaks_it(self) -> None:
        """It is open, and forgotten."""
        assert not held("G4", a_run(opened()))

    def test_more_backups_a_day_than_allowed_break_it(self) -> None:
        """Counted where they happened."""
        world = a_world(a_vm(fault=a_fault("retry_backup")))
        world = replace(world, policy=replace(world.policy, on_demand_per_day=1))
        jobs = [a_job(), our_job(), our_job("j3", "r3", started=at(100), ended=at(150))]

        assert not held("G4", a_run(machines=[a_machine(jobs=jobs)], world=world))


class TestG5:
    """State is the fold."""

    @pytest.mark.parametrize(
        "changes",
        [
            {"rung": 2},
            {"attempts": []},
            {"attempts": [{"number": 1, "result": "failed"}]},
            {"wake": {"number": 2}},
            {"records": 3},
            {"phase": "acting"},
        ],
        ids=["rung", "attempts", "result", "wake", "records", "phase"],
    )
    def test_a_head_that_differs_from_its_records_breaks_it(self, changes: dict[str, Any]) -> None:
        """Each part that decides what happens next."""
        assert not held("G5", a_run(cured().head("recovered", **changes)))

    def test_a_status_that_differs_breaks_it(self) -> None:
        """What people are shown is not what was recorded."""
        assert not held("G5", a_run(cured().head("closed")))

    def test_records_without_a_head_and_heads_without_records_break_it(self) -> None:
        """Both belong together."""
        assert not held("G5", a_run(cured()))
        assert not held("G5", a_run(cured().head("recovered").head("closed", "i9")))


class TestG6:
    """People are told."""

    def test_a_sent_notice_that_arrived_holds_it(self) -> None:
        """The ordinary way."""
        assert held("G6", a_run(escalated(), notices=("escalated: i1",)))

    def test_a_notice_that_no_channel_took_breaks_it(self) -> None:
        """Unless it stands open with an alarm."""
        assert not held("G6", a_run(escalated(sent=False), notices=()))
        assert held("G6", a_run(escalated(sent=False), notices=(), alarms=("i1 is not sent",)))

    def test_a_notice_that_arrived_nowhere_breaks_it(self) -> None:
        """The channel took it and lost it."""
        assert not held("G6", a_run(escalated(), notices=("another",)))

    def test_an_escalation_without_a_notice_breaks_it(self) -> None:
        """Nobody was to be told."""
        story = opened().add("Escalated", 12, reason="", ladder_goes_on=False)

        assert not held("G6", a_run(story))

    def test_saying_it_twice_needs_no_second_notice(self) -> None:
        """A deadline first, the end of the ladder later: one hand-over."""
        story = escalated().add("Escalated", 50, reason="used up", ladder_goes_on=False)

        assert held("G6", a_run(story))

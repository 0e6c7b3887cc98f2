"""A role that nobody assigned holds back what needs it: by name, at no cost, and not for ever."""

from datetime import timedelta

import pytest

from remediation.incident import Attempt, AttemptResult, Objection, StepName
from remediation.messages import Answered, Refused, Succeeded
from remediation.model import Risk
from remediation.records import (
    ApprovalRequested,
    AttemptEnded,
    Escalated,
    Held,
    ProofLeftToSchedule,
    RungSkipped,
)
from remediation.roles import Role
from tests.remediation.core.builders import (
    HOUR,
    MINUTE,
    a_failure_seen,
    a_lock,
    a_machine,
    a_picture,
    a_playbook,
    a_policy,
    some_restore_points,
)
from tests.remediation.core.story import Story


def no_role(role: Role) -> Refused:
    """Return what the adapter says of a 403."""
    return Refused(reason=f"role {role.label} is not assigned: 403 x", code="x", role=role)


def blocked(*ladder: str, role: Role = Role.LOW) -> Story:
    """Begin a ladder whose first rung lacks its role, and take the wake-up that follows."""
    story = Story(policy=a_policy(attempts=1, item_attempts=1))
    story.fails(a_failure_seen(a_playbook(*ladder)))
    story.hears(no_role(role))
    story.wakes()
    return story


def held_by(story: Story) -> tuple[Objection, ...]:
    """Return what holds the incident now."""
    assert story.open.hold is not None
    return story.open.hold.objections


def test_a_missing_role_holds_the_rung_and_says_when_it_is_looked_at_again() -> None:
    """With the role's name, for whoever can assign it."""
    story = blocked("reapply_vm", "retry_backup")
    (objection,) = held_by(story)
    assert objection.guard == "role"
    assert objection.reason.startswith("role Backup Remediator VM is not assigned")
    ended = story.open.attempts[0].ended_at
    assert ended is not None
    assert objection.until == ended + 15 * MINUTE
    assert story.open.rung == 0


def test_it_is_no_failed_attempt_and_costs_no_budget() -> None:
    """The one attempt that the policy allows, to the incident and to the item, is still there."""
    story = blocked("reapply_vm")
    assert [one.result for one in story.open.attempts] == [AttemptResult.BLOCKED]
    story.wakes()
    assert story.performed == [StepName.REAPPLY]
    assert story.open.attempt == Attempt(
        number=2,
        rung=0,
        action="reapply_vm",
        cause=story.open.cause,
        round=1,
        acted_at=story.now,
        request_ids=story.open.attempts[1].request_ids,
    )


def test_once_the_role_is_assigned_the_rung_is_tried_as_if_nothing_had_been() -> None:
    """No cool-down begins with what was never sent."""
    story = blocked("reapply_vm")
    story.wakes()
    story.hears(Succeeded(done=True))
    assert story.open.attempts[-1].steps_done == (StepName.REAPPLY,)


def test_after_two_more_looks_the_ladder_goes_on_without_it() -> None:
    """What has a role of its own need not wait for a person."""
    story = blocked("reapply_vm", "reinstall_extension", "retry_backup")
    began, told = story.now, list[object]()
    for _ in range(2):
        story.wakes()
        story.hears(no_role(Role.LOW))
        told = story.wakes()
    skipped = [one for one in told if isinstance(one, RungSkipped)]
    # The next rung needs the same role: it is not even tried.
    assert [one.action for one in skipped] == ["reapply_vm", "reinstall_extension"]
    assert all("role Backup Remediator VM is not assigned" in one.reasons[0] for one in skipped)
    assert story.performed == [StepName.BACKUP]
    assert story.now - began == 75 * MINUTE
    assert [one.result for one in story.all(AttemptEnded)] == [AttemptResult.BLOCKED] * 3


def test_where_nothing_else_is_left_people_are_told_the_role() -> None:
    """In the sentence that they are called with; and not that it was tried."""
    story = blocked("reapply_vm")
    for _ in range(2):
        story.wakes()
        story.hears(no_role(Role.LOW))
        story.wakes()
    (escalated,) = story.all(Escalated)
    assert "no fix may be tried" in escalated.reason
    assert "role Backup Remediator VM is not assigned" in escalated.reason


def test_a_person_who_asks_again_after_assigning_it_is_believed() -> None:
    """A new round knows of no missing role."""
    story = blocked("reapply_vm")
    story.is_asked_again()
    assert story.performed == [StepName.REAPPLY]


def test_a_look_without_its_role_is_left_out_and_not_waited_for() -> None:
    """Nobody waits for an inspection; the repair comes first."""
    story = Story()
    story.fails(a_failure_seen(a_playbook("inspect_guest", "restart_agent", "retry_backup")))
    story.hears(no_role(Role.GUEST))
    told = story.wakes()
    (skipped,) = [one for one in told if isinstance(one, RungSkipped)]
    assert skipped.action == "inspect_guest"
    assert skipped.reasons == ("role: role Backup Remediator Guest is not assigned: 403 x",)
    # The repair needs the same role, and may still get it.
    (held,) = [one for one in told if isinstance(one, Held)]
    assert [one.guard for one in held.objections] == ["role"]


def test_a_proof_without_its_role_is_left_to_the_schedule() -> None:
    """The repair was made; the next scheduled backup judges it, and nothing was wasted."""
    story = Story()
    story.fails(a_failure_seen(a_playbook("reinstall_extension")))
    story.hears(Succeeded(done=True))
    while not story.performed:
        story.wakes()
    assert story.performed == [StepName.BACKUP]
    told = story.hears(no_role(Role.BACKUP))
    assert any(isinstance(one, ProofLeftToSchedule) for one in told)
    assert story.open.attempt is not None


def test_a_clean_up_without_its_role_puts_the_lock_back() -> None:
    """The lock was taken away for the backup that nobody may start."""
    picture = a_picture(
        machine=a_machine(), locks=(a_lock(),), restore_points=some_restore_points(18)
    )
    story = Story(policy=a_policy(opt_in=frozenset({"clear_lock"})))
    story.fails(a_failure_seen(a_playbook("clear_lock")), picture)
    assert story.performed == [StepName.REMOVE_LOCK]
    story.hears(Succeeded(done=True), picture)
    assert story.performed == [StepName.CLEAN_UP]
    story.hears(no_role(Role.BACKUP), picture)
    assert [type(one).__name__ for one in story.commands if type(one).__name__ == "LeaveDuty"]
    assert story.open.attempts[0].result is AttemptResult.ABANDONED


@pytest.mark.parametrize("looks", [1, 2])
def test_a_yes_is_not_asked_for_again_while_the_role_is_looked_for(looks: int) -> None:
    """A person has said yes already; what is missing is not their word."""
    story = Story(policy=a_policy(max_risk=Risk.DOWNTIME, approval_holds=timedelta(days=1)))
    story.fails(a_failure_seen(a_playbook("restart_vm")))
    (asked,) = story.all(ApprovalRequested)
    story.tell(Answered(key=asked.key, by="Ann", reason="go", yes=True), a_picture())
    for _ in range(looks):
        story.hears(no_role(Role.RESTART))
        story.wakes()
        story.wakes()
    assert story.performed == [StepName.RESTART_VM]
    assert len(story.all(ApprovalRequested)) == 1
    assert story.now < asked.until + HOUR

"""Approvals: who is asked, what a yes, a no and silence lead to, and what is looked at anew."""

from typing import Any

import pytest

from remediation.incident import NoticeKind, Phase, Status, StepName
from remediation.messages import Answered, Failed, Succeeded
from remediation.model import Mode, Need, Risk, Rung
from remediation.records import ApprovalAnswered, ApprovalRequested, Held, RungSkipped
from tests.remediation.core.builders import (
    HOUR,
    MINUTE,
    NOW,
    a_failure_seen,
    a_machine,
    a_picture,
    a_playbook,
    a_policy,
    a_recovered_picture,
    an_extension,
)
from tests.remediation.core.story import Story

ANN, BOB = "Ann (1)", "Bob (2)"
KEY = "inc-1-approval-1"


def asking(*rungs: str | Rung, **policy: Any) -> Story:
    """A story whose first rung needs a person's yes."""
    chosen = {"max_risk": Risk.DESTRUCTIVE, **policy}
    story = Story(policy=a_policy(**chosen))
    story.fails(a_failure_seen(a_playbook(*(rungs or ("restart_vm",)))))
    return story


def says(
    story: Story, *, yes: bool = True, by: str = ANN, key: str = KEY, picture: Any = None
) -> list[Any]:
    """A person answers."""
    event = Answered(key=key, by=by, reason="the shop is closed", yes=yes)
    return story.tell(event, picture or a_picture())


def test_people_are_asked_for_exactly_one_thing_until_a_time() -> None:
    """The request stands in the trail and goes to people; nothing is done."""
    story = asking()
    (asked,) = story.all(ApprovalRequested)
    assert asked == ApprovalRequested(
        rung=0, action="restart_vm", key=KEY, until=NOW + 8 * HOUR, needed=1
    )
    assert story.published == [KEY]
    assert [one.kind for one in story.open.notices] == [NoticeKind.APPROVAL]
    assert story.performed == []
    assert (story.open.phase, story.due) == (Phase.WAITING, NOW + 8 * HOUR)


def test_why_says_what_is_waited_for() -> None:
    """With the time at which silence becomes a no."""
    (held,) = asking().all(Held)
    (objection,) = held.objections
    assert (objection.guard, objection.until) == ("approval", NOW + 8 * HOUR)
    assert objection.reason == "restart_vm waits for 1 of 1 approvals"
    asked = asking().open.approval
    assert asked is not None
    assert (asked.asked_at, asked.until) == (NOW, NOW + 8 * HOUR)


def test_a_yes_lets_the_rung_run() -> None:
    """At once, under the name of who gave it."""
    story = asking()
    story.waits(30 * MINUTE)
    bodies = says(story)
    assert bodies[0] == ApprovalAnswered(
        key=KEY, by=ANN, reason="the shop is closed", yes=True, until=story.now + 24 * HOUR
    )
    assert story.performed == [StepName.RESTART_VM]


def test_a_no_leaves_the_rung_with_who_said_it() -> None:
    """The ladder goes on; here nothing is left, and people have it anyway."""
    story = asking()
    says(story, yes=False)
    (skipped,) = story.all(RungSkipped)
    assert skipped.reasons == (f"approval: restart_vm was denied by {ANN}: the shop is closed",)
    assert story.performed == []
    assert story.open.status is Status.ESCALATED


def test_silence_is_a_no() -> None:
    """The request expires, and the ladder goes on without the rung."""
    story = asking()
    story.wakes()
    assert story.performed == []
    assert story.all(RungSkipped)
    assert story.open.status is Status.ESCALATED


@pytest.mark.parametrize("late", [8 * HOUR, 9 * HOUR])
def test_a_yes_that_comes_too_late_is_no_yes(late: Any) -> None:
    """Nothing is recorded, nothing done: who answered reads it in the answer."""
    story = asking()
    story.waits(late)
    assert says(story) == []
    assert story.performed == []


def test_a_yes_to_something_else_is_no_yes() -> None:
    """Each request has a key of its own."""
    story = asking()
    assert says(story, key="inc-1-approval-7") == []
    assert story.performed == []


def test_preconditions_are_looked_at_again_when_the_yes_comes() -> None:
    """Hours have passed: the machine may be excluded, gone, or under a running job by now."""
    story = asking()
    says(story, picture=a_picture(tags={"backup-remediation": "off"}))
    assert story.performed == []
    assert story.open.status is Status.CLOSED


def test_what_time_lifts_is_waited_for_under_the_yes() -> None:
    """It holds for a day; nobody is asked twice."""
    story = asking()
    says(story, picture=a_picture(machine=a_machine(provisioning="updating")))
    assert story.performed == []
    story.wakes()
    assert story.performed == [StepName.RESTART_VM]
    assert len(story.all(ApprovalRequested)) == 1


def test_a_yes_does_not_hold_for_ever() -> None:
    """What was approved yesterday is another machine."""
    story = asking()
    busy = a_picture(machine=a_machine(provisioning="updating"))
    says(story, picture=busy)
    story.waits(25 * HOUR)
    story.wakes()
    assert story.performed == []
    assert "expired" in story.all(RungSkipped)[0].reasons[0]


def test_four_eyes_are_two_people() -> None:
    """One person twice is one person."""
    story = asking(approvers=2)
    says(story)
    assert story.performed == []
    assert says(story) == []
    says(story, by=BOB)
    assert story.performed == [StepName.RESTART_VM]


def test_one_no_beats_every_yes() -> None:
    """Whoever sees a danger has seen one."""
    story = asking(approvers=2)
    says(story)
    says(story, by=BOB, yes=False)
    says(story, by="Cay (3)")
    assert story.performed == []


def test_mode_approve_asks_for_every_rung_that_acts() -> None:
    """And for none that waits or looks."""
    story = asking("inspect_guest", "retry_backup", mode=Mode.APPROVE)
    assert story.performed == [StepName.INSPECT_GUEST]
    story.hears(Succeeded(done=True))
    (asked,) = story.all(ApprovalRequested)
    assert asked.action == "retry_backup"
    says(story)
    assert story.performed == [StepName.BACKUP]


def test_each_rung_is_asked_for_by_itself() -> None:
    """A yes to a restart is no yes to anything else."""
    story = asking("restart_vm", Rung(do="retry_backup", needs=frozenset({Need.APPROVAL})))
    says(story, yes=False)
    asked = story.all(ApprovalRequested)
    assert [one.action for one in asked] == ["restart_vm", "retry_backup"]
    assert story.open.approval is not None
    assert story.open.approval.key == "inc-1-approval-2"


def test_nobody_is_asked_for_what_cannot_run_anyway() -> None:
    """A risk that the policy does not allow, another publisher's failed extension."""
    story = asking(max_risk=Risk.LOW)
    assert story.all(ApprovalRequested) == []
    failed = a_machine(extensions=(an_extension(publisher="Contoso", state="failed"),))
    story = Story(policy=a_policy(mode=Mode.APPROVE))
    story.fails(a_failure_seen(a_playbook("reapply_vm")), a_picture(machine=failed))
    assert story.all(ApprovalRequested) == []


@pytest.mark.parametrize("mode", [Mode.OFF, Mode.OBSERVE])
def test_where_we_only_watch_nobody_is_asked(mode: Mode) -> None:
    """A yes would lead to nothing."""
    assert asking(mode=mode).all(ApprovalRequested) == []


def test_a_machine_that_recovers_needs_no_answer_any_more() -> None:
    """People who were asked are told."""
    story = asking()
    story.wakes(a_recovered_picture())
    assert story.open.ending is not None
    assert story.open.approval is None
    assert [one.kind for one in story.open.notices] == [NoticeKind.APPROVAL, NoticeKind.RESOLVED]
    assert says(story) == []


def test_a_second_try_needs_a_second_yes() -> None:
    """The deletion of a collection is known to need three tries: each is asked for."""
    story = asking(Rung(do="restart_vm", tries=2))
    says(story)
    story.hears(Succeeded(handle="op"))
    story.sees(Failed(reason="it took too long"))
    assert len(story.all(ApprovalRequested)) == 2
    assert story.performed == []


def test_of_four_eyes_the_first_yes_leaves_the_time_as_it_was() -> None:
    """Only the last yes begins the time for which the approval holds."""
    story = asking(approvers=2, approval_holds=24 * HOUR)

    says(story, by=ANN)
    assert story.all(ApprovalAnswered)[-1].until == NOW + 8 * HOUR
    assert story.open.approval is not None
    assert story.open.approval.until == NOW + 8 * HOUR

    says(story, by=BOB)
    assert story.all(ApprovalAnswered)[-1].until == NOW + 24 * HOUR
    assert [one.at for one in story.open.approval.answers] == [NOW, NOW]
    assert story.open.approval.until == NOW + 24 * HOUR


def test_a_no_leaves_the_time_as_it_was() -> None:
    """It holds nothing open."""
    story = asking(approval_holds=24 * HOUR)

    says(story, yes=False)

    assert story.all(ApprovalAnswered)[-1].until == NOW + 8 * HOUR

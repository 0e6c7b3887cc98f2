"""clear_lock: its steps in their order, and the lock that goes back on every way out."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from remediation.duties import DutyState, Holder
from remediation.incident import AttemptResult, NoticeKind, StepName
from remediation.messages import (
    Absent,
    Done,
    Failed,
    LeaveDuty,
    Refused,
    Succeeded,
    Transient,
    Unknown,
)
from remediation.model import Mode, Risk
from remediation.records import AttemptEnded, RungSkipped, StepIntended
from remediation.views import Gone, Unreadable
from tests.remediation.core.builders import (
    DAY,
    MINUTE,
    NOW,
    SUBSCRIPTION,
    a_duty,
    a_failure_seen,
    a_lock,
    a_picture,
    a_playbook,
    a_policy,
    a_recovered_picture,
    some_restore_points,
)
from tests.remediation.core.story import Story, kinds

PLAYBOOK = a_playbook("clear_lock", "reapply_vm")
LOCKED = a_picture(locks=(a_lock(),), restore_points=some_restore_points(18))
AWAY = a_picture(restore_points=some_restore_points(18), duties=(a_duty(),))
LEAVE = LeaveDuty(incident="inc-1", attempt=1)


def intended() -> Story:
    """The lock is about to be taken away."""
    story = Story()
    story.fails(a_failure_seen(PLAYBOOK), LOCKED)
    return story


def away() -> Story:
    """The lock is away; the clean-up backup is intended."""
    story = intended()
    story.hears(Succeeded(done=True, detail="1 taken away"), AWAY)
    return story


def cleaning() -> Story:
    """The clean-up runs."""
    story = away()
    story.hears(Succeeded(handle="op"), AWAY)
    return story


def restoring() -> Story:
    """The count fell; the lock is about to go back."""
    story = cleaning()
    story.sees(Done(detail="12 restore points, 18 before"), AWAY)
    return story


def test_its_steps_come_in_their_order() -> None:
    """Lock away, clean-up, lock back, and only then the proving backup."""
    story = restoring()
    story.hears(Succeeded(done=True))
    assert [one.step.name for one in story.all(StepIntended)] == [
        StepName.REMOVE_LOCK,
        StepName.CLEAN_UP,
        StepName.RESTORE_LOCK,
        StepName.BACKUP,
    ]
    assert {one.step.attempt for one in story.all(StepIntended)} == {1}


def test_the_intent_names_the_locks_that_stood_there() -> None:
    """A lock that is put there later is not touched."""
    step = intended().open.step
    assert step is not None
    assert step.parameters["locks"] == "CanNotDelete-Backup"
    assert step.parameters["backup_group"] == "AzureBackupRG_westeurope_1"


def test_a_lock_that_others_keep_away_is_joined() -> None:
    """One duty a lock: who needs it away waits with the others."""
    story = Story()
    story.fails(a_failure_seen(PLAYBOOK), AWAY)
    assert story.performed == [StepName.REMOVE_LOCK]
    assert story.open.step is not None
    assert story.open.step.parameters["locks"] == "CanNotDelete-Backup"


def refused(story: Story) -> None:
    """Azure refuses the step in flight."""
    story.hears(Refused(reason="403", code="AuthorizationFailed"), AWAY)


def failed(story: Story) -> None:
    """The step in flight fails."""
    story.sees(Failed(reason="still 18"), AWAY)


def lost(story: Story) -> None:
    """The step in flight is found nowhere, twice."""
    story.sees(Absent(), AWAY)
    story.sees(Absent(), AWAY)


def recovered(story: Story) -> None:
    """A valid point appears."""
    story.hears(Succeeded(handle="op"), AWAY)
    story.wakes(a_recovered_picture())


def excluded(story: Story) -> None:
    """The step is withdrawn, and the owner takes the machine out."""
    story.hears(Transient(reason="409"), AWAY)
    story.wakes(a_picture(tags={"backup-remediation": "off"}))


def gone(story: Story) -> None:
    """The step is withdrawn, and the machine is deleted."""
    story.hears(Transient(reason="409"), AWAY)
    story.wakes(a_picture(machine=Gone(what="VM-01")))


def forbidden(story: Story) -> None:
    """The step is withdrawn, and the policy takes its permission back."""
    story.hears(Transient(reason="409"), AWAY)
    story.policy = a_policy(mode=Mode.APPROVE)
    story.wakes(AWAY)


WAYS_OUT = [refused, failed, lost, recovered, excluded, gone]


@pytest.mark.parametrize("way_out", [*WAYS_OUT, forbidden])
@pytest.mark.parametrize("stage", [intended, away])
def test_the_duty_is_left_on_every_way_out(
    stage: Callable[[], Story], way_out: Callable[[Story], None]
) -> None:
    """Before and after the lock is away: the attempt no longer waits for it."""
    story = stage()
    way_out(story)
    assert story.commands.count(LEAVE) == 1
    assert not story.open.attempts[0].open


@pytest.mark.parametrize("way_out", WAYS_OUT)
def test_the_duty_is_left_also_where_the_lock_was_just_going_back(
    way_out: Callable[[Story], None],
) -> None:
    """Nobody knows that it stands again."""
    story = restoring()
    way_out(story)
    assert story.commands.count(LEAVE) == 1


def test_a_lock_that_is_back_needs_no_leaving() -> None:
    """The proving backup fails: there is nothing left to put back."""
    story = restoring()
    story.hears(Succeeded(done=True))
    story.hears(Succeeded(handle="op"))
    story.sees(Failed(reason="failed"))
    assert LEAVE not in story.commands


def test_no_guard_holds_up_putting_a_lock_back() -> None:
    """It is a duty, also when everything else is forbidden."""
    story = cleaning()
    story.policy = a_policy(mode=Mode.OFF, max_risk=Risk.NONE)
    picture = a_picture(tags=Unreadable(reason="timeout"), machine=None, snapshot=None)
    story.sees(Done(detail="12 restore points, 18 before"), picture)
    assert story.performed == [StepName.RESTORE_LOCK]


def test_an_attempt_without_a_lock_leaves_no_duty() -> None:
    """Only who may have taken a lock away has one to put back."""
    story = Story()
    story.fails()
    story.sees(Failed(reason="failed"))
    assert LEAVE not in story.commands


def skipped(**picture: object) -> tuple[str, ...]:
    """Why the rung is skipped."""
    story = Story()
    at_limit = some_restore_points(18)
    story.fails(
        a_failure_seen(a_playbook("clear_lock")),
        a_picture(**{"locks": (a_lock(),), "restore_points": at_limit, **picture}),
    )
    (found,) = story.all(RungSkipped)
    reasons: tuple[str, ...] = found.reasons
    return reasons


def test_an_inherited_lock_is_never_touched() -> None:
    """It is named for people, whatever else stands on the group."""
    inherited = a_lock("Estate", scope=f"/subscriptions/{SUBSCRIPTION}")
    assert skipped(locks=(a_lock(), inherited)) == (
        f"precheck: the lock Estate is inherited from /subscriptions/{SUBSCRIPTION}: never touched",
    )


def test_a_lock_on_a_resource_of_the_group_is_not_the_groups_own() -> None:
    """Its scope is longer than the group's."""
    below = a_lock("Point", scope=f"{a_lock().scope}/providers/a/b/c")
    reasons = skipped(locks=(below,))
    assert [one.split(" ")[1:3] for one in reasons] == [["the", "lock"], ["no", "lock"]]


def test_without_a_lock_there_is_nothing_to_clear() -> None:
    """The rung is skipped with that reason."""
    assert skipped(locks=()) == ("precheck: no lock stands on the backup group itself",)


def test_a_groups_lock_is_taken_away_once_in_thirty_days() -> None:
    """It fills the collection again: its owner is told, and it is not done over and over."""
    back = a_duty(state=DutyState.RESTORED, removed_at=NOW - 29 * DAY, holders=())
    (reason,) = skipped(duties=(back,))
    assert reason.startswith("precheck: the lock CanNotDelete-Backup was taken away at")
    story = Story()
    late = a_duty(state=DutyState.RESTORED, removed_at=NOW - 30 * DAY, holders=())
    story.fails(a_failure_seen(PLAYBOOK), a_picture(locks=(a_lock(),), duties=(late,)))
    assert story.performed == [StepName.REMOVE_LOCK]


def test_our_own_try_that_was_lost_does_not_count_as_taking_the_lock_away() -> None:
    """The group has gained nothing by it: it may be made once more."""
    back = a_duty(state=DutyState.RESTORED, removed_at=NOW, holders=())
    story = away()
    story.sees(Absent(), AWAY)
    story.sees(Absent(), a_picture(locks=(a_lock(),), duties=(back,)))
    assert story.performed == [StepName.REMOVE_LOCK]
    assert story.open.attempts[-1].number == 2


def test_a_duty_whose_lock_was_never_taken_away_is_no_reason() -> None:
    """It was promised, and not needed."""
    held = a_duty(state=DutyState.HELD, removed_at=None, holders=())
    story = Story()
    story.fails(a_failure_seen(PLAYBOOK), a_picture(locks=(a_lock(),), duties=(held,)))
    assert story.performed == [StepName.REMOVE_LOCK]


@pytest.mark.parametrize("part", ["locks", "restore_points"])
def test_locks_that_are_not_known_hold_the_rung(part: str) -> None:
    """Nothing is taken away unseen."""
    story = Story()
    picture = a_picture(**{"locks": (a_lock(),), part: Unreadable(reason="429")})
    assert kinds(story.fails(a_failure_seen(PLAYBOOK), picture)) == ["IncidentOpened", "Held"]
    assert story.due == NOW + 15 * MINUTE


def test_it_runs_only_where_the_policy_names_it() -> None:
    """The group is shared by hundreds of machines."""
    story = Story(policy=a_policy(opt_in=frozenset()))
    story.fails(a_failure_seen(a_playbook("clear_lock")), LOCKED)
    (found,) = story.all(RungSkipped)
    assert found.reasons == ("opt_in: clear_lock runs only where the policy names it",)


def held_before_the_clean_up() -> Story:
    """The lock is away, and Azure has no time for the clean-up."""
    story = away()
    story.hears(Transient(reason="429"), AWAY)
    unreadable = a_picture(
        restore_points=some_restore_points(18), duties=(a_duty(),), tags=Unreadable(reason="429")
    )
    story.wakes(unreadable)
    assert story.open.hold is not None
    return story


def test_a_lock_that_went_back_before_the_clean_up_ends_the_attempt() -> None:
    """Its time was over: nothing is cleaned up under a lock."""
    story = held_before_the_clean_up()
    ended, *_ = story.wakes(LOCKED)
    assert isinstance(ended, AttemptEnded)
    assert ended.result is AttemptResult.ABANDONED
    assert story.performed != [StepName.CLEAN_UP]


def test_a_lock_that_is_still_away_lets_the_clean_up_begin() -> None:
    """The hold has lifted in time."""
    story = held_before_the_clean_up()
    story.wakes(AWAY)
    assert story.performed == [StepName.CLEAN_UP]


def test_locks_that_cannot_be_read_do_not_say_that_one_is_back() -> None:
    """A failed look ends no attempt."""
    story = held_before_the_clean_up()
    story.wakes(
        a_picture(
            locks=Unreadable(reason="429"),
            restore_points=some_restore_points(18),
            duties=(a_duty(),),
        )
    )
    assert story.open.attempt is not None


def test_people_are_told_of_an_inherited_lock_by_name() -> None:
    """It is theirs to lift."""
    inherited = a_lock("Estate", scope=f"/subscriptions/{SUBSCRIPTION}")
    story = Story()
    story.fails(a_failure_seen(a_playbook("clear_lock")), a_picture(locks=(inherited,)))
    assert story.open.escalation is not None
    assert "inherited locks: CanNotDelete Estate on" in story.open.escalation.reason


def findings(story: Story) -> list[str]:
    """What owners of locks were told."""
    return [one.reason for one in story.open.notices if one.kind is NoticeKind.FINDING]


def test_the_locks_owner_is_told_each_time_it_was_taken_away() -> None:
    """By name, with the group; the ladder goes on, and it is published at once."""
    story = Story()
    lock = replace(a_lock(), owners=("ops@example.org",))
    picture = replace(LOCKED, locks=(lock,))
    story.fails(a_failure_seen(PLAYBOOK), picture)
    assert findings(story) == []
    story.hears(Succeeded(done=True, detail="1 taken away"), picture)
    (told,) = findings(story)
    assert "CanNotDelete-Backup on AzureBackupRG_westeurope_1 (owner: ops@example.org)" in told
    assert story.published == ["inc-1-finding-lock-1"]
    assert story.performed == [StepName.CLEAN_UP]


def test_a_removal_whose_answer_was_lost_is_told_when_it_is_seen() -> None:
    """The duty names who took it away."""
    story = intended()
    story.hears(Unknown(reason="timed out"), LOCKED)
    mine = Holder(incident="inc-1", attempt=1, until=NOW + DAY)
    story.sees(Done(detail="away"), replace(AWAY, duties=(replace(a_duty(), holders=(mine,)),)))
    assert len(findings(story)) == 1


def test_who_joins_a_lock_that_is_away_tells_nobody() -> None:
    """Whoever took it away has told its owner."""
    other = Holder(incident="inc-9", attempt=2, until=NOW + DAY)
    shared = replace(AWAY, duties=(replace(a_duty(), holders=(other,)),))
    story = Story()
    story.fails(a_failure_seen(PLAYBOOK), shared)
    story.hears(Succeeded(done=True, detail="0 taken away, 1 away already"), shared)
    assert findings(story) == []
    assert story.performed == [StepName.CLEAN_UP]


def test_a_removal_that_was_refused_is_told_to_nobody() -> None:
    """The lock stands as it stood."""
    story = intended()
    refused(story)
    assert findings(story) == []

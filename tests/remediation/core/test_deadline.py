"""The deadline: people are told in time, once, while the ladder goes on."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

import pytest

from remediation.ids import ItemId
from remediation.incident import Objection, Phase, Status, StepName
from remediation.messages import Failed, Running, Succeeded, Woken
from remediation.model import Mode, Rung
from remediation.partnership import Claim, Group, Kind, at_work, unknown, unwell
from remediation.picture import Picture
from remediation.records import Escalated, NoticeQueued
from remediation.views import Unreadable
from tests.remediation.core.builders import (
    DAY,
    HOUR,
    ITEM,
    MINUTE,
    NIGHT,
    NOW,
    a_baseline,
    a_failure_seen,
    a_history,
    a_picture,
    a_playbook,
    a_policy,
    a_protected,
    a_schedule,
    a_snapshot,
)
from tests.remediation.core.story import Story, kinds

# Last night's point and 44 hours.
ACT_BY = NIGHT + 20 * HOUR
TWO_DAYS = a_policy(objective=50 * HOUR)
# The next run, 48 hours after the last point, comes too late.
NO_RUN_LEFT = a_policy(objective=47 * HOUR)


def test_a_run_that_begins_after_the_objective_is_told_now() -> None:
    """Not when it is missed: people need the time that is left."""
    story = Story(policy=NO_RUN_LEFT)
    bodies = story.fails(a_failure_seen(a_playbook("wait_for_schedule", "retry_backup")))
    assert kinds(bodies) == ["IncidentOpened", "WaitBegan", "Escalated", "NoticeQueued"]
    (escalated,) = story.all(Escalated)
    run = NIGHT + DAY
    assert escalated == Escalated(
        reason=(
            f"the next permitted step ({(run + 2 * HOUR).isoformat()}) lies after"
            f" {(ACT_BY - 3 * HOUR).isoformat()}: the next scheduled run is at {run.isoformat()}"
        ),
        ladder_goes_on=True,
    )


def test_the_ladder_goes_on_after_the_deadline_and_people_are_told_once() -> None:
    """Escalated is what people see; the next rung is taken all the same."""
    story = Story(policy=NO_RUN_LEFT)
    story.fails(a_failure_seen(a_playbook("wait_for_schedule", "retry_backup")))
    assert (story.open.status, story.open.phase) == (Status.ESCALATED, Phase.WAITING)
    story.wakes()
    assert story.performed == [StepName.BACKUP]
    story.sees(Failed(reason="failed"))
    assert [one.ladder_goes_on for one in story.all(Escalated)] == [True, False]
    assert len(story.all(NoticeQueued)) == 1
    assert story.open.phase is Phase.RESTING


def test_a_step_before_the_deadline_tells_nobody() -> None:
    """A hold of a few minutes is no news."""
    story = Story(policy=TWO_DAYS)
    story.fails(picture=a_picture(tags=Unreadable(reason="timeout")))
    assert not story.all(Escalated)


def test_a_step_that_is_running_past_the_deadline_is_told() -> None:
    """While it runs before the deadline, the permitted step is being taken."""
    story = Story(policy=TWO_DAYS)
    story.fails()
    story.hears(Succeeded(handle="op", look_after=40 * MINUTE))
    story.now = ACT_BY - MINUTE
    story.sees(Running(detail="75 %", look_after=HOUR))
    assert not story.all(Escalated)
    story.sees(Running(detail="80 %"))
    (escalated,) = story.all(Escalated)
    assert escalated.reason.endswith("backup is running: 80 %")
    assert story.open.step is not None


PAIR = Group(kind=Kind.TAG, key="tag|app|shop", name="app", value="shop")
OTHER = Claim(
    holder="inc-2-1",
    item=ItemId.of(ITEM.subscription, "Web", "VM-02"),
    action="restart_vm",
    since=NOW,
    until=NOW + DAY,
)


@pytest.mark.parametrize(
    "objection",
    [
        lambda until: at_work(PAIR, OTHER, until),
        lambda until: unwell(PAIR, "VM-02", "its power state is deallocated", until),
        lambda until: unknown("its partners cannot be told", "429", until),
    ],
    ids=["at work", "unwell", "unknown"],
)
def test_a_partner_in_the_way_until_after_the_deadline_is_told_before_it(
    objection: Callable[[datetime], Objection],
) -> None:
    """Once, at the last look before it; the ladder goes on, and begins when it may."""

    def in_the_way(at: datetime) -> Picture:
        return a_picture(withheld=(objection(at + 20 * MINUTE),))

    # The deadline is half an hour away.
    story = Story(policy=a_policy(objective=DAY + 2 * HOUR + 30 * MINUTE, margin=HOUR))
    story.fails(picture=in_the_way(NOW))
    assert story.open.act_by == NOW + 30 * MINUTE
    assert not story.all(Escalated)
    story.wakes(in_the_way(NOW + 20 * MINUTE))
    (told,) = story.all(Escalated)
    assert (story.now, told.ladder_goes_on) == (NOW + 20 * MINUTE, True)
    assert told.reason.endswith(objection(story.now).reason)
    story.wakes(in_the_way(NOW + 40 * MINUTE))
    assert len(story.all(Escalated)) == len(story.all(NoticeQueued)) == 1
    story.wakes()
    assert story.performed == [StepName.BACKUP]


def test_an_item_that_is_late_already_is_still_repaired_first() -> None:
    """The step that is taken now is no reason to call people."""
    story = Story(policy=TWO_DAYS, now=NOW + 9 * DAY)
    story.fails()
    assert story.performed == [StepName.BACKUP]
    assert not story.all(Escalated)


def test_settling_past_the_deadline_is_told() -> None:
    """Time given to an action counts like any other wait."""
    story = Story(policy=TWO_DAYS, now=ACT_BY - HOUR)
    story.fails(a_failure_seen(a_playbook(Rung(do="restart_agent", wait=2 * HOUR))))
    story.hears(Succeeded(done=True))
    (escalated,) = story.all(Escalated)
    assert escalated.reason.endswith("give restart_agent time to take effect")


# ---------------------------------------------------------------- the schedule


def test_the_next_run_within_the_objective_calls_nobody() -> None:
    """Last night's point, tonight's failure: the next run begins 48 hours after that point."""
    story = Story(policy=TWO_DAYS)
    story.fails(a_failure_seen(a_playbook("wait_for_schedule", "retry_backup")))
    assert story.due == NIGHT + DAY + 2 * HOUR
    assert not story.all(Escalated)


@pytest.mark.parametrize("picture", [a_picture(), a_picture(snapshot=Unreadable(reason="429"))])
def test_a_look_while_the_run_is_waited_for_calls_nobody(picture: Picture) -> None:
    """A nudge, after the run began: it is the same run that is waited for, read or not."""
    story = Story(policy=TWO_DAYS)
    story.fails(a_failure_seen(a_playbook("wait_for_schedule", "retry_backup")))
    story.now = NIGHT + DAY + MINUTE
    assert story.open.wake is not None
    nudge = Woken(item=ITEM, incident=story.open.id, number=story.open.wake.number)
    story.tell(nudge, picture)
    assert story.open.phase is Phase.WAITING
    assert not story.all(Escalated)


def test_a_run_that_fails_again_is_handed_over_when_its_time_is_up() -> None:
    """The schedule was the remedy, and nothing else is on the ladder."""
    story = Story(policy=TWO_DAYS)
    story.fails(a_failure_seen(a_playbook("wait_for_schedule")))
    story.now = NIGHT + DAY + 2 * HOUR
    story.wakes()
    (escalated,) = story.all(Escalated)
    assert not escalated.ladder_goes_on


def test_a_proof_that_is_left_to_the_next_run_calls_nobody() -> None:
    """No further on-demand backup is allowed; the run that judges the repair is in time."""
    story = Story(policy=a_policy(objective=50 * HOUR, on_demand_per_day=0))
    story.fails(a_failure_seen(a_playbook("restart_agent")))
    story.hears(Succeeded(done=True))
    assert story.open.judged_by_schedule
    assert story.due == NIGHT + DAY + 2 * HOUR
    assert not story.all(Escalated)


def test_watching_only_calls_nobody_before_the_next_run() -> None:
    """What would have been done is on record; the schedule may cure it."""
    story = Story(policy=a_policy(objective=50 * HOUR, mode=Mode.OBSERVE))
    story.fails()
    assert story.due == NIGHT + DAY + 2 * HOUR
    assert not story.all(Escalated)


def test_a_wait_that_ends_at_no_run_is_judged_with_the_margin() -> None:
    """A guard that lifts after the deadline is a step of ours, and it comes too late."""
    story = Story(policy=a_policy(objective=50 * HOUR, cool_down=23 * HOUR))
    story.history = a_history(NOW - MINUTE)
    story.fails()
    (escalated,) = story.all(Escalated)
    assert "the last attempt began at" in escalated.reason


@pytest.mark.parametrize(
    ("weekdays", "objective"),
    [
        (range(7), 50 * HOUR),
        ({NIGHT.weekday()}, 7 * DAY + 26 * HOUR),
        ({0, 3}, 4 * DAY + 26 * HOUR),
        ({0, 2, 4, 6}, 2 * DAY + 26 * HOUR),
    ],
    ids=["daily", "weekly", "twice a week", "every other day"],
)
def test_a_rarer_schedule_stretches_the_objective(
    weekdays: Iterable[int], objective: timedelta
) -> None:
    """The owner chose it: its longest interval, a day and two hours; less the margin."""
    schedule = a_schedule(weekdays=frozenset(weekdays))
    story = Story(policy=TWO_DAYS)
    snapshot = a_snapshot(protected=a_protected(schedule=schedule))
    story.fails(picture=a_picture(snapshot=snapshot))
    assert story.open.act_by == NIGHT - DAY + objective - 6 * HOUR


def test_the_first_failure_of_a_weekly_backup_leaves_time_to_repair_it() -> None:
    """Its last point is a week old, as its owner wanted: nobody is called for a short hold."""
    schedule = a_schedule(weekdays=frozenset({NIGHT.weekday()}))
    snapshot = a_snapshot(protected=a_protected(schedule=schedule, last_point=NIGHT - 7 * DAY))
    seen = a_failure_seen(baseline=a_baseline(time=NIGHT - 7 * DAY))
    picture = a_picture(snapshot=snapshot, tags=Unreadable(reason="504"))
    story = Story(policy=TWO_DAYS)
    story.fails(seen, picture)
    assert not story.all(Escalated)


def test_the_run_of_the_next_week_is_too_late() -> None:
    """A weekly item whose remedy is its next run is for people at once."""
    schedule = a_schedule(weekdays=frozenset({NIGHT.weekday()}))
    snapshot = a_snapshot(protected=a_protected(schedule=schedule, last_point=NIGHT - 7 * DAY))
    playbook = a_playbook("wait_for_schedule")
    seen = a_failure_seen(playbook, baseline=a_baseline(time=NIGHT - 7 * DAY))
    story = Story(policy=TWO_DAYS)
    story.fails(seen, a_picture(snapshot=snapshot))
    (escalated,) = story.all(Escalated)
    assert escalated.ladder_goes_on


def test_a_short_objective_of_a_daily_backup_is_kept() -> None:
    """Whoever asks for eight hours gets eight hours."""
    story = Story(policy=a_policy(objective=8 * HOUR, margin=HOUR))
    story.fails()
    assert story.open.act_by == NIGHT - DAY + 7 * HOUR

"""Backup hours: over midnight, over the changes of the clocks, and near the next run."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from remediation.guards.pacing import backup_hours
from remediation.history import History
from remediation.incident import Objection, StepName
from remediation.model import Rung
from remediation.plan import Plan
from remediation.repertoire import ACTIONS
from remediation.views import Schedule
from tests.remediation.core.builders import (
    DAY,
    HOUR,
    MINUTE,
    NIGHT,
    a_picture,
    a_policy,
    a_protected,
    a_schedule,
    a_snapshot,
    an_incident,
)

BERLIN = "Europe/Berlin"


def objections(
    now: datetime, schedule: Schedule | None = None, step: StepName = StepName.BACKUP, **policy: Any
) -> list[Objection]:
    """What the guard says at that time."""
    protected = a_protected(schedule=schedule or a_schedule())
    plan = Plan(
        action=ACTIONS["retry_backup"],
        rung=Rung(do="retry_backup"),
        step=step,
        incident=an_incident(),
        history=History(),
        picture=a_picture(snapshot=a_snapshot(protected=protected)),
        policy=a_policy(**{"backup_hours": 8 * HOUR, "run_near": 2 * HOUR, **policy}),
        now=now,
    )
    return list(backup_hours(plan))


@pytest.mark.parametrize(
    ("now", "inside"),
    [
        (NIGHT, True),
        (NIGHT + 2 * HOUR, True),
        (NIGHT + 8 * HOUR - MINUTE, True),
        (NIGHT + 8 * HOUR, False),
        (NIGHT + 21 * HOUR, False),
    ],
)
def test_backup_hours_begin_with_the_scheduled_start_and_pass_midnight(
    now: datetime, *, inside: bool
) -> None:
    """Eight hours from 22:00 are over at 06:00."""
    assert (objections(now, run_near=timedelta()) == []) is inside


def test_outside_its_hours_an_item_waits_for_the_next_start() -> None:
    """The objection says when they begin."""
    (found,) = objections(NIGHT + 9 * HOUR)
    begins = NIGHT + DAY
    assert found == Objection(
        guard="backup_hours",
        reason=f"outside the item's backup hours, which begin at {begins.isoformat()}",
        until=begins,
    )


def test_twenty_four_hours_are_all_day() -> None:
    """A weekly schedule has no hours to keep then."""
    weekly = a_schedule(weekdays=frozenset({6}))
    assert objections(NIGHT + 12 * HOUR, weekly, backup_hours=DAY) == []


def test_near_the_next_scheduled_run_nothing_is_started() -> None:
    """It would make the scheduled one fail; it lifts when that can have ended."""
    run = NIGHT + DAY
    (found,) = objections(run - 2 * HOUR, backup_hours=DAY)
    assert found == Objection(
        guard="run_near",
        reason=f"the next scheduled run is near: {run.isoformat()}",
        until=run + 2 * HOUR,
    )
    assert objections(run - 2 * HOUR - MINUTE, backup_hours=DAY) == []


def test_only_backups_keep_to_the_hours() -> None:
    """A reapply freezes no machine."""
    assert objections(NIGHT + 9 * HOUR, step=StepName.REAPPLY) == []
    assert len(objections(NIGHT + 9 * HOUR, step=StepName.CLEAN_UP)) == 1


def test_a_schedule_that_never_runs_has_no_hours() -> None:
    """Time does not lift that."""
    (found,) = objections(NIGHT, Schedule(times=(), zone="UTC"))
    assert found == Objection(
        guard="backup_hours",
        reason="outside the item's backup hours, which begin at never",
    )


def test_an_item_without_a_schedule_has_no_hours_to_keep() -> None:
    """Nobody chose a time of day."""
    protected = a_protected(schedule=None)
    plan = Plan(
        action=ACTIONS["retry_backup"],
        rung=Rung(do="retry_backup"),
        step=StepName.BACKUP,
        incident=an_incident(),
        history=History(),
        picture=a_picture(snapshot=a_snapshot(protected=protected)),
        policy=a_policy(backup_hours=8 * HOUR),
        now=NIGHT + 12 * HOUR,
    )
    assert list(backup_hours(plan)) == []


def test_a_start_in_the_evening_moves_with_the_clocks() -> None:
    """22:00 in Berlin is 21:00 UTC in winter and 20:00 UTC in summer (from 29 March 2026)."""
    schedule = a_schedule(zone=BERLIN)
    saturday = datetime(2026, 3, 28, 12, tzinfo=UTC)
    assert schedule.next_run(saturday) == datetime(2026, 3, 28, 21, tzinfo=UTC)
    assert schedule.next_run(saturday + DAY) == datetime(2026, 3, 29, 20, tzinfo=UTC)
    assert objections(datetime(2026, 3, 29, 4, 59, tzinfo=UTC), schedule) == []
    assert len(objections(datetime(2026, 3, 29, 5, tzinfo=UTC), schedule)) == 1


def test_a_start_in_the_hour_that_does_not_exist_still_runs_once() -> None:
    """02:30 on the night when the clocks go from two to three."""
    schedule = a_schedule(times=(time(2, 30),), zone=BERLIN)
    before = datetime(2026, 3, 28, 23, tzinfo=UTC)
    run = schedule.next_run(before)
    assert run == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert schedule.next_run(run) == datetime(2026, 3, 30, 0, 30, tzinfo=UTC)


def test_a_start_in_the_hour_that_comes_twice_runs_once() -> None:
    """02:30 on the night when the clocks go from three to two (25 October 2026)."""
    schedule = a_schedule(times=(time(2, 30),), zone=BERLIN)
    before = datetime(2026, 10, 24, 12, tzinfo=UTC)
    run = schedule.next_run(before)
    assert run == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert schedule.next_run(run) == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)


def test_weekdays_are_those_of_the_schedules_own_zone() -> None:
    """Monday 08:00 in Tokyo is Sunday night in UTC."""
    schedule = Schedule(times=(time(8),), zone="Asia/Tokyo", weekdays=frozenset({0}))
    sunday = datetime(2026, 3, 1, 22, tzinfo=UTC)
    assert schedule.next_run(sunday) == datetime(2026, 3, 1, 23, tzinfo=UTC)
    assert schedule.last_run(sunday) == datetime(2026, 2, 22, 23, tzinfo=UTC)


def test_of_several_times_a_day_the_nearest_counts() -> None:
    """Both the last and the next."""
    schedule = a_schedule(times=(time(6), time(22)))
    assert schedule.last_run(NIGHT + 9 * HOUR) == NIGHT + 8 * HOUR
    assert schedule.next_run(NIGHT + 7 * HOUR) == NIGHT + 8 * HOUR
    assert schedule.last_run(NIGHT) == NIGHT
    assert schedule.next_run(NIGHT) == NIGHT + 8 * HOUR


@pytest.mark.parametrize(
    ("schedule", "interval"),
    [
        (a_schedule(), DAY),
        (a_schedule(weekdays=frozenset({2})), 7 * DAY),
        (a_schedule(weekdays=frozenset({0, 1})), 6 * DAY),
        (a_schedule(times=(time(8), time(12), time(20))), 12 * HOUR),
        (a_schedule(times=(time(22), time(8)), weekdays=frozenset({0})), 6 * DAY + 10 * HOUR),
        (a_schedule(times=()), None),
    ],
    ids=["daily", "weekly", "two days on", "hourly", "twice on one day", "never"],
)
def test_the_interval_of_a_schedule_is_its_longest(
    schedule: Schedule, interval: timedelta | None
) -> None:
    """A point may become this old without anything having failed."""
    assert schedule.interval == interval

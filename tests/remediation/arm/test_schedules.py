"""Backup policies: the times of day they run at, in the zone they mean."""

from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from remediation.arm.schedules import BackupPolicy, backup_policy
from remediation.arm.zones import _known, iana_zone
from remediation.views import Schedule
from tests.remediation.arm.arm_server import recorded


def _policy(plan: Any, zone: str | None = "UTC") -> BackupPolicy:
    return backup_policy({"properties": {"schedulePolicy": plan, "timeZone": zone}})


def _recorded(number: int) -> BackupPolicy:
    return backup_policy(recorded("policies.json")["value"][number])


def test_a_standard_policy_runs_daily_at_the_local_time_it_writes() -> None:
    """The ``Z`` behind the time means nothing: it is half past ten at night in western Europe."""
    policy = _recorded(0)

    assert policy.schedule == Schedule(times=(time(22, 30),), zone="Europe/Berlin")
    assert policy.snapshot_days == 2
    assert (policy.group_prefix, policy.group_suffix) == (None, None)


def test_its_next_run_follows_daylight_saving() -> None:
    """Half past ten is 21:30 UTC in winter and 20:30 in summer."""
    schedule = _recorded(0).schedule
    assert schedule is not None

    winter = schedule.next_run(datetime(2026, 1, 10, 12, tzinfo=UTC))
    summer = schedule.next_run(datetime(2026, 7, 10, 12, tzinfo=UTC))

    assert winter == datetime(2026, 1, 10, 21, 30, tzinfo=UTC)
    assert summer == datetime(2026, 7, 10, 20, 30, tzinfo=UTC)


def test_a_weekly_policy_runs_on_its_days() -> None:
    """Monday is 0."""
    assert _recorded(1).schedule == Schedule(
        times=(time(3),), zone="UTC", weekdays=frozenset({2, 6})
    )


def test_an_hourly_policy_runs_from_the_start_of_its_window_to_its_end() -> None:
    """Every four hours of twelve, and the snapshots go to a group of the operator's naming."""
    policy = _recorded(2)

    assert policy.schedule == Schedule(
        times=(time(8), time(12), time(16), time(20)), zone="Asia/Kolkata"
    )
    assert (policy.group_prefix, policy.group_suffix) == ("snapshots-", "-we")
    assert policy.snapshot_days == 7


def test_an_hourly_policy_of_a_whole_day_names_each_time_once() -> None:
    """The window's end is its start."""
    part = {"interval": 6, "scheduleWindowStartTime": "2026-01-01T02:30:00Z"}
    plan = {"scheduleRunFrequency": "Hourly", "hourlySchedule": part}

    schedule = _policy(plan).schedule

    assert schedule is not None
    assert schedule.times == (time(2, 30), time(8, 30), time(14, 30), time(20, 30))


def test_the_enhanced_policy_keeps_daily_and_weekly_times_in_parts_of_their_own() -> None:
    """``SimpleSchedulePolicyV2`` has one part for each frequency."""
    times = ["2026-01-01T23:00:00Z"]
    daily = {"scheduleRunFrequency": "Daily", "dailySchedule": {"scheduleRunTimes": times}}
    part = {"scheduleRunTimes": times, "scheduleRunDays": ["Friday"]}
    weekly = {"scheduleRunFrequency": "Weekly", "weeklySchedule": part}

    assert _policy(daily).schedule == Schedule(times=(time(23),), zone="UTC")
    assert _policy(weekly).schedule == Schedule(
        times=(time(23),), zone="UTC", weekdays=frozenset({4})
    )


@pytest.mark.parametrize(
    ("plan", "zone"),
    [
        ({"scheduleRunFrequency": "Daily", "scheduleRunTimes": ["2026-01-01T01:00:00Z"]}, "Mars"),
        ({"scheduleRunFrequency": "Daily", "scheduleRunTimes": []}, "UTC"),
        ({"scheduleRunFrequency": "Hourly", "hourlySchedule": {"interval": 0}}, "UTC"),
        ({"schedulePolicyType": "LogSchedulePolicy"}, "UTC"),
        (None, None),
    ],
    ids=["zone", "no times", "interval", "log", "nothing"],
)
def test_a_schedule_that_cannot_be_read_is_none(plan: Any, zone: str | None) -> None:
    """Better no schedule than a guessed one."""
    assert _policy(plan, zone).schedule is None


def test_a_policy_without_a_zone_means_utc() -> None:
    """Azure's own default."""
    plan = {"scheduleRunFrequency": "Daily", "scheduleRunTimes": ["2026-01-01T01:00:00Z"]}

    assert _policy(plan, None).schedule == Schedule(times=(time(1),), zone="UTC")


@pytest.mark.parametrize("windows", sorted(_known()))
def test_every_windows_zone_is_one_this_machine_knows(windows: str) -> None:
    """A name that leads to no zone would be found in the night it is needed."""
    assert ZoneInfo(_known()[windows]).key == iana_zone(windows.upper())


def test_the_zones_are_those_windows_names() -> None:
    """Some 140; an IANA name stands for itself, and nothing else does."""
    assert len(_known()) > 135
    assert iana_zone("Europe/Vienna") == "Europe/Vienna"
    assert iana_zone("../etc/passwd") is None
    assert iana_zone("") is None

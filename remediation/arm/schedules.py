"""Backup policies: when they run a backup, how long snapshots stay, what the group is called.

Three shapes say when: the standard policy's ``SimpleSchedulePolicy``, the enhanced policy's
``SimpleSchedulePolicyV2`` with a part for each frequency, and the hourly window of both. Times are
written as moments, but mean a time of day in the policy's own zone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time, timedelta

from remediation.arm.fields import moment, node, strings, text, whole
from remediation.arm.zones import iana_zone
from remediation.views import Schedule

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY = timedelta(hours=24)
# Azure's own default, where a policy says nothing of its zone.
_DEFAULT_ZONE = "UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupPolicy:
    """What an item's policy says about its backups."""

    schedule: Schedule | None = None
    snapshot_days: int | None = None
    group_prefix: str | None = None
    group_suffix: str | None = None


def backup_policy(resource: Mapping[str, object]) -> BackupPolicy:
    """Read a policy resource as the vault lists it."""
    properties = node(resource, "properties")
    return BackupPolicy(
        schedule=_schedule(properties),
        snapshot_days=whole(properties, "instantRpRetentionRangeInDays"),
        group_prefix=text(properties, "instantRPDetails", "azureBackupRGNamePrefix"),
        group_suffix=text(properties, "instantRPDetails", "azureBackupRGNameSuffix"),
    )


def _schedule(properties: Mapping[str, object]) -> Schedule | None:
    """Read when the policy runs; None where it names no time, or a zone that nobody knows."""
    zone = iana_zone(text(properties, "timeZone") or _DEFAULT_ZONE)
    plan = node(properties, "schedulePolicy")
    match (text(plan, "scheduleRunFrequency") or "").lower():
        case "hourly":
            times, days = _hourly(node(plan, "hourlySchedule")), frozenset[int]()
        case "weekly":
            part = node(plan, "weeklySchedule") or plan
            times, days = _times(part), _weekdays(part)
        case "daily":
            times, days = _times(node(plan, "dailySchedule") or plan), frozenset[int]()
        case _:
            return None
    if not times or zone is None:
        return None
    return Schedule(times=times, zone=zone, weekdays=days)


def _times(part: Mapping[str, object]) -> tuple[time, ...]:
    """Read the times of day as they are written: the ``Z`` behind them means nothing."""
    moments = (moment(written) for written in strings(part, "scheduleRunTimes"))
    return tuple(sorted({at.time().replace(second=0, microsecond=0) for at in moments if at}))


def _weekdays(part: Mapping[str, object]) -> frozenset[int]:
    named = (day.lower() for day in strings(part, "scheduleRunDays"))
    return frozenset(_DAYS.index(day) for day in named if day in _DAYS)


def _hourly(part: Mapping[str, object]) -> tuple[time, ...]:
    """Read the runs of a day: from the window's start, every ``interval`` hours, to its end."""
    start, interval = moment(part, "scheduleWindowStartTime"), whole(part, "interval")
    duration = whole(part, "scheduleWindowDuration")
    if start is None or interval is None or interval <= 0:
        return ()
    length = min(timedelta(hours=duration if duration is not None else 24), _DAY)
    runs = range(0, int(length / timedelta(hours=1)) + 1, interval)
    return tuple(
        sorted(
            {
                (start + timedelta(hours=hours)).time().replace(second=0, microsecond=0)
                for hours in runs
            }
        )
    )

"""Recovery: which recovery point proves a repair. Pure.

A point proves it if its snapshot began after the failed job's end, it lies in the vault tier (in
the snapshot tier where the item's policy keeps no other), and the job that made it is
``Completed``, or ``CompletedWithWarnings`` with 400446 (crash-consistent) as its only warning.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from remediation.incident import Baseline, Incident, Status
from remediation.picture import Picture
from remediation.views import Consistency, Job, JobStatus, RecoveryPoint, Tier

CRASH_CONSISTENT_ONLY = 400446
# The vault stamps a point a little before or after the job's own times.
SLACK = timedelta(minutes=5)
# The list of items is read every half an hour, and Azure takes its time to show a new point in it.
SHOWN_WITHIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A valid point and what it is worth: recovered, or recovered with less than before."""

    point: RecoveryPoint
    status: Status
    reason: str


def good(job: Job) -> bool:
    """Whether the job's end lets its point count."""
    if job.status is JobStatus.COMPLETED:
        return True
    numbers = {error.number for error in job.errors}
    return job.status is JobStatus.WARNINGS and numbers == {CRASH_CONSISTENT_ONLY}


def settling(job: Job, now: datetime) -> bool:
    """Whether a job runs, or is so young that the list of items need not show its point yet."""
    return job.running or (good(job) and job.ended is not None and now - job.ended < SHOWN_WITHIN)


def newest_good(jobs: Iterable[Job]) -> dict[tuple[str, str], datetime]:
    """Return when each machine's newest good job began."""
    newest: dict[tuple[str, str], datetime] = {}
    for job in jobs:
        if good(job):
            newest[job.machine] = max(job.started, newest.get(job.machine, job.started))
    return newest


def maker(point: RecoveryPoint, jobs: Iterable[Job]) -> Job | None:
    """Return the job in whose time the point's snapshot began."""
    for job in jobs:
        end = job.ended or job.started
        if job.started - SLACK <= point.time <= end + SLACK and not job.running:
            return job
    return None


def baseline(points: tuple[RecoveryPoint, ...], before: datetime) -> Baseline | None:
    """Return the newest point before the failure: what a new one is measured against."""
    older = [point for point in points if point.time < before]
    if not older:
        return None
    last = max(older, key=lambda point: point.time)
    return Baseline(time=last.time, consistency=last.consistency, disks=last.disks)


def proof(incident: Incident, picture: Picture) -> Proof | None:
    """Return the newest valid point of the incident's item, whoever made it."""
    if not isinstance(picture.points, tuple):
        return None
    protected = picture.protected(incident)
    tier = Tier.VAULT if protected is None or protected.vault_tier else Tier.SNAPSHOT
    jobs = [job for job in picture.jobs(incident) if good(job)]
    first_failed = min((one.started for one in incident.failures), default=incident.opened_at)
    before = incident.baseline
    if before is None or before.consistency is None:
        before = baseline(picture.points, first_failed) or before
    valid = [
        point
        for point in picture.points
        if point.time > incident.last_failure_ended
        and tier in point.tiers
        and maker(point, jobs) is not None
    ]
    if not valid:
        return None
    newest = max(valid, key=lambda point: point.time)
    lacks = _lacks(newest, before)
    if lacks:
        reason = f"a recovery point of {newest.time.isoformat()} exists, but {lacks}"
        return Proof(point=newest, status=Status.RECOVERED_DEGRADED, reason=reason)
    reason = f"a valid recovery point of {newest.time.isoformat()}"
    return Proof(point=newest, status=Status.RECOVERED, reason=reason)


def _lacks(point: RecoveryPoint, before: Baseline | None) -> str:
    if before is None:
        return ""
    if (
        point.consistency is Consistency.CRASH
        and before.consistency is not None
        and before.consistency is not Consistency.CRASH
    ):
        return f"it is crash-consistent where the last good one was {before.consistency.value}"
    if point.disks is not None and before.disks is not None and point.disks < before.disks:
        return f"it holds {point.disks} disks where the last good one held {before.disks}"
    return ""


def worth_reading(incident: Incident, picture: Picture) -> bool:
    """Whether the vault lists a good job that began after the failure: its points are then read."""
    return any(
        good(job) and job.started >= incident.last_failure_ended - SLACK
        for job in picture.jobs(incident)
    )

"""G1 and G10: every failure is on file, and none of them twice. Pure."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from local.checker.evidence import Evidence, Job
from local.checker.findings import Findings, Guarantee, short
from local.checker.trail import ItemTrail, Record

# Sweeps come every 30 minutes, and what they find travels: after this a failure must be on file.
GRACE = timedelta(hours=2)
# Nothing ran, and so there is no job: the vault and a day are all that names it.
NO_JOB = "no-point-since-"
_NAMING = frozenset({"IncidentOpened", "IncidentReopened", "FailureAttached"})


def every_failure_is_filed(evidence: Evidence) -> Guarantee:
    """G1: each failed job has its place in the trail, or is kept with an alarm.

    A failure so young that no sweep can have seen it counts only where it is on file already.
    """
    found = Findings("failed jobs")
    missing = set(unfiled(evidence))
    for job in evidence.jobs:
        if not job.failed or job.ended is None:
            continue
        if job not in missing:
            found.look()
        elif evidence.now - job.ended > GRACE:
            found.look()
            found.fault(f"job {job.id} of {short(job.item)} is nowhere on file")
    return found.verdict()


def unfiled(evidence: Evidence) -> Iterator[Job]:
    """Return the failed jobs that stand nowhere yet."""
    filed = {job for trail in evidence.items for job in _named(trail)}
    kept = " ".join(evidence.kept).lower() if evidence.alarms else ""
    for job in evidence.jobs:
        if not job.failed or job.ended is None:
            continue
        if job.id not in filed and job.activity not in evidence.intents and job.id not in kept:
            yield job


def nothing_twice(evidence: Evidence) -> Guarantee:
    """G10: no job opened two incidents or stands in two places; no request id made two backups."""
    found = Findings("failures and backups of ours")
    filed: Counter[str] = Counter()
    markers: Counter[str] = Counter()
    for trail in evidence.items:
        named = (_job(record) for record in trail.records if record.type in _NAMING)
        filed.update(_whole(job, trail) for job in named)
        markers.update(_whole(job, trail) for job in trail.markers)
        _open_once(trail, found)
    _each_once(filed, "the job {} is filed {} times", found)
    _each_once(markers, "the job {} has {} markers", found)
    _each_once(_backups(evidence), "the request id {} started {} backups", found)
    return found.verdict()


def _whole(job: str, trail: ItemTrail) -> str:
    """Return the job's name; what stands for a run that never came is told apart by its machine."""
    return f"{job} of {short(trail.item)}" if job.startswith(NO_JOB) else job


def _each_once(counted: Counter[str], said: str, found: Findings) -> None:
    found.look(len(counted))
    for name, count in counted.items():
        if count > 1:
            found.fault(said.format(name, count))


def _open_once(trail: ItemTrail, found: Findings) -> None:
    """Look for an incident that was opened while another one of the item was open."""
    current: str | None = None
    for record in trail.records:
        if record.type in {"IncidentOpened", "IncidentReopened"}:
            if current is not None:
                found.fault(f"{short(trail.item)}: {record.incident} opened beside {current}")
            current = record.incident
        elif record.type == "IncidentEnded":
            current = None


def _backups(evidence: Evidence) -> Counter[str]:
    """Count the jobs that each of our request ids has started."""
    return Counter(job.activity for job in evidence.jobs if job.activity in evidence.intents)


def _named(trail: ItemTrail) -> Iterator[str]:
    """Return the jobs that a trail names: by marker, and in records of failures."""
    yield from trail.markers
    yield from (_job(record) for record in trail.records if record.type in _NAMING)


def _job(record: Record) -> str:
    return str(record.body["failure"]["job"]["job"]).lower()

"""What the end of a job means. ``CompletedWithWarnings`` is four things, and three are no success.

Recorded jobs of that status: a crash-consistent point (400446), cancelled after the snapshot
(400158), the machine gone (320001, 400309), the transfer to the vault failed after the snapshot.
"""

from collections.abc import Mapping
from enum import StrEnum

from remediation.views import Job, JobError, JobStatus

# Each meaning by number and by string code, as either may be absent.
_CRASH_CONSISTENT: frozenset[int | str] = frozenset(
    {400446, "usererrorbackuptookcrashconsistentsnapshot"}
)
_CANCELLED: frozenset[int | str] = frozenset({400158, "usererrorjobsuccessfullycancelled"})
_MACHINE_GONE: frozenset[int | str] = frozenset(
    {
        320001,
        400309,
        400136,
        400094,
        400141,
        "resourcenotfound",
        "usererrorgenericresourcenotfound",
        "usererrorvmnotfoundv2",
        "bcmv2vmnotfound",
        "usererrorresourcegroupnotfound",
    }
)


class Verdict(StrEnum):
    """What a job came to. ``NEEDS_DETAIL``: a list's item does not tell, read the job itself."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    NEEDS_DETAIL = "needs_detail"


def verdict(job: Job) -> Verdict:
    """Judge a job by its status, its errors and, where it is known, by its tasks.

    A success is a job that says so; a warning is one only if every error is 400446 and no task says
    otherwise. A warning that the detail does not explain either is a failure.
    """
    match job.status:
        case JobStatus.IN_PROGRESS | JobStatus.CANCELLING:
            return Verdict.RUNNING
        case JobStatus.COMPLETED:
            return Verdict.SUCCEEDED
        case JobStatus.CANCELLED:
            return Verdict.CANCELLED
        case JobStatus.FAILED:
            return Verdict.CANCELLED if _only_cancelled(job) else Verdict.FAILED
        case JobStatus.WARNINGS:
            return _warned(job)


def _warned(job: Job) -> Verdict:
    if any(_means(error, _MACHINE_GONE) for error in job.errors):
        return Verdict.FAILED
    if any(_means(error, _CANCELLED) for error in job.errors):
        return Verdict.CANCELLED
    told = _told_by_tasks(job.tasks)
    if told is not None:
        return told
    if job.errors and all(_means(error, _CRASH_CONSISTENT) for error in job.errors):
        return Verdict.SUCCEEDED
    return Verdict.NEEDS_DETAIL if job.tasks is None else Verdict.FAILED


def _told_by_tasks(tasks: Mapping[str, str] | None) -> Verdict | None:
    """Return what the tasks prove: one that failed, one that was cancelled; else None.

    Names vary in casing ("Transfer Data to Vault"), so statuses alone are looked at: no task of a
    backup may fail or be cancelled where there is a point in the vault.
    """
    states = {state.casefold() for state in (tasks or {}).values()}
    if "failed" in states:
        return Verdict.FAILED
    return Verdict.CANCELLED if states & {"cancelled", "canceled"} else None


def _only_cancelled(job: Job) -> bool:
    """Whether the job's errors say that a person cancelled it, and nothing else."""
    return bool(job.errors) and all(_means(error, _CANCELLED) for error in job.errors)


def _means(error: JobError, meaning: frozenset[int | str]) -> bool:
    return error.number in meaning or (error.code or "").casefold() in meaning

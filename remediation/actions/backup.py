"""The on-demand backup.

Retry and proof. Found again by its job's ``activityId``, which is our id.
"""

from datetime import datetime, timedelta
from statistics import median

from remediation.actions.step import Order, Tools
from remediation.catalogue.verdict import Verdict, verdict
from remediation.messages import Absent, Done, Failed, Finding, Outcome, Running, Succeeded, Unseen
from remediation.views import Gone, Job, JobStatus, Unreadable, VaultSnapshot

# Jobs took 20 to 100 minutes, typically 40 to 60 (recorded); an item's own past is the better
# guess.
USUALLY_TAKES = timedelta(minutes=50)
LOOK_AGAIN = timedelta(minutes=15)
# The job appears 1 to 60 s after the request, in the list a little later.
APPEARS_WITHIN = timedelta(hours=1)


class Backup:
    """Step ``backup``."""

    def act(self, tools: Tools, order: Order) -> Outcome:
        """Trigger the backup; looked at when the item's backups usually end."""
        outcome = start(tools, order)
        if isinstance(outcome, Succeeded):
            return Succeeded(handle=outcome.handle, look_after=usual_duration(order))
        return outcome

    def probe(self, tools: Tools, order: Order) -> Finding:
        """Judge our job: by its end, and only by what the vault says of it."""
        found = find(tools, order)
        if not isinstance(found, Job):
            return found
        return judged(tools, found)


def start(tools: Tools, order: Order) -> Outcome:
    """Trigger an on-demand backup kept until the step's ``keep_until``."""
    keep_until = datetime.fromisoformat(order.step.parameters["keep_until"])
    return tools.backups.start(
        order.incident.protected, keep_until=keep_until, request_id=order.step.request_id
    )


def find(tools: Tools, order: Order) -> Job | Finding:
    """Find our job in the vault's list; else see how the request itself goes."""
    snapshot, step = order.snapshot, order.step
    if not isinstance(snapshot, VaultSnapshot):
        reason = snapshot.reason if snapshot else "the vault was not read"
        return Unseen(
            reason=reason,
            retry_after=snapshot.retry_after if snapshot else None,
            spread=snapshot.spread if snapshot else None,
        )
    job = our_job(snapshot, order)
    if job is not None:
        return job
    if order.now - step.intended_at > APPEARS_WITHIN:
        return Absent(reason="the vault lists no job with our activity id")
    if step.handle is None:
        if snapshot.taken_at < step.act_before:
            return Unseen(reason="the list is older than the request")
        return Absent(reason="the vault lists no job with our activity id")
    progress = tools.machines.operation(step.handle)
    if isinstance(progress, Failed):
        return progress
    return Running(detail="the job is not listed yet", look_after=timedelta(minutes=5))


def our_job(snapshot: VaultSnapshot, order: Order) -> Job | None:
    """Return the job that carries the step's request id."""
    wanted = order.step.request_id.lower()
    return next((job for job in snapshot.jobs if (job.activity_id or "").lower() == wanted), None)


def judged(tools: Tools, job: Job) -> Finding:
    """Return what the job's state means for the step."""
    meaning = verdict(job)
    if meaning is Verdict.NEEDS_DETAIL:
        whole = tools.vaults.job(job.key)
        if isinstance(whole, Unreadable):
            return Unseen(reason=whole.reason, retry_after=whole.retry_after, spread=whole.spread)
        if isinstance(whole, Gone):
            return Unseen(reason="the job is listed, and cannot be read")
        job, meaning = whole, verdict(whole)
    name = f"job {job.key.job}"
    match meaning:
        case Verdict.RUNNING:
            return Running(detail=f"{name} is running", look_after=LOOK_AGAIN)
        case Verdict.SUCCEEDED:
            return Done(detail=f"{name} completed")
        case Verdict.CANCELLED:
            return Failed(reason=f"{name} was cancelled by a person", code="cancelled")
        case Verdict.FAILED | Verdict.NEEDS_DETAIL:
            said = "; ".join(error.code or error.message for error in job.errors)
            return Failed(reason=f"{name} failed: {said}", code=_first_code(job))


def _first_code(job: Job) -> str | None:
    return next((error.code for error in job.errors if error.code), None)


def usual_duration(order: Order) -> timedelta:
    """Return how long the item's backups usually take, and five minutes."""
    if not isinstance(order.snapshot, VaultSnapshot):
        return USUALLY_TAKES
    took = [
        (job.ended - job.started).total_seconds()
        for job in order.snapshot.jobs_of(order.incident.protected.machine)
        if job.ended is not None and job.status is JobStatus.COMPLETED
    ]
    if not took:
        return USUALLY_TAKES
    usual = timedelta(seconds=median(took)) + timedelta(minutes=5)
    return min(max(usual, timedelta(minutes=20)), timedelta(hours=2))

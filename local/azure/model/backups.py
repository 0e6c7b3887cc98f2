"""Backups: how a job starts, what it does until it ends, and what it leaves behind."""

from datetime import datetime, timedelta
from typing import Literal

from local.azure.model import collections, errors, faults, names
from local.azure.model.entities import (
    SNAPSHOT,
    TRANSFER,
    VALIDATE,
    Alert,
    Estate,
    Job,
    JobError,
    Machine,
    RecoveryPoint,
    Task,
)

type Kind = Literal["history", "scheduled", "on_demand", "other"]

DEFAULT_RETENTION = timedelta(days=30)
STUCK_SHARE = 0.2


def start(
    estate: Estate,
    machine: Machine,
    kind: Kind,
    now: datetime,
    *,
    activity_id: str | None = None,
    expires: datetime | None = None,
) -> Job:
    """Start a backup job; it fails at once if another one runs, later if a fault is at work."""
    running = machine.running_job()
    job = new_job(estate, machine, kind, now, activity_id=activity_id, expires=expires)
    if running is not None:
        wait = machine.chance.uniform(5, 20)
        busy = errors.BUSY
        if machine.fault is not None and faults.is_curable_by(machine, "wait_for_running_job"):
            busy = errors.of(machine.fault)
        estate.agenda.after(now, wait, lambda at: fail(estate, job, busy, at))
        return job
    if kind == "on_demand":
        faults.cure(estate, machine, "retry_backup", now)
    if kind != "other":
        collections.start_clean_up(estate, machine, now)
    fault = machine.fault
    if kind == "other" or fault is None or not faults.is_active(machine):
        _run(estate, job, now, delay=900 if kind == "other" else 30)
        return job
    faults.note_failure(estate, machine, now)
    if fault.shows == "failed":
        wait = machine.chance.uniform(*estate.fails_after)
        estate.agenda.after(now, wait, lambda at: fail(estate, job, errors.of(fault), at))
    elif fault.shows == "transfer_failed":
        _run(estate, job, now, delay=30, spoilt=errors.of(fault))
    else:
        _run(estate, job, now, delay=30, warning=errors.CRASH_CONSISTENT)
    return job


def new_job(
    estate: Estate,
    machine: Machine,
    kind: Kind,
    now: datetime,
    *,
    activity_id: str | None = None,
    expires: datetime | None = None,
) -> Job:
    """Enter a job that has just started into its vault's list."""
    number = len(machine.jobs)
    job_id = names.derived(estate.seed, machine.id, "job", number)
    tasks = [Task(name=SNAPSHOT), Task(name=TRANSFER)]
    if machine.site.vault.enhanced:
        tasks.append(Task(name=VALIDATE))
    job = Job(
        id=job_id,
        machine=machine,
        kind=kind,
        started=now,
        activity_id=activity_id or names.derived(job_id, "activity"),
        tasks=tasks,
        expires=expires or now + DEFAULT_RETENTION,
    )
    machine.site.add(job)
    return job


def fail(estate: Estate, job: Job, error: JobError, now: datetime) -> None:
    """End a job as failed, and have the alert fired where Azure Monitor would."""
    if job.status != "InProgress":
        return
    # Some failed jobs keep a first task that never ended.
    stuck = job.machine.chance.random() < STUCK_SHARE
    job.tasks[0].status = "InProgress" if stuck else "Failed"
    job.status, job.ended, job.error = "Failed", now, error
    if _alerts(estate, job):
        wait = job.machine.chance.uniform(5, 60)
        estate.agenda.after(now, wait, lambda at: _fire(estate, job, at))


def _alerts(estate: Estate, job: Job) -> bool:
    """Tell whether a failed job's alert reaches anybody in this world."""
    code = (job.error.code or "").lower() if job.error else ""
    if code in errors.SILENT or not job.machine.vm.alert:
        return False
    share = {"all": 1.0, "some": 0.5, "none": 0.0}[estate.world.alerts]
    return names.chance(estate.seed, job.machine.id, "alert") < share


def _fire(estate: Estate, job: Job, now: datetime) -> None:
    """Fire the alert of a failed job."""
    job.alerted = True
    alert_id = names.derived(job.id, "alert")
    estate.alerts.append(Alert(id=alert_id, fired=now, job=job))


def _run(
    estate: Estate,
    job: Job,
    now: datetime,
    *,
    delay: float,
    spoilt: JobError | None = None,
    warning: JobError | None = None,
) -> None:
    """Plan a job that takes its snapshot; ``spoilt`` is an error that ends its transfer."""
    chance = job.machine.chance
    snapshot_begin = now + timedelta(seconds=delay + chance.uniform(0, 90))
    snapshot_end = snapshot_begin + timedelta(minutes=chance.uniform(4, 14))
    transfer_end = snapshot_end + timedelta(minutes=chance.uniform(16, 66))
    plan = estate.agenda.plan
    plan(snapshot_begin, lambda at: _begin(job, SNAPSHOT, at))
    plan(snapshot_end, lambda at: _snapshot(job, at, crude=warning is not None))
    if spoilt is not None:
        plan(transfer_end, lambda at: _spoil(job, spoilt, at))
        return
    plan(transfer_end, lambda at: _transferred(estate, job, at, warning))


def _task(job: Job, name: str) -> Task | None:
    """Return a job's task, if it has that one."""
    return next((task for task in job.tasks if task.name == name), None)


def _begin(job: Job, name: str, now: datetime) -> None:
    """Start a task of a job that nobody has cancelled."""
    task = _task(job, name)
    if task is not None and job.status == "InProgress":
        task.status, task.started = "InProgress", now


def _end(job: Job, name: str, now: datetime, status: str = "Completed") -> None:
    """End a task."""
    task = _task(job, name)
    if task is not None:
        task.status, task.ended = status, now


def _snapshot(job: Job, now: datetime, *, crude: bool) -> None:
    """Finish the snapshot: the point is there, in the snapshot tier only."""
    if job.status != "InProgress":
        return
    _end(job, SNAPSHOT, now)
    _begin(job, TRANSFER, now)
    machine = job.machine
    machine.extensions.setdefault(machine.extension_name, faults.backup_extension(machine))
    begun = job.tasks[0].started or job.started
    form = "CrashConsistent" if crude else consistency(machine)
    machine.recovery_points.append(recovery_point(machine, job, begun, form))
    collections.create(machine, begun, form)


def recovery_point(machine: Machine, job: Job, begun: datetime, form: str) -> RecoveryPoint:
    """Return the point that a job's snapshot makes."""
    number = str(int(names.chance(job.id) * 9e14) + 10**14)
    return RecoveryPoint(id=number, time=begun, job=job.id, consistency=form, disks=machine.disks)


def consistency(machine: Machine) -> str:
    """Return how consistent a healthy backup of this machine is."""
    if machine.vm.power != "running" or machine.vm.agent == "absent":
        return "CrashConsistent"
    return "AppConsistent" if machine.vm.os == "windows" else "FileSystemConsistent"


def _spoil(job: Job, error: JobError, now: datetime) -> None:
    """End a job whose transfer failed: the vault calls it completed, with warnings."""
    if job.status == "InProgress":
        _end(job, TRANSFER, now, "Failed")
        job.status, job.ended, job.error = "CompletedWithWarnings", now, error


def _transferred(estate: Estate, job: Job, now: datetime, warning: JobError | None) -> None:
    """Finish the transfer: the point is in the vault, and some jobs still validate it."""
    if job.status != "InProgress":
        return
    _end(job, TRANSFER, now)
    for point in job.machine.recovery_points:
        if point.job == job.id:
            point.in_vault_tier = True
    job.size_mb = int(job.machine.chance.uniform(200, 20000))
    if _task(job, VALIDATE) is None:
        _complete(estate, job, now, warning)
        return
    _begin(job, VALIDATE, now)
    wait = job.machine.chance.uniform(120, 900)
    estate.agenda.after(now, wait, lambda at: _complete(estate, job, at, warning))


def _complete(estate: Estate, job: Job, now: datetime, warning: JobError | None) -> None:
    """End a job well, or with the warning that is no failure."""
    if job.status != "InProgress":
        return
    _end(job, VALIDATE, now)
    job.ended, job.error = now, warning
    job.status = "CompletedWithWarnings" if warning else "Completed"
    machine = job.machine
    if job.kind == "other":
        faults.cure(estate, machine, "wait_for_running_job", now)
    else:
        faults.note_success(machine, now)
    collections.prune(estate, machine)


def cancel(estate: Estate, job: Job, now: datetime) -> None:
    """Begin to cancel a running job; it takes a minute or two."""
    if job.status == "InProgress":
        job.status = "Cancelling"
        wait = job.machine.chance.uniform(30, 120)
        estate.agenda.after(now, wait, lambda at: _cancelled(job, at))


def _cancelled(job: Job, now: datetime) -> None:
    """End a cancelled job: after its snapshot it counts as completed with warnings."""
    late = job.tasks[0].status == "Completed"
    for task in job.tasks:
        if task.status != "Completed":
            task.status = "Cancelled"
    job.status = "CompletedWithWarnings" if late else "Cancelled"
    job.ended, job.error = now, errors.CANCELLED

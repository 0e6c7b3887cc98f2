"""Backup jobs: the list's filter, and jobs of every type as the domain's ``Job``.

``AzureIaaSVMJob``, ``AzureIaaSVMJobV2`` (enhanced policy, trusted launch) and what an SDK only
knows as a plain ``Job`` hold the same fields; reading them by name serves all.
``CompletedWithWarnings`` has four meanings: it is kept with errors and tasks; the domain judges.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from remediation.arm.fields import moment, node, nodes, text, whole
from remediation.ids import JobKey, VaultId, machine_of_container
from remediation.views import Job, JobError, JobStatus

_STATUSES = {status.value.lower(): status for status in JobStatus}
# The container of a machine of Resource Manager; a classic one has no ``v2``.
_MODERN = "iaasvmcontainerv2"
_NOON = 12


def jobs_filter(since: datetime, until: datetime) -> str:
    """Return the list's filter for backups of machines begun in the span.

    The service wants ``eq`` for the ends of a range, and dates with a 12-hour clock.
    """
    return span_filter("Backup", since, until)


def span_filter(operation: str, since: datetime, until: datetime) -> str:
    """Return the list's filter for jobs of machines: one operation, begun in the span."""
    return (
        f"operation eq '{operation}' and backupManagementType eq 'AzureIaasVM' "
        f"and startTime eq '{_written(since)}' and endTime eq '{_written(until)}'"
    )


def _written(at: datetime) -> str:
    """Write ``yyyy-MM-dd hh:mm:ss tt`` in UTC; ``strftime`` would ask the locale for AM and PM."""
    utc = at.astimezone(UTC)
    hour, half = utc.hour % _NOON or _NOON, "AM" if utc.hour < _NOON else "PM"
    return f"{utc:%Y-%m-%d} {hour:02}:{utc:%M:%S} {half}"


def is_machine_backup(resource: Mapping[str, object]) -> bool:
    """Whether a job is a backup of a machine of today's kind: no restore, no database, no classic.

    A job that has ended in a state of no name we know is left out: it neither runs nor has failed.
    """
    properties = node(resource, "properties")
    container = text(properties, "containerName")
    status = (text(properties, "status") or "").lower()
    return (
        (text(properties, "operation") or "Backup").lower() == "backup"
        and (text(properties, "backupManagementType") or "AzureIaasVM").lower() == "azureiaasvm"
        and (container is None or _MODERN in container.lower().split(";"))
        and (status in _STATUSES or moment(properties, "endTime") is None)
    )


def job(vault: VaultId, resource: Mapping[str, object]) -> Job:
    """Read a job resource; raises ValueError naming the field that cannot be read."""
    properties = node(resource, "properties")
    name = text(resource, "name") or (text(resource, "id") or "").rpartition("/")[2]
    started = moment(properties, "startTime")
    if not name or started is None:
        raise ValueError(f"job {name or '?'}: expected a name and a startTime")
    ended = moment(properties, "endTime")
    status = _status(text(properties, "status"), ended)
    running = status in {JobStatus.IN_PROGRESS, JobStatus.CANCELLING}
    activity = text(properties, "activityId")
    return Job(
        key=JobKey(vault, name),
        machine=_machine(properties),
        status=status,
        started=started,
        ended=None if running else ended,
        activity_id=activity.lower() if activity else None,
        errors=tuple(_error(one) for one in nodes(properties, "errorDetails")),
        tasks=_tasks(properties),
        dynamic_message=text(properties, "extendedInfo", "dynamicErrorMessage"),
    )


def _status(written: str | None, ended: datetime | None) -> JobStatus:
    known = _STATUSES.get((written or "").lower())
    if known is not None:
        return known
    if ended is None:
        # Not ended, in a state of no name we know: something works on the machine.
        return JobStatus.IN_PROGRESS
    raise ValueError(f"job status: expected one of {sorted(JobStatus)}, got {written!r}")


def _machine(properties: Mapping[str, object]) -> tuple[str, str]:
    """Return group and name, lower-cased; a job without a container still names the machine."""
    container = text(properties, "containerName")
    if container is not None:
        return machine_of_container(container)
    return "", (text(properties, "entityFriendlyName") or "").lower()


def _error(detail: Mapping[str, object]) -> JobError:
    return JobError(
        code=text(detail, "errorTitle"),
        number=whole(detail, "errorCode"),
        message=text(detail, "errorString") or "",
    )


def _tasks(properties: Mapping[str, object]) -> dict[str, str] | None:
    """Return each task's status by its name; None where the job was listed without details."""
    if not node(properties, "extendedInfo"):
        return None
    named = (
        (text(task, "taskId"), text(task, "status"))
        for task in nodes(properties, "extendedInfo", "tasksList")
    )
    return {name: status for name, status in named if name and status}

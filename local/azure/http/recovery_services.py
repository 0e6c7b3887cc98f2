# ruff: noqa: ARG001 - every handler has the same signature
"""The routes of Recovery Services: vaults, items, jobs, policies, recovery points, backups."""

import re
from bisect import bisect_left, bisect_right
from datetime import UTC, datetime, timedelta
from typing import Any

from local.azure.http import job_filter, lookup, render_backup
from local.azure.http.message import ArmError, Reply, Request
from local.azure.http.paging import page
from local.azure.http.paths import Family, Route, route
from local.azure.http.times import stamp
from local.azure.model import backups, names, requests
from local.azure.model.entities import Estate, Job, Operation

PROVIDER = "/providers/Microsoft.RecoveryServices/vaults"
VAULT = "/subscriptions/{subscription}/resourceGroups/{group}" + PROVIDER + "/{vault}"
ITEM = VAULT + "/backupFabrics/{fabric}/protectionContainers/{container}/protectedItems/{item}"
POLL_SECONDS = "60"
_UNSET = "0001-01-01T00:00:00Z"


def vaults(estate: Estate, request: Request, values: dict[str, str]) -> Reply:
    """List the vaults of a subscription."""
    subscription = values["subscription"].lower()
    sites = [s for s in estate.sites.values() if s.vault.subscription.lower() == subscription]
    return page(request, sites, name=lambda site: site.id, show=render_backup.vault)


def vault(estate: Estate, request: Request, values: dict[str, str]) -> Reply:
    """Show one vault."""
    return Reply(status=200, body=render_backup.vault(lookup.site(estate, values)))


def items(estate: Estate, request: Request, values: dict[str, str]) -> Reply:
    """List a vault's protected items."""
    machines = lookup.site(estate, values).machines
    return page(request, machines, name=lambda machine: machine.item_id, show=render_backup.item)


def item(estate: Estate, request: Request, values: dict[str, str]) -> Reply:
    """Show one protected item."""
    return Reply(status=200, body=render_backup.item(lookup.item(estate, values)))


def policies(estate: Estate, request: Request, values: dict[str, str]) -> Reply:
    """List a vault's backup policies."""
    site = lookup.site(estate, values)
    return page(
        request,
        [site],
        name=lambda site: site.policy,
        show=lambda site: render_backup.policy(site, request.now),
    )


def policy(estate: Estate, request: Request, values: dict[str, str]) -> Reply:
    """Show one backup policy."""
    site = lookup.site(estate, values)
    if values["policy"].lower() != site.policy.lower():
        text = f"The policy '{values['policy']}' was not found in the vault."
        raise ArmError(404, "BMSUserErrorObjectNotFound", text, legacy=True)
    return Reply(status=200, body=render_backup.policy(site, request.now))


def jobs(estate: Estate, request: Request, values: dict[str, str]) -> Reply:
    """List a vault's jobs, the newest first, without their extended information."""
    site = lookup.site(estate, values)
    wanted = job_filter.parse(request.query.get("$filter"))
    low = bisect_left(site.jobs, wanted.start, key=_started) if wanted.start else 0
    high = len(site.jobs)
    if wanted.end:
        through = wanted.end + timedelta(seconds=1)
        high = bisect_right(site.jobs, through, key=_started)
    chosen = [job for job in reversed(site.jobs[low:high]) if _matches(job, wanted)]
    return page(
        request,
        chosen,
        name=lambda job: job.id,
        show=lambda job: render_backup.job(job, request.now, detailed=False),
    )


def _started(job: Job) -> datetime:
    """Return what the vault's list is ordered by."""
    return job.started


def _matches(job: Job, wanted: job_filter.JobFilter) -> bool:
    """Tell whether a job is one that the list is asked for."""
    return (
        wanted.status in {None, job.status.lower()}
        and wanted.operation in {None, "backup"}
        and wanted.management in {None, "azureiaasvm"}
        and wanted.job_id in {None, job.id.lower()}
    )


def _job(estate: Estate, values: dict[str, str]) -> Job:
    """Return the job that a path names."""
    found = lookup.site(estate, values).by_id.get(values["job"].lower())
    if found is None:
        text = f"The job '{values['job']}' was not found in the vault."
        raise ArmError(404, "BMSUserErrorJobNotFound", text, legacy=True)
    return found


def job(estate: Estate, request: Request, values: dict[str, str]) -> Reply:
    """Show one job with its tasks and its dynamic message."""
    found = _job(estate, values)
    return Reply(status=200, body=render_backup.job(found, request.now, detailed=True))


def cancel(estate: Estate, request: Request, values: dict[str, str]) -> Reply:
    """Cancel a running job: 202 with ``Location`` only."""
    found = _job(estate, values)
    if not found.running:
        text = "The job is not in a state in which it can be cancelled."
        raise ArmError(400, "BMSUserErrorJobNotCancellable", text, legacy=True)
    backups.cancel(estate, found, request.now)
    where = f"{request.base_url}{found.machine.site.id}/backupJobs/{found.id}/operationResults"
    location = f"{where}/{names.derived(found.id, 'cancel')}?{_version(request)}"
    return Reply(status=202, headers={"Location": location, "Retry-After": POLL_SECONDS})


def cancelled(estate: Estate, request: Request, values: dict[str, str]) -> Reply:
    """Answer the poll of a cancellation."""
    return Reply(status=202 if _job(estate, values).running else 204)


def trigger(estate: Estate, request: Request, values: dict[str, str]) -> Reply:
    """Start an on-demand backup; its job will carry the request's client id as activity id."""
    machine = lookup.item(estate, values)
    lookup.unlocked(estate, machine.item_id, "write")
    properties = request.body.get("properties") if isinstance(request.body, dict) else None
    if not isinstance(properties, dict) or properties.get("objectType") != "IaasVMBackupRequest":
        text = "Expected properties.objectType to be 'IaasVMBackupRequest'."
        raise ArmError(400, "BMSUserErrorInvalidInput", text, legacy=True)
    try:
        operation = requests.trigger(
            estate,
            machine,
            request.now,
            activity_id=request.client_request_id or names.derived(machine.id, request.now),
            expires=_expiry(properties.get("recoveryPointExpiryTimeInUTC")),
        )
    except requests.LimitReachedError:
        text = (
            "The maximum number of on-demand backups of this item in a day has been reached. "
            "Try again later."
        )
        raise ArmError(400, requests.LIMIT_CODE, text) from None
    base = f"{request.base_url}{machine.item_id}"
    query = f"{_version(request)}&{_signature(operation)}"
    return Reply(
        status=202,
        headers={
            "Azure-AsyncOperation": f"{base}/operationsStatus/{operation.id}?{query}",
            "Location": f"{base}/operationResults/{operation.id}?{query}",
            "Retry-After": POLL_SECONDS,
        },
    )


def _version(request: Request) -> str:
    """Return the query of a polling URL."""
    return f"api-version={request.query.get('api-version', '2025-08-01')}"


def _signature(operation: Operation) -> str:
    """Return the signature that makes polling URLs some thousand characters long."""
    word = operation.id.replace("-", "")
    return f"t=638990000000000000&c={word * 60}&s={word * 10}&h={word}"


def _expiry(text: object) -> datetime | None:
    """Read the retention that was asked for."""
    if not isinstance(text, str):
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        fault = f"recoveryPointExpiryTimeInUTC '{text}' is not a time."
        raise ArmError(400, "BMSUserErrorInvalidInput", fault, legacy=True) from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _operation(estate: Estate, values: dict[str, str]) -> Operation:
    """Return the operation that a path names."""
    lookup.item(estate, values)
    operation = estate.operations.get(values["operation"].lower())
    if operation is None or operation.kind != "backup":
        text = f"The operation '{values['operation']}' was not found."
        raise ArmError(404, "BMSUserErrorObjectNotFound", text, legacy=True)
    return operation


def operation_status(estate: Estate, request: Request, values: dict[str, str]) -> Reply:
    """Answer the poll of a backup: it ends when the job exists; an end time is always there."""
    operation = _operation(estate, values)
    body: dict[str, Any] = {
        "id": operation.id,
        "name": operation.id,
        "status": operation.status,
        "startTime": stamp(operation.started),
        "endTime": stamp(operation.ended) or _UNSET,
    }
    if operation.job is not None:
        body["properties"] = {
            "objectType": "OperationStatusJobExtendedInfo",
            "jobId": operation.job.id,
        }
    return Reply(status=200, body=body)


def operation_result(estate: Estate, request: Request, values: dict[str, str]) -> Reply:
    """Answer the poll of a backup's result: 202 until there is one, then 204."""
    operation = _operation(estate, values)
    if operation.ended is not None:
        return Reply(status=204)
    headers = {"Location": request.base_url + request.path, "Retry-After": POLL_SECONDS}
    return Reply(status=202, headers=headers)


def recovery_points(estate: Estate, request: Request, values: dict[str, str]) -> Reply:
    """List an item's recovery points, the newest first."""
    machine = lookup.item(estate, values)
    start, end = _range(request.query.get("$filter"))
    points = [
        point
        for point in reversed(machine.recovery_points)
        if (start is None or point.time >= start) and (end is None or point.time <= end)
    ]
    return page(
        request,
        points,
        name=lambda point: point.id,
        show=lambda point: render_backup.recovery_point(machine, point),
    )


def _range(text: str | None) -> tuple[datetime | None, datetime | None]:
    """Read the dates of a recovery point filter."""
    if not text:
        return None, None
    spelt = re.sub(r"\b(start|end)Date\b", r"\1Time", text, flags=re.IGNORECASE)
    wanted = job_filter.parse(spelt)
    return wanted.start, wanted.end


def recovery_point(estate: Estate, request: Request, values: dict[str, str]) -> Reply:
    """Show one recovery point."""
    machine = lookup.item(estate, values)
    point = next((p for p in machine.recovery_points if p.id == values["point"]), None)
    if point is None:
        text = f"The recovery point '{values['point']}' was not found."
        raise ArmError(404, "BMSUserErrorObjectNotFound", text, legacy=True)
    return Reply(status=200, body=render_backup.recovery_point(machine, point))


ROUTES: tuple[Route, ...] = (
    route("GET", "/subscriptions/{subscription}" + PROVIDER, vaults, Family.RECOVERY),
    route("GET", VAULT, vault, Family.RECOVERY),
    route("GET", VAULT + "/backupJobs", jobs, Family.JOB_READ),
    route("GET", VAULT + "/backupJobs/{job}", job, Family.JOB_READ),
    route("POST", VAULT + "/backupJobs/{job}/cancel", cancel, Family.RECOVERY),
    route(
        "GET", VAULT + "/backupJobs/{job}/operationResults/{operation}", cancelled, Family.RECOVERY
    ),
    route("GET", VAULT + "/backupProtectedItems", items, Family.RECOVERY),
    route("GET", VAULT + "/backupPolicies", policies, Family.RECOVERY),
    route("GET", VAULT + "/backupPolicies/{policy}", policy, Family.RECOVERY),
    route("GET", ITEM, item, Family.RECOVERY),
    route("POST", ITEM + "/backup", trigger, Family.RECOVERY),
    route("GET", ITEM + "/operationsStatus/{operation}", operation_status, Family.RECOVERY),
    route("GET", ITEM + "/operationResults/{operation}", operation_result, Family.RECOVERY),
    route("GET", ITEM + "/recoveryPoints", recovery_points, Family.RECOVERY),
    route("GET", ITEM + "/recoveryPoints/{point}", recovery_point, Family.RECOVERY),
)

"""What a re-trigger is about: a machine, with the job or the incident that was named."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from console import lookup
from console.problem import ProblemError
from console.services import Services
from remediation.ids import ItemId, JobKey, VaultId
from remediation.views import Unreadable

_MIDDLE = "/backupjobs/"


class JobReference(BaseModel):
    """A job by its vault's ARM id and its own id."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    vault: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=600)]
    id: Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[-\w.]{1,100}$")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The machine, and what else was named."""

    item: ItemId
    job: JobKey | None = None
    incident: str | None = None


def target(
    services: Services,
    item: str | None,
    vm: str | None,
    job: JobReference | str | None,
    incident: str | None,
) -> Target:
    """Return what is meant by the one that is given; raises ProblemError that names it."""
    if item is not None:
        try:
            return Target(item=ItemId.parse(item))
        except ValueError as fault:
            raise ProblemError(422, "invalid-request", str(fault), field="item") from fault
    if vm is not None:
        return _machine(services, vm)
    if job is not None:
        return _job(services, job)
    return _incident(services, incident or "")


def _machine(services: Services, vm: str) -> Target:
    found = lookup.machine(services, vm, "vm")
    if found is None:
        detail = f"no incident is of a machine called {vm[:80]!r}: name it by its ARM id"
        raise ProblemError(404, "no-machine", detail, field="vm")
    return Target(item=found)


def _incident(services: Services, incident: str) -> Target:
    row = services.index.find(incident)
    if row is None:
        detail = f"there is no incident {incident[:80]!r}"
        raise ProblemError(404, "no-incident", detail, field="incident")
    return Target(item=row.item, incident=incident)


def _job(services: Services, job: JobReference | str) -> Target:
    """Find the machine of a job by asking its vault: the reading that all incidents share."""
    key = _key(job)
    reception = services.retrigger.reception
    if not reception.engine.policy.covers(key.vault.subscription):
        detail = "expected a vault of a subscription that is in scope"
        raise ProblemError(422, "out-of-scope", detail, field="job")
    snapshot = reception.engine.eyes.vault(key.vault, services.clock.now())
    if isinstance(snapshot, Unreadable):
        seconds = int(snapshot.retry_after.total_seconds()) if snapshot.retry_after else 60
        detail = f"the vault could not be read: {snapshot.reason}"
        raise ProblemError(503, "unreadable", detail, headers={"Retry-After": str(seconds)})
    found = snapshot.job(key)
    if found is None:
        detail = f"the vault {key.vault.name} knows no recent backup of a machine by that id"
        raise ProblemError(404, "no-job", detail, field="job")
    known = next((one.item for one in snapshot.items if one.id.machine == found.machine), None)
    group, name = found.machine
    return Target(item=known or ItemId.of(key.vault.subscription, group, name), job=key)


def _key(job: JobReference | str) -> JobKey:
    try:
        if not isinstance(job, str):
            return JobKey(VaultId.parse(job.vault), job.id)
        at = job.lower().find(_MIDDLE)
        if at < 0:
            raise ValueError(f"expected <vault's ARM id>/backupJobs/<id>, got {job[:200]!r}")  # noqa: TRY301 - one reading of two spellings
        reference = JobReference(vault=job[:at], id=job[at + len(_MIDDLE) :])
        return JobKey(VaultId.parse(reference.vault), reference.id)
    except ValueError as fault:
        field = "job" if isinstance(job, str) else "job.vault"
        detail = str(fault) if "validation error" not in str(fault) else "expected a job's id"
        raise ProblemError(422, "invalid-request", detail, field=field) from fault

"""On-demand backups: what a request is answered, and the job that comes of it."""

from datetime import datetime, timedelta

from local.azure.model import backups, names
from local.azure.model.entities import Change, Estate, Machine, Operation

PER_DAY = 9
PROMPT_SHARE = 0.6
LIMIT_CODE = "CloudDosAbsoluteLimitReached"
_DAY = timedelta(days=1)


class LimitReachedError(Exception):
    """Azure Backup allows no further on-demand backup of this item today."""


def trigger(
    estate: Estate,
    machine: Machine,
    now: datetime,
    *,
    activity_id: str,
    expires: datetime | None,
) -> Operation:
    """Accept an on-demand backup; the operation ends when the job exists, 1 to 60 s later."""
    machine.on_demand = [at for at in machine.on_demand if now - at < _DAY]
    if len(machine.on_demand) >= PER_DAY:
        raise LimitReachedError
    machine.on_demand.append(now)
    machine.changes.append(Change(time=now, what="backup"))
    operation_id = names.derived(estate.seed, "backup", len(estate.operations))
    operation = Operation(id=operation_id, kind="backup", started=now, machine=machine)
    estate.operations[operation.id] = operation
    prompt = machine.chance.random() < PROMPT_SHARE
    wait = machine.chance.uniform(1, 5) if prompt else machine.chance.uniform(5, 60)

    def appear(at: datetime) -> None:
        operation.job = backups.start(
            estate, machine, "on_demand", at, activity_id=activity_id, expires=expires
        )
        operation.status, operation.ended = "Succeeded", at

    estate.agenda.after(now, wait, appear)
    return operation

"""The whole truth about a world, for those who measure: nothing of this is visible through ARM."""

from datetime import datetime
from typing import Any

from local.azure.model import names
from local.azure.model.entities import Estate, Job, LockState, Machine, RecoveryPoint
from local.worlds import Fault
from local.worlds.values import EXCLUSION_TAG


def truth(estate: Estate) -> dict[str, Any]:
    """Return every machine with its fault and history, and every lock with what became of it."""
    return {
        "begun": estate.begun,
        "vms": [_machine(estate, machine) for machine in estate.machines.values()],
        "locks": [_lock(lock) for lock in estate.locks],
    }


def is_excluded(estate: Estate, machine: Machine) -> bool:
    """Tell whether the tag of the machine, its group or its subscription says so: the nearest."""
    subscription = f"/subscriptions/{machine.subscription}"
    group = names.group_id(machine.subscription, machine.vm.resource_group)
    around = (estate.tags.get(names.key(one), {}) for one in (subscription, group))
    said: dict[str, str] = {}
    for tags in (*around, machine.vm.tags):
        said |= {name.strip().lower(): value.strip().lower() for name, value in tags.items()}
    return said.get(EXCLUSION_TAG) == "off"


def _machine(estate: Estate, machine: Machine) -> dict[str, Any]:
    """Describe one machine."""
    vm = machine.vm
    return {
        "item": machine.id,
        "fault": _fault(machine.fault),
        "cured": machine.cured,
        "cured_by": machine.cured_how,
        "cured_at": _time(machine.cured_at),
        "excluded": is_excluded(estate, machine),
        "name": vm.name,
        "resource_group": vm.resource_group,
        "subscription": machine.subscription,
        "location": machine.location,
        "vault": machine.site.id,
        "protected_item": machine.item_id,
        "os": vm.os,
        "power": vm.power,
        "agent": machine.agent,
        "guest": dict(machine.guest),
        "interface": machine.interface_id,
        "tags": dict(vm.tags),
        "alert": vm.alert,
        "disks": machine.disks,
        "first_failure": _time(machine.first_failure),
        "backup_group": machine.backup_group_id,
        "collection": machine.collection_id if machine.collection.exists else None,
        "restore_points": len(machine.collection.points),
        "extensions": {e.name: e.state for e in machine.extensions.values()},
        "changed": [{"time": _time(c.time), "what": c.what} for c in machine.changes],
        "jobs": [_job(job) for job in machine.jobs],
        "recovery_points": [_point(point) for point in machine.recovery_points],
    }


def _fault(fault: Fault | None) -> dict[str, Any] | None:
    """Describe a fault as the world file does."""
    if fault is None:
        return None
    heals = fault.heals_after
    return {
        "code": fault.code,
        "number": fault.number,
        "message": fault.message,
        "cured_by": sorted(fault.cured_by),
        "cured_for": fault.cured_for,
        "heals_after": f"PT{int(heals.total_seconds())}S" if heals else None,
        "shows": fault.shows,
    }


def _job(job: Job) -> dict[str, Any]:
    """Describe one job."""
    return {
        "id": job.id,
        "kind": job.kind,
        "status": job.status,
        "code": job.error.code if job.error else None,
        "number": job.error.number if job.error else None,
        "message": (job.error.dynamic or job.error.text) if job.error else None,
        "started": _time(job.started),
        "ended": _time(job.ended),
        "activity_id": job.activity_id,
        "alerted": job.alerted,
    }


def _point(point: RecoveryPoint) -> dict[str, Any]:
    """Describe one recovery point."""
    return {
        "id": point.id,
        "time": _time(point.time),
        "job": point.job,
        "consistency": point.consistency,
        "disks": point.disks,
        "in_vault_tier": point.in_vault_tier,
        "in_snapshot_tier": point.in_snapshot_tier,
    }


def _lock(lock: LockState) -> dict[str, Any]:
    """Describe one lock."""
    return {
        "id": f"{lock.scope}{names.LOCKS}/{lock.name}",
        "scope": lock.scope,
        "name": lock.name,
        "level": lock.level,
        "notes": lock.notes,
        "owners": list(lock.owners),
        "present": lock.present,
        "removed_at": _time(lock.removed_at),
        "restored_at": _time(lock.restored_at),
    }


def _time(at: datetime | None) -> str | None:
    """Write a time as ARM does."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if at else None

"""What a step is sent with: chosen when it is intended, and part of its intent. Pure."""

from datetime import datetime, timedelta

from remediation.incident import StepName
from remediation.picture import own_locks
from remediation.plan import Plan
from remediation.views import Machine, RestorePoints

EXTENSIONS = {"windows": "VMSnapshot", "linux": "VMSnapshotLinux"}


def parameters(plan: Plan) -> dict[str, str]:
    """Return the step's parameters: names and times, never anything that came in an event."""
    found = _machine(plan) | _restore_points(plan)
    match plan.step:
        case StepName.BACKUP | StepName.CLEAN_UP:
            found["keep_until"] = _keep_until(plan).isoformat()
        case StepName.DELETE_EXTENSION:
            found["extension"] = EXTENSIONS[found["os"]]
        case StepName.REMOVE_LOCK:
            away = [duty.lock for duty in plan.picture.duties if duty.away]
            names = dict.fromkeys(lock.name for lock in (*own_locks(plan.picture), *away))
            found["locks"] = ",".join(names)
        case StepName.DELETE_COLLECTION:
            seconds = int(plan.policy.objective.total_seconds())
            found["objective_seconds"] = str(seconds)
        case _:
            pass
    return found


def _machine(plan: Plan) -> dict[str, str]:
    machine = plan.picture.machine
    if not isinstance(machine, Machine):
        return {}
    found = {"location": machine.location}
    if machine.os:
        found["os"] = machine.os
    if machine.agent.reported_at:
        found["agent_reported_at"] = machine.agent.reported_at.isoformat()
    return found


def _restore_points(plan: Plan) -> dict[str, str]:
    points = plan.picture.restore_points
    if not isinstance(points, RestorePoints):
        return {}
    return {
        "backup_group": points.group,
        "restore_points": str(points.count),
        "collections": ",".join(points.collections),
    }


def _keep_until(plan: Plan) -> datetime:
    # Never shorter than the policy keeps its own snapshots: a shorter one may be refused.
    protected = plan.picture.protected(plan.incident)
    snapshots = timedelta(days=(protected.snapshot_days if protected else None) or 0)
    return plan.now + max(plan.policy.retention, snapshots)

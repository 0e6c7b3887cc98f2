"""Words for people: what actions, statuses, conditions and guards are called."""

from collections.abc import Mapping

from remediation.incident import Status

ACTIONS: Mapping[str, str] = {
    "collect_evidence": "Collect evidence",
    "wait": "Give it time",
    "wait_for_schedule": "Wait for the next scheduled backup",
    "wait_for_running_job": "Wait for the running job to end",
    "retry_backup": "Back up on demand",
    "clean_up_restore_points": "Back up on demand, so that old restore points are cleaned up",
    "reapply_vm": "Reapply the machine's model",
    "reinstall_extension": "Reinstall the backup extension",
    "restart_agent": "Restart the guest agent",
    "clear_lock": "Lift the lock on the backup group while old restore points are cleaned up",
    "restart_vm": "Restart the machine",
    "delete_restore_point_collection": "Delete the restore point collection",
}

STATUSES: Mapping[Status, str] = {
    Status.ASSESSING: "assessing",
    Status.ACTING: "acting",
    Status.PROVING: "proving",
    Status.WAITING: "waiting",
    Status.ESCALATED: "needs you",
    Status.RECOVERED: "recovered",
    Status.RECOVERED_DEGRADED: "recovered, degraded",
    Status.CLOSED: "closed",
}

_FACTS: Mapping[str, str] = {
    "os": "the system",
    "power": "power",
    "agent": "the guest agent",
    "provisioning": "provisioning",
    "backup_extension": "the backup extension",
    "other_extension": "every other extension",
    "lock": "the lock on the backup group",
    "restore_points": "the count of restore points",
    "running_job": "a running job",
    "protection": "protection",
}


def condition(name: str, allowed: tuple[str, ...]) -> str:
    """Return a rung's condition as a clause: ``power is running or stopped``."""
    values = " or ".join(one.replace("_", " ") for one in allowed)
    return f"{_FACTS.get(name, name)} is {values}"


def action(name: str) -> str:
    """Return what an action is called; an unknown one by its own name."""
    return ACTIONS.get(name, name)

"""Small worlds, one for each action: one machine (two where they share a lock), one fault."""

from collections.abc import Mapping
from datetime import timedelta

from local.worlds import Fault, World
from tests.local.azure.building import a_fault, a_lock, a_vm, a_world

MANAGED_DISKS = "ExtensionOperationFailedForManagedDisks"
FULL = "UserErrorRpCollectionLimitReached"
DEAD_AGENT = "UserErrorGuestAgentStatusUnavailable"
PROVISIONING = "UserErrorVmProvisioningStateFailed"


def _world(fault: Fault, **vm: object) -> World:
    return a_world(a_vm(fault=fault, **vm), history_days=1)


def _sharing() -> World:
    fault = a_fault("clear_lock", code=FULL)
    machines = (a_vm(name="vm-1", fault=fault), a_vm(name="vm-2", fault=fault))
    return a_world(*machines, locks=(a_lock(),), history_days=1)


WORLDS: Mapping[str, World] = {
    "retry_backup": _world(a_fault("retry_backup", code=DEAD_AGENT, number=400196)),
    "wait_for_running_job": _world(
        a_fault("wait_for_running_job", code="UserErrorBackupOperationInProgress")
    ),
    "heals": _world(
        Fault(code="GuestAgentSnapshotTaskStatusError", heals_after=timedelta(hours=1))
    ),
    "reapply_vm": _world(a_fault("reapply_vm", code=DEAD_AGENT, number=400196), agent="not_ready"),
    "reinstall_extension": _world(a_fault("reinstall_extension", code=PROVISIONING), os="linux"),
    "restart_agent": _world(a_fault("restart_agent", code=MANAGED_DISKS)),
    "clear_lock": a_world(
        a_vm(fault=a_fault("clear_lock", code=FULL)), locks=(a_lock(),), history_days=1
    ),
    "clear_lock, shared": _sharing(),
    "escalated": _world(a_fault(code="UserErrorGuestAgentStatusUnavailable"), agent="not_ready"),
}

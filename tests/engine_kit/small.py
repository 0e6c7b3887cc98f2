"""Small worlds, one for each action: one machine (two where they share a lock), one fault.

``WORLDS`` go by the settings of a world; ``SCENARIOS`` have all that is in the repertoire, also
what a policy must opt into and people must approve.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from local import worlds
from local.worlds import Fault, Vm, World
from tests.engine_kit.scenario import Say, Scenario
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

# Limits that stand in nobody's way, so that a ladder is climbed to its end in hours.
WIDE: Mapping[str, object] = {
    "attempts": 9,
    "item_attempts": 20,
    "on_demand_per_day": 9,
    "on_demand_per_72h": 18,
    "backup_hours": "PT24H",
    "cool_down": "PT0S",
}
SEED = 3


def _scenario(*vms: Vm, locked: bool = False, yes: bool = True) -> Scenario:
    return Scenario(seed=SEED, vms=vms, locked=locked, limits=WIDE, says=(Say(after=0.1, yes=yes),))


def _documented(name: str) -> Vm:
    """Return the machine of that name from the world of every documented fault."""
    found = next(vm for vm in _EVERY_FAULT.vms if vm.name == name)
    return replace(found, name="vm-1", resource_group="rg-app", vault="rsv-1", expect=None)


_EVERY_FAULT = worlds.load(worlds.find("every-fault"))
_OF_A_GUEST = {
    "repair_agent_config": "config-lin",
    "update_agent": "outdated-lin",
    "repair_provider_service": "provider-win",
    "repair_com_services": "com-win",
    "restart_vss_writers": "writers-win",
    "set_vss_copy_backup": "database-win",
    "set_snapshot_method": "always-busy-win",
    "set_snapshot_without_threads": "writers-again-win",
}
_SILENT = a_vm(fault=a_fault("restart_vm", code=DEAD_AGENT, number=400196), agent="not_ready")
SCENARIOS: Mapping[str, Scenario] = {
    **{name: _scenario(*world.vms, locked=bool(world.locks)) for name, world in WORLDS.items()},
    **{name: _scenario(_documented(machine)) for name, machine in _OF_A_GUEST.items()},
    "set_verbose_logging": _scenario(
        a_vm(fault=a_fault("set_verbose_logging", number=400039), os="linux")
    ),
    "clean_up_restore_points": _scenario(a_vm(fault=a_fault("clear_lock", code=FULL))),
    # Every restore point must be in the vault besides, which takes a history as long as the limit.
    "delete_restore_point_collection": replace(
        _scenario(_documented("undeletable-lin")), history_days=20
    ),
    "restart_vm": _scenario(_SILENT),
    "restart_vm, denied": _scenario(_SILENT, yes=False),
}

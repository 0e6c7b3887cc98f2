"""Faults: whether one is at work, what ends it, and what brings it back."""

from datetime import datetime

from local.azure.model import inside
from local.azure.model.entities import Estate, Extension, Machine

BACKUP_PUBLISHER = "Microsoft.Azure.RecoveryServices"
FOREIGN_EXTENSION = "MonitoringAgent"
LIMIT = 18
HEALED = "heals_after"
_PROVISIONING_CODE = "usererrorvmprovisioningstatefailed"
# The words of a failure whose code says nothing.
_PROVISIONING_WORDS = "in failed provisioning state"
_LIMIT_CODE = "usererrorrpcollectionlimitreached"


def is_active(machine: Machine) -> bool:
    """Tell whether the machine's backups fail."""
    return machine.fault is not None and not machine.cured


def is_curable_by(machine: Machine, action: str) -> bool:
    """Tell whether an action would end the fault that is at work."""
    return is_active(machine) and machine.fault is not None and action in machine.fault.cured_by


def is_provisioning(machine: Machine) -> bool:
    """Tell whether the fault that is at work shows as a failed provisioning state."""
    fault = machine.fault
    return (
        is_active(machine)
        and fault is not None
        and (
            (fault.code or "").lower() == _PROVISIONING_CODE
            or _PROVISIONING_WORDS in (fault.message or "").lower()
        )
    )


def is_limit(machine: Machine) -> bool:
    """Tell whether the fault that is at work is a full restore point collection."""
    fault = machine.fault
    return (
        is_active(machine)
        and fault is not None
        and ((fault.code or "").lower() == _LIMIT_CODE or "clear_lock" in fault.cured_by)
    )


def cure(estate: Estate, machine: Machine, action: str, now: datetime) -> bool:
    """Apply an action's effect on the fault; returns whether it ended it."""
    if not is_curable_by(machine, action):
        return False
    settle(estate, machine, action, now)
    return True


def settle(estate: Estate, machine: Machine, how: str, now: datetime) -> None:
    """End the fault: its symptoms vanish, and a silent agent reports again a few minutes later."""
    machine.cured, machine.cured_at, machine.cured_how = True, now, how
    machine.good_backups, machine.first_failure = 0, None
    extension = machine.extensions.get(machine.extension_name)
    if extension is not None and extension.state == "Failed":
        extension.state, extension.message = "Succeeded", "Enable succeeded."
    if machine.fault is not None:
        inside.mend(machine, machine.fault)
    if how == HEALED:
        # What passes by itself is a busy hour.
        machine.guest["load"] = "ok"
    if machine.agent == "not_ready" and machine.vm.power == "running":
        estate.agenda.after(now, machine.chance.uniform(60, 240), lambda at: _report(machine, at))


def _report(machine: Machine, now: datetime) -> None:
    """The agent reports Ready for the first time since it fell silent."""
    machine.agent, machine.agent_since = "ready", now


def note_failure(estate: Estate, machine: Machine, now: datetime) -> None:
    """Remember the first failure; from it on a fault that heals by itself counts its time."""
    if machine.fault is None or machine.first_failure is not None:
        return
    machine.first_failure = now
    heals = machine.fault.heals_after
    if heals is not None:
        estate.agenda.plan(now + heals, lambda at: _heal(estate, machine, at))


def _heal(estate: Estate, machine: Machine, now: datetime) -> None:
    """Let a fault end by itself, unless something ended it before."""
    if is_active(machine):
        settle(estate, machine, HEALED, now)


def note_success(machine: Machine, now: datetime) -> None:
    """Count a good backup; a fault that was cured for some backups only comes back after them."""
    if machine.fault is None or not machine.cured:
        return
    machine.good_backups += 1
    if machine.fault.cured_for is not None and machine.good_backups >= machine.fault.cured_for:
        strike(machine, now)


def strike(machine: Machine, now: datetime) -> None:
    """Put the fault to work, with its symptoms."""
    machine.cured, machine.cured_at, machine.cured_how = False, None, None
    machine.first_failure, machine.good_backups = None, 0
    if machine.vm.agent == "not_ready":
        machine.agent, machine.agent_since = "not_ready", now
    show_symptoms(machine)


def show_symptoms(machine: Machine) -> None:
    """Let the guest look as its fault has it, and give it the extensions that belong to it."""
    inside.show(machine)
    fault = machine.fault
    if not is_active(machine) or fault is None:
        return
    if "reinstall_extension" in fault.cured_by:
        own = backup_extension(machine)
        machine.extensions[own.name] = own
        if is_provisioning(machine):
            own.state, own.message = "Failed", "The handler did not report a status in time."
    elif is_provisioning(machine) and not fault.cured_by and fault.heals_after is None:
        machine.extensions[FOREIGN_EXTENSION] = Extension(
            name=FOREIGN_EXTENSION,
            publisher="Contoso.Monitoring",
            version="3.1.0",
            state="Failed",
            message="Enable failed: the workspace key was refused.",
        )


def backup_extension(machine: Machine) -> Extension:
    """Return Azure Backup's extension as the service installs it."""
    version = "1.0.105.0" if machine.vm.os == "windows" else "1.0.9184.0"
    return Extension(name=machine.extension_name, publisher=BACKUP_PUBLISHER, version=version)

"""The repertoire: what each action is, as facts. The code that carries them out is in ``actions``.

Pure data: the risk, the steps on Azure in their order, and what a policy must say before the
action may run. A playbook can never lower any of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from remediation.incident import StepName
from remediation.model import Risk
from remediation.roles import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One fix, wait or inspection. ``steps`` are its effects before the proof.

    ``proved`` actions end with a backup. ``opt_in``: runs only where the policy names it.
    ``approval``: runs only with a person's approval. ``needs_agent``: goes through the guest
    agent. ``os``: the one system it is for; None for both.
    """

    name: str
    risk: Risk
    steps: tuple[StepName, ...] = ()
    proved: bool = True
    opt_in: bool = False
    approval: bool = False
    needs_agent: bool = False
    os: str | None = None

    @property
    def acts(self) -> bool:
        """Whether it changes anything, and so costs an attempt."""
        return self.proved

    @property
    def inspects(self) -> bool:
        """Whether it asks Azure or the guest something that takes its time, and changes nothing."""
        return bool(self.steps) and not self.proved

    @property
    def all_steps(self) -> tuple[StepName, ...]:
        """The steps with the proving backup at the end."""
        return (*self.steps, StepName.BACKUP) if self.proved else self.steps


def _repair(step: StepName, risk: Risk, system: str) -> Action:
    """Return a repair inside the guest: it is named as its one step, and off until opted in."""
    return Action(
        name=step.value, risk=risk, steps=(step,), opt_in=True, needs_agent=True, os=system
    )


_ACTIONS = (
    Action(name="collect_evidence", risk=Risk.NONE, proved=False),
    Action(
        name="inspect_guest",
        risk=Risk.NONE,
        steps=(StepName.INSPECT_GUEST,),
        proved=False,
        needs_agent=True,
    ),
    Action(name="inspect_network", risk=Risk.NONE, steps=(StepName.INSPECT_NETWORK,), proved=False),
    Action(name="wait", risk=Risk.NONE, proved=False),
    Action(name="wait_for_schedule", risk=Risk.NONE, proved=False),
    Action(name="wait_for_running_job", risk=Risk.NONE, proved=False),
    Action(name="retry_backup", risk=Risk.GUEST_IO),
    Action(name="clean_up_restore_points", risk=Risk.GUEST_IO, steps=(StepName.CLEAN_UP,)),
    Action(name="reapply_vm", risk=Risk.LOW, steps=(StepName.REAPPLY,)),
    Action(
        name="reinstall_extension",
        risk=Risk.LOW,
        steps=(StepName.DELETE_EXTENSION,),
        needs_agent=True,
    ),
    Action(
        name="restart_agent",
        risk=Risk.GUEST_SERVICE,
        steps=(StepName.RESTART_AGENT,),
        needs_agent=True,
    ),
    _repair(StepName.REPAIR_AGENT_CONFIG, Risk.GUEST_CONFIG, "linux"),
    _repair(StepName.UPDATE_AGENT, Risk.GUEST_CONFIG, "linux"),
    _repair(StepName.SET_VERBOSE_LOGGING, Risk.GUEST_CONFIG, "linux"),
    _repair(StepName.REPAIR_PROVIDER_SERVICE, Risk.GUEST_SERVICE, "windows"),
    _repair(StepName.REPAIR_COM_SERVICES, Risk.GUEST_SERVICE, "windows"),
    _repair(StepName.RESTART_VSS_WRITERS, Risk.GUEST_SERVICE, "windows"),
    _repair(StepName.SET_VSS_COPY_BACKUP, Risk.GUEST_CONFIG, "windows"),
    _repair(StepName.SET_SNAPSHOT_METHOD, Risk.GUEST_CONFIG, "windows"),
    _repair(StepName.SET_SNAPSHOT_WITHOUT_THREADS, Risk.GUEST_CONFIG, "windows"),
    Action(
        name="clear_lock",
        risk=Risk.PLATFORM,
        steps=(StepName.REMOVE_LOCK, StepName.CLEAN_UP, StepName.RESTORE_LOCK),
        opt_in=True,
    ),
    Action(name="restart_vm", risk=Risk.DOWNTIME, steps=(StepName.RESTART_VM,), approval=True),
    Action(
        name="delete_restore_point_collection",
        risk=Risk.DESTRUCTIVE,
        steps=(StepName.DELETE_COLLECTION,),
        approval=True,
    ),
)

ACTIONS: Mapping[str, Action] = MappingProxyType({one.name: one for one in _ACTIONS})

_OTHER_ROLES = {
    StepName.BACKUP: Role.BACKUP,
    StepName.CLEAN_UP: Role.BACKUP,
    StepName.REAPPLY: Role.LOW,
    StepName.DELETE_EXTENSION: Role.LOW,
    StepName.REMOVE_LOCK: Role.LOCKS,
    StepName.RESTORE_LOCK: Role.LOCKS,
    StepName.RESTART_VM: Role.RESTART,
    StepName.DELETE_COLLECTION: Role.DESTRUCTIVE,
    StepName.INSPECT_NETWORK: Role.READ,
}
# The role that each step is sent with; every other step is a script in a guest.
STEP_ROLES: Mapping[StepName, Role] = MappingProxyType(
    {step: _OTHER_ROLES.get(step, Role.GUEST) for step in StepName}
)

# Facts a rung's ``when`` may ask for, and the values they can take: those that every look sees...
_SEEN = {
    "os": {"windows", "linux"},
    "power": {"running", "stopped", "deallocated", "transition"},
    "agent": {"ready", "not_ready", "absent"},
    "provisioning": {"succeeded", "failed", "updating"},
    "backup_extension": {"ok", "failed", "absent"},
    "other_extension": {"ok", "failed"},
    "lock": {"none", "own", "inherited"},
    "restore_points": {"below", "at_limit"},
    "running_job": {"yes", "no"},
    "protection": {"active", "paused"},
    "disks": {"supported", "too_large"},
    "encryption": {"none", "key_vault"},
}
# ... and those that an inspection found out: they hold from then on.
_INSPECTED = {
    "agent_service": {"running", "stopped", "disabled", "missing"},
    "agent_version": {"current", "outdated"},
    "agent_config": {"ok", "broken"},
    "applocker": {"blocks", "open"},
    "backup_extension_crash": {"yes", "no"},
    "bitlocker": {"off", "on"},
    "com_services": {"ok", "broken"},
    "database_host": {"yes", "no"},
    "dhcp": {"on", "off"},
    "dotnet": {"ok", "missing"},
    "freeze_config": {"ok", "wrong_encoding"},
    "installer_service": {"ok", "disabled"},
    "load": {"ok", "high"},
    "machine_keys": {"ok", "broken"},
    "mounts": {"ok", "duplicate", "unreachable"},
    "outbound": {"open", "blocked"},
    "pending_reboot": {"yes", "no"},
    "provider_service": {"ok", "disabled", "absent"},
    "proxy": {"none", "set"},
    "python": {"ok", "missing"},
    "selinux": {"enforcing", "permissive", "disabled"},
    "snapshot_method": {"host_first", "default"},
    "strong_crypto": {"set", "not_set"},
    "system_disk": {"ok", "full"},
    "vc_runtime": {"ok", "missing"},
    "vss_copy_backup": {"set", "not_set"},
    "vss_service": {"ok", "broken"},
    "vss_writers": {"ok", "bad"},
    "wire_server": {"reachable", "blocked"},
}


def _frozen(facts: Mapping[str, set[str]]) -> Mapping[str, frozenset[str]]:
    return MappingProxyType({name: frozenset(values) for name, values in facts.items()})


INSPECTED = _frozen(_INSPECTED)
CONDITIONS = _frozen(_SEEN | _INSPECTED)

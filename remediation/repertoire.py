"""The repertoire: what each action is, as facts. The code that carries them out is in ``actions``.

Pure data: the risk, the steps on Azure in their order, and what a policy must say before the
action may run. A playbook can never lower any of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from remediation.incident import StepName
from remediation.model import Risk


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One fix. ``steps`` are its effects before the proof; ``proved`` actions end with a backup.

    ``opt_in``: runs only where the policy names it. ``approval``: runs only with a person's
    approval.
    """

    name: str
    risk: Risk
    steps: tuple[StepName, ...] = ()
    proved: bool = True
    opt_in: bool = False
    approval: bool = False
    needs_agent: bool = False

    @property
    def acts(self) -> bool:
        """Whether it changes anything, and so costs an attempt."""
        return self.proved

    @property
    def all_steps(self) -> tuple[StepName, ...]:
        """The steps with the proving backup at the end."""
        return (*self.steps, StepName.BACKUP) if self.proved else self.steps


_ACTIONS = (
    Action(name="collect_evidence", risk=Risk.NONE, proved=False),
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

# Repairs inside the guest that are known by name and not built yet: a policy may name them already,
# and nothing comes of it.
NOT_BUILT = frozenset(
    {
        "repair_agent_config",
        "repair_com_services",
        "repair_provider_service",
        "restart_vss_writers",
        "set_snapshot_method",
        "set_vss_copy_backup",
        "update_agent",
    }
)

# Facts a rung's ``when`` may ask for, and the values they can take.
CONDITIONS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "os": frozenset({"windows", "linux"}),
        "power": frozenset({"running", "stopped", "deallocated", "transition"}),
        "agent": frozenset({"ready", "not_ready", "absent"}),
        "provisioning": frozenset({"succeeded", "failed", "updating"}),
        "backup_extension": frozenset({"ok", "failed", "absent"}),
        "other_extension": frozenset({"ok", "failed"}),
        "lock": frozenset({"none", "own", "inherited"}),
        "restore_points": frozenset({"below", "at_limit"}),
        "running_job": frozenset({"yes", "no"}),
        "protection": frozenset({"active", "paused"}),
    }
)

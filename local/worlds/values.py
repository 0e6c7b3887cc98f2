"""The values of a world, as they stand after its file was read and every check was passed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from local.worlds import guests

ACTIONS = (
    "collect_evidence",
    "retry_backup",
    "wait_for_running_job",
    "reapply_vm",
    "reinstall_extension",
    "restart_agent",
    "clear_lock",
    "delete_restore_point_collection",
    "restart_vm",
    "repair_agent_config",
    "update_agent",
    "repair_provider_service",
    "repair_com_services",
    "restart_vss_writers",
    "set_vss_copy_backup",
    "set_snapshot_method",
    "set_snapshot_without_threads",
    "set_verbose_logging",
    "clean_up_restore_points",
    "inspect_guest",
    "inspect_network",
)
"""Every word that may stand in ``cured_by`` and ``opt_in``."""

RISKS = (
    "none",
    "low",
    "guest_io",
    "guest_service",
    "guest_config",
    "platform",
    "downtime",
    "destructive",
)
"""Risks of actions, from the least to the greatest."""

EXCLUSION_TAG = "backup-remediation"
"""A machine, group or subscription that carries this tag with the value ``off`` is left alone."""


class WorldFault(Exception):  # noqa: N818 - a fault of a file, as a fault of a machine
    """A world file cannot be used; ``faults`` has one line for everything that is wrong with it."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        """Keep all faults, each ``<field path>: <what was expected>``."""
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When a vault's daily backup runs: local time ``HH:MM`` in a zone with its Windows name."""

    time: str = "22:00"
    zone: str = "W. Europe Standard Time"


@dataclass(frozen=True, slots=True, kw_only=True)
class Vault:
    """A Recovery Services vault; ``enhanced``: policy V2 and jobs of ``AzureIaaSVMJobV2``."""

    name: str
    subscription: str
    resource_group: str
    location: str
    schedule: Schedule = field(default_factory=Schedule)
    enhanced: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong with a machine; any one action in ``cured_by`` cures.

    ``cured_for`` counts the good backups after which the fault is back, ``heals_after`` is
    measured from the first failure, ``shows`` is what the failure looks like in the vault.
    """

    code: str | None = None
    number: int | None = None
    message: str | None = None
    cured_by: frozenset[str] = frozenset()
    cured_for: int | None = None
    heals_after: timedelta | None = None
    shows: Literal["failed", "transfer_failed", "crash_consistent"] = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Nsg:
    """The security rules of a machine's network; ``deny_outbound``: nothing may leave."""

    deny_outbound: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Expect:
    """What a run should make of a machine's failure; ``cause`` is a playbook's id."""

    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Vm:
    """One machine, protected by the vault of that name, in its subscription and location.

    ``guest`` holds facts of its inside that differ from a healthy guest's and are no symptom of its
    fault. ``scripts``: how scripts behave there. ``disk_gib`` is the size of its largest disk.
    ``extensions``: those that tell of a database on it. ``availability_set`` and ``scale_set`` are
    names in its resource group; ``partner`` names the other machine of a set of two.
    """

    name: str
    resource_group: str
    vault: str
    os: Literal["windows", "linux"]
    tags: Mapping[str, str] = field(default_factory=dict)
    power: Literal["running", "stopped", "deallocated"] = "running"
    agent: Literal["ready", "not_ready", "absent"] = "ready"
    fault: Fault | None = None
    alert: bool = True
    partner: str | None = None
    availability_set: str | None = None
    scale_set: str | None = None
    zones: tuple[str, ...] = ()
    restore_points: int | None = None
    guest: Mapping[str, str] = field(default_factory=dict)
    scripts: Literal["answer", "hang", "garble", "flood"] = "answer"
    nsg: Nsg = field(default_factory=Nsg)
    encrypted: bool = False
    disk_gib: int | None = None
    extensions: tuple[Literal["sql_agent", "workload_backup"], ...] = ()
    expect: Expect | None = None

    def inside(self, fault: Fault | None) -> dict[str, str]:
        """Return every fact of the guest while a fault is at work in it."""
        shown = guests.symptoms(fault.cured_by, fault.code, self.os) if fault else {}
        return guests.healthy(self.os) | shown | dict(self.guest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """A management lock; ``scope``: an ARM id, or ``backup_group`` for every backup group."""

    scope: str
    level: Literal["CanNotDelete", "ReadOnly"]
    name: str | None = None
    notes: str | None = None
    owners: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Misbehaviour:
    """Probabilities, 0 to 1: Azure throttles, loses answers, times out at a gateway, is garbled."""

    throttle: float = 0.0
    lost_answer: float = 0.0
    timeout: float = 0.0
    nonsense: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The operator's settings under which the remediator runs; ``storm_items`` 0 is off."""

    mode: Literal["off", "observe", "approve", "auto"]
    max_risk: str
    opt_in: frozenset[str]
    attempts: int
    on_demand_per_day: int
    on_demand_per_72h: int
    at_once_vault: int
    at_once_subscription: int
    disruptive_per_hour: int
    backup_hours: timedelta
    cool_down: timedelta
    objective: timedelta
    storm_items: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Tags of a resource group."""

    subscription: str
    name: str
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """Tags of a subscription."""

    id: str
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A whole world; ``vms`` is expanded, so that every machine stands in it by itself.

    ``policy_document`` is the tree of a policy document that lies over ``policy``, as it was
    written; whoever deploys it reads it. ``missing_roles`` are those that nobody assigned.
    """

    vaults: tuple[Vault, ...]
    vms: tuple[Vm, ...]
    locks: tuple[Lock, ...]
    misbehaviour: Misbehaviour
    policy: Policy
    speed: float
    start: datetime
    alerts: Literal["all", "some", "none"]
    history_days: int
    groups: tuple[Group, ...]
    subscriptions: tuple[Subscription, ...]
    policy_document: Mapping[str, Any] | None = None
    missing_roles: frozenset[str] = frozenset()

    def vault_of(self, vm: Vm) -> Vault:
        """Return the vault that protects a machine of this world."""
        return next(vault for vault in self.vaults if vault.name.lower() == vm.vault.lower())

    def item(self, vm: Vm) -> str:
        """Return a machine's ARM id."""
        subscription = self.vault_of(vm).subscription
        group = f"/subscriptions/{subscription}/resourceGroups/{vm.resource_group}"
        return f"{group}/providers/Microsoft.Compute/virtualMachines/{vm.name}"

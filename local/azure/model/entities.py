"""What a simulated Azure holds: vaults, machines, jobs, recovery points, locks and operations."""

import random
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from local.azure.model import names
from local.azure.model.agenda import Agenda
from local.worlds import Fault, Vault, Vm, World

SNAPSHOT = "Take Snapshot"
TRANSFER = "Transfer data to vault"
VALIDATE = "Validate Backup"
EXTENSIONS = {"windows": "VMSnapshot", "linux": "VMSnapshotLinux"}


@dataclass(slots=True, kw_only=True)
class Task:
    """One step of a job."""

    name: str
    status: str = "NotStarted"
    started: datetime | None = None
    ended: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobError:
    """Why a job ended badly: the code may be missing, ``dynamic`` is the unlocalised text."""

    code: str | None
    number: int | None
    text: str
    recommendations: tuple[str, ...] = ()
    dynamic: str | None = None


@dataclass(slots=True, kw_only=True)
class Job:
    """One backup job; ``kind`` is ``history`` for those that ended before the world began."""

    id: str
    machine: "Machine"
    kind: Literal["history", "scheduled", "on_demand", "other"]
    started: datetime
    activity_id: str
    status: str = "InProgress"
    ended: datetime | None = None
    tasks: list[Task] = field(default_factory=list)
    error: JobError | None = None
    expires: datetime | None = None
    size_mb: int = 0
    alerted: bool = False

    @property
    def running(self) -> bool:
        """Whether the job has not ended."""
        return self.ended is None


@dataclass(slots=True, kw_only=True)
class RecoveryPoint:
    """A point in time to which a machine can be brought back; ``time``: its snapshot's begin."""

    id: str
    time: datetime
    job: str
    consistency: str
    disks: int
    in_snapshot_tier: bool = True
    in_vault_tier: bool = False


@dataclass(slots=True, kw_only=True)
class RestorePoint:
    """One snapshot set in a restore point collection."""

    name: str
    time: datetime
    consistency: str


@dataclass(slots=True, kw_only=True)
class Collection:
    """The restore point collection of one machine, in the backup service's group."""

    name: str
    points: list[RestorePoint] = field(default_factory=list)
    exists: bool = True
    failing_deletes: int = 1
    cleaning: bool = False


@dataclass(slots=True, kw_only=True)
class Extension:
    """An extension that is listed on a machine."""

    name: str
    publisher: str
    version: str
    state: str = "Succeeded"
    message: str = "Enable succeeded."


@dataclass(slots=True, kw_only=True)
class RunCommand:
    """A managed run command and how it went."""

    name: str
    script: str
    parameters: dict[str, str]
    async_execution: bool
    started: datetime
    ended: datetime | None = None
    state: str = "Running"
    exit_code: int = 0
    output: str = ""
    error: str = ""


@dataclass(slots=True, kw_only=True)
class Operation:
    """A long-running operation of ARM; ``job`` is what a backup's operation leads to."""

    id: str
    kind: str
    started: datetime
    machine: "Machine | None" = None
    location: str = ""
    status: str = "InProgress"
    ended: datetime | None = None
    error: tuple[str, str] | None = None
    job: Job | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Something that a caller did to a machine."""

    time: datetime
    what: str


@dataclass(slots=True, kw_only=True)
class Site:
    """A vault and the jobs it has seen, in the order of their starts."""

    vault: Vault
    id: str
    policy: str
    jobs: list[Job] = field(default_factory=list)
    by_id: dict[str, Job] = field(default_factory=dict)
    machines: "list[Machine]" = field(default_factory=list)

    def add(self, job: Job) -> None:
        """Take a job into the vault's list."""
        self.jobs.append(job)
        self.by_id[job.id.lower()] = job
        job.machine.jobs.append(job)


@dataclass(slots=True, kw_only=True)
class Machine:
    """One machine, what is wrong with it, and everything that its backups have left behind."""

    vm: Vm
    site: Site
    id: str
    chance: random.Random
    disks: int
    fault: Fault | None
    agent: str
    agent_since: datetime
    collection: Collection
    quiet_until: datetime | None = None
    cured: bool = False
    cured_at: datetime | None = None
    cured_how: str | None = None
    first_failure: datetime | None = None
    good_backups: int = 0
    restarted: datetime | None = None
    extensions: dict[str, Extension] = field(default_factory=dict)
    run_commands: dict[str, RunCommand] = field(default_factory=dict)
    scripts_seen: set[str] = field(default_factory=set)
    guest: dict[str, str] = field(default_factory=dict)
    jobs: list[Job] = field(default_factory=list)
    recovery_points: list[RecoveryPoint] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    on_demand: list[datetime] = field(default_factory=list)

    @property
    def subscription(self) -> str:
        """The subscription in which the machine and its vault live."""
        return self.site.vault.subscription

    @property
    def location(self) -> str:
        """The location of the machine and its vault."""
        return self.site.vault.location

    @property
    def backup_group_id(self) -> str:
        """The id of the group that holds the machine's restore points."""
        return names.group_id(self.subscription, names.backup_group(self.location))

    @property
    def collection_id(self) -> str:
        """The id of the machine's restore point collection."""
        compute = f"{self.backup_group_id}{names.COMPUTE}"
        return f"{compute}/restorePointCollections/{self.collection.name}"

    @property
    def item_id(self) -> str:
        """The id of the machine's protected item."""
        return self.site.id + names.item_path(self.vm.resource_group, self.vm.name)

    @property
    def extension_name(self) -> str:
        """The name of Azure Backup's own extension on this system."""
        return EXTENSIONS[self.vm.os]

    @property
    def interface_id(self) -> str:
        """The id of the machine's one network interface."""
        group = names.group_id(self.subscription, self.vm.resource_group)
        return f"{group}{names.NETWORK}/networkInterfaces/{self.vm.name}-nic"

    @property
    def set_id(self) -> str | None:
        """The id of the availability set it is in: one that is named, or its partner's and its."""
        group = names.group_id(self.subscription, self.vm.resource_group)
        named = self.vm.availability_set
        if named is None and self.vm.partner is not None:
            named = "avset-" + "-".join(sorted((self.vm.name.lower(), self.vm.partner.lower())))
        return None if named is None else f"{group}{names.COMPUTE}/availabilitySets/{named}"

    @property
    def scale_set_id(self) -> str | None:
        """The id of the scale set, in flexible orchestration, that it is in."""
        group = names.group_id(self.subscription, self.vm.resource_group)
        named = self.vm.scale_set
        return None if named is None else f"{group}{names.COMPUTE}/virtualMachineScaleSets/{named}"

    def running_job(self) -> Job | None:
        """Return the backup that runs now, the oldest first."""
        return next((job for job in self.jobs[-20:] if job.running), None)


@dataclass(slots=True, kw_only=True)
class LockState:
    """A management lock and what became of it."""

    scope: str
    name: str
    level: str
    notes: str | None
    owners: tuple[str, ...]
    present: bool = True
    removed_at: datetime | None = None
    restored_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A fired alert: the failed job that it tells of."""

    id: str
    fired: datetime
    job: Job


@dataclass(slots=True, kw_only=True)
class Estate:
    """Everything there is, keyed by lower-cased ARM id."""

    world: World
    seed: int
    agenda: Agenda
    chance: random.Random
    sites: dict[str, Site] = field(default_factory=dict)
    machines: dict[str, Machine] = field(default_factory=dict)
    items: dict[str, Machine] = field(default_factory=dict)
    interfaces: dict[str, Machine] = field(default_factory=dict)
    collections: dict[str, Machine] = field(default_factory=dict)
    locks: list[LockState] = field(default_factory=list)
    operations: dict[str, Operation] = field(default_factory=dict)
    alerts: deque[Alert] = field(default_factory=deque)
    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    # How many seconds after its start a backup fails that fails: at the earliest, at the latest.
    fails_after: tuple[float, float] = (120, 1200)
    begun: bool = False

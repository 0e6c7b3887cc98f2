"""What Azure shows: jobs, recovery points, machines, locks, schedules.

Adapters translate the SDK's answers into these values; the domain knows nothing else of Azure.
Every time is in UTC. A part that could not be read is an ``Unreadable``, never an empty value:
guards must be able to tell "no locks" from "the locks could not be listed".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from remediation.ids import ItemId, JobKey, ProtectedId
from remediation.roles import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """A read that failed; it says nothing about what it wanted to read.

    ``spread``: Azure's limits were the reason; those who wait come back over so long a time.
    ``role``: the role that is missing, where that is why.
    """

    reason: str
    retry_after: timedelta | None = None
    spread: timedelta | None = None
    role: Role | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """The resource does not exist (ARM answered 404 to an authorised read)."""

    what: str


class JobStatus(StrEnum):
    """The states of a backup job, as the vault spells them."""

    IN_PROGRESS = "InProgress"
    CANCELLING = "Cancelling"
    COMPLETED = "Completed"
    WARNINGS = "CompletedWithWarnings"
    FAILED = "Failed"
    CANCELLED = "Cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobError:
    """One of a job's ``errorDetails``.

    ``errorTitle`` is the string code, ``errorCode`` the number.
    """

    code: str | None
    number: int | None
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A backup job. A list's items lack ``tasks`` (name to status) and ``dynamic_message``."""

    key: JobKey
    machine: tuple[str, str]
    status: JobStatus
    started: datetime
    ended: datetime | None = None
    activity_id: str | None = None
    errors: tuple[JobError, ...] = ()
    tasks: Mapping[str, str] | None = None
    dynamic_message: str | None = None

    @property
    def running(self) -> bool:
        """Whether the job has not ended."""
        return self.status in {JobStatus.IN_PROGRESS, JobStatus.CANCELLING}


class Tier(StrEnum):
    """Where a recovery point lies."""

    SNAPSHOT = "snapshot"
    VAULT = "vault"


class Consistency(StrEnum):
    """What a recovery point promises, weakest first."""

    CRASH = "crash"
    FILE_SYSTEM = "file_system"
    APPLICATION = "application"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryPoint:
    """A point the vault lists; ``time`` is when its snapshot began; ``disks`` may be None."""

    id: str
    time: datetime
    tiers: frozenset[Tier]
    consistency: Consistency | None = None
    disks: int | None = None


class Power(StrEnum):
    """Power state of a machine; ``transition`` covers starting, stopping, deallocating."""

    RUNNING = "running"
    STOPPED = "stopped"
    DEALLOCATED = "deallocated"
    TRANSITION = "transition"
    UNKNOWN = "unknown"


class AgentState(StrEnum):
    """What the guest agent is believed to be; a stale Ready of a stopped machine is ``unknown``."""

    READY = "ready"
    NOT_READY = "not_ready"
    ABSENT = "absent"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """The guest agent: its state, version and the time of the status it reported."""

    state: AgentState
    version: str | None = None
    reported_at: datetime | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """An extension of a machine; ``state`` is its provisioning state, lower-cased."""

    name: str
    publisher: str
    kind: str
    state: str
    message: str | None = None

    @property
    def is_backup(self) -> bool:
        """Whether this is Azure Backup's own snapshot extension."""
        return self.publisher.lower() == "microsoft.azure.recoveryservices"


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A virtual machine with its instance view; ``provisioning`` is lower-cased.

    ``disks`` counts them, ``disk_sizes`` are in GiB, the system disk first (None: not told).
    ``key_vaults``: ARM ids of the vaults whose keys encrypt its disks from inside. ``interfaces``:
    ARM ids, the primary one first. ``availability_set``, ``scale_set``: ARM ids, as they were seen;
    ``zones``: the availability zones that it was put into.
    """

    item: ItemId
    location: str
    os: str | None
    power: Power
    provisioning: str
    agent: Agent
    extensions: tuple[Extension, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    disks: int | None = None
    disk_sizes: tuple[int, ...] | None = None
    key_vaults: tuple[str, ...] = ()
    interfaces: tuple[str, ...] = ()
    availability_set: str | None = None
    scale_set: str | None = None
    zones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """A management lock on ``scope`` (an ARM id, lower-cased); ``level`` as ARM spells it."""

    name: str
    scope: str
    level: str
    notes: str | None = None
    owners: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The lock's own id, lower-cased."""
        return f"{self.scope}/providers/microsoft.authorization/locks/{self.name.lower()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RestorePoints:
    """Restore points the backup service keeps beside a machine: collections and their sum.

    ``taken``: when each of them was taken; None where that could not be told of every one.
    ``there``: whether the group exists.
    """

    group: str
    collections: tuple[str, ...]
    count: int
    taken: tuple[datetime, ...] | None = None
    there: bool = True


# After a run's start a job needs a while to appear and to end: no verdict on a run before that.
RUN_TAKES = timedelta(hours=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When the vault's policy runs a backup: local times of day in an IANA time zone, on weekdays.

    ``weekdays`` are Monday = 0; empty means daily.
    """

    times: tuple[time, ...]
    zone: str
    weekdays: frozenset[int] = frozenset()

    def last_run(self, now: datetime) -> datetime | None:
        """Return the latest scheduled start at or before ``now``; None without a schedule."""
        return max((run for run in self._around(now) if run <= now), default=None)

    def next_run(self, now: datetime) -> datetime | None:
        """Return the first scheduled start after ``now``; None without a schedule."""
        return min((run for run in self._around(now) if run > now), default=None)

    def starts_at(self, moment: datetime) -> bool:
        """Whether a run is scheduled for exactly that moment."""
        return self.last_run(moment) == moment

    @property
    def interval(self) -> timedelta | None:
        """The longest time between two runs, by the clock on the wall; None without a schedule.

        A point may become this old without anything having failed.
        """
        days = sorted(self.weekdays) or range(7)
        starts = [
            timedelta(days=day, hours=at.hour, minutes=at.minute)
            for day in days
            for at in sorted(self.times)
        ]
        if not starts:
            return None
        following = [*starts[1:], starts[0] + timedelta(days=7)]
        return max(after - start for start, after in zip(starts, following, strict=True))

    def _around(self, now: datetime) -> list[datetime]:
        zone = ZoneInfo(self.zone)
        today = now.astimezone(zone).date()
        days = [today + timedelta(days=offset) for offset in range(-8, 9)]
        return [
            datetime.combine(day, at, zone).astimezone(UTC)
            for day in days
            if not self.weekdays or day.weekday() in self.weekdays
            for at in self.times
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Protected:
    """A protected item of a vault: its machine, state, schedule and last point (None: never).

    ``policy`` is its backup policy's ARM id, lower-cased.
    """

    id: ProtectedId
    item: ItemId
    state: str
    schedule: Schedule | None = None
    last_point: datetime | None = None
    snapshot_days: int | None = None
    group_prefix: str | None = None
    group_suffix: str | None = None
    vault_tier: bool = True
    policy: str | None = None

    @property
    def active(self) -> bool:
        """Whether the vault protects the item: not stopped, paused or suspended."""
        return self.state.lower() in {
            "protected",
            "irpending",
            "protectionerror",
            "protectionconfigured",
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultSnapshot:
    """A vault's jobs and protected items as read at ``taken_at``; shared by all its incidents."""

    taken_at: datetime
    jobs: tuple[Job, ...]
    items: tuple[Protected, ...]

    def job(self, key: JobKey) -> Job | None:
        """Return the job of that key, if the list held it."""
        return next((job for job in self.jobs if job.key == key), None)

    def jobs_of(self, machine: tuple[str, str]) -> tuple[Job, ...]:
        """Return a machine's jobs, oldest first."""
        found = (job for job in self.jobs if job.machine == machine)
        return tuple(sorted(found, key=lambda job: job.started))

    def protected(self, item: ItemId) -> Protected | None:
        """Return the protected item of that machine, the active one if the vault has several."""
        found = sorted(
            (one for one in self.items if one.item == item), key=lambda one: not one.active
        )
        return found[0] if found else None

"""Ports: what the engine needs from the world. Adapters live in ``state`` and ``arm``.

Reads answer with a value or an ``Unreadable``; changes answer with an ``Outcome``. An exception
from a port is a bug or dead infrastructure: the delivery fails and the queue brings it again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from remediation.history import History
from remediation.ids import ItemId, JobKey, ProtectedId, VaultId
from remediation.incident import Incident, Status
from remediation.messages import FailureReported, Finding, Outcome, Rejected, Woken
from remediation.partnership import Group
from remediation.race import LostRace
from remediation.records import Record
from remediation.urgency import Waiter
from remediation.views import (
    Gone,
    Job,
    Lock,
    Machine,
    Protected,
    RecoveryPoint,
    RestorePoints,
    Unreadable,
    VaultSnapshot,
)


class Clock(Protocol):
    """Time. A simulated world's clock runs faster than the wall; HTTP time-outs stay real."""

    def now(self) -> datetime:
        """Return the time in UTC."""

    def stretch(self, real: timedelta) -> timedelta:
        """Return what a real duration measures on this clock."""

    def shrink(self, shown: timedelta) -> timedelta:
        """Return how long a duration on this clock really takes."""


# ---------------------------------------------------------------- state


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What stands in the store about an item; ``version`` is None for an item never seen."""

    item: ItemId
    history: History = field(default_factory=History)
    incident: Incident | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlreadySeen:
    """The failure's job marker is already there: nothing was committed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """One transaction on one item.

    ``incident`` and ``history`` are the folds after ``records``. ``marker`` is the job of a newly
    delivered failure (insert-only). An incident with an ending moves to the closed heads.
    ``reopened`` names a closed head that becomes the open one again.
    """

    base: Loaded
    records: tuple[Record, ...]
    incident: Incident
    history: History
    marker: JobKey | None = None
    reopened: bool = False


class IncidentStore(Protocol):
    """Everything about one item, committed together; its version is the item's lock."""

    def load(self, item: ItemId) -> Loaded:
        """Read the item's history and its open incident: one range query."""

    def commit(self, commit: Commit) -> Loaded | LostRace | AlreadySeen:
        """Commit all or nothing; the answer is what now stands there."""

    def closed(self, item: ItemId, incident: str) -> Incident | None:
        """Read the head of an ended incident."""

    def seen(self, item: ItemId, job: JobKey) -> bool:
        """Whether the failure's marker stands; read only after a conflict."""

    def records(self, item: ItemId, incident: str) -> tuple[Record, ...]:
        """Read an incident's records in their order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexRow:
    """The one derived row an incident has in the index: written before opening and at closing."""

    incident: str
    item: ItemId
    vault: VaultId
    opened_at: datetime
    cause: str
    code: str | None
    open: bool
    status: Status
    written_at: datetime


class IncidentIndex(Protocol):
    """Incidents by the UTC day they were opened, newest first. Derived; rebuildable."""

    def write(self, row: IndexRow, *, new: bool = False) -> None:
        """Insert or replace the incident's row; a ``new`` one never replaces what is there."""

    def remove(self, row: IndexRow) -> None:
        """Remove an orphan: a row whose opening commit never came."""

    def open_rows(self, *, before: datetime | None = None) -> Iterable[IndexRow]:
        """All rows flagged open, oldest day first, ``before`` that time of opening."""

    def ended_rows(self, *, before: datetime) -> Iterable[IndexRow]:
        """All rows of incidents that had ended ``before`` a time, oldest day of opening first."""

    def find(self, incident: str) -> IndexRow | None:
        """Find the row of an incident by its id."""

    def page(
        self, *, since: datetime, until: datetime, cursor: str | None, size: int
    ) -> tuple[tuple[IndexRow, ...], str | None]:
        """Return at most ``size`` rows opened in the span, newest first, and the next cursor."""


class Wakeups(Protocol):
    """The delayed queue. At least once.

    Identifiers only; a late message is ignored by its number.
    """

    def send(self, message: Woken | FailureReported, *, at: datetime) -> None:
        """Deliver the message at ``at`` or a little later."""


class Ledger(Protocol):
    """What leads to no incident but is never thrown away: rejected deliveries and alarms."""

    def reject(self, rejected: Rejected, at: datetime) -> None:
        """Keep a rejected delivery: at most 32 KiB of text, redacted, in a chain of its own."""

    def alarm(self, key: str, text: str, at: datetime) -> bool:
        """Raise an alarm once a key; True where it is new."""

    def alarmed(self, key: str) -> bool:
        """Whether an alarm was raised under that key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """A notice on its way to people: a CloudEvent's parts. ``key`` is the stable dedup key."""

    key: str
    type: str
    subject: str
    at: datetime
    data: Mapping[str, object]


class Notifier(Protocol):
    """Tells people. At least once, recognised by the key."""

    def publish(self, notification: Notification) -> Outcome:
        """Hand the notice to a channel."""


# ---------------------------------------------------------------- shared reading of vaults, slots


class Vaults(Protocol):
    """Snapshots of vaults, shared by all their incidents.

    Reads of the vault are the scarce resource.
    """

    def snapshot(self, vault: VaultId, *, not_before: datetime) -> VaultSnapshot | Unreadable:
        """Return the vault as read at or after ``not_before``: stored, or read anew.

        Unreadable (with a time to try again) where a read is throttled, failed, over the budget, or
        under way in another worker.
        """

    def knowing(self, item: ItemId) -> tuple[VaultId, ...]:
        """Return the vaults that protect the item, did, or have a job of it, as last read."""

    def job(self, key: JobKey) -> Job | Gone | Unreadable:
        """Return one job with tasks and details: a read of its own, within the budget."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobsRead:
    """A vault's jobs; ``remaining``: the reads left until Azure throttles, where it said so."""

    jobs: tuple[Job, ...]
    remaining: int | None


class VaultReader(Protocol):
    """A vault as Azure answers it, unshared: what ``Vaults`` reads through."""

    def jobs(self, vault: VaultId, since: datetime) -> JobsRead | Unreadable:
        """List the backups of machines begun since then: all pages, or unreadable."""

    def items(self, vault: VaultId) -> tuple[Protected, ...] | Unreadable:
        """List the protected machines, each with its policy's schedule."""

    def job(self, key: JobKey) -> Job | Gone | Unreadable:
        """Read one job with its tasks and details."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """The answer to who asks for a place.

    ``before``: who is more urgent and has a place kept for it. ``called``: of those, whom nobody
    has woken for it yet.
    """

    taken: bool
    before: tuple[Waiter, ...] = ()
    called: tuple[Waiter, ...] = ()


class Slots(Protocol):
    """How many on-demand backups run at once: counted in storage, never in memory.

    Who finds no place stands in line, and the most urgent there is called when one is free.
    """

    def take(
        self,
        vault: VaultId,
        holder: str,
        *,
        until: datetime,
        now: datetime,
        per_vault: int,
        per_subscription: int,
        waiter: Waiter,
        position: int,
    ) -> Turn:
        """Take a place (again: keep it), or stand in line; ``position``: as a ``Claim`` has it."""

    def free(self, vault: VaultId, holder: str, *, upto: int, now: datetime) -> tuple[Waiter, ...]:
        """Give back what was asked for up to a position; returns who is called for it."""


# ---------------------------------------------------------------- Azure


class Machines(Protocol):
    """Virtual machines, their tags, extensions, run commands and restore points."""

    def machine(self, item: ItemId) -> Machine | Gone | Unreadable:
        """Read the machine with its instance view and its own tags."""

    def members(self, subscription: str, group: Group) -> tuple[ItemId, ...] | Unreadable:
        """List the machines of a group of partners; none where the group is gone."""

    def surrounding_tags(self, item: ItemId) -> Mapping[str, str] | Unreadable:
        """Read the tags of the machine's group and subscription; the group's win."""

    def restore_points(self, item: ItemId, group: str) -> RestorePoints | Unreadable:
        """Count the machine's restore points in the backup group (found by ``source.id``)."""

    def reapply(self, item: ItemId, *, request_id: str) -> Outcome:
        """Start a reapply of the machine's model."""

    def restart(self, item: ItemId, *, request_id: str) -> Outcome:
        """Start a restart."""

    def delete_extension(self, item: ItemId, name: str, *, request_id: str) -> Outcome:
        """Start the deletion of an extension; absent is success."""

    def run_script(
        self,
        item: ItemId,
        name: str,
        script: str,
        parameters: Mapping[str, str],
        *,
        location: str,
        request_id: str,
    ) -> Outcome:
        """Create a managed run command, unless it is there; transient where another script runs."""

    def script_result(self, item: ItemId, name: str) -> Finding:
        """Look at a managed run command: ``Done`` carries its output (at most 4 KiB)."""

    def delete_script(self, item: ItemId, name: str, *, request_id: str) -> Outcome:
        """Delete a managed run command that was read."""

    def delete_collection(self, item: ItemId, group: str, name: str, *, request_id: str) -> Outcome:
        """Start the deletion of a restore point collection."""

    def work_out_rules(self, interface: str, *, request_id: str) -> Outcome:
        """Ask for the security rules in effect on a network interface (an ARM id)."""

    def worked_out_rules(self, url: str) -> Finding:
        """Read those rules: ``Done`` says in facts and findings what they mean for a backup."""

    def operation(self, url: str) -> Finding:
        """Look at a long-running operation, if its scheme and host are the endpoint's."""


class Backups(Protocol):
    """The vault's side: recovery points and on-demand backups."""

    def points(self, protected: ProtectedId) -> tuple[RecoveryPoint, ...] | Unreadable:
        """List the item's recovery points, newest first."""

    def start(self, protected: ProtectedId, *, keep_until: datetime, request_id: str) -> Outcome:
        """Trigger an on-demand backup; the job's ``activity_id`` will be ``request_id``."""

    def restoring(self, protected: ProtectedId, now: datetime) -> bool | Unreadable:
        """Whether a restore of the item's machine is under way in its vault."""

    def vaults(self, subscription: str) -> tuple[VaultId, ...] | Unreadable:
        """List the vaults of a subscription."""

    def locations(self, subscription: str) -> Mapping[VaultId, str] | Unreadable:
        """List the vaults of a subscription, each with its location."""


class Locks(Protocol):
    """Management locks on resource groups. Listing shows inherited ones too, by their own scope."""

    def at_group(self, subscription: str, group: str) -> tuple[Lock, ...] | Unreadable:
        """List the locks that hold for a resource group; a group that is not there has none."""

    def remove(self, lock: Lock, *, request_id: str) -> Outcome:
        """Delete a lock whose scope is a resource group; any other scope is refused."""

    def put_back(self, lock: Lock, *, request_id: str) -> Outcome:
        """Create the lock again with its whole definition."""

"""What the console reads: pages of incidents, one incident, the audit trail, chains to verify.

The index says which incidents there are, the item's partition what they are now. Nothing here
changes anything, and every page is bounded.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from remediation.ids import ItemId, VaultId
from remediation.incident import Incident, Status
from remediation.ports import IndexRow
from remediation.records import Record
from state import layout
from state.chain import ChainHead, ChainRow, Fault
from state.chained import Tail
from state.ledger import Alarm, RejectedEntry
from state.stubs import Placed

FIRST_DAY = datetime(2020, 1, 1, tzinfo=UTC)
LAST_DAY = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentQuery:
    """Which incidents: opened in ``[since, until)``, and alike in all that is not None.

    ``open``: only those that have not ended.
    """

    since: datetime = FIRST_DAY
    until: datetime = LAST_DAY
    status: Status | None = None
    open: bool = False
    item: ItemId | None = None
    vault: VaultId | None = None
    code: str | None = None
    cause: str | None = None

    @property
    def only_open(self) -> bool:
        """Whether no incident that has ended can be wanted."""
        return self.open or (self.status is not None and not self.status.final)

    def may_match(self, row: IndexRow) -> bool:
        """Whether an index row can be of a wanted incident: what can change is not asked."""
        if not self.since <= row.opened_at < self.until or self.vault not in {None, row.vault}:
            return False
        # The row of one that has ended says what it ended with.
        ended = ((self.status, row.status), (self.code, row.code), (self.cause, row.cause))
        return row.open or (
            not self.only_open and all(one in {None, other} for one, other in ended)
        )

    def matches(self, incident: Incident) -> bool:
        """Whether the incident, as it stands now, is wanted."""
        wanted_and_found = (
            (self.status, incident.status),
            (self.item, incident.item),
            (self.vault, incident.protected.vault),
            (self.code, incident.code),
            (self.cause, incident.cause),
        )
        in_span = self.since <= incident.opened_at < self.until
        alike = all(one in {None, other} for one, other in wanted_and_found)
        return in_span and alike and (incident.open or not self.open)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditQuery:
    """Which records: written in ``[since, until)``, and alike in all that is not None."""

    since: datetime = FIRST_DAY
    until: datetime = LAST_DAY
    item: ItemId | None = None
    action: str | None = None
    incident: str | None = None

    def matches(self, record: "AuditRecord") -> bool:
        """Whether the record is wanted."""
        return (
            self.since <= record.record.at < self.until
            and self.item in {None, record.item}
            and self.action in {None, record.action}
            and self.incident in {None, record.record.incident}
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord:
    """A record with its place in the item's chain, and the action it is about."""

    item: ItemId
    record: Record
    action: str | None
    position: int
    previous: str
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page[T]:
    """A part of an answer; ``next`` is the cursor of the following part, None at the end."""

    entries: tuple[T, ...]
    next: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentDetail:
    """An incident and its records, in their order."""

    incident: Incident
    records: tuple[AuditRecord, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemChain:
    """An item's chain as it stands in storage.

    ``item`` is None where the item's own row is gone. ``belongs``: by position, the row that a body
    names for itself. ``unreadable``: by row, why its body, or the blob it names, cannot be read.
    ``differing``: by row, the columns beside the body that do not say what it says, in sentences.
    ``stubs`` stand for what retention removed. ``heads``: where the incidents' heads are not what
    the records say.
    """

    partition: str
    item: ItemId | None
    head: ChainHead
    rows: tuple[ChainRow, ...]
    belongs: Mapping[int, str]
    unreadable: Mapping[str, str]
    differing: Mapping[str, tuple[str, ...]]
    stubs: tuple[Placed, ...] = ()
    heads: tuple[Fault, ...] = ()


def newest_first(incident: Incident) -> str:
    """Return what incidents are ordered by: the same everywhere."""
    return layout.index_row(incident.opened_at, incident.id)


class Partitions(Protocol):
    """What stands about items, read only."""

    def incident(self, item: ItemId, incident: str) -> Incident | None:
        """Return an incident's head, open or ended."""

    def incidents_of(self, item: ItemId) -> tuple[Incident, ...]:
        """Return every incident of an item, newest first."""

    def records_of(self, item: ItemId, incident: str | None = None) -> Iterator[AuditRecord]:
        """An item's records in the order of the rows: by incident, then by sequence."""

    def chain(self, item: ItemId) -> ItemChain:
        """Return an item's chain as it stands."""

    def chains(self, after: str = "") -> Iterator[ItemChain]:
        """Every item's chain by partition, those after one only: a walk through the table."""

    def heads(self) -> Iterator[tuple[str, str, ChainHead]]:
        """Every item's partition, its id and the head of its chain: a walk through the table."""

    def hashes(self, partition: str) -> Mapping[int, str]:
        """Return the hashes of a partition's records, by position; no body is read."""


class LedgerReader(Protocol):
    """What led to no incident, read only."""

    def rejected(
        self, *, since: datetime, until: datetime, after: tuple[str, int] | None = None
    ) -> Iterator[RejectedEntry]:
        """Rejected deliveries of ``[since, until)``, newest day first, in order within a day.

        ``after`` a day and a position: nothing before that is read.
        """

    def alarms(self) -> tuple[Alarm, ...]:
        """Every alarm, the newest first."""

    def newest_alarms(self, *, before: int | None, most: int) -> Tail[Alarm]:
        """Return the newest alarms, ``before`` a position; no others are read."""

    def heads(self) -> Iterator[tuple[str, ChainHead]]:
        """The head of every chain of the ledger, with its name: a walk through the table."""

    def chain(self, name: str) -> tuple[ChainHead, tuple[ChainRow, ...]]:
        """Return a chain as it stands, for verification: that of a day, or another by its name."""

"""Incidents in Table storage: one partition an item, one transaction a commit.

``0|item`` is replaced under its ETag by every commit: it is the item's lock and the order of its
chain. It stands first in the transaction, because the SDK reports index 0 when it cannot tell which
operation failed, and a duplicate must never be read out of that.
"""

from collections.abc import Iterator
from typing import Any

from azure.core.exceptions import ServiceResponseError
from azure.data.tables import TableServiceClient, TableTransactionError, UpdateMode

from remediation.ids import ItemId, JobKey
from remediation.incident import Incident
from remediation.ports import AlreadySeen, Commit, Loaded
from remediation.race import LostRace
from remediation.records import Record
from state import layout
from state.blobs import Blobs
from state.bodies import joined, split
from state.chain import ChainHead
from state.columns import columns_of
from state.guarded import GuardedTable, Operation, Row, replacing, version_of
from state.heads import read_history, read_incident
from state.prepared import Prepared, StoredRecord, prepare, read_record
from state.versions import Version

_CONFLICT, _CHANGED = 409, 412


class TableIncidentStore:
    """``IncidentStore`` over Table storage. ``writer`` is unique a process: it signs commits."""

    def __init__(self, service: TableServiceClient, blobs: Blobs, *, writer: str) -> None:
        self._table = GuardedTable(service, layout.INCIDENTS, writer=writer)
        self._blobs = blobs

    def load(self, item: ItemId) -> Loaded:
        """Read the item's history and its open incident: one range query.

        Raises NewerError where either says more than this version understands.
        """
        rows = {
            row["RowKey"]: row for row in self._range(item, layout.LOAD_FROM, layout.LOAD_BELOW)
        }
        own = rows.get(layout.ITEM_ROW)
        if own is None:
            return Loaded(item=item)
        head = rows.get(layout.OPEN_ROW)
        return Loaded(
            item=item,
            history=read_history(joined("history", own), item),
            incident=None if head is None else read_incident(joined("head", head), item),
            version=str(_version(own)),
        )

    def commit(self, commit: Commit) -> Loaded | LostRace | AlreadySeen:
        """Commit all or nothing; the answer is what now stands there.

        An answer can be lost on the way, and the SDK repeats a request after a 503. That the first
        try went through is found by the token that every commit carries: it is no lost race.
        """
        base = None if commit.base.version is None else Version.parse(commit.base.version)
        ready = prepare(commit, base.head if base else ChainHead(), self._blobs)
        token = self._table.token()
        try:
            operations = _operations(commit, ready, base, token)
            answers = self._table.client.submit_transaction(operations)
        except (TableTransactionError, ServiceResponseError) as fault:
            outcome = _meaning(fault, commit)
            ours = self._find_own(commit.base.item, ready, token)
            if ours is not None:
                return ours
            if outcome is None:
                raise
            return outcome
        return Loaded(
            item=commit.base.item,
            history=ready.history,
            incident=ready.incident if ready.incident.open else None,
            version=str(Version(head=ready.head, etag=str(answers[0]["etag"]))),
        )

    def closed(self, item: ItemId, incident: str) -> Incident | None:
        """Read the head of an ended incident."""
        row = self._row(item, layout.closed_row(incident))
        return None if row is None else read_incident(joined("head", row), item)

    def seen(self, item: ItemId, job: JobKey) -> bool:
        """Whether the failure's marker stands; read only after a conflict."""
        return self._row(item, layout.marker_row(job)) is not None

    def records(self, item: ItemId, incident: str) -> tuple[Record, ...]:
        """Read an incident's records in their order."""
        first, below = layout.record_row(incident, 0), layout.record_row(incident, 10**10 - 1)
        rows = self._range(item, first, below)
        return tuple(read_record(row["body"], self._blobs) for row in rows)

    def _range(self, item: ItemId, first: str, below: str) -> Iterator[Row]:
        condition = "PartitionKey eq @one and RowKey ge @first and RowKey lt @below"
        return self._table.query(condition, one=item.partition, first=first, below=below)

    def _row(self, item: ItemId, key: str) -> Row | None:
        return self._table.get(item.partition, key)

    def _find_own(self, item: ItemId, ready: Prepared, token: str) -> Loaded | None:
        """Return what stands there if this very commit went through, else None."""
        key = ready.records[-1].link.key if ready.records else layout.ITEM_ROW
        row = self._row(item, key)
        return self.load(item) if row is not None and row.get("commit") == token else None


def _version(row: Row) -> Version:
    head = ChainHead(position=int(row["position"]), hash=str(row["hash"]))
    return Version(head=head, etag=version_of(row))


def _meaning(
    fault: TableTransactionError | ServiceResponseError, commit: Commit
) -> LostRace | AlreadySeen | None:
    """Return what a refused transaction means; None: it is a fault."""
    if isinstance(fault, ServiceResponseError):
        return None
    code = getattr(fault, "error_code", None)
    exists = fault.status_code == _CONFLICT and code == "EntityAlreadyExists"
    changed = fault.status_code == _CHANGED and code in {
        "UpdateConditionNotSatisfied",
        "ConditionNotMet",
    }
    match fault.index:
        case 0 if changed and commit.base.version is not None:
            return LostRace()
        case 0 if exists and commit.base.version is None:
            return LostRace()
        case 1 if exists and commit.marker is not None:
            return AlreadySeen()
        case _:
            return None


def _operations(
    commit: Commit, ready: Prepared, base: Version | None, token: str
) -> list[Operation]:
    partition = commit.base.item.partition
    own = {
        "PartitionKey": partition,
        "RowKey": layout.ITEM_ROW,
        "item": commit.base.item.shown,
        "position": ready.head.position,
        "hash": ready.head.hash,
        "commit": token,
        **split("history", ready.history_text),
    }
    first: list[Operation] = [replacing(own, base.etag if base else None)]
    if commit.marker is not None:
        key = layout.marker_row(commit.marker)
        row = {"PartitionKey": partition, "RowKey": key, "incident": commit.incident.id}
        first.append(("create", row))
    return [
        *first,
        *_head_moves(commit, ready),
        *(("create", _record_row(partition, one, token)) for one in ready.records),
    ]


def _head_moves(commit: Commit, ready: Prepared) -> list[Operation]:
    """Return the operations on heads: an ended incident's moves away, a reopened one's back."""
    keys = {"PartitionKey": commit.base.item.partition}
    opened = {**keys, "RowKey": layout.OPEN_ROW}
    closed = {**keys, "RowKey": layout.closed_row(commit.incident.id)}
    head = {
        "incident": commit.incident.id,
        "status": commit.incident.status.value,
        **split("head", ready.incident_text),
    }
    if commit.incident.ending is None:
        stays: list[Operation] = [("upsert", {**opened, **head}, {"mode": UpdateMode.REPLACE})]
        return [*stays, ("delete", closed)] if commit.reopened else stays
    moved: list[Operation] = [("upsert", {**closed, **head}, {"mode": UpdateMode.REPLACE})]
    return [*moved, ("delete", opened)] if commit.base.incident is not None else moved


def _record_row(partition: str, one: StoredRecord, token: str) -> dict[str, Any]:
    return {
        "PartitionKey": partition,
        "RowKey": one.link.key,
        **columns_of(one),
        "position": one.link.position,
        "previous": one.link.previous,
        "hash": one.link.hash,
        "body": one.link.body,
        "commit": token,
    }

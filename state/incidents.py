"""Incidents in Table storage: one partition an item, one transaction a commit.

``0|item`` is replaced under its ETag by every commit: it is the item's lock and the order of its
chain. It stands first in the transaction, because the SDK reports index 0 when it cannot tell which
operation failed, and a duplicate must never be read out of that.
"""

import itertools
from collections.abc import Mapping
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables import TableServiceClient, TableTransactionError, UpdateMode

from remediation.ids import ItemId, JobKey
from remediation.incident import History, Incident
from remediation.ports import AlreadySeen, Commit, Loaded, LostRace
from remediation.records import Record
from state import codec, layout
from state.blobs import Blobs
from state.bodies import joined, split
from state.chain import ChainHead
from state.prepared import Prepared, StoredRecord, prepare, read_record
from state.versions import Version

type Operation = tuple[str, dict[str, Any]] | tuple[str, dict[str, Any], dict[str, Any]]

_CONFLICT, _CHANGED = 409, 412


class TableIncidentStore:
    """``IncidentStore`` over Table storage. ``writer`` is unique a process: it signs commits."""

    def __init__(self, service: TableServiceClient, blobs: Blobs, *, writer: str) -> None:
        self._table = service.get_table_client(layout.INCIDENTS)
        self._blobs = blobs
        self._tokens = (f"{writer}-{number}" for number in itertools.count(1))

    def load(self, item: ItemId) -> Loaded:
        """Read the item's history and its open incident: one range query."""
        rows = {
            row["RowKey"]: row for row in self._range(item, layout.LOAD_FROM, layout.LOAD_BELOW)
        }
        own = rows.get(layout.ITEM_ROW)
        if own is None:
            return Loaded(item=item)
        head = rows.get(layout.OPEN_ROW)
        return Loaded(
            item=item,
            history=codec.decode(History, joined("history", own)),
            incident=None if head is None else codec.decode(Incident, joined("head", head)),
            version=str(_version(own)),
        )

    def commit(self, commit: Commit) -> Loaded | LostRace | AlreadySeen:
        """Commit all or nothing; the answer is what now stands there.

        The SDK repeats a request whose answer was lost; that its first try went through is found
        by the token that every commit carries, and is no lost race.
        """
        base = None if commit.base.version is None else Version.parse(commit.base.version)
        ready = prepare(commit, base.head if base else ChainHead(), self._blobs)
        token = next(self._tokens)
        try:
            answers = self._table.submit_transaction(_operations(commit, ready, base, token))
        except TableTransactionError as fault:
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
        return None if row is None else codec.decode(Incident, joined("head", row))

    def seen(self, item: ItemId, job: JobKey) -> bool:
        """Whether the failure's marker stands; read only after a conflict."""
        return self._row(item, layout.marker_row(job)) is not None

    def records(self, item: ItemId, incident: str) -> tuple[Record, ...]:
        """Read an incident's records in their order."""
        first, below = layout.record_row(incident, 0), layout.record_row(incident, 10**10 - 1)
        rows = self._range(item, first, below)
        return tuple(read_record(row["body"], self._blobs) for row in rows)

    def _range(self, item: ItemId, first: str, below: str) -> list[Mapping[str, Any]]:
        return list(
            self._table.query_entities(
                "PartitionKey eq @partition and RowKey ge @first and RowKey lt @below",
                parameters={"partition": item.partition, "first": first, "below": below},
            )
        )

    def _row(self, item: ItemId, key: str) -> Mapping[str, Any] | None:
        try:
            return self._table.get_entity(item.partition, key)
        except ResourceNotFoundError:
            return None

    def _find_own(self, item: ItemId, ready: Prepared, token: str) -> Loaded | None:
        """Return what stands there if this very commit went through, else None."""
        key = ready.records[-1].link.key if ready.records else layout.ITEM_ROW
        row = self._row(item, key)
        return self.load(item) if row is not None and row.get("commit") == token else None


def _version(row: Mapping[str, Any]) -> Version:
    head = ChainHead(position=int(row["position"]), hash=str(row["hash"]))
    return Version(head=head, etag=str(row.metadata["etag"]))  # type: ignore[attr-defined]


def _meaning(fault: TableTransactionError, commit: Commit) -> LostRace | AlreadySeen | None:
    """Return what a refused transaction means; None: it is a fault."""
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
    first: list[Operation] = [("create", own) if base is None else _replace(own, base.etag)]
    if commit.marker is not None:
        key = layout.marker_row(commit.marker)
        row = {"PartitionKey": partition, "RowKey": key, "incident": commit.incident.id}
        first.append(("create", row))
    return [
        *first,
        *_head_moves(commit, ready),
        *(("create", _record_row(partition, one, token)) for one in ready.records),
    ]


def _replace(row: dict[str, Any], etag: str) -> Operation:
    condition = MatchConditions.IfNotModified
    return "update", row, {"mode": UpdateMode.REPLACE, "etag": etag, "match_condition": condition}


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
    optional = {"action": one.action, "evidence": one.evidence}
    return {
        "PartitionKey": partition,
        "RowKey": one.link.key,
        "incident": one.incident,
        "sequence": one.sequence,
        "at": codec.instant(one.at),
        "type": one.type,
        "position": one.link.position,
        "previous": one.link.previous,
        "hash": one.link.hash,
        "body": one.link.body,
        "size": one.size,
        "commit": token,
        **{name: value for name, value in optional.items() if value is not None},
    }

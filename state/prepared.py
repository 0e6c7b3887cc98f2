"""A commit made ready to be stored: checked, redacted, encoded and chained. Both stores use it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from remediation.history import History
from remediation.incident import Incident
from remediation.ports import Commit
from remediation.records import Body, Record
from remediation.redact import redact_tree
from state import codec
from state.blobs import Blobs
from state.bodies import INLINE, units
from state.chain import ChainHead, ChainRow, linked
from state.layout import record_row

# A transaction takes 100 operations and 4 MiB; we stay below both.
MOST_OPERATIONS = 90
_MOST_INLINE = 1_000_000
_INLINE_WHEN_MANY = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRecord:
    """A record's row: its place in the chain, and what the audit is searched by."""

    link: ChainRow
    incident: str
    sequence: int
    at: datetime
    type: str
    action: str | None
    evidence: str | None
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What a commit will store, after redaction, and where it leaves the chain."""

    incident: Incident
    incident_text: str
    history: History
    history_text: str
    records: tuple[StoredRecord, ...]
    head: ChainHead


def prepare(commit: Commit, head: ChainHead, blobs: Blobs) -> Prepared:
    """Make a commit ready; big bodies are in their blobs when this returns.

    Raises ValueError for a commit that no decision can have made.
    """
    _check(commit)
    incident, incident_text = _clean(commit.incident)
    history, history_text = _clean(commit.history)
    texts = [codec.text_of(redact_tree(codec.plain(record))) for record in commit.records]
    inline = INLINE if sum(map(units, texts)) <= _MOST_INLINE else _INLINE_WHEN_MANY
    stored: list[StoredRecord] = []
    for record, text in zip(commit.records, texts, strict=True):
        one = _stored(record, text, commit.incident, head, blobs if units(text) > inline else None)
        head = ChainHead(position=one.link.position, hash=one.link.hash)
        stored.append(one)
    return Prepared(
        incident=incident,
        incident_text=incident_text,
        history=history,
        history_text=history_text,
        records=tuple(stored),
        head=head,
    )


def action_of(body: Body, incident: Incident) -> str | None:
    """Return the action a record is about: its own, or that of its attempt."""
    action = getattr(body, "action", None)
    if action is not None:
        return str(action)
    number = getattr(body, "attempt", None)
    return next((one.action for one in incident.attempts if one.number == number), None)


def body_of(text: str, blobs: Blobs) -> str:
    """Return a record's text from what its row holds: itself, or its reference to a blob."""
    reference = reference_of(text)
    return text if reference is None else blobs.get(reference).decode()


def read_record(text: str, blobs: Blobs) -> Record:
    """Return a record from what its row holds; raises ValueError or LookupError where it cannot."""
    return codec.decode(Record, body_of(text, blobs))


def belongs_at(tree: Mapping[str, Any]) -> str:
    """Return the row key that a record's own text names."""
    return record_row(str(tree["incident"]), int(tree["sequence"]))


def reference_of(text: str) -> str | None:
    """Return the blob that what a row holds refers to; None: it is the record itself."""
    if not text.startswith('{"blob":'):
        return None
    return str(json.loads(text)["blob"])


def _stored(
    record: Record, text: str, incident: Incident, head: ChainHead, blobs: Blobs | None
) -> StoredRecord:
    evidence = None if blobs is None else blobs.put(text.encode())
    body = text if evidence is None else codec.text_of({"blob": evidence, "size": len(text)})
    link = ChainRow(
        key=record_row(record.incident, record.sequence),
        position=head.position + 1,
        previous=head.hash,
        hash=linked(head.hash, body),
        body=body,
    )
    return StoredRecord(
        link=link,
        incident=record.incident,
        sequence=record.sequence,
        at=record.at,
        type=type(record.body).__name__,
        action=action_of(record.body, incident),
        evidence=evidence,
        size=len(text),
    )


def _clean[T: (Incident, History)](value: T) -> tuple[T, str]:
    """Return the value as it will be read back, and its text."""
    tree = codec.plain(value)
    clean = redact_tree(tree)
    text = codec.text_of(clean)
    return (value if clean == tree else codec.from_plain(type(value), clean)), text


def _check(commit: Commit) -> None:
    incident, base = commit.incident, commit.base
    if incident.item != base.item:
        raise ValueError(f"the incident is of {incident.item}, what was loaded of {base.item}")
    if base.incident is not None and base.incident.id != incident.id:
        raise ValueError(f"{base.incident.id} is open: {incident.id} cannot take its place")
    if commit.reopened and base.incident is not None:
        raise ValueError(f"{base.incident.id} is open: nothing can be opened again beside it")
    wanted = [record.sequence for record in commit.records]
    if wanted != list(range(wanted[0], wanted[0] + len(wanted)) if wanted else ()):
        raise ValueError(f"sequences of records must count up by one, got {wanted}")
    if any(record.incident != incident.id for record in commit.records):
        raise ValueError(f"every record must be of the incident {incident.id}")
    if operations(commit) > MOST_OPERATIONS:
        raise ValueError(
            f"one transaction takes {MOST_OPERATIONS} operations, got {operations(commit)}"
        )


def operations(commit: Commit) -> int:
    """Return how many operations the transaction of a commit takes."""
    moves = commit.base.incident is not None if commit.incident.ending else commit.reopened
    return 2 + bool(commit.marker) + moves + len(commit.records)

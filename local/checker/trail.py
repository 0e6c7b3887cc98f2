"""The audit trail as it stands in storage: rows taken apart, nothing believed.

The form is that of ``docs/architecture.md``: one partition an item; ``0|item`` has the chain's
head, ``1|open`` and ``3|incident|…`` the heads of incidents, ``2|job|…`` the markers of failures,
``4|record|…`` the records.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

type Tree = Mapping[str, Any]
type ReadBlob = Callable[[str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One entity. ``written`` is the service's own time of the last write, seconds since 1970."""

    partition: str
    key: str
    properties: Tree
    written: float | None = None

    def text(self, name: str) -> str:
        """Return a text that may be spread over ``name``, ``name1``, …; empty if it is missing."""
        parts: list[str] = []
        while isinstance(part := self.properties.get(f"{name}{len(parts) or ''}"), str):
            parts.append(part)
        return "".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One line of the trail; ``body`` is its JSON, ``stored`` the text that the hash covers."""

    key: str
    incident: str
    sequence: int
    at: datetime
    type: str
    body: Tree
    position: int
    previous: str
    hash: str
    stored: str
    written: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The stored state of an incident, which should equal the fold of its records."""

    incident: str
    open: bool
    status: str
    state: Tree


@dataclass(frozen=True, kw_only=True)
class ItemTrail:
    """Everything that is stored about one item; records in the order of their chain."""

    item: str
    position: int
    hash: str
    records: tuple[Record, ...]
    heads: tuple[Head, ...]
    markers: Mapping[str, str]

    @cached_property
    def incidents(self) -> Mapping[str, tuple[Record, ...]]:
        """The records of each incident, in their order."""
        found: dict[str, list[Record]] = {}
        for record in self.records:
            found.setdefault(record.incident, []).append(record)
        return {
            name: tuple(sorted(some, key=lambda one: one.sequence)) for name, some in found.items()
        }

    def of(self, kind: str) -> Iterator[Record]:
        """Return the records of one type."""
        return (record for record in self.records if record.type == kind)


def instant(text: str) -> datetime:
    """Read a stored time."""
    return datetime.fromisoformat(text)


def trails(rows: Iterable[Row], blob: ReadBlob) -> tuple[ItemTrail, ...]:
    """Sort rows into items. ``blob`` returns a big body by its name; LookupError: it is gone."""
    partitions: dict[str, list[Row]] = {}
    for row in rows:
        partitions.setdefault(row.partition, []).append(row)
    found = (_item(some, blob) for some in partitions.values())
    return tuple(sorted(found, key=lambda one: one.item))


def _item(rows: list[Row], blob: ReadBlob) -> ItemTrail:
    own = next((row for row in rows if row.key == "0|item"), None)
    properties = own.properties if own else {}
    records = [_record(row, blob) for row in rows if row.key.startswith("4|record|")]
    heads = [
        Head(
            incident=str(row.properties.get("incident")),
            open=row.key == "1|open",
            status=str(row.properties.get("status")),
            state=_json(row.text("head")),
        )
        for row in rows
        if row.key == "1|open" or row.key.startswith("3|incident|")
    ]
    return ItemTrail(
        item=str(properties.get("item", rows[0].partition)),
        position=int(properties.get("position", 0)),
        hash=str(properties.get("hash", "")),
        records=tuple(sorted(records, key=lambda one: (one.position, one.key))),
        heads=tuple(heads),
        markers={
            row.key.rpartition("|")[2].lower(): str(row.properties.get("incident"))
            for row in rows
            if row.key.startswith("2|job|")
        },
    )


def _record(row: Row, blob: ReadBlob) -> Record:
    """Read a record; its place is taken from the row, what it says from its text alone."""
    stored = str(row.properties.get("body", ""))
    tree = _json(stored)
    if "blob" in tree:
        try:
            tree = _json(blob(str(tree["blob"])))
        except LookupError:
            tree = {}
    body = tree.get("body") or {}
    _, _, incident, sequence = row.key.split("|")
    return Record(
        key=row.key,
        incident=incident,
        sequence=int(sequence),
        at=instant(tree.get("at") or "0001-01-01T00:00:00Z"),
        type=str(body.get("type", "unreadable")),
        body=body,
        position=int(row.properties.get("position", 0)),
        previous=str(row.properties.get("previous", "")),
        hash=str(row.properties.get("hash", "")),
        stored=stored,
        written=row.written,
    )


def _json(text: str) -> Tree:
    try:
        tree = json.loads(text)
    except ValueError:
        return {}
    return tree if isinstance(tree, dict) else {}

"""The golden files: what each version wrote, one file a history, and how they are read."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, override

from packaging.version import Version

from remediation.history import History
from remediation.incident import Incident
from state import codec, layout
from state.bodies import joined
from state.chain import ChainHead, ChainRow
from state.memory import MemoryBlobs
from tests.upgrades.stored import put_blobs

# A value of everything that can be stored; the other files are histories.
VALUES = "values.jsonl"
PLACE = Path(__file__).parents[1] / "data" / "golden"

type Row = Mapping[str, Any]


@dataclass(frozen=True)
class Golden:
    """A history as some version left it in storage."""

    version: str
    name: str

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """Every line of its file."""
        path = PLACE / self.version / f"{self.name}.jsonl"
        return tuple(path.read_text(encoding="utf-8").splitlines())

    @cached_property
    def blobs(self) -> MemoryBlobs:
        """What was too long for a row."""
        made = MemoryBlobs()
        put_blobs(made, self.lines)
        return made

    def rows(self, table: str) -> list[Row]:
        """Return a table's rows, by their keys."""
        trees = map(json.loads, self.lines)
        found = [tree["row"] for tree in trees if tree.get("table") == table]
        return sorted(found, key=lambda row: (row["PartitionKey"], row["RowKey"]))

    @property
    def items(self) -> Iterator["Item"]:
        """What stands about each item."""
        rows = self.rows(layout.INCIDENTS)
        for partition in sorted({row["PartitionKey"] for row in rows}):
            mine = {row["RowKey"]: row for row in rows if row["PartitionKey"] == partition}
            yield Item(rows=mine, blobs=self.blobs)

    @override
    def __str__(self) -> str:
        """Return what a test is called."""
        return f"{self.version}/{self.name}"


@dataclass(frozen=True)
class Item:
    """The rows of one item's partition."""

    rows: Mapping[str, Row]
    blobs: MemoryBlobs

    @property
    def head(self) -> ChainHead:
        """Where its chain ends."""
        own = self.rows[layout.ITEM_ROW]
        return ChainHead(position=own["position"], hash=own["hash"])

    @property
    def history(self) -> History:
        """What outlives its incidents."""
        return codec.decode(History, joined("history", self.rows[layout.ITEM_ROW]))

    @property
    def incidents(self) -> dict[str, Incident]:
        """The heads of its incidents, open and closed, by id."""
        found = (row for key, row in self.rows.items() if key.startswith(("1|", "3|")))
        return {row["incident"]: codec.decode(Incident, joined("head", row)) for row in found}

    def blob(self, name: str) -> str:
        """Return the text of a blob."""
        return self.blobs.get(name).decode()

    @property
    def links(self) -> list[ChainRow]:
        """Its records as they stand in the chain."""
        found = [row for key, row in self.rows.items() if key.startswith("4|")]
        return sorted(map(_link, found), key=lambda one: one.position)


def versions() -> list[str]:
    """Return every version that has golden files, the newest last."""
    return sorted((path.name for path in PLACE.iterdir()), key=Version)


def goldens(some: Iterable[str] | None = None) -> list[Golden]:
    """Return every history of these versions, of all by default."""
    return [
        Golden(version, path.stem)
        for version in (versions() if some is None else some)
        for path in sorted((PLACE / version).glob("*.jsonl"))
        if path.name != VALUES
    ]


def written(version: str) -> list[tuple[str, str]]:
    """Return the values that a version wrote: the name of the type, and the text."""
    lines = (PLACE / version / VALUES).read_text(encoding="utf-8").splitlines()
    return [(tree["type"], tree["text"]) for tree in map(json.loads, lines)]


def _link(row: Row) -> ChainRow:
    return ChainRow(
        key=row["RowKey"],
        position=row["position"],
        previous=row["previous"],
        hash=row["hash"],
        body=row["body"],
    )

"""Incidents in memory: the reference, and the store of fast tests."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from remediation.history import History
from remediation.ids import ItemId, JobKey
from remediation.incident import Incident
from remediation.ports import AlreadySeen, Commit, Loaded
from remediation.race import LostRace
from remediation.records import Record
from state.blobs import Blobs
from state.chain import ChainHead, ChainRow
from state.memory.blobs import MemoryBlobs
from state.prepared import Prepared, StoredRecord, prepare, read_record
from state.versions import Version


@dataclass(slots=True, kw_only=True)
class Partition:
    """Everything about one item."""

    item: ItemId
    history: History = field(default_factory=History)
    incident: Incident | None = None
    closed: dict[str, Incident] = field(default_factory=dict)
    markers: set[JobKey] = field(default_factory=set)
    records: list[StoredRecord] = field(default_factory=list)
    stubs: list[ChainRow] = field(default_factory=list)
    head: ChainHead = field(default_factory=ChainHead)
    commits: int = 0

    @property
    def version(self) -> str | None:
        """The version that the next commit must have been based on; None before the first."""
        return str(Version(head=self.head, etag=str(self.commits))) if self.commits else None


class MemoryIncidentStore:
    """``IncidentStore`` in memory. Thread-safe."""

    def __init__(self, blobs: Blobs | None = None) -> None:
        self.blobs = blobs or MemoryBlobs()
        self._lock = threading.Lock()
        self._partitions: dict[ItemId, Partition] = {}

    def load(self, item: ItemId) -> Loaded:
        """Read the item's history and its open incident."""
        with self._lock:
            found = self._partitions.get(item)
            return Loaded(item=item) if found is None else _loaded(found)

    def commit(self, commit: Commit) -> Loaded | LostRace | AlreadySeen:
        """Commit all or nothing; the answer is what now stands there."""
        with self._lock:
            item = commit.base.item
            kept = self._partitions.get(item) or Partition(item=item)
            if kept.version != commit.base.version:
                prepare(commit, ChainHead(), MemoryBlobs())
                return LostRace()
            ready = prepare(commit, kept.head, self.blobs)
            if commit.marker in kept.markers:
                return AlreadySeen()
            self._partitions[item] = kept
            _apply(kept, commit, ready)
            return _loaded(kept)

    def closed(self, item: ItemId, incident: str) -> Incident | None:
        """Read the head of an ended incident."""
        with self._lock:
            found = self._partitions.get(item)
            return None if found is None else found.closed.get(incident)

    def seen(self, item: ItemId, job: JobKey) -> bool:
        """Whether the failure's marker stands."""
        with self._lock:
            found = self._partitions.get(item)
            return found is not None and job in found.markers

    def records(self, item: ItemId, incident: str) -> tuple[Record, ...]:
        """Read an incident's records in their order."""
        rows = (one for one in self.rows(item) if one.incident == incident)
        return tuple(read_record(one.link.body, self.blobs) for one in rows)

    def rows(self, item: ItemId) -> tuple[StoredRecord, ...]:
        """Return an item's records as they are stored, in the order of the chain."""
        with self._lock:
            found = self._partitions.get(item)
            return tuple(found.records) if found else ()

    @contextmanager
    def changing(self, item: ItemId) -> Iterator[Partition | None]:
        """Give an item's partition to be changed by nobody else meanwhile."""
        with self._lock:
            yield self._partitions.get(item)

    def partitions(self) -> Iterator[Partition]:
        """Every item's partition, for the audit; do not change them."""
        with self._lock:
            found = tuple(self._partitions.values())
        yield from found


def _apply(kept: Partition, commit: Commit, ready: Prepared) -> None:
    keys = {one.link.key for one in kept.records}
    if twice := [one.link.key for one in ready.records if one.link.key in keys]:
        raise ValueError(f"the record {twice[0]} stands already")
    if commit.reopened and commit.incident.ending is None:
        del kept.closed[commit.incident.id]
    if commit.marker is not None:
        kept.markers.add(commit.marker)
    if ready.incident.open:
        kept.incident = ready.incident
    else:
        kept.incident = None
        kept.closed[ready.incident.id] = ready.incident
    kept.history = ready.history
    kept.records += ready.records
    kept.head = ready.head
    kept.commits += 1


def _loaded(kept: Partition) -> Loaded:
    return Loaded(
        item=kept.item, history=kept.history, incident=kept.incident, version=kept.version
    )

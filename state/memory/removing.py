"""Removing the records of ended incidents in memory."""

from datetime import datetime, timedelta

from remediation.ids import ItemId
from state import codec, layout
from state.chain import ChainHead, ChainRow, linked
from state.memory.incidents import MemoryIncidentStore, Partition
from state.retention import Removal
from state.stubs import stub_of


class MemoryRemoving:
    """``Removing`` over the store in memory."""

    def __init__(self, store: MemoryIncidentStore) -> None:
        self._store = store

    def remove(
        self, item: ItemId, incident: str, *, now: datetime, retention: timedelta
    ) -> Removal:
        """Remove an incident's records, or finish a removal that was broken off."""
        with self._store.changing(item) as kept:
            if kept is None:
                return Removal.ABSENT
            if any(row.key == layout.stub_row(incident) for row in kept.stubs):
                self._sweep_out(kept, incident)
                return Removal.REMOVED
            head = kept.closed.get(incident)
            if head is None:
                is_open = kept.incident is not None and kept.incident.id == incident
                return Removal.KEPT if is_open else Removal.ABSENT
            if head.ending is None or now - head.ending.at < retention:
                return Removal.KEPT
            links = [row.link for row in kept.records if row.incident == incident]
            stub = stub_of(incident, links, ended_at=head.ending.at, at=now, retention=retention)
            body = codec.encode(stub)
            link = ChainRow(
                key=layout.stub_row(incident),
                position=kept.head.position + 1,
                previous=kept.head.hash,
                hash=linked(kept.head.hash, body),
                body=body,
            )
            kept.stubs.append(link)
            kept.head = ChainHead(position=link.position, hash=link.hash)
            kept.commits += 1
            del kept.closed[incident]
            self._sweep_out(kept, incident)
            return Removal.REMOVED

    def _sweep_out(self, kept: Partition, incident: str) -> None:
        for row in kept.records:
            if row.incident == incident and row.evidence is not None:
                self._store.blobs.remove(row.evidence)
        kept.records[:] = [row for row in kept.records if row.incident != incident]

"""What stands about items in memory, read for the console."""

from collections.abc import Iterator, Mapping

from remediation.ids import ItemId
from remediation.incident import Incident
from state import codec, layout
from state.chain import ChainHead, ChainRow
from state.chains import item_chain
from state.columns import Columns, columns_of
from state.headed import StoredHead
from state.memory.incidents import MemoryIncidentStore, Partition
from state.prepared import read_record
from state.reading import AuditRecord, ItemChain, newest_first
from state.stubs import known_hashes, sound


class MemoryPartitions:
    """``Partitions`` over the store in memory."""

    def __init__(self, store: MemoryIncidentStore) -> None:
        self._store = store

    def incident(self, item: ItemId, incident: str) -> Incident | None:
        """Return an incident's head, open or ended."""
        found = (one for one in self.incidents_of(item) if one.id == incident)
        return next(found, None)

    def incidents_of(self, item: ItemId) -> tuple[Incident, ...]:
        """Return every incident of an item, newest first."""
        kept = self._of(item)
        opened = [] if kept is None or kept.incident is None else [kept.incident]
        closed = [] if kept is None else list(kept.closed.values())
        both = (*opened, *closed)
        return tuple(sorted(both, key=newest_first))

    def records_of(self, item: ItemId, incident: str | None = None) -> Iterator[AuditRecord]:
        """An item's records in the order of the rows: by incident, then by sequence."""
        for row in sorted(self._store.rows(item), key=lambda row: row.link.key):
            if incident in {None, row.incident}:
                yield AuditRecord(
                    item=item,
                    record=read_record(row.link.body, self._store.blobs),
                    action=row.action,
                    position=row.link.position,
                    previous=row.link.previous,
                    hash=row.link.hash,
                )

    def chain(self, item: ItemId) -> ItemChain:
        """Return an item's chain as it stands."""
        kept = self._of(item)
        if kept is None:
            return item_chain(item.partition, None, ChainHead(), (), self._store.blobs)
        return self._chain(kept)

    def chains(self, after: str = "") -> Iterator[ItemChain]:
        """Every item's chain by partition, those after one only."""
        kept = (one for one in self._store.partitions() if one.item.partition > after)
        return map(self._chain, sorted(kept, key=lambda one: one.item.partition))

    def heads(self) -> Iterator[tuple[str, str, ChainHead]]:
        """Every item's partition, its id and the head of its chain."""
        for kept in self._store.partitions():
            yield kept.item.partition, kept.item.shown, kept.head

    def hashes(self, partition: str) -> Mapping[int, str]:
        """Return the hashes of a partition's records, by position."""
        kept = next(one for one in self._store.partitions() if one.item.partition == partition)
        chain = self._chain(kept)
        gaps, _ = sound(chain.stubs)
        return known_hashes(gaps) | {row.position: row.hash for row in chain.rows if row.hash}

    def _of(self, item: ItemId) -> Partition | None:
        return next((one for one in self._store.partitions() if one.item == item), None)

    def _chain(self, kept: Partition) -> ItemChain:
        standing: list[tuple[ChainRow, Columns]] = [
            *((row.link, columns_of(row)) for row in kept.records),
            *((link, {"incident": link.key.rpartition("|")[2]}) for link in kept.stubs),
        ]
        opened = [] if kept.incident is None else [(layout.OPEN_ROW, kept.incident)]
        closed = [(layout.closed_row(name), one) for name, one in kept.closed.items()]
        heads = [
            StoredHead(key=key, incident=one.id, status=one.status.value, tree=codec.plain(one))
            for key, one in (*opened, *closed)
        ]
        named, blobs = kept.item.shown, self._store.blobs
        return item_chain(kept.item.partition, named, kept.head, standing, blobs, heads=heads)

"""What stands about items in Table storage, read for the console."""

import itertools
from collections.abc import Iterable, Iterator, Mapping

from azure.data.tables import TableServiceClient

from remediation.ids import ItemId
from remediation.incident import Incident
from state import codec, layout
from state.blobs import Blobs
from state.bodies import joined
from state.chain import ChainHead, ChainRow
from state.chains import item_chain
from state.guarded import GuardedTable, Row
from state.headed import StoredHead
from state.prepared import read_record
from state.reading import AuditRecord, ItemChain, newest_first
from state.stubs import known_hashes, sound

_RANGE = "PartitionKey eq @one and RowKey ge @first and RowKey lt @below"


class TablePartitions:
    """``Partitions`` over Table storage."""

    def __init__(self, service: TableServiceClient, blobs: Blobs) -> None:
        self._table = GuardedTable(service, layout.INCIDENTS, writer="reader")
        self._blobs = blobs

    def incident(self, item: ItemId, incident: str) -> Incident | None:
        """Return an incident's head, open or ended: one query."""
        rows = self._table.query(
            "PartitionKey eq @one and ( RowKey eq @open or RowKey eq @closed )",
            one=item.partition,
            open=layout.OPEN_ROW,
            closed=layout.closed_row(incident),
        )
        found = (_head(row) for row in rows if row["incident"] == incident)
        return next(found, None)

    def incidents_of(self, item: ItemId) -> tuple[Incident, ...]:
        """Return every incident of an item, newest first."""
        closed = self._range(item, layout.CLOSED_FROM, layout.CLOSED_BELOW)
        opened = self._table.get(item.partition, layout.OPEN_ROW)
        found = [_head(row) for row in (*closed, *([] if opened is None else [opened]))]
        return tuple(sorted(found, key=newest_first))

    def records_of(self, item: ItemId, incident: str | None = None) -> Iterator[AuditRecord]:
        """An item's records in the order of the rows: by incident, then by sequence."""
        first, below = layout.RECORDS_FROM, layout.RECORDS_BELOW
        if incident is not None:
            first, below = layout.record_row(incident, 0), layout.record_row(incident, 10**10 - 1)
        for row in self._range(item, first, below):
            yield AuditRecord(
                item=item,
                record=read_record(row["body"], self._blobs),
                action=row.get("action"),
                position=row["position"],
                previous=row["previous"],
                hash=row["hash"],
            )

    def chain(self, item: ItemId) -> ItemChain:
        """Return an item's chain as it stands."""
        first = self._range(item, layout.LOAD_FROM, layout.LOAD_BELOW)
        rest = self._range(item, layout.CLOSED_FROM, layout.STUBS_BELOW)
        return self._chain(item.partition, itertools.chain(first, rest))

    def chains(self, after: str = "") -> Iterator[ItemChain]:
        """Every item's chain by partition, those after one only: a walk through the table."""
        # The walk comes sorted by partition, then row: an item's own row, heads, its records.
        rows = self._table.query(
            "PartitionKey gt @after and "
            "( RowKey eq @own or RowKey eq @open or ( RowKey ge @first and RowKey lt @below ) )",
            after=after,
            own=layout.ITEM_ROW,
            open=layout.OPEN_ROW,
            first=layout.CLOSED_FROM,
            below=layout.STUBS_BELOW,
        )
        for partition, some in itertools.groupby(rows, key=lambda row: str(row["PartitionKey"])):
            yield self._chain(partition, some)

    def heads(self) -> Iterator[tuple[str, str, ChainHead]]:
        """Every item's partition, its id and the head of its chain: a walk through the table."""
        names = ("PartitionKey", "item", "position", "hash")
        for row in self._table.query("RowKey eq @own", select=names, own=layout.ITEM_ROW):
            head = ChainHead(position=int(row.get("position", 0)), hash=str(row.get("hash", "")))
            yield str(row["PartitionKey"]), str(row.get("item", "")), head

    def hashes(self, partition: str) -> Mapping[int, str]:
        """Return the hashes of a partition's records, by position: no body of one is read.

        One query, and one more where retention has put stubs in the place of records.
        """
        rows = list(
            self._table.query(
                _RANGE,
                select=("RowKey", "position", "hash"),
                one=partition,
                first=layout.RECORDS_FROM,
                below=layout.STUBS_BELOW,
            )
        )
        records = [row for row in rows if str(row["RowKey"]) < layout.RECORDS_BELOW]
        found = {int(row["position"]): str(row["hash"]) for row in records if row.get("hash")}
        if len(records) == len(rows):
            return found
        return self._accounted(partition) | found

    def _accounted(self, partition: str) -> dict[int, str]:
        """Return the hashes that a partition's stubs account for, and their own."""
        stubs = self._table.query(
            _RANGE, one=partition, first=layout.STUBS_FROM, below=layout.STUBS_BELOW
        )
        links = item_chain(partition, None, ChainHead(), map(_standing, stubs), self._blobs)
        gaps, _ = sound(links.stubs)
        placed = {one.row.position: one.row.hash for one in links.stubs}
        return known_hashes(gaps) | placed

    def _chain(self, partition: str, rows: Iterable[Row]) -> ItemChain:
        own: Row | None = None
        heads: list[StoredHead] = []
        records: list[tuple[ChainRow, Row]] = []
        for row in rows:
            key = str(row["RowKey"])
            if key == layout.ITEM_ROW:
                own = row
            elif key >= layout.RECORDS_FROM:
                records.append(_standing(row))
            else:
                heads.append(_stored_head(row))
        if own is None:
            return item_chain(partition, None, ChainHead(), records, self._blobs, heads=heads)
        head = ChainHead(position=int(own.get("position", 0)), hash=str(own.get("hash", "")))
        named = str(own.get("item", ""))
        return item_chain(partition, named, head, records, self._blobs, heads=heads)

    def _range(self, item: ItemId, first: str, below: str) -> Iterator[Row]:
        return self._table.query(_RANGE, one=item.partition, first=first, below=below)


def _head(row: Row) -> Incident:
    return codec.decode(Incident, joined("head", row))


def _stored_head(row: Row) -> StoredHead:
    """Return a head as it stands; one that cannot be read says nothing."""
    try:
        tree = codec.tree_of(joined("head", row))
    except ValueError:
        tree = {}
    return StoredHead(
        key=str(row["RowKey"]),
        incident=str(row.get("incident", "")),
        status=str(row.get("status", "")),
        tree=tree if isinstance(tree, dict) else {},
    )


def _standing(row: Row) -> tuple[ChainRow, Row]:
    return _link(row), row


def _link(row: Row) -> ChainRow:
    """Return a row's link; what a tampered row lacks is shown as empty."""
    return ChainRow(
        key=str(row["RowKey"]),
        position=int(row.get("position", 0)),
        previous=str(row.get("previous", "")),
        hash=str(row.get("hash", "")),
        body=str(row.get("body", "")),
    )

"""Removing the records of ended incidents in Table storage."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import batched

from azure.core.exceptions import ServiceResponseError
from azure.data.tables import TableServiceClient, TableTransactionError

from remediation.ids import ItemId
from remediation.incident import Incident
from state import codec, layout
from state.blobs import Blobs
from state.bodies import joined
from state.chain import ChainRow, linked
from state.guarded import GuardedTable, Row, replacing, version_of
from state.prepared import MOST_OPERATIONS
from state.retention import Removal
from state.stubs import Stub, stub_of

_TRIES = 8
_RACES = {404, 409, 412}
_RANGE = "PartitionKey eq @one and RowKey ge @first and RowKey le @last"


class TableRemoving:
    """``Removing`` over Table storage. ``writer`` is unique a process."""

    def __init__(self, service: TableServiceClient, blobs: Blobs, *, writer: str) -> None:
        self._table = GuardedTable(service, layout.INCIDENTS, writer=writer)
        self._blobs = blobs

    def remove(
        self, item: ItemId, incident: str, *, now: datetime, retention: timedelta
    ) -> Removal:
        """Remove an incident's records, or finish a removal that was broken off.

        Five requests and one for every ninety records, and one for each body that is a blob.
        """
        for _ in range(_TRIES):
            if self._table.get(item.partition, layout.stub_row(incident)) is not None:
                self._sweep_out(item, incident)
                return Removal.REMOVED
            head = self._table.get(item.partition, layout.closed_row(incident))
            if head is None:
                opened = self._table.get(item.partition, layout.OPEN_ROW)
                is_open = opened is not None and opened["incident"] == incident
                return Removal.KEPT if is_open else Removal.ABSENT
            ended = codec.decode(Incident, joined("head", head)).ending
            if ended is None or now - ended.at < retention:
                return Removal.KEPT
            rows = map(_link, self._rows(item, incident))
            stub = stub_of(incident, list(rows), ended_at=ended.at, at=now, retention=retention)
            self._commit(item, stub, head)
        raise RuntimeError(f"{incident} could not be removed: its item changes all the time")

    def _commit(self, item: ItemId, stub: Stub, head: Row) -> None:
        """Put the stub at the chain's end in place of the head; whoever came first is right."""
        own = self._table.get(item.partition, layout.ITEM_ROW)
        if own is None:
            raise RuntimeError(f"the row of {item} is gone: nothing is removed from its chain")
        token, body = self._table.token(), codec.encode(stub)
        row = {
            "PartitionKey": item.partition,
            "RowKey": layout.stub_row(stub.incident),
            "incident": stub.incident,
            "position": int(own["position"]) + 1,
            "previous": own["hash"],
            "hash": linked(own["hash"], body),
            "body": body,
            "commit": token,
        }
        changed = {**own, "position": row["position"], "hash": row["hash"], "commit": token}
        gone = {"PartitionKey": item.partition, "RowKey": head["RowKey"]}
        operations = [replacing(changed, version_of(own)), ("create", row), ("delete", gone)]
        try:
            self._table.client.submit_transaction(operations)
        except TableTransactionError as fault:
            if fault.status_code not in _RACES:
                raise
        except ServiceResponseError:
            # The answer was lost: the next look tells whether the stub stands.
            if self._table.signed_by(token, row) is None:
                raise

    def _sweep_out(self, item: ItemId, incident: str) -> None:
        """Remove the rows a stub stands for: their evidence first, as only they name it."""
        for some in batched(self._rows(item, incident), MOST_OPERATIONS, strict=False):
            for row in some:
                if "evidence" in row:
                    self._blobs.remove(str(row["evidence"]))
            keys = [{"PartitionKey": item.partition, "RowKey": row["RowKey"]} for row in some]
            self._table.client.submit_transaction([("delete", key) for key in keys])

    def _rows(self, item: ItemId, incident: str) -> Iterator[Row]:
        names = ("PartitionKey", "RowKey", "position", "previous", "hash", "evidence")
        first, last = layout.record_row(incident, 0), layout.record_row(incident, 10**10 - 1)
        return self._table.query(_RANGE, select=names, one=item.partition, first=first, last=last)


def _link(row: Row) -> ChainRow:
    return ChainRow(
        key=str(row["RowKey"]),
        position=int(row["position"]),
        previous=str(row["previous"]),
        hash=str(row["hash"]),
        body="",
    )

"""Disruptive actions of the last hour: one row a subscription, changed under its ETag."""

from datetime import datetime

from azure.data.tables import TableServiceClient

from remediation.disruptions import Begun
from state import codec, layout
from state.bodies import joined, split
from state.guarded import GuardedTable, version_of

_ROW = "disruptive"
# Each lost try is somebody else's success, so this many workers may ask at the same instant.
_TRIES = 100


class TableDisruptions:
    """``Disruptions`` over Table storage. ``writer`` is unique a process."""

    def __init__(self, service: TableServiceClient, *, writer: str) -> None:
        self._table = GuardedTable(service, layout.VAULTS, writer=writer)

    def take(self, subscription: str, holder: str, *, now: datetime, limit: int) -> datetime | None:
        """Count one that begins; the answer is when it may where none may now, else None."""
        for _ in range(_TRIES):
            begun, version = self._read(subscription)
            made = begun.with_one(holder, limit, now)
            if isinstance(made, datetime):
                return made
            if self._write(subscription, made, version):
                return None
        raise RuntimeError(f"too many disruptive actions are counted at once in {subscription}")

    def full(self, subscription: str, holder: str, *, now: datetime, limit: int) -> datetime | None:
        """Return what ``take`` would, and count nothing."""
        made = self._read(subscription)[0].with_one(holder, limit, now)
        return made if isinstance(made, datetime) else None

    def _read(self, subscription: str) -> tuple[Begun, str | None]:
        row = self._table.get(subscription.lower(), _ROW)
        if row is None:
            return Begun(), None
        return codec.decode(Begun, joined("body", row)), version_of(row)

    def _write(self, subscription: str, begun: Begun, version: str | None) -> bool:
        body = split("body", codec.encode(begun))
        row = {"PartitionKey": subscription.lower(), "RowKey": _ROW, **body}
        return self._table.put(row, version=version) is not None

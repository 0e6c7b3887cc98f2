"""Brakes on what Azure throttles: a row for each subscription and family, all in one partition.

So one query reads them all, whatever a decision is about. There are a handful a subscription, and a
row that is over stays: how soon it is put on again says how slowly to let go.
"""

from datetime import datetime

from azure.data.tables import TableServiceClient

from remediation.rates.brake import Brake, raised
from state import codec, layout
from state.guarded import GuardedTable, version_of

_ALL = "brakes"
# Each lost try is another worker that was told the same.
_TRIES = 10


class TableBrakes:
    """``Brakes`` over Table storage. ``writer`` is unique a process."""

    def __init__(self, service: TableServiceClient, *, writer: str) -> None:
        self._table = GuardedTable(service, layout.VAULTS, writer=writer)

    def put_on(self, told: Brake, now: datetime) -> Brake:
        """Put a brake on, over the one that stands there; returns what stands now."""
        key = f"{told.subscription}|{told.family.value}"
        for _ in range(_TRIES):
            row = self._table.get(_ALL, key)
            before = codec.decode(Brake, row["body"]) if row is not None else None
            stands = raised(before, told, now)
            if stands == before:
                return stands
            body = {"PartitionKey": _ALL, "RowKey": key, "body": codec.encode(stands)}
            version = version_of(row) if row is not None else None
            if self._table.put(body, version=version) is not None:
                return stands
        raise RuntimeError(f"no brake could be put on {key}: too many are told at once")

    def known(self) -> tuple[Brake, ...]:
        """Read every brake, also those that are over: one query."""
        rows = self._table.query("PartitionKey eq @one", one=_ALL)
        return tuple(codec.decode(Brake, row["body"]) for row in rows)

"""Snapshots of vaults in Table storage: one row a vault, in the partition of its subscription.

A snapshot is compressed and split over binary properties of 64 KiB; what is too big for a row goes
to a blob. The subscription's budget is a row beside it, so that one query reads both.
"""

import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError
from azure.data.tables import TableServiceClient, TableTransactionError, UpdateMode

from remediation.ids import JobKey, VaultId
from remediation.views import Job, VaultSnapshot
from state import codec, layout
from state.blobs import Blobs
from state.bodies import joined, split
from state.guarded import GuardedTable, Row, replacing, version_of
from state.rosters import Roster, roster_of, unpacked
from state.shelf import Budget, Shelf

_PART = 64 * 1024
_MOST_PARTS = 14
# Of 8,192 machines: a vault takes at most 2,000, and its jobs are of few others.
_ROSTER = "roster"
_BUDGET = "budget"
_RACES = {404, 409, 412}
_MOST_FORGOTTEN = 90


class TableShelves:
    """``Shelves`` over Table storage. ``writer`` is unique a process; ``blobs``: big snapshots."""

    def __init__(self, service: TableServiceClient, blobs: Blobs, *, writer: str) -> None:
        self._table = GuardedTable(service, layout.VAULTS, writer=writer)
        self._blobs = blobs
        # What was decoded last, by vault: a hundred incidents look at one snapshot.
        self._decoded: dict[VaultId, tuple[bytes, VaultSnapshot]] = {}

    def read(self, vault: VaultId) -> Shelf:
        """Return what is stored of a vault; an empty shelf for one never read."""
        rows = self._with_budget(vault, layout.snapshot_row(vault))
        budget = _budget(rows.get(_BUDGET))
        row = rows.get(layout.snapshot_row(vault))
        if row is None:
            return Shelf(budget=budget)
        return Shelf(
            snapshot=self._snapshot(vault, self._data(row)),
            items_at=_instant(row, "items_at"),
            refreshing_until=_instant(row, "refreshing_until"),
            budget=budget,
            version=version_of(row),
        )

    def claim(self, vault: VaultId, shelf: Shelf, *, until: datetime) -> Shelf | None:
        """Claim the refresh under the shelf's version; None where somebody else was first."""
        row = {**_keys(vault), "refreshing_until": codec.instant(until)}
        if shelf.version is None:
            version = self._table.put(row, version=None)
        else:
            version = self._merge(row, shelf.version)
        if version is None:
            return None
        return replace(shelf, refreshing_until=until, version=version)

    def put(self, vault: VaultId, shelf: Shelf) -> bool:
        """Store snapshot, its claim and the budget; False where the version has passed."""
        row = {**_keys(vault), **self._properties(shelf.snapshot)}
        times = {"items_at": shelf.items_at, "refreshing_until": shelf.refreshing_until}
        row |= {name: codec.instant(at) for name, at in times.items() if at is not None}
        budget = _budget_row(vault, shelf.budget)
        try:
            self._table.client.submit_transaction(
                [replacing(row, shelf.version), ("upsert", budget, {"mode": UpdateMode.REPLACE})]
            )
        except TableTransactionError as fault:
            if fault.status_code not in _RACES:
                raise
            return False
        return True

    def rosters(self, subscription: str) -> Mapping[VaultId, Roster]:
        """Return whom each vault of the subscription knew when it was last read."""
        found = self._table.query(
            "PartitionKey eq @one and RowKey ge @first and RowKey lt @below",
            select=("name", "taken_at", _ROSTER),
            one=subscription.lower(),
            first=layout.VAULTS_FROM,
            below=layout.VAULTS_BELOW,
        )
        return {
            VaultId.parse(row["name"]): unpacked(
                codec.read_instant(row["taken_at"]), bytes(row[_ROSTER])
            )
            for row in found
            if row.get(_ROSTER) is not None and row.get("taken_at") is not None
        }

    def job(self, key: JobKey) -> tuple[Job | None, Budget]:
        """Return an ended job's details, where they were kept, and the subscription's budget."""
        rows = self._with_budget(key.vault, layout.job_row(key))
        kept = rows.get(layout.job_row(key))
        job = None if kept is None else codec.decode(Job, joined("body", kept))
        return job, _budget(rows.get(_BUDGET))

    def keep(self, vault: VaultId, budget: Budget, job: Job | None = None) -> None:
        """Keep the budget, and an ended job's details: they never change."""
        options = {"mode": UpdateMode.REPLACE}
        operations = [("upsert", _budget_row(vault, budget), options)]
        if job is not None and job.ended is not None:
            row = {
                "PartitionKey": vault.subscription.lower(),
                "RowKey": layout.job_row(job.key),
                "vault": vault.partition,
                "ended": codec.instant(job.ended),
                **split("body", codec.encode(job)),
            }
            operations.append(("upsert", row, options))
        self._table.client.submit_transaction(operations)

    def forget_jobs(self, vault: VaultId, *, before: datetime) -> None:
        """Forget the details of some jobs that ended before that time."""
        old = self._table.query(
            "PartitionKey eq @one and vault eq @vault and ended lt @before",
            top=_MOST_FORGOTTEN,
            one=vault.subscription.lower(),
            vault=vault.partition,
            before=codec.instant(before),
        )
        for row in old:
            self._table.remove(row["PartitionKey"], row["RowKey"])

    def _with_budget(self, vault: VaultId, key: str) -> dict[str, Row]:
        condition = "PartitionKey eq @one and ( RowKey eq @key or RowKey eq @budget )"
        one = vault.subscription.lower()
        rows = self._table.query(condition, one=one, key=key, budget=_BUDGET)
        return {row["RowKey"]: row for row in rows}

    def _merge(self, row: dict[str, Any], version: str) -> str | None:
        """Change some properties under the version, whatever the others hold."""
        try:
            answer = self._table.client.update_entity(
                row,
                mode=UpdateMode.MERGE,
                etag=version,
                match_condition=MatchConditions.IfNotModified,
            )
        except HttpResponseError as fault:
            if fault.status_code not in _RACES:
                raise
            return None
        return str(answer["etag"])

    def _properties(self, snapshot: VaultSnapshot | None) -> dict[str, Any]:
        if snapshot is None:
            return {}
        return self._parts(snapshot) | {
            "taken_at": codec.instant(snapshot.taken_at),
            _ROSTER: roster_of(snapshot).packed()[:_PART],
        }

    def _parts(self, snapshot: VaultSnapshot) -> dict[str, Any]:
        data = zlib.compress(codec.encode(snapshot).encode())
        if len(data) > _PART * _MOST_PARTS:
            return {"blob": self._blobs.put(data)}
        starts = range(0, len(data), _PART)
        return {f"data{n}": data[start : start + _PART] for n, start in enumerate(starts)}

    def _snapshot(self, vault: VaultId, data: bytes | None) -> VaultSnapshot | None:
        if data is None:
            return None
        known = self._decoded.get(vault)
        if known is not None and known[0] == data:
            return known[1]
        found = codec.decode(VaultSnapshot, zlib.decompress(data).decode())
        self._decoded[vault] = (data, found)
        return found

    def _data(self, row: Row) -> bytes | None:
        if "blob" in row:
            # Old blobs are deleted by age: a snapshot that lost its own was of no use any more.
            with suppress(LookupError):
                return self._blobs.get(row["blob"])
            return None
        parts = [bytes(row[f"data{n}"]) for n in range(_MOST_PARTS) if f"data{n}" in row]
        return b"".join(parts) if parts else None


def _keys(vault: VaultId) -> dict[str, Any]:
    return {
        "PartitionKey": vault.subscription.lower(),
        "RowKey": layout.snapshot_row(vault),
        "name": vault.shown,
    }


def _instant(row: Row, name: str) -> datetime | None:
    return codec.read_instant(row[name]) if name in row else None


def _budget(row: Row | None) -> Budget:
    return Budget() if row is None else codec.decode(Budget, joined("body", row))


def _budget_row(vault: VaultId, budget: Budget) -> dict[str, Any]:
    return {
        "PartitionKey": vault.subscription.lower(),
        "RowKey": _BUDGET,
        **split("body", codec.encode(budget)),
    }

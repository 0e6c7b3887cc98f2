"""Duties in Table storage: one row a lock, in the partition of the lock's scope."""

from collections.abc import Iterable
from dataclasses import replace

from azure.data.tables import TableServiceClient

from remediation.duties import Duty
from remediation.race import LostRace
from state import codec, layout
from state.bodies import joined, split
from state.guarded import GuardedTable, Row, version_of

_LOCK_SEGMENT = "/providers/microsoft.authorization/locks/"


class TableDuties:
    """``Duties`` over Table storage. ``writer`` is unique a process."""

    def __init__(self, service: TableServiceClient, *, writer: str) -> None:
        self._table = GuardedTable(service, layout.DUTIES, writer=writer)

    def get(self, lock_key: str) -> Duty | None:
        """Read one duty."""
        row = self._table.get(_partition(scope_of(lock_key)), layout.hashed(lock_key.lower()))
        return None if row is None else _duty(row)

    def put(self, duty: Duty) -> Duty | LostRace:
        """Insert (version None) or replace under the version; the answer has the new version."""
        row = {
            "PartitionKey": _partition(scope_of(duty.lock.key)),
            "RowKey": layout.hashed(duty.lock.key),
            "lock": duty.lock.key,
            "state": duty.state,
            "restore_by": codec.instant(duty.restore_by),
            **split("body", codec.encode(replace(duty, version=None))),
        }
        version = self._table.put(row, version=duty.version)
        return LostRace() if version is None else replace(duty, version=version)

    def all(self) -> Iterable[Duty]:
        """Every duty."""
        return map(_duty, self._table.query("PartitionKey ge @first", first=""))

    def at_group(self, subscription: str, group: str) -> tuple[Duty, ...]:
        """Duties whose lock stood on that resource group."""
        partition = _partition(group_scope(subscription, group))
        return tuple(map(_duty, self._table.query("PartitionKey eq @one", one=partition)))


def scope_of(lock_key: str) -> str:
    """Return the scope a lock stands on, from its id; raises ValueError for another id."""
    scope, found, _ = lock_key.lower().rpartition(_LOCK_SEGMENT)
    if not found:
        raise ValueError(f"expected the ARM id of a management lock, got {lock_key[:200]!r}")
    return scope


def group_scope(subscription: str, group: str) -> str:
    """Return the scope of a resource group, as locks carry it."""
    return f"/subscriptions/{subscription}/resourcegroups/{group}".lower()


def _partition(scope: str) -> str:
    return layout.hashed(scope)


def _duty(row: Row) -> Duty:
    return replace(codec.decode(Duty, joined("body", row)), version=version_of(row))

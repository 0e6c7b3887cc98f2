"""Places for on-demand backups that run at once: one row a subscription, changed under its ETag."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from azure.data.tables import TableServiceClient

from remediation.ids import VaultId
from state import codec, layout
from state.bodies import joined, split
from state.guarded import GuardedTable, version_of

_ROW = "slots"
# Each lost try is somebody else's success, so this many workers may ask at the same instant.
_TRIES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place that is taken: in which vault, until when at the latest."""

    vault: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """All places taken in a subscription, by holder."""

    taken: Mapping[str, Place]

    def with_one(
        self,
        holder: str,
        place: Place,
        *,
        now: datetime,
        per_vault: int,
        per_subscription: int,
    ) -> "Places | None":
        """Return the places with one more, or None where vault or subscription is full."""
        others = {key: one for key, one in self.taken.items() if one.until > now and key != holder}
        if holder not in self.taken or self.taken[holder].until <= now:
            in_vault = sum(1 for one in others.values() if one.vault == place.vault)
            if in_vault >= per_vault or len(others) >= per_subscription:
                return None
        return Places(taken={**others, holder: place})

    def without(self, holder: str) -> "Places":
        """Return the places without the holder's."""
        return Places(taken={key: one for key, one in self.taken.items() if key != holder})


class TableSlots:
    """``Slots`` over Table storage. ``writer`` is unique a process."""

    def __init__(self, service: TableServiceClient, *, writer: str) -> None:
        self._table = GuardedTable(service, layout.VAULTS, writer=writer)

    def take(
        self,
        vault: VaultId,
        holder: str,
        *,
        until: datetime,
        now: datetime,
        per_vault: int,
        per_subscription: int,
    ) -> bool:
        """Take a place, or keep the one that is held; False where vault or subscription is full."""
        place = Place(vault=vault.partition, until=until)
        for _ in range(_TRIES):
            places, version = self._read(vault)
            changed = places.with_one(
                holder_in(vault, holder),
                place,
                now=now,
                per_vault=per_vault,
                per_subscription=per_subscription,
            )
            if changed is None:
                return False
            if self._write(vault, changed, version):
                return True
        raise RuntimeError(f"no place could be taken in {vault.name}: too many ask at once")

    def free(self, vault: VaultId, holder: str) -> None:
        """Give the place back; nothing happens where there is none."""
        for _ in range(_TRIES):
            places, version = self._read(vault)
            key = holder_in(vault, holder)
            if key not in places.taken or self._write(vault, places.without(key), version):
                return
        raise RuntimeError(f"no place could be given back in {vault.name}: too many ask at once")

    def _read(self, vault: VaultId) -> tuple[Places, str | None]:
        row = self._table.get(vault.subscription.lower(), _ROW)
        if row is None:
            return Places(taken={}), None
        return codec.decode(Places, joined("body", row)), version_of(row)

    def _write(self, vault: VaultId, places: Places, version: str | None) -> bool:
        row = {
            "PartitionKey": vault.subscription.lower(),
            "RowKey": _ROW,
            **split("body", codec.encode(places)),
        }
        return self._table.put(row, version=version) is not None


def holder_in(vault: VaultId, holder: str) -> str:
    """Return the name of a place: one holder may have one in each vault."""
    return f"{vault.partition}|{holder}"

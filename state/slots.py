"""Places for on-demand backups that run at once: one row a subscription, changed under its ETag."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from azure.data.tables import TableServiceClient

from remediation.ids import VaultId
from remediation.ports import Turn
from remediation.urgency import Waiter, before, calling, in_line, standing, without
from state import codec, layout
from state.bodies import joined, split
from state.guarded import GuardedTable, version_of

_ROW = "slots"
# Each lost try is somebody else's success, so this many workers may ask at the same instant.
_TRIES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place that is taken: in which vault, until when at the latest.

    ``position``: the last at which it was asked for, as a ``Claim`` has it.
    """

    vault: str
    until: datetime
    position: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """All places taken in a subscription, by holder, and who waits for one.

    ``most``: how many the subscription has, as whoever asked last knew it.
    """

    taken: Mapping[str, Place]
    line: tuple[Waiter, ...] = ()
    most: int = 0

    def asked(
        self,
        holder: str,
        place: Place,
        waiter: Waiter,
        *,
        now: datetime,
        per_vault: int,
        per_subscription: int,
    ) -> tuple["Places", Turn]:
        """Return the places with one more, or with one more who waits; and what came of it."""
        live = {key: one for key, one in self.taken.items() if one.until > now}
        places = replace(self, taken=live, most=per_subscription)
        me = replace(waiter, where=place.vault, most=per_vault)
        if holder not in live:
            ahead = places.kept(before(self.line, me, now))
            if not places.fits(me, ahead):
                line = in_line(self.line, me, now)
                # Without those before it would have fitted: a place is free for the first of them.
                line, called = calling(line, ahead, now)
                return replace(places, line=line), Turn(taken=False, before=ahead, called=called)
        line = without(standing(self.line, now), me.incident)
        # Whoever is late takes no position back.
        last = max(place.position, live[holder].position if holder in live else 0)
        taken = {**live, holder: replace(place, position=last)}
        return replace(places, taken=taken, line=line), Turn(taken=True)

    def without(self, holder: str, upto: int, now: datetime) -> tuple["Places", tuple[Waiter, ...]]:
        """Return the places without the holder's, and who is called for what is free.

        What was asked for after the position ``upto`` is another worker's, and may be in use.
        """
        place = self.taken.get(holder)
        if place is None or place.position > upto:
            return self, ()
        live = {key: one for key, one in self.taken.items() if key != holder and one.until > now}
        places = replace(self, taken=live)
        line = standing(self.line, now)
        line, called = calling(line, places.kept(line), now)
        return replace(places, line=line), called

    def kept(self, line: Iterable[Waiter]) -> tuple[Waiter, ...]:
        """Return those of a line for whom there is room, the first first.

        Who waits for a full vault keeps nobody from a place in another.
        """
        chosen: tuple[Waiter, ...] = ()
        for one in line:
            if self.fits(one, chosen):
                chosen = (*chosen, one)
        return chosen

    def fits(self, me: Waiter, ahead: Sequence[Waiter]) -> bool:
        """Whether vault and subscription have room for one more, beside those ahead."""
        taken = [one.vault for one in self.taken.values()] + [one.where for one in ahead]
        return taken.count(me.where) < me.most and len(taken) < self.most


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
        waiter: Waiter,
        position: int,
    ) -> Turn:
        """Take a place, or keep the one that is held, or stand in line for one."""
        place = Place(vault=vault.partition, until=until, position=position)
        for _ in range(_TRIES):
            places, version = self._read(vault)
            changed, turn = places.asked(
                holder_in(vault, holder),
                place,
                waiter,
                now=now,
                per_vault=per_vault,
                per_subscription=per_subscription,
            )
            if changed == places or self._write(vault, changed, version):
                return turn
        raise RuntimeError(f"no place could be taken in {vault.name}: too many ask at once")

    def free(self, vault: VaultId, holder: str, *, upto: int, now: datetime) -> tuple[Waiter, ...]:
        """Give a place back, unless ``holder`` asked for it later; returns who is called for it."""
        for _ in range(_TRIES):
            places, version = self._read(vault)
            changed, called = places.without(holder_in(vault, holder), upto, now)
            if changed is places or self._write(vault, changed, version):
                return called
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

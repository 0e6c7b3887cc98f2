"""Places for on-demand backups in memory."""

import threading
from datetime import datetime

from remediation.ids import VaultId
from remediation.ports import Turn
from remediation.urgency import Waiter
from state.slots import Place, Places, holder_in


class MemorySlots:
    """``Slots`` in memory. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._places: dict[str, Places] = {}

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
        with self._lock:
            changed, turn = self._taken(vault).asked(
                holder_in(vault, holder),
                Place(vault=vault.partition, until=until, position=position),
                waiter,
                now=now,
                per_vault=per_vault,
                per_subscription=per_subscription,
            )
            self._places[vault.subscription.lower()] = changed
            return turn

    def free(self, vault: VaultId, holder: str, *, upto: int, now: datetime) -> tuple[Waiter, ...]:
        """Give a place back, unless ``holder`` asked for it later; returns who is called for it."""
        with self._lock:
            changed, called = self._taken(vault).without(holder_in(vault, holder), upto, now)
            self._places[vault.subscription.lower()] = changed
            return called

    def _taken(self, vault: VaultId) -> Places:
        return self._places.get(vault.subscription.lower(), Places(taken={}))

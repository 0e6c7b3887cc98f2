"""Places for on-demand backups in memory."""

import threading
from datetime import datetime

from remediation.ids import VaultId
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
    ) -> bool:
        """Take a place, or keep the one that is held; False where vault or subscription is full."""
        with self._lock:
            changed = self._taken(vault).with_one(
                holder_in(vault, holder),
                Place(vault=vault.partition, until=until),
                now=now,
                per_vault=per_vault,
                per_subscription=per_subscription,
            )
            if changed is not None:
                self._places[vault.subscription.lower()] = changed
            return changed is not None

    def free(self, vault: VaultId, holder: str) -> None:
        """Give the place back; nothing happens where there is none."""
        with self._lock:
            without = self._taken(vault).without(holder_in(vault, holder))
            self._places[vault.subscription.lower()] = without

    def _taken(self, vault: VaultId) -> Places:
        return self._places.get(vault.subscription.lower(), Places(taken={}))

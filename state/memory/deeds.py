"""Deeds in memory."""

from remediation.deeds import Deed
from remediation.redact import redact
from state import codec
from state.deeds import DEEDS, deed_row, kept
from state.memory.chained import MemoryChains


class MemoryDeeds:
    """``Deeds`` in memory. Thread-safe. ``chains``: shared with other ports."""

    def __init__(self, chains: MemoryChains | None = None) -> None:
        self._chains = chains or MemoryChains()

    def add(self, deed: Deed) -> None:
        """Keep a deed: its texts bounded and redacted."""
        body = codec.encode(kept(deed))
        self._chains.append(DEEDS, lambda position: (deed_row(position), body))

    def newest(self, most: int) -> tuple[Deed, ...]:
        """Return the newest, the last one first."""
        bodies = self._chains.tail(DEEDS, before=None, most=most).entries
        return tuple(codec.decode(Deed, body) for body in bodies)

    def of(self, key: str) -> tuple[Deed, ...]:
        """Return what was done to a message, in its order."""
        return tuple(deed for deed in self._all() if deed.key == redact(key))

    def _all(self) -> tuple[Deed, ...]:
        return tuple(codec.decode(Deed, body) for body in self._chains.bodies(DEEDS))

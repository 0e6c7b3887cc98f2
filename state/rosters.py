"""Rosters: which machines a vault knows, small enough to ask all vaults of a subscription at once.

A machine can be protected by one vault and still be known to another: its old one. Who wants to
know whether it is busy there would have to read every snapshot; a roster of eight bytes a machine
says whose snapshot is worth it.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from remediation.ids import ItemId
from remediation.views import VaultSnapshot

_SIZE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """The machines a vault listed, or had jobs of, when it was read at ``taken_at``."""

    taken_at: datetime
    marks: frozenset[bytes]

    def knows(self, item: ItemId) -> bool:
        """Whether the vault protects the item, did, or has a job of it."""
        return _mark(item.group, item.name) in self.marks

    def packed(self) -> bytes:
        """Return the marks as they are stored."""
        return b"".join(sorted(self.marks))


def roster_of(snapshot: VaultSnapshot) -> Roster:
    """Return the roster of a snapshot."""
    machines = {job.machine for job in snapshot.jobs}
    for one in snapshot.items:
        # After a move of the machine its container still has the group it was protected in.
        machines |= {one.id.machine, (one.item.group, one.item.name)}
    return Roster(
        taken_at=snapshot.taken_at, marks=frozenset(_mark(*machine) for machine in machines)
    )


def unpacked(taken_at: datetime, data: bytes) -> Roster:
    """Return the roster that ``packed`` wrote."""
    starts = range(0, len(data), _SIZE)
    return Roster(
        taken_at=taken_at, marks=frozenset(data[start : start + _SIZE] for start in starts)
    )


def _mark(group: str, name: str) -> bytes:
    return hashlib.sha256(f"{group}/{name}".lower().encode()).digest()[:_SIZE]

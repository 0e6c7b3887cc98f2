"""Duties: the promise to undo something, kept apart from any incident. Here: a lock to put back.

The row is the promise: it is written before the lock is removed, and it outlives the incident.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from remediation.race import LostRace
from remediation.views import Lock


class DutyState:
    """States of a duty, in their order."""

    HELD = "held"
    REMOVING = "removing"
    REMOVED = "removed"
    RESTORING = "restoring"
    RESTORED = "restored"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """An attempt that waits while the lock is away, at the latest until ``until``."""

    incident: str
    attempt: int
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """The promise to put a lock back: its whole definition, who waits, and by when it is back."""

    lock: Lock
    state: str
    holders: tuple[Holder, ...]
    restore_by: datetime
    removed_at: datetime | None = None
    restored_at: datetime | None = None
    version: str | None = None

    @property
    def away(self) -> bool:
        """Whether the lock is, or may be, away."""
        return self.state in {DutyState.REMOVING, DutyState.REMOVED, DutyState.RESTORING}


class Duties(Protocol):
    """Duties by lock, outside of any incident; every change is under the row's version."""

    def get(self, lock_key: str) -> Duty | None:
        """Read one duty."""

    def put(self, duty: Duty) -> Duty | LostRace:
        """Insert (version None) or replace under the version; the answer has the new version."""

    def all(self) -> Iterable[Duty]:
        """Every duty."""

    def at_group(self, subscription: str, group: str) -> tuple[Duty, ...]:
        """Duties whose lock stood on that resource group."""

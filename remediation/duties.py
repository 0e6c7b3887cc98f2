"""Duties: the promise to undo something, kept apart from any incident. Here: a lock to put back.

The row is the promise: it is written before the lock is removed, and it outlives the incident.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from remediation.race import LostRace
from remediation.views import Lock

# One who waits is waited for this long; all together keep a lock away for a day at the most.
HOLDS = timedelta(hours=12)
LONGEST = timedelta(hours=24)


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
    """The promise to put a lock back: its whole definition, who waits, and by when it is back.

    ``removal_at``: when a removal was last about to be sent; it may be on its way for a while.
    ``removed_at``: since when the lock was away, once that is known.
    """

    lock: Lock
    state: str
    holders: tuple[Holder, ...]
    restore_by: datetime
    removed_at: datetime | None = None
    removal_at: datetime | None = None
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


def _who(holder: Holder) -> tuple[str, int]:
    return holder.incident, holder.attempt


def holds(duty: Duty, holder: tuple[str, int]) -> bool:
    """Return whether an attempt is among those who wait."""
    return any(_who(one) == holder for one in duty.holders)


def joined(found: Duty | None, lock: Lock, holder: tuple[str, int], now: datetime) -> Duty | None:
    """Return the duty with one more who waits; None while the lock is being put back."""
    mine = Holder(incident=holder[0], attempt=holder[1], until=now + HOLDS)
    if found is None or not found.away:
        version = found.version if found else None
        return Duty(
            lock=lock,
            state=DutyState.HELD,
            holders=(mine,),
            restore_by=now + HOLDS,
            version=version,
        )
    if found.state == DutyState.RESTORING:
        return None
    others = tuple(one for one in found.holders if _who(one) != holder)
    latest = (found.removed_at or found.removal_at or now) + LONGEST
    return replace(found, holders=(*others, mine), restore_by=min(now + HOLDS, latest))


def removing(found: Duty | None, lock: Lock, holder: tuple[str, int], now: datetime) -> Duty | None:
    """Return the duty before its lock is deleted; None where it is away, or being put back."""
    ours = joined(found, lock, holder, now)
    if ours is None or ours.state == DutyState.REMOVED:
        return None
    if ours.away:
        # Another attempt is taking it away this moment, or died at it: both delete it, once enough.
        return replace(ours, removal_at=now)
    # The definition is the one just read, so that a lock changed since last time comes back so.
    return replace(
        ours,
        lock=lock,
        state=DutyState.REMOVING,
        removed_at=None,
        removal_at=now,
        restored_at=None,
    )


def seen_removed(found: Duty | None) -> Duty | None:
    """Return the duty after a look showed its lock away."""
    if found is None or found.state != DutyState.REMOVING:
        return found
    return replace(found, state=DutyState.REMOVED, removed_at=found.removed_at or found.removal_at)


def taken(found: Duty | None, lock: Lock, now: datetime) -> Duty:
    """Return the duty after its lock was deleted: one that had ended by then begins to restore."""
    if found is not None and found.state in {DutyState.REMOVING, DutyState.REMOVED}:
        return replace(found, state=DutyState.REMOVED, removed_at=found.removed_at or now)
    if found is not None and found.state == DutyState.RESTORING:
        # It may have been put back before it was taken: whoever does it looks again.
        return replace(found, removal_at=now)
    return Duty(
        lock=lock,
        state=DutyState.RESTORING,
        holders=(),
        restore_by=now,
        removed_at=now,
        removal_at=now,
        version=found.version if found else None,
    )


def not_removed(duty: Duty, holder: tuple[str, int]) -> Duty:
    """Return the duty after a removal that changed nothing."""
    # Somebody who joined meanwhile may rely on it: only an empty duty is known to be void.
    holders = tuple(one for one in duty.holders if _who(one) != holder)
    void = not holders and duty.state == DutyState.REMOVING
    if void:
        return replace(duty, holders=(), state=DutyState.HELD, removed_at=None)
    return replace(duty, holders=holders)


def left_by(duty: Duty, holder: tuple[str, int], now: datetime) -> Duty:
    """Return the duty without one who waited; with the last it begins to restore."""
    holders = tuple(one for one in duty.holders if _who(one) != holder)
    waiting = any(one.until > now for one in holders)
    state = duty.state if waiting or not duty.away else DutyState.RESTORING
    return replace(duty, holders=holders, state=state)


def seen_away(found: Duty | None) -> Duty | None:
    """Return the duty that is being restored, after its lock was seen to be away."""
    if found is None or found.removed_at is not None or found.state != DutyState.RESTORING:
        return found
    return replace(found, removed_at=found.removal_at)


def restored(found: Duty, begun: Duty, now: datetime) -> Duty:
    """Return the duty after its lock was seen to stand again."""
    # Only the restoring that we began: another round may have begun since.
    same = (found.removed_at, found.removal_at) == (begun.removed_at, begun.removal_at)
    if found.state != DutyState.RESTORING or not same:
        return found
    return replace(found, state=DutyState.RESTORED, holders=(), restored_at=now)

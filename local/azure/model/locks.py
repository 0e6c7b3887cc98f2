"""Management locks: which ones reach a resource, and what they forbid there."""

from datetime import datetime
from typing import Literal

from local.azure.model import names
from local.azure.model.entities import Estate, LockState


def covers(scope: str, resource: str) -> bool:
    """Tell whether a scope is a resource or stands above it."""
    above, below = names.key(scope), names.key(resource)
    return below == above or below.startswith(above + "/")


def blocking(
    estate: Estate, resource: str, verb: Literal["delete", "write"]
) -> tuple[LockState, ...]:
    """Return the locks that forbid a deletion, or a write or action, on a resource."""
    return tuple(
        lock
        for lock in estate.locks
        if lock.present
        and covers(lock.scope, resource)
        and (verb == "delete" or lock.level == "ReadOnly")
    )


def listed(estate: Estate, scope: str) -> tuple[LockState, ...]:
    """Return the locks that ARM lists at a scope: its own, its parents' and its children's."""
    return tuple(
        lock
        for lock in estate.locks
        if lock.present and (covers(lock.scope, scope) or covers(scope, lock.scope))
    )


def find(estate: Estate, scope: str, name: str) -> LockState | None:
    """Return the lock of a name at exactly a scope, also when it was removed."""
    return next(
        (
            lock
            for lock in estate.locks
            if names.key(lock.scope) == names.key(scope) and lock.name.lower() == name.lower()
        ),
        None,
    )


def remove(lock: LockState, now: datetime) -> None:
    """Take a lock away."""
    lock.present, lock.removed_at = False, now


def put(
    estate: Estate,
    *,
    scope: str,
    name: str,
    level: str,
    notes: str | None,
    owners: tuple[str, ...],
    now: datetime,
) -> tuple[LockState, bool]:
    """Create or change a lock; returns it and whether it is new."""
    lock = find(estate, scope, name)
    if lock is None:
        lock = LockState(scope=scope, name=name, level=level, notes=notes, owners=owners)
        estate.locks.append(lock)
        return lock, True
    new = not lock.present
    lock.level, lock.notes, lock.owners, lock.present = level, notes, owners, True
    if new:
        lock.restored_at = now
    return lock, new

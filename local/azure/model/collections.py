"""Restore point collections: how they fill, and how the backup service cleans them up.

The service cleans up when a backup runs and no lock forbids it to delete. At the limit of 18 a
backup fails, yet starts that clean-up, which goes on for hours: the next backup is the one that
works.
"""

from datetime import datetime

from local.azure.model import faults, locks
from local.azure.model.entities import Collection, Estate, Machine, RestorePoint

KEPT = 3
LOCKED_CEILING = 15
STEP = 5


def create(machine: Machine, now: datetime, consistency: str) -> None:
    """Give the machine's collection a restore point for a snapshot that was taken."""
    collection = machine.collection
    if not collection.exists:
        machine.collection = collection = Collection(name=collection.name, failing_deletes=1)
    name = f"AzureBackup_{now:%Y%m%d_%H%M%S}"
    collection.points.append(RestorePoint(name=name, time=now, consistency=consistency))
    # Only a world's fault brings a machine to the limit: under a lock the count stays below it.
    if len(collection.points) > LOCKED_CEILING:
        collection.points.pop(0)


def prune(estate: Estate, machine: Machine) -> None:
    """Delete what a good backup has made superfluous, where no lock forbids it."""
    if locks.blocking(estate, machine.collection_id, "delete"):
        return
    points = machine.collection.points
    del points[: max(0, len(points) - KEPT)]
    for older in machine.recovery_points[:-KEPT]:
        older.in_snapshot_tier = False


def start_clean_up(estate: Estate, machine: Machine, now: datetime) -> None:
    """Begin to delete old points, unless a lock forbids it or the world says that nothing helps."""
    collection = machine.collection
    stuck = faults.is_limit(machine) and not faults.is_curable_by(machine, "clear_lock")
    if stuck or collection.cleaning or len(collection.points) <= KEPT:
        return
    if locks.blocking(estate, machine.collection_id, "delete"):
        return
    collection.cleaning = True
    estate.agenda.after(
        now, machine.chance.uniform(1200, 3600), lambda at: _step(estate, machine, at)
    )


def _step(estate: Estate, machine: Machine, now: datetime) -> None:
    """Delete a few points and go on, until few are left or a lock is back."""
    collection = machine.collection
    if locks.blocking(estate, machine.collection_id, "delete"):
        collection.cleaning = False
        return
    del collection.points[: min(STEP, max(0, len(collection.points) - KEPT))]
    if len(collection.points) < faults.LIMIT:
        faults.cure(estate, machine, "clear_lock", now)
    if len(collection.points) <= KEPT:
        collection.cleaning = False
        return
    estate.agenda.after(
        now, machine.chance.uniform(1200, 3600), lambda at: _step(estate, machine, at)
    )

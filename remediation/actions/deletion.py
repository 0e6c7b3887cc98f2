"""What must be proved before restore points may be deleted. Pure: everything comes in.

A restore point that is only in the snapshot tier exists nowhere else: deleting its collection would
destroy the only copy of that day.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from remediation.views import RecoveryPoint, RestorePoints, Tier

# The backup service's own names: AzureBackup_<machine>_<n>, also AzureBackupRG_<machine>_<n>.
_NAMED_BY_BACKUP = re.compile(r"azurebackup(?:rg)?_.+", re.IGNORECASE | re.ASCII)
# A restore point and its recovery point tell the time of the same snapshot, some minutes apart;
# two snapshots of a machine are hours apart.
SAME_SNAPSHOT = timedelta(minutes=45)


def objections(
    found: RestorePoints,
    points: tuple[RecoveryPoint, ...],
    *,
    restoring: bool,
    objective: timedelta,
    now: datetime,
) -> tuple[str, ...]:
    """Return every reason not to delete the machine's collections."""
    reasons = list(_of_names(found))
    reasons += _of_copies(found, points)
    vaulted = [point.time for point in points if Tier.VAULT in point.tiers]
    if not vaulted or now - max(vaulted) > objective:
        last = max(vaulted).isoformat() if vaulted else "none"
        reasons.append(f"no point in the vault is within the objective (the newest: {last})")
    if restoring:
        reasons.append("a restore of the machine is under way")
    return tuple(reasons)


def _of_names(found: RestorePoints) -> Iterator[str]:
    for name in found.collections:
        if _NAMED_BY_BACKUP.fullmatch(name) is None:
            yield f"the collection {name} is not named as Azure Backup names its own"


def _of_copies(found: RestorePoints, points: tuple[RecoveryPoint, ...]) -> Iterator[str]:
    """Match each restore point with a recovery point of its own that is in the vault tier."""
    if found.taken is None:
        yield "it is not known when each restore point was taken"
        return
    copies = sorted(point.time for point in points if Tier.VAULT in point.tiers)
    for taken in sorted(found.taken):
        near = [time for time in copies if abs(time - taken) <= SAME_SNAPSHOT]
        if not near:
            yield f"the restore point of {taken.isoformat()} is in no vault: it is the only copy"
            continue
        copies.remove(min(near, key=lambda time: abs(time - taken)))

"""Protected items and recovery points of a vault."""

import re
from collections.abc import Mapping

from remediation.arm.fields import moment, node, nodes, text, whole
from remediation.arm.schedules import BackupPolicy
from remediation.ids import ItemId, ProtectedId, VaultId
from remediation.views import Consistency, Protected, RecoveryPoint, Tier

# A last point of that year or before means: never.
_NEVER = 2001
_CONTAINED = re.compile(r"/protectioncontainers/([^/]+)/protecteditems/([^/]+)/?$", re.IGNORECASE)

_TIERS = {"instantrp": Tier.SNAPSHOT, "hardenedrp": Tier.VAULT}
_CONSISTENCIES = {
    "appconsistent": Consistency.APPLICATION,
    "filesystemconsistent": Consistency.FILE_SYSTEM,
    "crashconsistent": Consistency.CRASH,
}


def protected_item(
    vault: VaultId, resource: Mapping[str, object], policies: Mapping[str, BackupPolicy]
) -> Protected | None:
    """Read a protected item, joined with its policy (by lower-cased id).

    None for what is no machine of today's kind: classic machines, databases, file shares.
    """
    properties = node(resource, "properties")
    found = _CONTAINED.search(text(resource, "id") or "")
    machine = text(properties, "sourceResourceId") or text(properties, "virtualMachineId")
    if found is None or machine is None:
        return None
    try:
        item = ItemId.parse(machine)
    except ValueError:
        return None
    policy_id = (text(properties, "policyId") or "").lower()
    policy = policies.get(policy_id, BackupPolicy())
    last_point = moment(properties, "lastRecoveryPoint")
    return Protected(
        id=ProtectedId(vault=vault, container=found[1], name=found[2]),
        item=item,
        state=text(properties, "protectionState") or "",
        schedule=policy.schedule,
        last_point=last_point if last_point and last_point.year > _NEVER else None,
        snapshot_days=policy.snapshot_days,
        group_prefix=policy.group_prefix,
        group_suffix=policy.group_suffix,
        policy=policy_id or None,
    )


def recovery_point(resource: Mapping[str, object]) -> RecoveryPoint | None:
    """Read a recovery point; None for one without a time, which nothing can be proved with."""
    properties = node(resource, "properties")
    taken = moment(properties, "recoveryPointTime")
    if taken is None:
        return None
    kind = (text(properties, "recoveryPointType") or "").lower()
    return RecoveryPoint(
        id=text(resource, "name") or text(resource, "id") or "",
        time=taken,
        tiers=frozenset(_tiers(properties)),
        consistency=_CONSISTENCIES.get(kind),
        disks=whole(properties, "recoveryPointDiskConfiguration", "numberOfDisksIncludedInBackup"),
    )


def _tiers(properties: Mapping[str, object]) -> set[Tier]:
    """Return where the point lies now: a tier's ``status`` says whether it is still there."""
    valid = (
        (text(tier, "type") or "").lower()
        for tier in nodes(properties, "recoveryPointTierDetails")
        if (text(tier, "status") or "").lower() == "valid"
    )
    return {_TIERS[name] for name in valid if name in _TIERS}

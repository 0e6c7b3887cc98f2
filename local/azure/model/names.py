"""Names and ARM ids, in the spellings that Azure uses, which are not always the same ones."""

import uuid
import zlib
from typing import Final

_NAMESPACE: Final = uuid.UUID("6f5b7f0e-3a47-4d0c-9a53-6e2b3c8f4d11")
COMPUTE = "/providers/Microsoft.Compute"
NETWORK = "/providers/Microsoft.Network"
RECOVERY = "/providers/Microsoft.RecoveryServices"
LOCKS = "/providers/Microsoft.Authorization/locks"


def key(arm_id: str) -> str:
    """Return the form in which ids are compared."""
    return arm_id.rstrip("/").lower()


def derived(*parts: object) -> str:
    """Return the GUID that belongs to a seed and a name."""
    return str(uuid.uuid5(_NAMESPACE, "/".join(map(str, parts))))


def chance(*parts: object) -> float:
    """Return a number from 0 up to 1 that is always the same for the same name."""
    return zlib.crc32("/".join(map(str, parts)).encode()) / 2**32


def happens(share: float, *parts: object) -> bool:
    """Tell whether a name belongs to the given share of all names."""
    return chance(*parts) < share


def group_id(subscription: str, group: str) -> str:
    """Return the id of a resource group."""
    return f"/subscriptions/{subscription}/resourceGroups/{group}"


def backup_group(location: str) -> str:
    """Return the name of the group in which Azure Backup keeps its restore points."""
    return f"AzureBackupRG_{location}_1"


def container(group: str, vm: str) -> str:
    """Return a machine's short container name."""
    return f"iaasvmcontainerv2;{group.lower()};{vm.lower()}"


def item_path(group: str, vm: str) -> str:
    """Return the part of a protected item's id that follows its vault."""
    name = container(group, vm)
    return (
        f"/backupFabrics/Azure/protectionContainers/IaasVMContainer;{name}/protectedItems/VM;{name}"
    )

"""Finding in the estate what a path names, or refusing as ARM does."""

from typing import Literal

from local.azure.http.message import ArmError, not_found
from local.azure.model import locks, names
from local.azure.model.entities import Estate, Machine, Site


def machine(estate: Estate, values: dict[str, str]) -> Machine:
    """Return the machine that a path names."""
    group = names.group_id(values["subscription"], values["group"])
    found = estate.machines.get(names.key(f"{group}{names.COMPUTE}/virtualMachines/{values['vm']}"))
    if found is None:
        where = f"Microsoft.Compute/virtualMachines/{values['vm']}"
        not_found(f"{where}' under resource group '{values['group']}")
    return found


def site(estate: Estate, values: dict[str, str]) -> Site:
    """Return the vault that a path names."""
    group = names.group_id(values["subscription"], values["group"])
    found = estate.sites.get(names.key(f"{group}{names.RECOVERY}/vaults/{values['vault']}"))
    if found is None:
        where = f"Microsoft.RecoveryServices/vaults/{values['vault']}"
        not_found(f"{where}' under resource group '{values['group']}")
    return found


def item(estate: Estate, values: dict[str, str]) -> Machine:
    """Return the machine behind the protected item that a path names."""
    vault = site(estate, values)
    container = values["container"].lower().removeprefix("iaasvmcontainer;")
    name = values["item"].lower().removeprefix("vm;")
    path = f"/backupFabrics/Azure/protectionContainers/IaasVMContainer;{container}"
    found = estate.items.get(names.key(f"{vault.id}{path}/protectedItems/VM;{name}"))
    if found is None:
        text = f"The protected item '{values['item']}' was not found in the vault."
        raise ArmError(404, "BMSUserErrorContainerObjectNotFound", text, legacy=True)
    return found


def unlocked(estate: Estate, resource: str, verb: Literal["delete", "write"]) -> None:
    """Refuse what a lock forbids."""
    barring = locks.blocking(estate, resource, verb)
    if not barring:
        return
    scopes = ", ".join(f"'{lock.scope}'" for lock in barring)
    raise ArmError(
        409,
        "ScopeLocked",
        f"The scope '{resource}' cannot perform {verb} operation because following scope(s) are "
        f"locked: {scopes}. Please remove the lock and try again.",
    )

"""What a machine of a world looks like when its first backup fails: the facts ladders ask for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from local.worlds import Lock, Vm, World

LIMIT = 18
# The largest disk that a backup takes, and the largest that is encrypted from inside, in GiB.
LARGEST_GIB, LARGEST_ENCRYPTED_GIB = 32 * 1024, 4 * 1024
_PROVISIONING = "usererrorvmprovisioningstatefailed"
_PROVISIONING_WORDS = "in failed provisioning state"
_LIMIT_REACHED = "usererrorrpcollectionlimitreached"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A machine's surroundings: facts by name, each with the values that are possible.

    A fact that cannot be known is left out. ``own_locks`` stand on the backup group itself.
    ``machine_locks`` hold for the machine, ``vault_locks`` for what the vault protects.
    """

    facts: Mapping[str, frozenset[str]]
    machine_locks: tuple[Lock, ...]
    vault_locks: tuple[Lock, ...]
    at_limit: bool


def standing(world: World, vm: Vm) -> Standing:
    """Return how a machine stands before anybody has done anything."""
    vault = world.vault_of(vm)
    group = f"/subscriptions/{vault.subscription}/resourceGroups"
    vault_id = (
        f"{group}/{vault.resource_group}/providers/Microsoft.RecoveryServices/vaults/{vault.name}"
    )
    count = _restore_points(world, vm)
    facts = {
        **_machine(vm),
        "lock": frozenset({_lock(world, f"{group}/AzureBackupRG_{vault.location}_1")}),
        "restore_points": frozenset({"at_limit" if count >= LIMIT else "below"}),
        "protection": frozenset({"active"}),
        "running_job": frozenset({"yes" if waits(vm) else "no"}),
    }
    return Standing(
        facts=facts,
        machine_locks=_covering(world, world.item(vm)),
        vault_locks=_covering(world, vault_id),
        at_limit=count >= LIMIT,
    )


def waits(vm: Vm) -> bool:
    """Tell whether another backup of the machine runs when its scheduled one fails."""
    return vm.fault is not None and "wait_for_running_job" in vm.fault.cured_by


def _machine(vm: Vm) -> dict[str, frozenset[str]]:
    """Return what Compute shows; the agent of a machine that is off tells nothing."""
    fault = vm.fault
    code = (fault.code or "").lower() if fault else ""
    words = (fault.message or "").lower() if fault else ""
    failed = code == _PROVISIONING or _PROVISIONING_WORDS in words
    foreign = failed and fault is not None and not fault.cured_by and fault.heals_after is None
    stuck = failed and fault is not None and "reinstall_extension" in fault.cured_by
    facts = {
        "os": frozenset({vm.os}),
        "power": frozenset({vm.power}),
        "provisioning": frozenset({"failed" if failed else "succeeded"}),
        "backup_extension": frozenset({"failed"}) if stuck else frozenset({"ok", "absent"}),
        "other_extension": frozenset({"failed" if foreign else "ok"}),
        "encryption": frozenset({"key_vault" if vm.encrypted else "none"}),
        "disks": frozenset({"too_large" if _too_large(vm) else "supported"}),
    }
    if vm.power == "running":
        facts["agent"] = frozenset({vm.agent})
    return facts


def _too_large(vm: Vm) -> bool:
    most = LARGEST_ENCRYPTED_GIB if vm.encrypted else LARGEST_GIB
    return vm.disk_gib is not None and vm.disk_gib > most


def _restore_points(world: World, vm: Vm) -> int:
    if vm.restore_points is not None:
        return vm.restore_points
    fault = vm.fault
    full = fault is not None and (
        (fault.code or "").lower() == _LIMIT_REACHED or "clear_lock" in fault.cured_by
    )
    return LIMIT if full else min(2, world.history_days)


def _lock(world: World, backup_group: str) -> str:
    scopes = list(_scopes(world, backup_group))
    if not scopes:
        return "none"
    alone = all(_same(scope, backup_group) for scope in scopes)
    return "own" if alone else "inherited"


def _scopes(world: World, backup_group: str) -> Iterator[str]:
    """Return the scopes of the locks that are listed at the backup group, above and below it."""
    for lock in world.locks:
        if lock.scope == "backup_group":
            yield backup_group
        elif _above(lock.scope, backup_group) or _above(backup_group, lock.scope):
            yield lock.scope


def _covering(world: World, resource: str) -> tuple[Lock, ...]:
    return tuple(
        lock
        for lock in world.locks
        if lock.scope != "backup_group" and _above(lock.scope, resource)
    )


def _same(one: str, other: str) -> bool:
    return one.rstrip("/").lower() == other.rstrip("/").lower()


def _above(scope: str, resource: str) -> bool:
    """Tell whether a scope is a resource or stands above it."""
    return f"{resource.lower()}/".startswith(f"{scope.rstrip('/').lower()}/")

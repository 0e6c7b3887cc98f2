"""The world around an event: a small one made for it, or one of a file with the machine in it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from local import worlds
from local.simulate.event import Event, EventFault, OptionFault, Target
from local.worlds import Fault, Misbehaviour, Schedule, Vault, Vm, World, guests
from local.worlds.values import ACTIONS
from remediation.playbooks.library import Library
from remediation.playbooks.wording import code_key

type System = Literal["windows", "linux"]
type Agent = Literal["ready", "not_ready", "absent"]

_REGION = "westeurope"
# The failed backup was the scheduled one, and began so long before its failure was told.
_BEFORE = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is wrong with the machine, where the event does not tell; ``system`` None: Linux."""

    system: System | None = None
    agent: Agent | None = None
    code: str | None = None
    number: int | None = None
    message: str | None = None
    cured_by: frozenset[str] = frozenset()


def made(event: Event, wanted: Wanted, library: Library) -> World:
    """Return a world of the machines that the event names, and of nothing else."""
    start = _start(event)
    vaults = {
        target.vault: Vault(
            name=target.vault.name,
            subscription=target.vault.subscription,
            resource_group=target.vault.group,
            location=(event.region or _REGION).lower(),
            schedule=Schedule(time=f"{start:%H:%M}", zone="UTC"),
        )
        for target in event.targets
    }
    names = [vault.name.lower() for vault in vaults]
    if len(set(names)) < len(names):
        raise EventFault("vaultId: expected vaults of different names in one simulation")
    return replace(
        worlds.default(),
        vaults=tuple(vaults.values()),
        vms=tuple(_machine(target, wanted, library) for target in event.targets),
        locks=(),
        groups=(),
        subscriptions=(),
        misbehaviour=Misbehaviour(),
        start=start,
        alerts="none",
    )


def given(world: World, event: Event, wanted: Wanted, library: Library) -> World:
    """Return a file's world with the event's machines as they are wanted, and with their partners.

    Other machines have failures of their own, of which the event does not tell. Nor do the alerts
    of its machines: it is told in their stead. Raises EventFault where the world has them not.
    """
    known = {world.item(vm).lower(): vm for vm in world.vms}
    changed: dict[str, Vm] = {}
    for target in event.targets:
        key = target.item.shown.lower()
        vm = known.get(key)
        if vm is None:
            raise EventFault(_missing(target, world))
        if world.vault_of(vm).name.lower() != target.vault.name.lower():
            text = f"expected {world.vault_of(vm).name}, which protects it in this world"
            raise EventFault(f"vaultId: {text}, got {target.vault.name}")
        changed[key] = _changed(vm, target, wanted, library)
    partners = {vm.partner.lower() for vm in changed.values() if vm.partner is not None}
    vms = (
        changed.get(key, vm)
        for key, vm in known.items()
        if key in changed or vm.name.lower() in partners
    )
    return replace(world, vms=tuple(vms))


def _missing(target: Target, world: World) -> str:
    shown = sorted(world.item(vm) for vm in world.vms)[:3]
    more = " ..." if len(world.vms) > len(shown) else ""
    return f"itemId: expected a machine of the world ({', '.join(shown)}{more}), got {target.item}"


def _changed(vm: Vm, target: Target, wanted: Wanted, library: Library) -> Vm:
    wanted = replace(wanted, system=wanted.system or vm.os)
    says = wanted.code or wanted.message
    fault = _fault(target, wanted, library) if says or vm.fault is None else vm.fault
    return replace(
        vm,
        alert=False,
        fault=fault,
        os=wanted.system or vm.os,
        agent=wanted.agent or vm.agent,
    )


def _machine(target: Target, wanted: Wanted, library: Library) -> Vm:
    return Vm(
        name=target.item.name,
        resource_group=target.item.group,
        vault=target.vault.name,
        os=wanted.system or "linux",
        agent=wanted.agent or "ready",
        alert=False,
        fault=_fault(target, wanted, library),
    )


def _fault(target: Target, wanted: Wanted, library: Library) -> Fault:
    code = wanted.code or (None if wanted.message else target.code)
    if not code and not wanted.message:
        raise EventFault("code: the event names none: expected --code or --message beside it")
    _check_cures(wanted)
    return Fault(
        code=_spelled(code, library) if code else None,
        number=wanted.number,
        message=wanted.message,
        cured_by=wanted.cured_by,
    )


def _check_cures(wanted: Wanted) -> None:
    system = wanted.system or "linux"
    for action in sorted(wanted.cured_by):
        repair = guests.REPAIRS.get(action)
        if action not in ACTIONS or (repair is not None and system not in repair.systems):
            known = [
                one
                for one in ACTIONS
                if one not in guests.REPAIRS or system in guests.REPAIRS[one].systems
            ]
            raise OptionFault(f"--cured-by: expected one of {', '.join(known)}, got {action!r}")


def _spelled(code: str, library: Library) -> str:
    """Return the code as Azure spells it: an alert's hint is in lower case."""
    entry = library.by_code(code)
    codes: Iterable[str] = entry.codes if entry else ()
    return next((one for one in codes if code_key(one) == code_key(code)), code)


def _start(event: Event) -> datetime:
    try:
        fired = datetime.fromisoformat(event.fired) if event.fired else None
    except ValueError:
        fired = None
    if fired is None:
        return worlds.default().start
    told = (fired if fired.tzinfo else fired.replace(tzinfo=UTC)).astimezone(UTC)
    return (told - _BEFORE).replace(second=0, microsecond=0)

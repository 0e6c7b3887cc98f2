"""What a world should come to: which machines can recover, which cannot, and why. Pure.

A machine is *recoverable* when it is not excluded, and its fault heals by itself, or an action that
cures it stands on its cause's shipped ladder, needs no approval, and the world's initial state,
locks and policy allow it. Computed from the world and the playbooks' files alone.
"""

from dataclasses import dataclass
from datetime import timedelta

from local.azure.model import errors
from local.checker.climbing import climbed
from local.checker.initial import waits
from local.checker.permission import permission
from local.checker.playbooks import Shelf, shelf
from local.worlds import Fault, Vm, World

# A fault must heal so long before the end that a scheduled backup still follows.
LONGEST = timedelta(days=14)
_A_BACKUP_LATER = timedelta(hours=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What is expected of one machine, and why.

    ``failing``: its backups report a failure. ``cause`` is what its first failure should be taken
    for, ``heals`` whether time alone cures it, ``action`` the first permitted action that would.
    """

    item: str
    vm: Vm
    failing: bool
    excluded: bool
    recoverable: bool
    why: str
    cause: str | None = None
    heals: bool = False
    action: str | None = None

    @property
    def fault(self) -> str:
        """A short name of what is wrong: the code, else the message."""
        fault = self.vm.fault
        return "none" if fault is None else fault.code or fault.message or "unnamed"


def expect(world: World, books: Shelf | None = None) -> tuple[Expectation, ...]:
    """Return the expectation of every machine of the world, in its order."""
    books = shelf() if books is None else books
    return tuple(_machine(world, vm, books) for vm in world.vms)


def cause_of(fault: Fault, books: Shelf) -> str:
    """Return the cause that the fault's first failed job should be taken for."""
    error = errors.of(fault)
    return books.cause_of(error.code, error.number, error.dynamic, error.text)


def _machine(world: World, vm: Vm, books: Shelf) -> Expectation:
    item, fault = world.item(vm), vm.fault
    shut = permission(world, vm).excluded
    if fault is None or fault.shows == "crash_consistent":
        why = "healthy" if fault is None else "its warning is no failure"
        return Expectation(
            item=item, vm=vm, failing=False, excluded=shut, recoverable=False, why=why
        )
    cause = vm.expect.cause if vm.expect else cause_of(fault, books)
    heals = fault.heals_after is not None and fault.heals_after + _A_BACKUP_LATER < LONGEST
    playbook = books.playbooks.get(cause)
    cured, why = (
        climbed(world, vm, playbook) if playbook else (None, f"no playbook {cause} is shipped")
    )
    if heals:
        why = "it heals by itself"
    if shut:
        why = "excluded by its tag"
    return Expectation(
        item=item,
        vm=vm,
        failing=True,
        excluded=shut,
        recoverable=not shut and (heals or cured is not None),
        why=why,
        cause=cause,
        heals=heals,
        action=cured,
    )


__all__ = ["LONGEST", "Expectation", "cause_of", "expect", "waits"]

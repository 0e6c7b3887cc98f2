"""The climb that is expected: which rungs are entered, and which of them cures. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from local.checker.initial import Standing, standing
from local.checker.permission import Permission, permission
from local.checker.playbooks import Playbook, Rung
from local.checker.refusals import refusals, windowless
from local.checker.repertoire import ACTIONS, CLEANING, INSPECTIONS
from local.worlds import Vm, World, guests


@dataclass(slots=True, kw_only=True)
class _Climber:
    """Where a climb stands: what is known of the machine, what was spent, what the guest is."""

    vm: Vm
    may: Permission
    start: datetime
    around: Standing
    guest: dict[str, str]
    spent: int = 0
    retried: bool = False

    def enter(self, rung: Rung) -> None:
        """Enter a rung that does not cure, as often as the ladder says."""
        action = ACTIONS[rung.do]
        self.spent += rung.tries if action.acts else 0
        self.retried = self.retried or rung.do == "retry_backup"
        if rung.do in CLEANING:
            self.around = replace(self.around, at_limit=False)
        if action.inspects:
            known = {**self.around.facts, **_told(rung, self.vm, self.guest)}
            self.around = replace(self.around, facts=known)
        self.guest = _left(rung, self.vm, self.guest)


def climbed(world: World, vm: Vm, playbook: Playbook) -> tuple[str | None, str]:
    """Climb the ladder as the first state allows; returns the curing action, or why there is none.

    Every acting rung that may be entered before the cure costs an attempt. What the inside of the
    guest is like is known from an inspection on.
    """
    cures = _curing(world, vm)
    if not cures:
        return None, "nothing cures it"
    may = permission(world, vm)
    budget = may.policy.attempts
    climber = _Climber(
        vm=vm,
        may=may,
        start=world.start,
        around=standing(world, vm),
        guest=vm.inside(vm.fault),
    )
    reasons: list[str] = []
    for rung in playbook.ladder:
        why = _why_not(playbook, rung, climber, curing=rung.do in cures)
        if not why:
            if rung.do in cures and climber.spent + ACTIONS[rung.do].acts <= budget:
                return rung.do, f"{rung.do} cures it, on the ladder of {playbook.cause}"
            climber.enter(rung)
            why = [f"it is attempt {climber.spent} of {budget}"]
        if rung.do in cures:
            reasons.append(f"{rung.do}: {', '.join(why)}")
    on_ladder = f"{' or '.join(sorted(cures))} is not on the ladder of {playbook.cause}"
    return None, "; ".join(reasons) or on_ladder


def _why_not(playbook: Playbook, rung: Rung, climber: _Climber, *, curing: bool) -> list[str]:
    """Return why a rung is not entered, or cures nothing though it could."""
    found = [
        *refusals(climber.may, playbook, rung, climber.around, retried=climber.retried),
        *windowless(climber.may, rung, climber.start),
    ]
    idle = _idle(rung, climber.guest) if curing else []
    return [*dict.fromkeys(found), *idle]


def _told(rung: Rung, vm: Vm, guest: Mapping[str, str]) -> dict[str, frozenset[str]]:
    """Return the facts that an inspection adds; a guest that does not answer tells nothing."""
    if rung.do == "inspect_network":
        return {"outbound": frozenset({"blocked" if vm.nsg.deny_outbound else "open"})}
    if vm.scripts != "answer":
        return {}
    return {name: frozenset({value}) for name, value in guest.items()}


def _idle(rung: Rung, guest: Mapping[str, str]) -> list[str]:
    """Say that a repair finds nothing to repair: then it cures nothing."""
    repair = guests.REPAIRS.get(rung.do)
    if repair is None or repair.setting is not None:
        return []
    done = all(guest.get(name) == value for name, value in repair.leaves.items())
    return ["it finds nothing to repair"] if done else []


def _left(rung: Rung, vm: Vm, guest: Mapping[str, str]) -> dict[str, str]:
    """Return what the guest looks like after a repair that did not cure its fault."""
    repair, fault = guests.REPAIRS.get(rung.do), vm.fault
    if repair is None or fault is None:
        return dict(guest)
    return {**guest, **repair.leaves, **guests.symptoms(fault.cured_by, fault.code, vm.os)}


def _curing(world: World, vm: Vm) -> frozenset[str]:
    """Return the actions that end the fault.

    Reading never does. Where no lock stands in the way, any backup starts the clean-up that is the
    effect of ``clear_lock``.
    """
    fault = vm.fault
    if fault is None:
        return frozenset()
    found = fault.cured_by - INSPECTIONS - {"collect_evidence"}
    free = standing(world, vm).facts["lock"] == frozenset({"none"})
    if "clear_lock" in found and free:
        found |= {"clean_up_restore_points"}
    return found

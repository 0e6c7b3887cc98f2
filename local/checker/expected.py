"""What a world should come to: which machines can recover, which cannot, and why. Pure.

A machine is *recoverable* when it is not excluded, and its fault heals by itself, or an action that
cures it stands on its cause's shipped ladder, needs no approval, and the world's initial state,
locks and policy allow it. Computed from the world and the playbooks' files alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from local.azure.model import errors
from local.checker.initial import LIMIT, Standing, excluded, standing, waits
from local.checker.playbooks import Playbook, Rung, Shelf, shelf
from local.checker.repertoire import ACTIONS, BACKUPS, CLEANING, exceeds
from local.worlds import Fault, Policy, Vm, World

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
    shut = excluded(world, vm)
    if fault is None or fault.shows == "crash_consistent":
        why = "healthy" if fault is None else "its warning is no failure"
        return Expectation(
            item=item, vm=vm, failing=False, excluded=shut, recoverable=False, why=why
        )
    cause = cause_of(fault, books)
    heals = fault.heals_after is not None and fault.heals_after + _A_BACKUP_LATER < LONGEST
    cured, why = _cure(world, vm, books.playbooks[cause])
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


def _cure(world: World, vm: Vm, playbook: Playbook) -> tuple[str | None, str]:
    """Climb the ladder as the first state allows; returns the curing action, or why there is none.

    Every acting rung that may be entered before the cure costs an attempt.
    """
    fault, spent = vm.fault, 0
    cures = _curing(world, vm)
    if fault is None or not cures:
        return None, "nothing cures it"
    reasons: list[str] = []
    retried = False
    around = standing(world, vm)
    for rung in playbook.ladder:
        action = ACTIONS[rung.do]
        refusals = list(dict.fromkeys(_refusals(world, playbook, rung, around, retried=retried)))
        if not refusals:
            spent += action.acts
            retried = retried or rung.do == "retry_backup"
            if rung.do in CLEANING:
                around = replace(around, at_limit=False)
            if rung.do in cures and spent <= world.policy.attempts:
                return rung.do, f"{rung.do} cures it, on the ladder of {playbook.cause}"
            if rung.do in cures:
                refusals = [f"it is attempt {spent} of {world.policy.attempts}"]
        if rung.do in cures:
            reasons.append(f"{rung.do}: {', '.join(refusals)}")
    on_ladder = f"{' or '.join(sorted(cures))} is not on the ladder of {playbook.cause}"
    return None, "; ".join(reasons) or on_ladder


def _curing(world: World, vm: Vm) -> frozenset[str]:
    """Return the actions that end the fault.

    Reading never does. Where no lock stands in the way, any backup starts the clean-up that is the
    effect of ``clear_lock``.
    """
    fault = vm.fault
    if fault is None:
        return frozenset()
    found = fault.cured_by - {"collect_evidence"}
    free = standing(world, vm).facts["lock"] == frozenset({"none"})
    if "clear_lock" in found and free:
        found |= {"clean_up_restore_points"}
    return found


def _refusals(
    world: World, playbook: Playbook, rung: Rung, around: Standing, *, retried: bool
) -> Iterator[str]:
    """Return every reason why a rung may not be entered."""
    yield from _unmet(rung, around)
    action = ACTIONS[rung.do]
    if not action.acts:
        return
    policy = world.policy
    if policy.mode != "auto":
        yield f"mode is {policy.mode}"
    if playbook.status != "active":
        yield f"the playbook is in status {playbook.status}"
    yield from _class(policy, playbook, rung, retried=retried)
    if action.approval or "approval" in rung.needs:
        yield "it needs a person's approval"
    elif rung.needs:
        yield f"it needs a {' and a '.join(sorted(rung.needs))}"
    if exceeds(action.risk, policy.max_risk):
        yield f"its risk {action.risk} is above {policy.max_risk}"
    yield from _state(rung, around)
    if rung.do in BACKUPS:
        yield from _backup(policy, around)


def _unmet(rung: Rung, around: Standing) -> Iterator[str]:
    for fact, allowed in rung.when.items():
        possible = around.facts.get(fact)
        if possible is None:
            yield f"{fact} cannot be told"
        elif not possible <= allowed:
            yield f"{fact} is {' or '.join(sorted(possible))}"


def _class(policy: Policy, playbook: Playbook, rung: Rung, *, retried: bool) -> Iterator[str]:
    """Say what the cause's class forbids: what may happen unasked is bounded by it."""
    named = rung.do in policy.opt_in
    match playbook.kind:
        case "people":
            yield "the cause is for people"
        case "guarded" if not named:
            yield "a guarded cause needs it opted in"
        case "wait" if not named and (rung.do != "retry_backup" or retried):
            yield "a waiting cause allows one retry, all else must be opted in"
        case _ if ACTIONS[rung.do].opt_in and not named:
            yield "it must be opted in"
        case _:
            return


def _state(rung: Rung, around: Standing) -> Iterator[str]:
    action, facts = ACTIONS[rung.do], around.facts
    if around.at_limit and rung.do not in CLEANING:
        # Whatever is done is proved by a backup, which must fail there.
        yield f"the collection holds {LIMIT} restore points"
    if action.guest and facts.get("agent") != frozenset({"ready"}):
        yield "it goes through the guest agent, which does not answer"
    if rung.do == "reapply_vm" and facts["other_extension"] != frozenset({"ok"}):
        yield "another publisher's extension has failed"
    if rung.do == "clear_lock" and facts["lock"] != frozenset({"own"}):
        yield f"lock is {' or '.join(sorted(facts['lock']))}"
    for lock in around.machine_locks:
        if action.deletes or (action.writes and lock.level == "ReadOnly"):
            yield f"a {lock.level} lock stands on {lock.scope}"


def _backup(policy: Policy, around: Standing) -> Iterator[str]:
    """Say what forbids a backup on demand."""
    if not (policy.on_demand_per_day and policy.on_demand_per_72h):
        yield "no backups on demand are allowed"
    if not (policy.at_once_vault and policy.at_once_subscription):
        yield "no backups on demand may run at once"
    if not policy.backup_hours:
        yield "there are no backup hours"
    yield from (
        f"a ReadOnly lock stands on {lock.scope}"
        for lock in around.vault_locks
        if lock.level == "ReadOnly"
    )


__all__ = ["LONGEST", "Expectation", "cause_of", "expect", "waits"]

"""Prechecks: what must be true before each action, beyond the guards that hold for all. Pure."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from remediation.incident import AttemptResult, Objection
from remediation.picture import own_locks
from remediation.plan import Plan
from remediation.views import AgentState, Machine, Power, RestorePoints

# A group's lock is taken away at most once in this time: its owner is told that it fills up again.
BETWEEN_REMOVALS = timedelta(days=30)


def prechecks(plan: Plan) -> tuple[Objection, ...]:
    """Return what the action itself misses; asked until its first step took effect."""
    if not plan.untouched:
        return ()
    found = list(_agent(plan)) if plan.action.needs_agent else []
    found += _system(plan) if plan.action.needs_agent or plan.action.os else ()
    own = _OWN.get(plan.action.name)
    return (*found, *(own(plan) if own else ()))


def _missing(reason: str) -> Objection:
    return Objection(guard="precheck", reason=reason)


def _agent(plan: Plan) -> Iterator[Objection]:
    machine = plan.picture.machine
    if not isinstance(machine, Machine):
        return
    if machine.power is not Power.RUNNING:
        yield _missing(f"the machine is {machine.power.value}")
    if machine.agent.state is not AgentState.READY:
        reason = f"the agent is {machine.agent.state.value}: {plan.action.name} goes through it"
        yield _missing(reason)


def _reapply(plan: Plan) -> Iterator[Objection]:
    machine = plan.picture.machine
    if not isinstance(machine, Machine):
        return
    for one in machine.extensions:
        if not one.is_backup and one.state == "failed":
            reason = f"reapply would run the failed extension {one.publisher}/{one.kind} again"
            yield _missing(reason)


def _system(plan: Plan) -> Iterator[Objection]:
    """A script, and the name of the backup's extension, differ from system to system."""
    machine, wanted = plan.picture.machine, plan.action.os
    if not isinstance(machine, Machine):
        return
    if machine.os not in {"windows", "linux"}:
        yield _missing("the operating system is not known")
    elif wanted is not None and machine.os != wanted:
        yield _missing(f"{plan.action.name} is for {wanted}, the machine runs {machine.os}")


def _clear_lock(plan: Plan) -> Iterator[Objection]:
    picture = plan.picture
    if not isinstance(picture.locks, tuple) or not isinstance(
        picture.restore_points, RestorePoints
    ):
        yield Objection(
            guard="precheck", reason="the backup group's locks are not known", until=plan.later
        )
        return
    own = own_locks(picture)
    away = any(duty.away for duty in picture.duties)
    for lock in picture.locks:
        if lock not in own:
            yield _missing(f"the lock {lock.name} is inherited from {lock.scope}: never touched")
    if not own and not away:
        yield _missing("no lock stands on the backup group itself")
    lost = _lost_since(plan)
    for duty in picture.duties:
        since = duty.removed_at
        if since is not None and lost is not None and since >= lost:
            # Our own attempt that never came to its clean-up: the group has gained nothing by it.
            continue
        if not duty.away and since is not None and since + BETWEEN_REMOVALS > plan.now:
            reason = f"the lock {duty.lock.name} was taken away at {since.isoformat()} already"
            yield _missing(reason)


def _lost_since(plan: Plan) -> datetime | None:
    """Return when this incident's lost try at the lock began: it may be made once more."""
    tries = [one for one in plan.incident.attempts if one.action == "clear_lock"]
    return min((one.acted_at for one in tries if one.result is AttemptResult.LOST), default=None)


_OWN: Mapping[str, Callable[[Plan], Iterator[Objection]]] = MappingProxyType(
    {
        "reapply_vm": _reapply,
        "clear_lock": _clear_lock,
    }
)

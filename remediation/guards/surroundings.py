"""Guards of surroundings: what Azure shows of the machine, its vault, locks and points. Pure."""

from collections.abc import Iterator

from remediation.incident import Objection, StepName
from remediation.plan import BACKUP_STEPS, Plan
from remediation.recovery import worth_reading
from remediation.views import Gone, Machine, Power, RestorePoints, Unreadable, VaultSnapshot

# Steps that make room where there are too many restore points for another backup.
_FREES = frozenset({StepName.CLEAN_UP, StepName.DELETE_COLLECTION})


def running_job(plan: Plan) -> Iterator[Objection]:
    """Nothing is changed beside a running job, nor while running jobs cannot be seen."""
    snapshot = plan.picture.snapshot
    if not isinstance(snapshot, VaultSnapshot):
        reason = snapshot.reason if snapshot else "it was not read"
        yield Objection(
            guard="running_job",
            reason=f"the vault's jobs could not be read: {reason}",
            until=plan.retry(snapshot),
        )
        return
    others = plan.picture.other_jobs
    if isinstance(others, Unreadable):
        text = f"its jobs in another vault could not be read: {others.reason}"
        yield Objection(guard="running_job", reason=text, until=plan.retry(others))
    # Also one of our own: that of a step which was given up as lost.
    running = plan.picture.running_job(plan.incident)
    if running is not None:
        reason = f"job {running.key.job} is running since {running.started.isoformat()}"
        yield Objection(guard="running_job", reason=reason, until=plan.later)


def recovery_points(plan: Plan) -> Iterator[Objection]:
    """After a later good job nothing is repaired until its recovery point was looked for."""
    points = plan.picture.points
    if isinstance(points, tuple) or not worth_reading(plan.incident, plan.picture):
        return
    reason = points.reason if points else "they were not read"
    text = f"a later job succeeded, and the recovery points could not be read: {reason}"
    yield Objection(guard="recovery_points", reason=text, until=plan.retry(points))


def protection(plan: Plan) -> Iterator[Objection]:
    """An item whose protection is paused or gone is for people."""
    if not isinstance(plan.picture.snapshot, VaultSnapshot):
        return
    protected = plan.picture.protected(plan.incident)
    if protected is None:
        yield Objection(guard="protection", reason="the vault does not list the item")
    elif not protected.active:
        yield Objection(guard="protection", reason=f"protection is {protected.state}")


def machine_state(plan: Plan) -> Iterator[Objection]:
    """A machine in transition is left alone; one that cannot be seen too."""
    machine = plan.picture.machine
    if isinstance(machine, Gone):
        yield Objection(guard="machine", reason="the machine does not exist")
    elif not isinstance(machine, Machine):
        reason = machine.reason if machine else "it was not read"
        until = plan.retry(machine)
        text = f"the machine could not be read: {reason}"
        yield Objection(guard="machine", reason=text, until=until)
    elif machine.power in {Power.TRANSITION, Power.UNKNOWN}:
        reason = f"its power state is {machine.power.value}"
        yield Objection(guard="machine", reason=reason, until=plan.later)
    elif machine.provisioning == "updating":
        yield Objection(guard="machine", reason="it is being changed", until=plan.later)


def locks(plan: Plan) -> Iterator[Objection]:
    """A ReadOnly lock on the machine's group forbids every change; any lock forbids deletions."""
    if plan.step in BACKUP_STEPS | {StepName.REMOVE_LOCK, StepName.RESTORE_LOCK}:
        return
    found = plan.picture.machine_locks
    if not isinstance(found, tuple):
        reason = found.reason if found else "they were not read"
        text = f"the locks of the machine's group could not be read: {reason}"
        yield Objection(guard="lock", reason=text, until=plan.retry(found))
        return
    deleting = plan.step in {StepName.DELETE_EXTENSION, StepName.DELETE_COLLECTION}
    for lock in found:
        if deleting or lock.level.lower() == "readonly":
            reason = f"the {lock.level} lock {lock.name} on {lock.scope} is in the way"
            yield Objection(guard="lock", reason=reason)


def restore_points(plan: Plan) -> Iterator[Objection]:
    """At the limit a backup must fail, so nothing can be proved; only what frees some is meant to.

    Of the deletion of a collection people have the last word, and it is meant for just that case.
    """
    cleans = not _FREES.isdisjoint(plan.action.steps) and plan.step is not StepName.BACKUP
    proves = plan.action.proved and (plan.begins or plan.step is StepName.BACKUP)
    if not cleans and not proves:
        return
    # A clean-up is watched by the falling count, so it is known before.
    found = plan.picture.restore_points
    if not isinstance(found, RestorePoints):
        reason = found.reason if found else "they were not read"
        text = f"the restore points could not be counted: {reason}"
        yield Objection(guard="restore_points", reason=text, until=plan.retry(found))
    elif not cleans and found.count >= plan.policy.restore_points:
        reason = f"{found.count} restore points, the limit is {plan.policy.restore_points}"
        # A clean-up is still going on where one was begun; elsewhere time alone changes nothing.
        cleaning = not _FREES.isdisjoint(plan.action.steps)
        yield Objection(
            guard="restore_points", reason=reason, until=plan.later if cleaning else None
        )

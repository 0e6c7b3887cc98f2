"""Guards: the reasons not to act now. Pure; each guard is tiny, gets the time, and fails closed.

1. ``objections`` returns *all* reasons, never the first one.
2. What could not be read objects. An objection with a time lifts by waiting; one without does not.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from remediation.incident import AttemptResult, History, Incident, Objection, StepName
from remediation.model import CauseClass, Mode, Need, Risk, Rung
from remediation.picture import Picture, excluded
from remediation.policy import Policy
from remediation.recovery import good, worth_reading
from remediation.repertoire import Action
from remediation.views import Gone, Machine, Power, RestorePoints, Unreadable, VaultSnapshot

LOOK_AGAIN = timedelta(minutes=15)
BACKUP_STEPS = frozenset({StepName.BACKUP, StepName.CLEAN_UP})
# A lock is taken away for the backup that follows at once: where none may run, it stays.
FOR_BACKUPS = BACKUP_STEPS | {StepName.REMOVE_LOCK}
FREEZE_CAUSES = frozenset({"file-system-freeze-failed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is about to be done: an action of a rung, at one of its steps."""

    action: Action
    rung: Rung
    step: StepName
    incident: Incident
    history: History
    picture: Picture
    policy: Policy
    now: datetime

    @property
    def begins(self) -> bool:
        """Whether this is the attempt's first step: budgets and cool-downs are asked then."""
        return self.incident.attempt is None

    @property
    def untouched(self) -> bool:
        """Whether no step of the attempt took effect: what the action needs is asked until then."""
        attempt = self.incident.attempt
        return attempt is None or not attempt.steps_done

    @property
    def later(self) -> datetime:
        """When to look again at what nobody can foresee."""
        return self.now + LOOK_AGAIN


type Guard = Callable[[Plan], Iterator[Objection]]


def objections(plan: Plan) -> tuple[Objection, ...]:
    """Return every guard's objections to the plan, in the order of ``GUARDS``."""
    return tuple(found for guard in GUARDS for found in guard(plan))


def mode(plan: Plan) -> Iterator[Objection]:
    """Only ``auto`` acts unasked, and only in scope; else it is said what would have been done."""
    subscription = plan.incident.item.subscription
    if not plan.policy.covers(subscription):
        yield Objection(guard="scope", reason=f"subscription {subscription} is not in scope")
    held = plan.policy.mode
    if plan.incident.playbook.observe_only and held is not Mode.OFF:
        held = Mode.OBSERVE
    if held is Mode.AUTO:
        return
    if held is Mode.APPROVE:
        yield Objection(guard="mode", reason=f"mode is approve: {plan.action.name} needs a yes")
        return
    next_run = plan.picture.next_run(plan.incident, plan.now)
    until = (next_run or plan.now + timedelta(hours=24)) + timedelta(hours=2)
    reason = f"mode is {held.value}: would have run {plan.action.name}"
    yield Objection(guard="mode", reason=reason, until=until)


def exclusion(plan: Plan) -> Iterator[Objection]:
    """An excluded item is never changed, also when its tags cannot be read."""
    tags = plan.picture.tags
    if tags is None or isinstance(tags, Unreadable):
        reason = tags.reason if tags else "they were not read"
        yield Objection(
            guard="excluded", reason=f"tags could not be read: {reason}", until=_retry(plan, tags)
        )
    elif excluded(tags, plan.policy.exclusion_tag, plan.policy.exclusion_value):
        name = plan.policy.exclusion_tag
        yield Objection(guard="excluded", reason=f"the tag {name} excludes the item")


def risk(plan: Plan) -> Iterator[Objection]:
    """A risk above the policy's is not taken; a proving backup is a risk of its own."""
    needed = plan.action.risk if plan.begins else Risk.NONE
    if plan.step in BACKUP_STEPS:
        needed = max(needed, Risk.GUEST_IO)
    if needed > plan.policy.max_risk:
        reason = f"risk {needed.word} is above the allowed {plan.policy.max_risk.word}"
        yield Objection(guard="risk", reason=reason)


def cause_class(plan: Plan) -> Iterator[Objection]:
    """The cause's class bounds what happens unasked."""
    if not plan.begins:
        return
    kind = plan.incident.playbook.cause_class
    named = plan.action.name in plan.policy.opt_in
    if kind is CauseClass.PEOPLE:
        yield Objection(guard="class", reason="this cause is for people")
    elif kind is CauseClass.GUARDED and not named:
        reason = f"a guarded cause: {plan.action.name} runs only where the policy names it"
        yield Objection(guard="class", reason=reason)
    elif kind is CauseClass.WAIT and not named:
        tried = [
            one
            for one in plan.incident.attempts
            if one.action == "retry_backup"
            and one.round == plan.incident.round
            # A lost one never arrived: it is no retry.
            and one.result is not AttemptResult.LOST
        ]
        if plan.action.name != "retry_backup" or tried:
            reason = f"one retry is unasked; {plan.action.name} runs only where the policy names it"
            yield Objection(guard="class", reason=reason)
    if plan.action.opt_in and not named:
        reason = f"{plan.action.name} runs only where the policy names it"
        yield Objection(guard="opt_in", reason=reason)


def approval(plan: Plan) -> Iterator[Objection]:
    """What needs a person's approval or a window does not run without."""
    if not plan.begins:
        return
    if plan.action.approval or Need.APPROVAL in plan.rung.needs:
        yield Objection(guard="approval", reason=f"{plan.action.name} needs a person's approval")
    if Need.WINDOW in plan.rung.needs:
        yield Objection(guard="window", reason=f"{plan.action.name} needs a maintenance window")


def budget(plan: Plan) -> Iterator[Objection]:
    """So many attempts an incident, so many an item over days."""
    if not plan.begins:
        return
    policy = plan.policy
    spent = [
        one
        for one in plan.incident.attempts
        if one.round == plan.incident.round and one.result is not AttemptResult.REFUSED
    ]
    if len(spent) >= policy.attempts:
        reason = f"{len(spent)} of {policy.attempts} attempts of this incident are spent"
        yield Objection(guard="budget", reason=reason)
    since = plan.now - policy.item_window
    recent = sorted(one.at for one in plan.history.attempts if one.at > since)
    limit = max(policy.item_attempts, policy.attempts)
    if len(recent) >= limit:
        reason = f"{len(recent)} attempts of this item in {policy.item_window.days} days"
        until = recent[-limit] + policy.item_window if limit else None
        yield Objection(guard="budget", reason=reason, until=until)


def cool_down(plan: Plan) -> Iterator[Objection]:
    """Time between two acting rungs of one item; more after a freeze failure."""
    if not plan.begins:
        return
    spacing = plan.policy.cool_down
    if plan.incident.cause in FREEZE_CAUSES:
        spacing = max(spacing, plan.policy.freeze_cool_down)
    before = [
        one.at
        for one in plan.history.attempts
        if one.result is not AttemptResult.LOST and one.result is not AttemptResult.REFUSED
    ]
    if before and max(before) + spacing > plan.now:
        reason = f"the last attempt began at {max(before).isoformat()}"
        yield Objection(guard="cool_down", reason=reason, until=max(before) + spacing)


def running_job(plan: Plan) -> Iterator[Objection]:
    """Nothing is changed beside a running job, nor while running jobs cannot be seen."""
    snapshot = plan.picture.snapshot
    if not isinstance(snapshot, VaultSnapshot):
        reason = snapshot.reason if snapshot else "it was not read"
        yield Objection(
            guard="running_job",
            reason=f"the vault's jobs could not be read: {reason}",
            until=_retry(plan, snapshot),
        )
        return
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
    yield Objection(guard="recovery_points", reason=text, until=_retry(plan, points))


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
        until = _retry(plan, machine)
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
        yield Objection(guard="lock", reason=text, until=_retry(plan, found))
        return
    deleting = plan.step in {StepName.DELETE_EXTENSION, StepName.DELETE_COLLECTION}
    for lock in found:
        if deleting or lock.level.lower() == "readonly":
            reason = f"the {lock.level} lock {lock.name} on {lock.scope} is in the way"
            yield Objection(guard="lock", reason=reason)


def backup_hours(plan: Plan) -> Iterator[Objection]:
    """An on-demand backup freezes I/O: only in the hours that follow the scheduled start."""
    protected = plan.picture.protected(plan.incident)
    if plan.step not in FOR_BACKUPS or protected is None or protected.schedule is None:
        return
    hours = plan.policy.backup_hours
    last, following = protected.schedule.last_run(plan.now), protected.schedule.next_run(plan.now)
    if hours < timedelta(hours=24) and (last is None or last + hours <= plan.now):
        text = following.isoformat() if following else "never"
        reason = f"outside the item's backup hours, which begin at {text}"
        yield Objection(guard="backup_hours", reason=reason, until=following)
    if following is not None and following - plan.policy.run_near <= plan.now:
        reason = f"the next scheduled run is near: {following.isoformat()}"
        until = following + plan.policy.run_near
        yield Objection(guard="run_near", reason=reason, until=until)


def on_demand(plan: Plan) -> Iterator[Objection]:
    """So many automatic on-demand backups a day and in 72 hours, each with room to itself."""
    if plan.step not in FOR_BACKUPS:
        return
    times = sorted(at for one in plan.history.attempts for at in one.on_demand)
    policy = plan.policy
    for span, limit in (
        (timedelta(hours=24), policy.on_demand_per_day),
        (timedelta(hours=72), policy.on_demand_per_72h),
    ):
        recent = [at for at in times if at > plan.now - span]
        if len(recent) >= limit:
            hours = int(span.total_seconds() // 3600)
            until = recent[-limit] + span if limit else None
            reason = f"{len(recent)} automatic on-demand backups in {hours} h, {limit} allowed"
            yield Objection(guard="on_demand", reason=reason, until=until)
    snapshots = [job.started for job in plan.picture.jobs(plan.incident) if good(job)]
    if snapshots and max(snapshots) + policy.snapshot_spacing > plan.now:
        reason = f"the last snapshot was at {max(snapshots).isoformat()}"
        until = max(snapshots) + policy.snapshot_spacing
        yield Objection(guard="spacing", reason=reason, until=until)
    if plan.picture.slots_full:
        reason = "as many of our backups run at once as are allowed in this vault or subscription"
        yield Objection(guard="at_once", reason=reason, until=plan.later)


def restore_points(plan: Plan) -> Iterator[Objection]:
    """At the limit a backup must fail, so nothing can be proved; only a clean-up is meant to."""
    cleans = StepName.CLEAN_UP in plan.action.steps and plan.step is not StepName.BACKUP
    proves = plan.action.proved and (plan.begins or plan.step is StepName.BACKUP)
    if not cleans and not proves:
        return
    # A clean-up is watched by the falling count, so it is known before.
    found = plan.picture.restore_points
    if not isinstance(found, RestorePoints):
        reason = found.reason if found else "they were not read"
        text = f"the restore points could not be counted: {reason}"
        yield Objection(guard="restore_points", reason=text, until=_retry(plan, found))
    elif not cleans and found.count >= plan.policy.restore_points:
        reason = f"{found.count} restore points, the limit is {plan.policy.restore_points}"
        # A clean-up is still going on where one was begun; elsewhere time alone changes nothing.
        cleaning = StepName.CLEAN_UP in plan.action.steps
        yield Objection(
            guard="restore_points", reason=reason, until=plan.later if cleaning else None
        )


def _retry(plan: Plan, part: Unreadable | object | None) -> datetime:
    if isinstance(part, Unreadable) and part.retry_after is not None:
        return plan.now + part.retry_after
    return plan.later


GUARDS: tuple[Guard, ...] = (
    mode,
    exclusion,
    risk,
    cause_class,
    approval,
    budget,
    cool_down,
    running_job,
    recovery_points,
    protection,
    machine_state,
    locks,
    backup_hours,
    on_demand,
    restore_points,
)

"""Guards of permission: what the operator allows, for this machine and this cause. Pure."""

from collections.abc import Iterator
from datetime import timedelta

from remediation import pauses
from remediation.incident import AttemptResult, Objection, StepName
from remediation.model import CauseClass, Mode, Need, Risk
from remediation.picture import excluded
from remediation.plan import BACKUP_STEPS, Plan
from remediation.views import Unreadable
from remediation.windows import common_opening


def mode(plan: Plan) -> Iterator[Objection]:
    """Nothing is done out of scope, or where we only watch; it is said what would have been."""
    subscription = plan.incident.item.subscription
    if not plan.policy.covers(subscription):
        yield Objection(guard="scope", reason=f"subscription {subscription} is not in scope")
    held, why = plan.policy.mode_of(plan.action.name), plan.policy.owner.reason
    if plan.incident.playbook.observe_only and held is not Mode.OFF:
        held = Mode.OBSERVE
    said = f"mode is {held.value}{f' ({why})' if why else ''}"
    if held in {Mode.AUTO, Mode.APPROVE}:  # a yes is the approval guard's business
        return
    if plan.action.inspects:
        # A look goes through the guest's agent: not where we only watch. Nothing waits for it.
        yield Objection(guard="mode", reason=said)
        return
    next_run = plan.picture.next_run(plan.incident, plan.now)
    until = (next_run or plan.now + timedelta(hours=24)) + timedelta(hours=2)
    reason = f"{said}: would have run {plan.action.name}"
    yield Objection(guard="mode", reason=reason, until=until)


def paused(plan: Plan) -> Iterator[Objection]:
    """While a person has paused it nothing new is done; the ladder goes on when that ends."""
    pause = plan.policy.pause
    if pause is not None:
        where = "everything" if pause.scope == pauses.EVERYTHING else pause.scope
        reason = f"{pause.by} has paused {where} until {pause.until.isoformat()}: {pause.reason}"
        yield Objection(guard=pauses.GUARD, reason=reason, until=pause.until)


def exclusion(plan: Plan) -> Iterator[Objection]:
    """An excluded item is never changed, also when its tags cannot be read."""
    tags = plan.picture.tags
    if tags is None or isinstance(tags, Unreadable):
        reason = tags.reason if tags else "they were not read"
        yield Objection(
            guard="excluded", reason=f"tags could not be read: {reason}", until=plan.retry(tags)
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
            # A lost one never arrived, a blocked one was never tried: neither is a retry.
            and one.result not in {AttemptResult.LOST, AttemptResult.BLOCKED}
        ]
        if plan.action.name != "retry_backup" or tried:
            reason = f"one retry is unasked; {plan.action.name} runs only where the policy names it"
            yield Objection(guard="class", reason=reason)
    if plan.action.opt_in and not named:
        reason = f"{plan.action.name} runs only where the policy names it"
        yield Objection(guard="opt_in", reason=reason)


def window(plan: Plan) -> Iterator[Objection]:
    """What disrupts runs inside a maintenance window only, and inside the owner's where one is."""
    if not _needs_window(plan):
        return
    name = plan.action.name
    windows = plan.policy.windows_for(plan.action.risk)
    if not windows:
        alone = "; the owner's alone opens none" if plan.policy.owner.windows else ""
        reason = f"{name} needs a maintenance window, and none is set for it{alone}"
        yield Objection(guard="window", reason=reason)
    elif not all(one.contains(plan.now) for one in windows):
        until = common_opening(windows, plan.now)
        opens = f"the next opens at {until.isoformat()}" if until else "none opens within a year"
        reason = f"{name} needs a maintenance window: {opens}"
        yield Objection(guard="window", reason=reason, until=until)


def _needs_window(plan: Plan) -> bool:
    if not plan.begins and plan.step in BACKUP_STEPS | {StepName.RESTORE_LOCK}:
        # What was done is proved, and undone, whenever that may be.
        return False
    if plan.action.risk >= plan.policy.window_from_risk:
        return True
    # An attempt under way knows its rung no more than by its place; on another ladder it is over.
    rung, attempt = plan.rung, plan.incident.attempt
    if attempt is not None and attempt.cause == plan.incident.cause:
        rung = plan.incident.playbook.ladder[attempt.rung]
    return Need.WINDOW in rung.needs

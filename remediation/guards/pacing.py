"""Guards of pacing: budgets, cool-downs, and the hours and numbers of on-demand backups. Pure."""

from collections.abc import Iterator
from datetime import timedelta

from remediation.incident import AttemptResult, Objection
from remediation.plan import FOR_BACKUPS, Plan
from remediation.recovery import good

FREEZE_CAUSES = frozenset({"file-system-freeze-failed"})


def budget(plan: Plan) -> Iterator[Objection]:
    """So many attempts an incident, so many an item over days."""
    if not plan.begins:
        return
    policy = plan.policy
    spent = [
        one
        for one in plan.incident.attempts
        if one.counts and one.round == plan.incident.round and not _free(one.result)
    ]
    if len(spent) >= policy.attempts:
        reason = f"{len(spent)} of {policy.attempts} attempts of this incident are spent"
        yield Objection(guard="budget", reason=reason)
    since = plan.now - policy.item_window
    recent = sorted(
        one.at for one in plan.history.attempts if one.at > since and not _free(one.result)
    )
    limit = max(policy.item_attempts, policy.attempts)
    if len(recent) >= limit:
        reason = f"{len(recent)} attempts of this item in {policy.item_window.days} days"
        until = recent[-limit] + policy.item_window if limit else None
        yield Objection(guard="budget", reason=reason, until=until)


def _free(result: AttemptResult | None) -> bool:
    return result is not None and result.free


def ineffective(plan: Plan) -> Iterator[Objection]:
    """A repair that keeps coming undone is for people: the cause lies deeper than its ladder."""
    if not plan.begins:
        return
    policy, cause = plan.policy, plan.incident.cause
    repaired = sorted(
        one.at
        for one in plan.history.attempts
        if one.result is AttemptResult.CURED
        and one.cause == cause
        and one.incident != plan.incident.id
        and one.at > plan.now - policy.ineffective_window
    )
    if policy.ineffective_repairs and len(repaired) >= policy.ineffective_repairs:
        times = ", ".join(at.isoformat() for at in repaired)
        reason = (
            f"repaired {len(repaired)} times in {policy.ineffective_window.days} days ({times})"
        )
        yield Objection(guard="ineffective", reason=f"{reason}, and failed again the same way")


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
        if one.result is not AttemptResult.LOST and not _free(one.result)
    ]
    if before and max(before) + spacing > plan.now:
        reason = f"the last attempt began at {max(before).isoformat()}"
        yield Objection(guard="cool_down", reason=reason, until=max(before) + spacing)


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
        if plan.picture.before:
            reason = f"a place for a backup is kept for {plan.picture.before[0]}: it is more urgent"
        yield Objection(guard="at_once", reason=reason, until=plan.later)

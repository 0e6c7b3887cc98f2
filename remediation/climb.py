"""The climb: which rung comes next, and why the others did not. Pure.

A rung whose conditions do not hold is skipped with its reason; a guard that time lifts holds the
ladder; one that time does not lift skips the rung. Where no rung is left, people are asked.
"""

from remediation.draft import Draft
from remediation.guardrails import objections
from remediation.guards.consent import Consent, consent
from remediation.ids import request_id
from remediation.incident import (
    Attempt,
    AttemptResult,
    Hold,
    Incident,
    NoticeKind,
    Objection,
    Step,
    StepName,
)
from remediation.messages import Perform
from remediation.model import CauseClass, Mode, Rung
from remediation.parameters import parameters
from remediation.picture import facts
from remediation.plan import Plan, again
from remediation.prechecks import prechecks
from remediation.rates.brake import GUARD as RATE_LIMIT
from remediation.records import (
    ApprovalRequested,
    Held,
    RungPassed,
    RungSkipped,
    StepIntended,
    WaitBegan,
)
from remediation.repertoire import ACTIONS, Action
from remediation.storms.holding import GUARD, held_by_storm
from remediation.views import RUN_TAKES, Unreadable

# A running job is looked at again after this; most take 20 to 100 minutes.
JOB_LOOK_MINUTES = 20
# What each fact is read from: where that cannot be read, the ladder waits instead of skipping.
_SOURCES = {
    "os": ("machine",),
    "power": ("machine",),
    "agent": ("machine",),
    "provisioning": ("machine",),
    "backup_extension": ("machine",),
    "other_extension": ("machine",),
    "lock": ("restore_points", "locks"),
    "restore_points": ("restore_points",),
    "running_job": ("snapshot", "other_jobs"),
    "protection": ("snapshot",),
    "disks": ("machine",),
    "encryption": ("machine",),
}


def climb(draft: Draft) -> None:
    """Go up the ladder until a step is intended, something is waited for, or people are asked."""
    waits = draft.incident.waited_until
    if waits is not None and draft.now < waits and not _waits_for_job(draft.incident):
        draft.next_step_at(waits, "the wait is not over")
        return
    while draft.incident.rung < len(draft.incident.playbook.ladder):
        rung = draft.incident.playbook.ladder[draft.incident.rung]
        action = ACTIONS[rung.do]
        unknown, unmet = _conditions(draft, rung)
        if unmet:
            draft.add(RungSkipped(rung=draft.incident.rung, action=rung.do, reasons=unmet))
        elif unknown:
            hold(draft, action, unknown)
            return
        elif (_act if action.steps or action.acts else _wait)(draft, rung, action):
            return
    draft.escalate(_used_up(draft))


def _waits_for_job(incident: Incident) -> bool:
    return incident.playbook.ladder[incident.rung].do == "wait_for_running_job"


def intend(draft: Draft, rung: Rung, action: Action, name: StepName) -> None:
    """Intend a step: the record first, the command after; the wake-up only bounds a crash."""
    attempt = draft.incident.attempt
    number = attempt.number if attempt else len(draft.incident.attempts) + 1
    pace = draft.situation.pace
    step = Step(
        attempt=number,
        name=name,
        request_id=request_id(draft.incident.id, number, name.value),
        intended_at=draft.now,
        act_before=draft.now + pace.act_within,
        take_over_at=draft.now + pace.take_over,
        parameters=parameters(draft.plan(action, rung, name)),
    )
    draft.add(
        StepIntended(
            rung=draft.incident.rung,
            action=action.name,
            cause=draft.incident.cause,
            step=step,
            counts=action.acts,
            permit=draft.picture.permit,
            partners=draft.picture.partners,
        )
    )
    draft.wake(step.take_over_at, "nobody said what became of the step", send=False)
    draft.command(Perform(action=action.name, step=step))


def hold(draft: Draft, action: Action, objecting: tuple[Objection, ...]) -> None:
    """Do nothing now, say why, and look again when the last objection lifts.

    A yes that nobody gives expires: that is looked at in time.
    """
    lifts = [one.until for one in objecting if one.until]
    asked = [one.until for one in objecting if one.until and one.guard == "approval"]
    until = min(asked) if asked else max(lifts, default=draft.soon(15))
    # What lifts in a moment is no news either for whom a storm has held until now.
    spoken_for = held_by_storm(draft.incident) and until <= draft.soon(15)
    if _news(draft.incident.hold, action, objecting):
        index = draft.incident.rung
        draft.add(Held(rung=index, action=action.name, objections=objecting, until=until))
    why = "; ".join(one.reason for one in objecting)
    if spoken_for or all(one.guard == GUARD for one in objecting):
        # A storm's own escalation speaks for all that it holds back.
        draft.wake(until, why)
    else:
        draft.next_step_at(until, why)


def held_back(draft: Draft) -> bool:
    """Stay held where a storm held it and still does: nothing else was looked at."""
    objection, before = draft.picture.storm, draft.incident.hold
    if objection is None or draft.incident.attempt is not None:
        return False
    if before is None or before.action is None or not held_by_storm(draft.incident):
        return False
    hold(draft, ACTIONS[before.action], (objection,))
    return True


def _news(before: Hold | None, action: Action, objecting: tuple[Objection, ...]) -> bool:
    # The same reasons once more are no news: the wake-up says when they are looked at again.
    said = {(one.guard, one.reason) for one in before.objections} if before else set()
    now = {(one.guard, one.reason) for one in objecting}
    return before is None or before.action != action.name or said != now


def _conditions(draft: Draft, rung: Rung) -> tuple[tuple[Objection, ...], tuple[str, ...]]:
    known = facts(draft.picture, draft.incident, draft.policy.restore_points)
    unmet: list[str] = []
    unknown: list[Objection] = []
    for name, allowed in rung.when.items():
        if name in known:
            if known[name] not in allowed:
                unmet.append(f"{name} is {known[name]}, not {' or '.join(allowed)}")
        elif (objection := _unread(draft, name)) is not None:
            unknown.append(objection)
        else:
            unmet.append(f"{name} cannot be told")
    return tuple(unknown), tuple(unmet)


def _unread(draft: Draft, name: str) -> Objection | None:
    """Return why the fact is not known, where what it is told by could not be read.

    What an inspection finds out is not waited for: it was asked for before, or not at all.
    """
    for part in _SOURCES.get(name, ()):
        source = getattr(draft.picture, part)
        if source is None or isinstance(source, Unreadable):
            if source is None:
                text = f"{name} is not known: it was not read"
                return Objection(guard="evidence", reason=text, until=draft.soon(15))
            retry = source.retry_after
            until = (
                again(draft.now, retry, source.spread, draft.incident.id)
                if retry
                else draft.soon(15)
            )
            guard = "evidence" if source.spread is None else RATE_LIMIT
            text = f"{name} is not known: {source.reason}"
            return Objection(guard=guard, reason=text, until=until)
    return None


def _act(draft: Draft, rung: Rung, action: Action) -> bool:
    """Intend the rung's first step, hold, or leave the rung; True where the climb stops."""
    index = draft.incident.rung
    tries = _tries(draft.incident, index)
    # A no that costs nothing is a no all the same: people would be asked for the same thing again.
    refused = bool(tries) and tries[-1].result is AttemptResult.REFUSED
    if refused or len(tries) >= rung.tries:
        times = "once" if len(tries) == 1 else f"{len(tries)} times"
        detail = "done" if action.inspects else f"tried {times}"
        draft.add(RungPassed(rung=index, action=action.name, detail=detail))
        return False
    step = action.all_steps[0]
    plan = draft.plan(action, rung, step)
    found = (*prechecks(plan), *objections(plan))
    if consent(plan) is Consent.NOT_ASKED and _only_a_yes_is_missing(plan, found):
        found = ask_people(draft, rung, action, step)
    if any(one.until is None for one in found):
        reasons = tuple(f"{one.guard}: {one.reason}" for one in found)
        draft.add(RungSkipped(rung=index, action=action.name, reasons=reasons))
        return False
    if found:
        hold(draft, action, found)
        return True
    intend(draft, rung, action, step)
    return True


def _only_a_yes_is_missing(plan: Plan, found: tuple[Objection, ...]) -> bool:
    """Whether people are worth asking: nothing stands in the way that time or a yes cannot lift."""
    mode = plan.policy.mode_of(plan.action.name)
    if mode not in {Mode.AUTO, Mode.APPROVE} or plan.incident.playbook.observe_only:
        return False
    if any(one.guard == "role" for one in found):
        return False
    return all(one.until is not None or one.guard == "approval" for one in found)


def ask_people(draft: Draft, rung: Rung, action: Action, step: StepName) -> tuple[Objection, ...]:
    """Ask for a yes to the rung, and return what objects from now on."""
    incident, policy = draft.incident, draft.policy
    asked = sum(one.kind is NoticeKind.APPROVAL for one in incident.notices) + 1
    key = f"{incident.id}-{NoticeKind.APPROVAL.value}-{asked}"
    until = draft.now + policy.approval_expires
    draft.add(
        ApprovalRequested(
            rung=incident.rung, action=action.name, key=key, until=until, needed=policy.approvers
        )
    )
    reason = f"{action.name} needs a person's approval until {until.isoformat()}"
    draft.notify(NoticeKind.APPROVAL, reason, str(asked))
    plan = draft.plan(action, rung, step)
    return (*prechecks(plan), *objections(plan))


def _tries(incident: Incident, index: int) -> list[Attempt]:
    # A lost step changed nothing: its rung may be entered again, as a new attempt, on the budget.
    # An inspection has no budget to bound it. How often a blocked one is tried is the role guard's.
    return [
        one
        for one in incident.attempts
        if (one.rung, one.cause, one.round) == (index, incident.cause, incident.round)
        and not (one.counts and one.result is AttemptResult.LOST)
        and one.result is not AttemptResult.BLOCKED
    ]


def _wait(draft: Draft, rung: Rung, action: Action) -> bool:
    """Wait as the rung says; True where the climb stops."""
    index, incident = draft.incident.rung, draft.incident
    if action.name == "wait_for_running_job":
        unknown = _unread(draft, "running_job")
        if unknown is not None:
            hold(draft, action, (unknown,))
            return True
        running = draft.picture.running_job(incident)
        if running is not None:
            if incident.waited_until is None:
                until = draft.soon(24 * 60)
                reason = f"job {running.key.job} is running"
                draft.add(WaitBegan(rung=index, action=action.name, until=until, reason=reason))
            draft.next_step_at(draft.soon(JOB_LOOK_MINUTES), f"job {running.key.job} is running")
            return True
    elif incident.waited_until is None:
        return _begin_wait(draft, rung, action)
    draft.add(RungPassed(rung=index, action=action.name, detail="done"))
    return False


def _begin_wait(draft: Draft, rung: Rung, action: Action) -> bool:
    index = draft.incident.rung
    until = draft.now + rung.wait
    reason = "as the ladder says"
    if action.name == "wait_for_schedule":
        run = draft.picture.next_run(draft.incident, draft.now)
        if run is None:
            draft.add(RungPassed(rung=index, action=action.name, detail="nothing is scheduled"))
            return False
        until, reason = run + RUN_TAKES, f"the next scheduled run is at {run.isoformat()}"
    if until <= draft.now:
        draft.add(RungPassed(rung=index, action=action.name, detail="done"))
        return False
    draft.add(WaitBegan(rung=index, action=action.name, until=until, reason=reason))
    draft.next_step_at(until, reason)
    return True


def _used_up(draft: Draft) -> str:
    incident = draft.incident
    title = incident.playbook.title
    if incident.playbook.cause_class is CauseClass.PEOPLE:
        return f"{title}: this is for people"
    blocked = AttemptResult.BLOCKED
    ours = (one for one in incident.attempts if one.counts and one.result is not blocked)
    tried = [one.action for one in ours if one.round == incident.round]
    if tried:
        return f"{title}: still failing after {', '.join(dict.fromkeys(tried))}"
    found = _in_the_way(draft) or ["nothing on its ladder is left"]
    return f"{title}: no fix may be tried: {'; '.join(found)}"


def _in_the_way(draft: Draft) -> list[str]:
    """Return what a person must look at, by name: what made this climb skip its rungs."""
    known = facts(draft.picture, draft.incident, draft.policy.restore_points)
    findings = draft.incident.findings
    named: list[str] = []
    if known.get("other_extension") == "failed":
        named.append(f"failed extensions: {findings.get('failed_extensions', 'not told')}")
    if known.get("lock") == "inherited":
        named.append(f"inherited locks: {findings.get('locks', 'not told')}")
    skipped = (one for one in draft.bodies if isinstance(one, RungSkipped))
    return named or [f"{one.action} ({', '.join(one.reasons)})" for one in skipped]

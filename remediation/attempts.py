"""An attempt on its way: judge the step in flight, take the next step, prove, end. Pure."""

from datetime import timedelta
from typing import assert_never

from remediation import pauses
from remediation.climb import hold, intend
from remediation.draft import Draft
from remediation.guardrails import objections
from remediation.incident import Attempt, AttemptResult, Objection, Step, StepName, StepState
from remediation.lock_finding import tell_owner
from remediation.messages import Absent, Done, Failed, Running, Unseen
from remediation.model import Diagnosis, Rung
from remediation.picture import facts
from remediation.plan import again
from remediation.prechecks import prechecks
from remediation.records import (
    AttemptEnded,
    CauseChanged,
    EvidenceCollected,
    FailureAttached,
    ProofLeftToSchedule,
    StepDone,
    StepLooked,
    StepSent,
    StepUncertain,
    StepWithdrawn,
)
from remediation.recovery import good
from remediation.repertoire import ACTIONS
from remediation.views import RUN_TAKES, Job, JobStatus

LOOK_MINUTES = 10
# Nothing of ours takes longer, but for a backup (watched to its end) and the clean-up of restore
# points.
GIVE_UP = {
    StepName.CLEAN_UP: timedelta(hours=10),
    # A look is worth less than the time of a machine without a backup.
    StepName.INSPECT_GUEST: timedelta(minutes=45),
    StepName.INSPECT_NETWORK: timedelta(minutes=45),
}
GIVE_UP_ELSE = timedelta(hours=3)
# How long an agent that was dead may take, after a reapply, to report Ready again beyond the rung's
# wait.
AGENT_PATIENCE = timedelta(minutes=30)
# A completed job whose point the vault does not list yet: so many looks, then it proves nothing.
POINT_LOOKS = 6
# A step that cannot be found was not taken, if two looks this far apart both say so.
ABSENT_MINUTES = 5
ABSENCES = 2
# A wake-up may come this much early.
EARLY = timedelta(minutes=1)


def end_attempt(draft: Draft, result: AttemptResult, detail: str) -> None:
    """End the attempt under way; a lock it waits for goes back."""
    attempt = draft.incident.attempt
    if attempt is None:
        return
    draft.add(AttemptEnded(attempt=attempt.number, result=result, detail=detail))
    draft.leave_duty()


def judge_step(draft: Draft) -> None:
    """Judge the step in flight by what its probe saw; the caller climbs where the attempt ended."""
    step = draft.incident.step
    if step is None:
        return
    match draft.picture.finding:
        case Running(detail=detail, look_after=look_after, handle=handle):
            _running(draft, step, detail, look_after, handle)
        case Done() as found:
            _done(draft, step, found)
        case Failed(reason=reason):
            _failed(draft, reason)
        case Absent(reason=reason):
            _absent(draft, step, reason)
        case Unseen() as unseen:
            _unseen(draft, step, unseen)
        case None:
            draft.next_step_at(draft.soon(5), f"{step.name} was not looked at")
        case _ as never:
            assert_never(never)


def _running(
    draft: Draft, step: Step, detail: str, look_after: timedelta | None, handle: str | None
) -> None:
    if _given_up(draft, step):
        limit = GIVE_UP.get(step.name, GIVE_UP_ELSE)
        _failed(draft, f"{step.name} has not ended after {limit}: {detail}")
        return
    which = step.attempt, step.name
    if step.state is not StepState.SENT:
        found = StepSent(attempt=which[0], step=which[1], handle=handle, detail="found by a look")
        draft.add(found)
    elif handle is not None and handle != step.handle:
        draft.add(StepLooked(attempt=which[0], step=which[1], detail=detail, handle=handle))
    at = draft.now + (look_after or timedelta(minutes=LOOK_MINUTES))
    if draft.incident.act_by is not None and draft.now > draft.incident.act_by:
        draft.next_step_at(at, f"{step.name} is running: {detail}")
    else:
        # The deadline asks for the next *permitted* step; this one is being taken.
        draft.wake(at, f"{step.name} is running: {detail}")


def _unseen(draft: Draft, step: Step, unseen: Unseen) -> None:
    reason, retry_after = unseen.reason, unseen.retry_after or timedelta(minutes=5)
    if _given_up(draft, step):
        # An operation's address lives for hours: nobody will ever see how this one ended.
        _failed(draft, f"{step.name} could not be looked at for too long: {reason}")
        return
    at = again(draft.now, retry_after, unseen.spread, draft.incident.id)
    draft.next_step_at(at, f"{step.name} could not be looked at: {reason}")


def _given_up(draft: Draft, step: Step) -> bool:
    limit = GIVE_UP.get(step.name, GIVE_UP_ELSE)
    return step.name is not StepName.BACKUP and draft.now - step.intended_at > limit


def _in_between(draft: Draft) -> bool:
    """Whether somebody looks before the time that was planned: a nudge brings no look forward."""
    wake = draft.incident.wake
    return wake is not None and draft.now < wake.at - EARLY


def _point_missing(draft: Draft, step: Step, detail: str) -> None:
    if step.looks and _in_between(draft):
        draft.resend()
        return
    if step.looks >= POINT_LOOKS:
        _failed(draft, f"{detail}, but no valid recovery point came of it")
        return
    draft.add(StepLooked(attempt=step.attempt, step=step.name, detail=f"{detail}; no point yet"))
    draft.wake(draft.soon(LOOK_MINUTES), "the recovery point is not listed yet")


def _done(draft: Draft, step: Step, found: Done) -> None:
    if step.name is StepName.BACKUP:
        _point_missing(draft, step, found.detail)
        return
    if found.facts or found.findings:
        draft.add(EvidenceCollected(findings=found.findings, facts=found.facts))
    step_done(draft, step, found.detail, undo=found.undo)


def step_done(draft: Draft, step: Step, detail: str, undo: str | None = None) -> None:
    """Record that the step took effect, and take the next one."""
    attempt = draft.incident.attempts[-1]
    action = ACTIONS[attempt.action]
    last = action.steps[-1:] == (step.name,)
    rung = draft.incident.playbook.ladder[attempt.rung] if _same_ladder(draft, attempt) else None
    settle = draft.now + rung.wait if last and action.acts and rung is not None else None
    draft.add(
        StepDone(
            attempt=step.attempt, step=step.name, detail=detail, settle_until=settle, undo=undo
        )
    )
    tell_owner(draft, step)
    if last and action.inspects:
        end_attempt(draft, AttemptResult.DONE, detail)
    else:
        advance_attempt(draft)


def _failed(draft: Draft, reason: str) -> None:
    end_attempt(draft, AttemptResult.FAILED, reason)
    failure, diagnosis = draft.picture.own_failure, draft.picture.diagnosis
    if failure is not None:
        draft.add(FailureAttached(failure=failure))
    if diagnosis is not None:
        follow_cause(draft, diagnosis)


def follow_cause(draft: Draft, diagnosis: Diagnosis) -> bool:
    """Go on with the ladder of another cause, on the same budget; unknown is no other cause."""
    if diagnosis.cause == draft.incident.cause or diagnosis.matched_by == "none":
        return False
    draft.add(
        CauseChanged(
            playbook=diagnosis.playbook,
            code=diagnosis.code,
            number=diagnosis.number,
            message=diagnosis.message,
            matched_by=diagnosis.matched_by,
            confidence=diagnosis.confidence,
        )
    )
    return True


def _absent(draft: Draft, step: Step, reason: str) -> None:
    if step.absences and _in_between(draft):
        draft.resend()
        return
    draft.add(
        StepUncertain(
            attempt=step.attempt, step=step.name, reason=reason or "nothing found", absent=True
        )
    )
    if step.absences + 1 < ABSENCES:
        draft.wake(draft.soon(ABSENT_MINUTES), f"look once more whether {step.name} happened")
        return
    reason = f"{step.name} never arrived: {reason}"
    if step.name is StepName.BACKUP and draft.incident.attempts[-1].steps_done:
        # What was done stays done: it is not done again, still less undone, for want of its proof.
        leave_proof(draft, step, reason)
    else:
        end_attempt(draft, AttemptResult.LOST, reason)


def leave_proof(draft: Draft, step: Step, reason: str) -> None:
    """Let the next scheduled backup judge the repair: none of our own was sent."""
    draft.add(StepWithdrawn(attempt=step.attempt, step=step.name, reason=reason))
    draft.add(ProofLeftToSchedule(attempt=step.attempt, reasons=(reason,)))
    run = draft.picture.next_run(draft.incident, draft.now) or draft.soon(24 * 60)
    draft.next_step_at(run + RUN_TAKES, reason)


def advance_attempt(draft: Draft) -> None:
    """Take the attempt's next step, wait for it, or leave the proof to the schedule."""
    attempt = draft.incident.attempt
    if attempt is None:
        return
    if draft.incident.judged_by_schedule:
        _judge_by_schedule(draft, attempt)
        return
    settle = draft.incident.settle_until
    if settle is not None and draft.now < settle:
        draft.next_step_at(settle, f"give {attempt.action} time to take effect")
    elif _took_effect(draft, attempt):
        _next_step(draft, attempt)


def _next_step(draft: Draft, attempt: Attempt) -> None:
    action = ACTIONS[attempt.action]
    following = next(one for one in action.all_steps if one not in attempt.steps_done)
    # The rung's conditions were met when it was entered; its waits and needs are all behind it.
    rung = Rung(do=attempt.action)
    plan = draft.plan(action, rung, following)
    found = (*prechecks(plan), *objections(plan))
    if following is StepName.CLEAN_UP and _lock_is_back(draft, attempt):
        end_attempt(draft, AttemptResult.ABANDONED, "the lock was put back before the clean-up")
    elif _paused_without_lock(attempt, following, found):
        reason = "paused while a lock is away: the lock goes back"
        end_attempt(draft, AttemptResult.ABANDONED, reason)
    # Putting a lock back is a duty, no guard holds it up.
    elif not found or following is StepName.RESTORE_LOCK:
        intend(draft, rung, action, following)
    elif following is StepName.BACKUP:
        _proof_held(draft, attempt, found)
    elif action.inspects or any(one.until is None for one in found):
        end_attempt(draft, AttemptResult.ABANDONED, "; ".join(one.reason for one in found))
    else:
        hold(draft, action, found)


def _paused_without_lock(
    attempt: Attempt, following: StepName, found: tuple[Objection, ...]
) -> bool:
    """Whether a pause would leave a lock away for as long as it lasts."""
    away = StepName.REMOVE_LOCK in attempt.steps_done
    away = away and not {following, *attempt.steps_done} & {StepName.RESTORE_LOCK}
    return away and any(one.guard == pauses.GUARD for one in found)


def _lock_is_back(draft: Draft, attempt: Attempt) -> bool:
    """Whether the lock that was taken away for the clean-up went back while that was held."""
    if StepName.REMOVE_LOCK not in attempt.steps_done or draft.incident.hold is None:
        return False
    if not isinstance(draft.picture.locks, tuple):
        return False
    mine = (draft.incident.id, attempt.number)
    holders = [one for duty in draft.picture.duties if duty.away for one in duty.holders]
    return all((one.incident, one.attempt) != mine for one in holders)


def _took_effect(draft: Draft, attempt: Attempt) -> bool:
    """Whether a repaired agent reports again.

    A backup of a machine whose agent is dead proves nothing.
    """
    now_is = facts(draft.picture, draft.incident, draft.policy.restore_points).get("agent")
    settle = draft.incident.settle_until
    # Without a time nothing is to be waited for: the reapply is not sent yet (Azure was busy), or
    # the agent was back already when the proof was begun.
    if attempt.action != "reapply_vm" or now_is != "not_ready" or settle is None:
        return True
    if draft.now < settle + AGENT_PATIENCE:
        draft.next_step_at(draft.soon(LOOK_MINUTES), f"the agent is still {now_is}")
    else:
        end_attempt(draft, AttemptResult.FAILED, f"the agent is still {now_is}")
    return False


def _same_ladder(draft: Draft, attempt: Attempt) -> bool:
    return attempt.cause == draft.incident.cause


def _proof_held(draft: Draft, attempt: Attempt, found: tuple[Objection, ...]) -> None:
    run = draft.picture.next_run(draft.incident, draft.now)
    lifts = (
        None
        if any(one.until is None for one in found)
        else max(one.until for one in found if one.until)
    )
    if lifts is not None and (run is None or lifts < run):
        hold(draft, ACTIONS[attempt.action], found)
    elif run is not None:
        reasons = tuple(f"{one.guard}: {one.reason}" for one in found)
        draft.add(ProofLeftToSchedule(attempt=attempt.number, reasons=reasons))
        draft.next_step_at(run + RUN_TAKES, "the next scheduled backup judges the repair")
    else:
        reasons_text = "; ".join(one.reason for one in found)
        end_attempt(draft, AttemptResult.ABANDONED, f"cannot be proved: {reasons_text}")


def _judge_by_schedule(draft: Draft, attempt: Attempt) -> None:
    # A clean-up backup of our own is meant to fail, and a job that a person cancelled says nothing.
    jobs = [
        job
        for job in draft.picture.jobs(draft.incident)
        if job.started > attempt.acted_at
        and (job.activity_id or "").lower() not in attempt.request_ids
        and job.status not in {JobStatus.CANCELLING, JobStatus.CANCELLED}
    ]
    if any(job.running for job in jobs):
        draft.next_step_at(draft.soon(LOOK_MINUTES * 2), "the scheduled backup is running")
    elif any(good(job) and _fresh(draft, job) for job in jobs):
        draft.next_step_at(draft.soon(LOOK_MINUTES), "the recovery point is not listed yet")
    elif jobs:
        end_attempt(draft, AttemptResult.FAILED, f"job {jobs[-1].key.job} did not cure it")
    else:
        run = draft.picture.next_run(draft.incident, draft.now)
        at = (run + RUN_TAKES) if run else draft.soon(24 * 60)
        draft.next_step_at(at, "no scheduled backup has run since")


def _fresh(draft: Draft, job: Job) -> bool:
    # A point is listed some minutes after its job; later than this it will not come.
    return job.ended is not None and draft.now - job.ended < RUN_TAKES

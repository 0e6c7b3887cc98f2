"""Decide: every transition of an incident. Pure: events in, records and commands out.

1. An effect is commanded only together with the record of its intent, and never without it.
2. Every decision that changes an open incident's plan ends by committing the one wake-up that
   counts; whoever comes with another number is late and is ignored.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import assert_never

from remediation.attempts import advance_attempt, end_attempt, follow_cause, judge_step, step_done
from remediation.climb import climb
from remediation.draft import REMINDERS, Draft, Situation
from remediation.incident import (
    AttemptResult,
    Incident,
    NoticeKind,
    Phase,
    Status,
    StepName,
    StepState,
)
from remediation.messages import (
    Decision,
    Done,
    Event,
    Failed,
    FailureSeen,
    NoticeAnswered,
    Performed,
    Publish,
    Refused,
    Retriggered,
    Running,
    Succeeded,
    Transient,
    Unknown,
    Woken,
)
from remediation.picture import Picture, described, excluded
from remediation.records import (
    EvidenceCollected,
    FailureAttached,
    IncidentEnded,
    IncidentOpened,
    IncidentReopened,
    IncidentRetriggered,
    NoticeSent,
    ProofLeftToSchedule,
    StepSent,
    StepUncertain,
    StepWithdrawn,
)
from remediation.recovery import proof
from remediation.views import RUN_TAKES, Gone

# First look at a step that Azure took, where the answer itself does not say when.
FIRST_LOOK = timedelta(minutes=2)
# Another operation is under way: that is no failed attempt, only bad timing.
BUSY = frozenset({"usererrorbackupoperationinprogress", "systembackupoperationinprogress", "busy"})
# Azure Backup allows no further on-demand backup of this item today; the second is spelt so [sic].
NO_MORE_TODAY = frozenset({"clouddosabsolutelimitreached", "clouddostimeboudlimitreached"})


def decide(situation: Situation, event: Event) -> Decision:
    """Return the records to commit and the commands to carry out after the commit."""
    name = event.incident if isinstance(event, FailureSeen) else ""
    draft = Draft(situation, situation.incident.id if situation.incident else name)
    match event:
        case FailureSeen():
            _failure(draft, event)
        case Woken():
            _woken(draft, event)
        case Performed():
            _performed(draft, event)
        case Retriggered():
            _retriggered(draft, event)
        case NoticeAnswered():
            _notice_answered(draft, event)
        case _ as never:
            assert_never(never)
    return draft.decision()


def _notice_answered(draft: Draft, event: NoticeAnswered) -> None:
    if draft.incident.ending is not None:
        return
    if isinstance(event.outcome, Succeeded):
        draft.add(NoticeSent(key=event.key, detail=event.outcome.detail or ""))
    elif draft.incident.step is None:
        draft.tell_again(event.key)


# ---------------------------------------------------------------- a failure


def _failure(draft: Draft, event: FailureSeen) -> None:
    if draft.folded is None:
        _open(draft, event)
    elif draft.incident.ending is not None:
        _reopen(draft, event)
    elif all(one.job != event.failure.job for one in draft.incident.failures):
        _attach(draft, event)


def _open(draft: Draft, event: FailureSeen) -> None:
    diagnosis, objective = event.diagnosis, draft.policy.objective - draft.policy.margin
    draft.add(
        IncidentOpened(
            incident=event.incident,
            item=event.item,
            protected=event.protected,
            door=event.door,
            failure=event.failure,
            playbook=diagnosis.playbook,
            matched_by=diagnosis.matched_by,
            confidence=diagnosis.confidence,
            act_by=(event.baseline.time if event.baseline else draft.now) + objective,
            baseline=event.baseline,
            by=event.by,
            because=event.because,
        )
    )
    _note_evidence(draft)
    if event.void is not None:
        end(draft, Status.CLOSED, event.void)
    elif (found := proof(draft.incident, draft.picture)) is not None:
        reason = f"already followed by {found.reason}"
        end(draft, Status.CLOSED, reason, point=found.point.time, point_id=found.point.id)
    elif not _settled(draft):
        climb(draft)


def _reopen(draft: Draft, event: FailureSeen) -> None:
    past = draft.history.last
    point = draft.incident.ending.point if draft.incident.ending else None
    objective = draft.policy.objective - draft.policy.margin
    draft.add(
        IncidentReopened(
            failure=event.failure,
            rung=past.rung if past else 0,
            act_by=(point or draft.now) + objective,
        )
    )
    _note_evidence(draft)
    if event.void is not None:
        end(draft, Status.CLOSED, event.void)
    elif not _settled(draft):
        climb(draft)


def _attach(draft: Draft, event: FailureSeen) -> None:
    draft.add(FailureAttached(failure=event.failure))
    if event.void is not None or draft.incident.step is not None:
        return
    attempt = draft.incident.attempt
    if attempt is not None:
        # A foreign failure judges a rung only if its job started after the rung's action.
        if event.failure.started <= attempt.acted_at or not draft.incident.judged_by_schedule:
            return
        end_attempt(draft, AttemptResult.FAILED, f"job {event.failure.job.job} failed after it")
        follow_cause(draft, event.diagnosis)
        _go_on_after(draft)
    elif follow_cause(draft, event.diagnosis):
        _go_on_after(draft)


# ---------------------------------------------------------------- a wake-up


def _woken(draft: Draft, event: Woken) -> None:
    incident = draft.incident
    if incident.ending is not None or incident.wake is None or event.number != incident.wake.number:
        return
    for notice in incident.notices:
        if not notice.sent:
            draft.command(Publish(key=notice.key))
    if _early(draft, incident):
        draft.resend()
        return
    _note_evidence(draft)
    if not _settled(draft):
        _go_on(draft)


def _go_on(draft: Draft) -> None:
    _remind(draft)
    incident = draft.incident
    if incident.step is not None:
        judge_step(draft)
    elif incident.attempt is not None:
        advance_attempt(draft)
    elif incident.phase is Phase.RESTING:
        draft.await_people()
    _go_on_after(draft)


def _go_on_after(draft: Draft) -> None:
    """Climb where no attempt is under way, unless what was seen settles it without."""
    if draft.incident.attempt is not None or draft.incident.phase is Phase.RESTING:
        return
    if not _settled(draft):
        climb(draft)


def _early(draft: Draft, incident: Incident) -> bool:
    # Nobody but the worker that intended a step may touch it before its time is up.
    step = incident.step
    return step is not None and step.state is StepState.INTENDED and draft.now < step.take_over_at


def _remind(draft: Draft) -> None:
    escalation = draft.incident.escalation
    if escalation is None or escalation.reminders >= len(REMINDERS):
        return
    due = escalation.at + REMINDERS[escalation.reminders] * draft.policy.objective
    if draft.now >= due:
        which = f"{draft.stretch}-{escalation.reminders + 1}"
        draft.notify(NoticeKind.REMINDER, escalation.reason, which)


def _settled(draft: Draft) -> bool:
    """End or hand over what needs no ladder: recovered, excluded, the machine gone."""
    incident, picture = draft.incident, draft.picture
    found = proof(incident, picture)
    if found is not None and not _in_doubt(incident, picture):
        end(draft, found.status, found.reason, point=found.point.time, point_id=found.point.id)
        return True
    if incident.step is not None:
        return False
    tags = picture.tags
    policy = draft.policy
    if isinstance(tags, Mapping) and excluded(tags, policy.exclusion_tag, policy.exclusion_value):
        end(draft, Status.CLOSED, f"excluded by the tag {policy.exclusion_tag}")
        return True
    if isinstance(picture.machine, Gone) and incident.phase is not Phase.RESTING:
        if incident.attempt is not None:
            end_attempt(draft, AttemptResult.ABANDONED, "the machine does not exist")
        draft.escalate("the machine does not exist any more: create it again or stop protection")
        return True
    return False


def _in_doubt(incident: Incident, picture: Picture) -> bool:
    # An effect whose outcome nobody knows is looked for first, also when a point has appeared.
    step = incident.step
    if step is None or step.state is StepState.SENT:
        return False
    return not isinstance(picture.finding, Running | Done | Failed)


def end(
    draft: Draft,
    status: Status,
    reason: str,
    *,
    point: datetime | None = None,
    point_id: str | None = None,
) -> None:
    """End the incident: the attempt under way, a lock that is away, and people who were told."""
    if draft.incident.attempt is not None:
        recovered = status is not Status.CLOSED
        result = AttemptResult.CURED if recovered else AttemptResult.ABANDONED
        end_attempt(draft, result, reason)
    if _people_were_told(draft.incident):
        draft.notify(NoticeKind.RESOLVED, reason, draft.stretch)
    elif status is Status.RECOVERED_DEGRADED:
        # Nobody was called for, and yet the machine is protected worse than it was.
        draft.notify(NoticeKind.FINDING, reason, draft.stretch)
    draft.add(IncidentEnded(status=status, reason=reason, point=point, point_id=point_id))


def _people_were_told(incident: Incident) -> bool:
    """Whether an escalation stands open with people, also one that a re-trigger has taken up."""
    told = [
        one.kind
        for one in incident.notices
        if one.kind in {NoticeKind.ESCALATED, NoticeKind.RESOLVED}
    ]
    return told[-1:] == [NoticeKind.ESCALATED]


def _note_evidence(draft: Draft) -> None:
    found = described(draft.picture, draft.incident, draft.policy.restore_points)
    news = {name: text for name, text in found.items() if draft.incident.findings.get(name) != text}
    if news:
        draft.add(EvidenceCollected(findings=news))


# ---------------------------------------------------------------- an answer


def _performed(draft: Draft, event: Performed) -> None:
    step = draft.incident.step
    if step is None or (step.attempt, step.name) != (event.attempt, event.step):
        return
    which = {"attempt": step.attempt, "step": step.name}
    match event.outcome:
        case Succeeded() as answer:
            detail = answer.detail or ""
            draft.add(StepSent(handle=answer.handle, detail=detail, **which))  # type: ignore[arg-type]
            # A backup is proved by its point alone, whatever the answer says.
            if answer.done and step.name is not StepName.BACKUP:
                step_done(draft, step, detail)
                _go_on_after(draft)
            else:
                at = draft.now + (answer.look_after or FIRST_LOOK)
                draft.wake(at, f"see how {step.name} goes")
        case Unknown(reason=reason):
            draft.add(StepUncertain(reason=reason, **which))  # type: ignore[arg-type]
            # The call itself is over; only what it may have begun is still to be seen.
            draft.wake(draft.now + FIRST_LOOK, f"look whether {step.name} happened")
        case Transient(reason=reason, retry_after=retry_after):
            draft.add(StepWithdrawn(reason=reason, **which))  # type: ignore[arg-type]
            draft.next_step_at(draft.now + (retry_after or timedelta(minutes=5)), reason)
        case Refused(reason=reason, code=code):
            _refused(draft, reason, (code or "").lower())
        case _ as never:
            assert_never(never)


def _refused(draft: Draft, reason: str, code: str) -> None:
    step = draft.incident.step
    if step is None:
        return
    if code in BUSY:
        draft.add(StepWithdrawn(attempt=step.attempt, step=step.name, reason=reason))
        draft.next_step_at(draft.soon(15), reason)
    elif code in NO_MORE_TODAY and step.name is StepName.BACKUP:
        draft.add(StepWithdrawn(attempt=step.attempt, step=step.name, reason=reason))
        draft.add(ProofLeftToSchedule(attempt=step.attempt, reasons=(reason,)))
        run = draft.picture.next_run(draft.incident, draft.now) or draft.soon(24 * 60)
        draft.next_step_at(run + RUN_TAKES, reason)
    else:
        acted = bool(draft.incident.attempts[-1].steps_done)
        draft.add(StepWithdrawn(attempt=step.attempt, step=step.name, reason=reason))
        # What was refused costs nothing; an action that was taken and cannot be proved does.
        end_attempt(draft, AttemptResult.ABANDONED if acted else AttemptResult.REFUSED, reason)
        draft.wake(draft.now, "the next rung")


# ---------------------------------------------------------------- a person


def _retriggered(draft: Draft, event: Retriggered) -> None:
    if draft.incident.step is not None or draft.incident.attempt is not None:
        return
    draft.add(IncidentRetriggered(by=event.by, reason=event.reason))
    _note_evidence(draft)
    if not _settled(draft):
        climb(draft)

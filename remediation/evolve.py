"""Evolve: state is the fold of the records. Pure; every record body has exactly one case.

``evolve`` takes an incident (None before its first record) and a record. What outlives an incident
is folded by ``remember``.
"""

from dataclasses import replace
from typing import assert_never

from remediation.approval import Answer, Approval
from remediation.incident import (
    Attempt,
    AttemptResult,
    Ending,
    Escalation,
    Hold,
    Incident,
    Notice,
    NoticeKind,
    Phase,
    StepName,
    StepState,
)
from remediation.records import (
    ApprovalAnswered,
    ApprovalRequested,
    AttemptEnded,
    CauseChanged,
    Escalated,
    EvidenceCollected,
    FailureAttached,
    Held,
    IncidentEnded,
    IncidentOpened,
    IncidentReopened,
    IncidentRetriggered,
    NoticeQueued,
    NoticeSent,
    ProofLeftToSchedule,
    Record,
    RungPassed,
    RungSkipped,
    StepDone,
    StepIntended,
    StepLooked,
    StepSent,
    StepUncertain,
    StepWithdrawn,
    WaitBegan,
    WakeCommitted,
)

# A head stays far below Azure's 64 KiB a property: thirty nights are kept whole, older ones
# counted.
FAILURES_KEPT = 30


def evolve(incident: Incident | None, record: Record) -> Incident:
    """Return the incident after the record; raises ValueError where none is open to fold into."""
    if incident is None:
        if isinstance(record.body, IncidentOpened):
            return _counted(_opened(record.body, record), record)
        text = f"the first record of an incident opens it, not {type(record.body).__name__}"
        raise ValueError(text)
    return _counted(_folded(incident, record), record)


def _counted(incident: Incident, record: Record) -> Incident:
    kinds = incident.kinds | {type(record.body).__name__}
    return replace(incident, records=record.sequence, kinds=kinds)


def _opened(body: IncidentOpened, record: Record) -> Incident:
    return Incident(
        id=body.incident,
        item=body.item,
        protected=body.protected,
        opened_at=record.at,
        door=body.door,
        playbook=body.playbook,
        code=body.failure.code,
        number=body.failure.number,
        message=body.failure.message,
        matched_by=body.matched_by,
        failures=(body.failure,),
        failures_seen=1,
        act_by=body.act_by,
        baseline=body.baseline,
    )


def _folded(  # noqa: C901, PLR0912 - one case a record: the whole fold on one page
    incident: Incident, record: Record
) -> Incident:
    match record.body:
        case IncidentReopened() as body:
            seen = replace(incident, failures=(*incident.failures, body.failure)[-FAILURES_KEPT:])
            return replace(
                seen,
                failures_seen=incident.failures_seen + 1,
                phase=Phase.ASSESSING,
                rung=body.rung,
                act_by=body.act_by,
                escalation=None,
                ending=None,
                hold=None,
                approval=None,
                inspected={},
                reopened=incident.reopened + 1,
            )
        case FailureAttached(failure=failure):
            failures = (*incident.failures, failure)[-FAILURES_KEPT:]
            return replace(incident, failures=failures, failures_seen=incident.failures_seen + 1)
        case CauseChanged() as body:
            return replace(
                incident,
                playbook=body.playbook,
                code=body.code,
                number=body.number,
                message=body.message,
                matched_by=body.matched_by,
                rung=0,
                phase=Phase.ASSESSING,
                waited_until=None,
                hold=None,
                approval=None,
            )
        case EvidenceCollected(findings=findings, facts=facts):
            return replace(
                incident,
                findings={**incident.findings, **findings},
                inspected={**incident.inspected, **facts},
            )
        case RungSkipped(rung=rung) | RungPassed(rung=rung):
            return replace(incident, rung=rung + 1, waited_until=None, hold=None, approval=None)
        case WaitBegan(until=until):
            return replace(incident, phase=Phase.WAITING, waited_until=until, hold=None)
        case Held(action=action, objections=objections, until=until):
            hold = Hold(action=action, objections=objections, until=until)
            return replace(incident, phase=Phase.WAITING, hold=hold)
        case ApprovalRequested() as body:
            return replace(incident, approval=_asked(body, record))
        case ApprovalAnswered() as body:
            return replace(incident, approval=_answered(incident.approval, body, record))
        case StepIntended() as body:
            return _intended(incident, body, record)
        case StepSent(handle=handle):
            step = incident.step and replace(
                incident.step,
                state=StepState.SENT,
                sent_at=incident.step.sent_at or record.at,
                handle=handle or incident.step.handle,
                absences=0,
            )
            return replace(incident, step=step)
        case StepUncertain(absent=absent):
            step = incident.step and replace(
                incident.step,
                state=StepState.UNKNOWN,
                absences=incident.step.absences + (1 if absent else 0),
            )
            return replace(incident, step=step)
        case StepLooked(handle=handle):
            step = incident.step and replace(
                incident.step,
                looks=incident.step.looks + 1,
                handle=handle or incident.step.handle,
            )
            return replace(incident, step=step)
        case StepDone(step=name, settle_until=settle_until, undo=undo):
            done = _with_attempt(incident, steps_done=name, undo=undo)
            return replace(done, step=None, settle_until=settle_until, phase=Phase.PROVING)
        case StepWithdrawn():
            return replace(incident, step=None, phase=Phase.WAITING)
        case ProofLeftToSchedule():
            return replace(incident, judged_by_schedule=True, phase=Phase.PROVING, hold=None)
        case AttemptEnded() as body:
            return _attempt_ended(incident, body, record)
        case Escalated(reason=reason, ladder_goes_on=goes_on):
            escalation = Escalation(at=record.at, reason=reason, ladder_goes_on=goes_on)
            if incident.escalation is not None:
                escalation = replace(incident.escalation, reason=reason, ladder_goes_on=goes_on)
            phase = incident.phase if goes_on else Phase.RESTING
            return replace(incident, escalation=escalation, phase=phase)
        case NoticeQueued(key=key, kind=kind, reason=reason):
            notice = Notice(key=key, kind=kind, reason=reason, at=record.at)
            told = replace(incident, notices=(*incident.notices, notice))
            if kind is NoticeKind.REMINDER and told.escalation is not None:
                reminders = told.escalation.reminders + 1
                told = replace(told, escalation=replace(told.escalation, reminders=reminders))
            return told
        case NoticeSent(key=key):
            notices = tuple(
                replace(one, sent=True) if one.key == key else one for one in incident.notices
            )
            return replace(incident, notices=notices)
        case IncidentRetriggered(by=by):
            return replace(
                incident,
                round=incident.round + 1,
                retriggered_by=by,
                rung=0,
                phase=Phase.ASSESSING,
                waited_until=None,
                hold=None,
                escalation=None,
                approval=None,
                inspected={},
            )
        case IncidentEnded() as body:
            ending = Ending(
                status=body.status,
                at=record.at,
                reason=body.reason,
                point=body.point,
                by=body.by,
            )
            over = replace(incident, ending=ending, step=None, hold=None, waited_until=None)
            return replace(over, approval=None)
        case WakeCommitted(wake=wake):
            return replace(incident, wake=wake)
        case IncidentOpened():
            text = "an incident is opened once"
            raise ValueError(text)
        case _ as never:
            assert_never(never)


def _asked(body: ApprovalRequested, record: Record) -> Approval:
    return Approval(
        key=body.key,
        rung=body.rung,
        action=body.action,
        asked_at=record.at,
        until=body.until,
        needed=body.needed,
    )


def _answered(approval: Approval | None, body: ApprovalAnswered, record: Record) -> Approval | None:
    if approval is None or approval.key != body.key:
        return approval
    answer = Answer(by=body.by, reason=body.reason, yes=body.yes, at=record.at)
    return replace(approval, answers=(*approval.answers, answer), until=body.until)


def _intended(incident: Incident, body: StepIntended, record: Record) -> Incident:
    step = body.step
    attempts = incident.attempts
    if incident.attempt is None:
        begun = Attempt(
            number=step.attempt,
            rung=body.rung,
            action=body.action,
            cause=body.cause,
            round=incident.round,
            acted_at=record.at,
            counts=body.counts,
        )
        attempts = (*attempts, begun)
    # A step that was withdrawn and is intended again keeps its request id: nothing had been sent.
    newest = attempts[-1]
    known = tuple(dict.fromkeys((*newest.request_ids, step.request_id)))
    permit, partners = body.permit or newest.permit, (*newest.partners, *body.partners)
    begun = replace(
        newest, request_ids=known, permit=permit, partners=tuple(dict.fromkeys(partners))
    )
    attempts = (*attempts[:-1], begun)
    phase = Phase.PROVING if step.name is StepName.BACKUP else Phase.ACTING
    return replace(
        incident, attempts=attempts, step=step, phase=phase, hold=None, settle_until=None
    )


def _with_attempt(incident: Incident, *, steps_done: StepName, undo: str | None) -> Incident:
    attempt = incident.attempts[-1]
    done = replace(attempt, steps_done=(*attempt.steps_done, steps_done), undo=undo or attempt.undo)
    return replace(incident, attempts=(*incident.attempts[:-1], done))


def _attempt_ended(incident: Incident, body: AttemptEnded, record: Record) -> Incident:
    attempts = tuple(
        replace(one, ended_at=record.at, result=body.result, detail=body.detail)
        if one.number == body.attempt
        else one
        for one in incident.attempts
    )
    # A lost step may be tried again as a new attempt; every other verdict is final for the rung
    # unless the ladder gives it more tries, which ``decide`` counts from the attempts.
    return replace(
        incident,
        attempts=attempts,
        step=None,
        settle_until=None,
        judged_by_schedule=False,
        phase=Phase.ASSESSING,
        # A yes to what could not be tried for want of a role holds until it expires.
        approval=incident.approval if body.result is AttemptResult.BLOCKED else None,
    )

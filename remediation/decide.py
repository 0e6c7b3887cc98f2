"""Decide: every transition of an incident. Pure: events in, records and commands out.

1. An effect is commanded only together with the record of its intent, and never without it.
2. Every decision that changes an open incident's plan ends by committing the one wake-up that
   counts; whoever comes with another number is late and is ignored.
"""

from collections.abc import Mapping
from typing import assert_never

from remediation.answers import hear
from remediation.attempts import advance_attempt, end_attempt, follow_cause, judge_step
from remediation.climb import climb, held_back
from remediation.draft import REMINDERS, Draft, Situation
from remediation.endings import end, go_on, settled
from remediation.evidence import described
from remediation.incident import (
    AttemptResult,
    NoticeKind,
    Phase,
    Status,
)
from remediation.messages import (
    Answered,
    ClosedByPerson,
    Decision,
    Event,
    FailureSeen,
    NoticeAnswered,
    Nudged,
    Performed,
    Publish,
    Retriggered,
    Succeeded,
    Woken,
)
from remediation.persons import being_sent, closed, nudged
from remediation.records import (
    ApprovalAnswered,
    EvidenceCollected,
    FailureAttached,
    IncidentOpened,
    IncidentReopened,
    IncidentRetriggered,
    NoticeSent,
)
from remediation.recovery import proof
from remediation.urgency import CRITICALITY


def decide(situation: Situation, event: Event) -> Decision:  # noqa: C901 - one case an event
    """Return the records to commit and the commands to carry out after the commit."""
    name = event.incident if isinstance(event, FailureSeen) else ""
    draft = Draft(situation, situation.incident.id if situation.incident else name)
    match event:
        case FailureSeen():
            _failure(draft, event)
        case Woken():
            _woken(draft, event)
        case Performed():
            hear(draft, event)
        case Retriggered():
            _retriggered(draft, event)
        case Answered():
            _answered(draft, event)
        case Nudged():
            nudged(draft, event)
        case ClosedByPerson():
            closed(draft, event)
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
    diagnosis, last = event.diagnosis, event.baseline
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
            act_by=draft.act_by(event.item, last.time if last else None),
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
    elif not settled(draft):
        climb(draft)


def _reopen(draft: Draft, event: FailureSeen) -> None:
    past = draft.history.last
    point = draft.incident.ending.point if draft.incident.ending else None
    draft.add(
        IncidentReopened(
            failure=event.failure,
            rung=past.rung if past else 0,
            act_by=draft.act_by(event.item, point),
        )
    )
    _note_evidence(draft)
    if event.void is not None:
        end(draft, Status.CLOSED, event.void)
    elif not settled(draft):
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
        go_on(draft)
    elif follow_cause(draft, event.diagnosis):
        go_on(draft)


# ---------------------------------------------------------------- a wake-up


def _woken(draft: Draft, event: Woken) -> None:
    incident = draft.incident
    if incident.ending is not None or incident.wake is None or event.number != incident.wake.number:
        return
    for notice in incident.notices:
        if not notice.sent:
            draft.command(Publish(key=notice.key))
    if being_sent(draft, incident):
        draft.resend()
        return
    _note_evidence(draft)
    if not settled(draft):
        _go_on(draft)


def _go_on(draft: Draft) -> None:
    _remind(draft)
    if held_back(draft):
        return
    incident = draft.incident
    if incident.step is not None:
        judge_step(draft)
    elif incident.attempt is not None:
        advance_attempt(draft)
    elif incident.phase is Phase.RESTING:
        draft.await_people()
    go_on(draft)


def _remind(draft: Draft) -> None:
    escalation = draft.incident.escalation
    if escalation is None or escalation.reminders >= len(REMINDERS):
        return
    due = escalation.at + REMINDERS[escalation.reminders] * draft.policy.objective
    if draft.now >= due:
        which = f"{draft.stretch}-{escalation.reminders + 1}"
        draft.notify(NoticeKind.REMINDER, escalation.reason, which)


def _note_evidence(draft: Draft) -> None:
    found = described(draft.picture, draft.incident, draft.policy.restore_points)
    tags = draft.picture.tags
    if isinstance(tags, Mapping):
        told = tags.get(draft.policy.criticality_tag.lower(), "")
        if told or CRITICALITY in draft.incident.findings:
            # By it people and the order of work tell what goes first.
            found[CRITICALITY] = told or "not told"
    news = {name: text for name, text in found.items() if draft.incident.findings.get(name) != text}
    if news:
        draft.add(EvidenceCollected(findings=news))


# ---------------------------------------------------------------- a person


def _retriggered(draft: Draft, event: Retriggered) -> None:
    if draft.incident.step is not None or draft.incident.attempt is not None:
        return
    draft.add(IncidentRetriggered(by=event.by, reason=event.reason))
    _note_evidence(draft)
    if not settled(draft):
        climb(draft)


def _answered(draft: Draft, event: Answered) -> None:
    """Fold in a person's yes or no; what was asked is looked at anew, with everything it needs."""
    asked = draft.incident.approval
    if asked is None or asked.key != event.key or asked.answered_by(event.by):
        return
    if draft.incident.ending is not None or draft.now >= asked.until:
        return
    last = event.yes and asked.missing == 1
    until = draft.now + draft.policy.approval_holds if last else asked.until
    draft.add(
        ApprovalAnswered(
            key=event.key, by=event.by, reason=event.reason, yes=event.yes, until=until
        )
    )
    _note_evidence(draft)
    go_on(draft)

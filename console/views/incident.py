"""An incident as the API answers it: a line of the list, and the whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Self

from console.views.ladder import RungView, ladder
from console.views.why import Reason, Why, held, why
from console.views.wording import action
from remediation.advice import advice
from remediation.bundle import approving, told
from remediation.incident import Attempt, Failure, Incident, Status
from remediation.moments import shortened
from remediation.records import Record
from remediation.repertoire import ACTIONS

PORTAL = "https://portal.azure.com/#resource"


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where on its ladder an incident stands: rung ``at`` (from 1) of ``rungs``, and its action."""

    at: int
    rungs: int
    action: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentLine:
    """An incident in a list. ``item`` and ``vault`` are ARM ids, ``vm`` is the machine's name.

    ``asks``: the action that waits for a person's yes. ``held``: the guards that hold it back,
    beside the one that ``summary`` tells of.
    """

    id: str
    item: str
    vm: str
    vault: str
    status: Status
    open: bool
    cause: str
    title: str
    code: str | None
    number: int | None
    opened_at: datetime
    ended_at: datetime | None
    act_by: datetime | None
    door: str
    failure_count: int
    attempt_count: int
    position: Position
    summary: str
    held: tuple[Reason, ...]
    looked_at_again: datetime | None
    asks: str | None

    @classmethod
    def of(cls, incident: Incident) -> Self:
        """Return an incident's line."""
        explained, asked = why(incident), incident.approval
        return cls(
            id=incident.id,
            item=incident.item.shown,
            vm=incident.item.name,
            vault=incident.protected.vault.shown,
            status=incident.status,
            open=incident.open,
            cause=incident.cause,
            title=incident.playbook.title,
            code=incident.code,
            number=incident.number,
            opened_at=incident.opened_at,
            ended_at=incident.ending.at if incident.ending else None,
            act_by=incident.act_by,
            door=incident.door.value,
            failure_count=incident.failures_seen,
            attempt_count=sum(one.counts for one in incident.attempts),
            position=_position(incident),
            summary=explained.summary,
            held=held(incident, explained),
            looked_at_again=explained.looked_at_again,
            asks=asked.action if asked and asked.missing and not asked.denied else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEntry:
    """A record as a sentence; ``sequence`` is its number in the incident's trail."""

    sequence: int
    at: datetime
    type: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureView:
    """A failed job of the incident; ``by_us``: one of our own backups."""

    job: str
    vault: str
    started: datetime
    ended: datetime
    code: str | None
    number: int | None
    message: str | None
    by_us: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptView:
    """An attempt; ``result`` None: it is under way.

    ``counts`` is False for an inspection: it is on no budget. ``undo``: what a person types to
    take back what it changed.
    """

    number: int
    rung: int
    action: str
    cause: str
    round: int
    acted_at: datetime
    ended_at: datetime | None
    result: str | None
    detail: str | None
    request_ids: tuple[str, ...]
    counts: bool
    undo: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationView:
    """The hand-over to people."""

    at: datetime
    reason: str
    ladder_goes_on: bool
    reminders: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerView:
    """What one person said to a request for approval."""

    by: str
    approved: bool
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalView:
    """What is asked of people: the action, its risk, by when, and how many yeses are missing.

    ``key`` names the request. Given, it holds ``until`` then. ``command`` says yes to this request
    and no other.
    """

    key: str
    action: str
    title: str
    risk: str
    asked_at: datetime
    until: datetime
    needed: int
    missing: int
    command: str
    answers: tuple[AnswerView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NextView:
    """What a person can do: the remedy, the command, the portal's page, Microsoft's articles.

    ``advice``: what to do about each thing that a look found wrong with this machine. ``undo``:
    what takes back what our attempts changed in the guest.
    """

    remedy: str
    advice: tuple[str, ...]
    undo: tuple[str, ...]
    command: str
    portal: str
    articles: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentView(IncidentLine):
    """The whole of an incident. ``recovery_point`` is the time of the point that proves it."""

    message: str | None
    matched_by: str
    protected_item: str
    why: Why
    ladder: tuple[RungView, ...]
    attempts: tuple[AttemptView, ...]
    failures: tuple[FailureView, ...]
    evidence: Mapping[str, str]
    timeline: tuple[TimelineEntry, ...]
    escalation: EscalationView | None
    approval: ApprovalView | None
    recovery_point: datetime | None
    retriggered_by: str | None
    next: NextView

    @classmethod
    def whole(cls, incident: Incident, records: Sequence[Record]) -> Self:
        """Return the whole of an incident, from its head and its records."""
        escalation, line = incident.escalation, IncidentLine.of(incident)
        return cls(
            **{one.name: getattr(line, one.name) for one in fields(line)},
            message=incident.message,
            matched_by=incident.matched_by,
            protected_item=incident.protected.name,
            why=why(incident),
            ladder=ladder(incident, records),
            attempts=tuple(map(_attempt, incident.attempts)),
            failures=tuple(map(_failure, incident.failures)),
            evidence={name: shortened(text) for name, text in sorted(incident.findings.items())},
            timeline=timeline(records),
            escalation=EscalationView(
                at=escalation.at,
                reason=shortened(escalation.reason),
                ladder_goes_on=escalation.ladder_goes_on,
                reminders=escalation.reminders,
            )
            if escalation
            else None,
            approval=_approval(incident),
            recovery_point=incident.ending.point if incident.ending else None,
            retriggered_by=incident.retriggered_by,
            next=_next(incident),
        )


def timeline(records: Sequence[Record]) -> tuple[TimelineEntry, ...]:
    """Return the records that tell people something, as sentences, in their order."""
    return tuple(
        TimelineEntry(
            sequence=record.sequence, at=record.at, type=type(record.body).__name__, what=what
        )
        for record in records
        if (what := told(record.body))
    )


def _position(incident: Incident) -> Position:
    rungs = incident.playbook.ladder
    attempt = incident.attempt
    index = attempt.rung if attempt else incident.rung
    return Position(
        at=min(index + 1, len(rungs)),
        rungs=len(rungs),
        action=rungs[index].do if index < len(rungs) else None,
    )


def _attempt(one: Attempt) -> AttemptView:
    return AttemptView(
        number=one.number,
        rung=one.rung + 1,
        action=one.action,
        cause=one.cause,
        round=one.round,
        acted_at=one.acted_at,
        ended_at=one.ended_at,
        result=one.result.value if one.result else None,
        detail=shortened(one.detail) if one.detail else one.detail,
        request_ids=one.request_ids,
        counts=one.counts,
        undo=one.undo,
    )


def _approval(incident: Incident) -> ApprovalView | None:
    asked = incident.approval
    if asked is None:
        return None
    return ApprovalView(
        key=asked.key,
        action=asked.action,
        title=action(asked.action),
        risk=ACTIONS[asked.action].risk.word,
        asked_at=asked.asked_at,
        until=asked.until,
        needed=asked.needed,
        missing=asked.missing,
        command=approving(incident.id, asked),
        answers=tuple(
            AnswerView(by=one.by, approved=one.yes, reason=one.reason, at=one.at)
            for one in asked.answers
        ),
    )


def _failure(one: Failure) -> FailureView:
    return FailureView(
        job=one.job.job,
        vault=one.job.vault.shown,
        started=one.started,
        ended=one.ended,
        code=one.code,
        number=one.number,
        message=one.message,
        by_us=one.by_us,
    )


def _next(incident: Incident) -> NextView:
    return NextView(
        remedy=incident.playbook.remedy,
        advice=advice({**incident.findings, **incident.inspected}),
        undo=tuple(one.undo for one in incident.attempts if one.undo),
        command=f"remediator retrigger --incident {incident.id} --reason '...' --dry-run",
        portal=PORTAL + incident.item.shown,
        articles=tuple(
            link for link in incident.playbook.references if link.startswith("https://")
        ),
    )

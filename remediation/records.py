"""Records: the lines of the audit trail, in the past tense. State is their fold (``evolve``).

A record says what was seen, decided or done; it never holds what the records before it already say.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from remediation.ids import ItemId, ProtectedId
from remediation.incident import (
    AttemptResult,
    Baseline,
    Door,
    Failure,
    NoticeKind,
    Objection,
    Status,
    Step,
    StepName,
    Wake,
)
from remediation.model import Playbook


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentOpened:
    """A failure of an item without an open incident; ``by`` whom and why, at the manual door."""

    incident: str
    item: ItemId
    protected: ProtectedId
    door: Door
    failure: Failure
    playbook: Playbook
    matched_by: str
    confidence: float
    act_by: datetime | None
    baseline: Baseline | None
    by: str | None = None
    because: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentReopened:
    """The same cause came back in probation: same budget, one rung higher."""

    failure: Failure
    rung: int
    act_by: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureAttached:
    """Another failure of an item whose incident is open."""

    failure: Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseChanged:
    """A later failure had another cause.

    Its ladder is climbed from the start, on the same budget.
    """

    playbook: Playbook
    code: str | None
    number: int | None
    message: str | None
    matched_by: str
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceCollected:
    """What read-only probes saw: names to short texts.

    ``facts``: what an inspection found out, for the conditions of rungs.
    """

    findings: Mapping[str, str]
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RungSkipped:
    """A rung that was not entered, with every reason."""

    rung: int
    action: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RungPassed:
    """A waiting rung that has done its part."""

    rung: int
    action: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitBegan:
    """A waiting rung was entered; nothing is done before ``until``."""

    rung: int
    action: str
    until: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Guards object: nothing is done before ``until``, for all these reasons."""

    rung: int
    action: str
    objections: tuple[Objection, ...]
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRequested:
    """People are asked for their yes to a rung: for what exactly, by when, and how many of them."""

    rung: int
    action: str
    key: str
    until: datetime
    needed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalAnswered:
    """A named person said yes or no, and why; a last yes holds ``until`` then."""

    key: str
    by: str
    reason: str
    yes: bool
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StepIntended:
    """A step will be sent now: the intent that every effect on Azure carries.

    ``counts`` is False where it only inspects: that is no attempt on any budget. ``permit``: the
    storm that let the attempt begin. ``partners``: the groups of partners that are claimed for it.
    """

    rung: int
    action: str
    cause: str
    step: Step
    counts: bool = True
    permit: str | None = None
    partners: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StepSent:
    """Azure took the step (or already had it, as a probe found)."""

    attempt: int
    step: StepName
    handle: str | None
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepUncertain:
    """It was sent and no answer came, or a look found nothing: only a probe may decide."""

    attempt: int
    step: StepName
    reason: str
    absent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLooked:
    """A look at a step under way, worth telling: still running, or not readable."""

    attempt: int
    step: StepName
    detail: str
    handle: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDone:
    """The step took effect. ``settle_until``: when its effect may be proved.

    ``undo``: what a person types to take back what it changed.
    """

    attempt: int
    step: StepName
    detail: str
    settle_until: datetime | None = None
    undo: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepWithdrawn:
    """Nothing was sent and nothing changed; the step may be intended again later."""

    attempt: int
    step: StepName
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofLeftToSchedule:
    """No on-demand backup proves it, by a limit or as none arrived: the next scheduled job does."""

    attempt: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptEnded:
    """An attempt's verdict."""

    attempt: int
    result: AttemptResult
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalated:
    """Handed to people, once; ``ladder_goes_on`` where only the deadline called for them."""

    reason: str
    ladder_goes_on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeQueued:
    """People will be told: in the outbox until a channel took it."""

    key: str
    kind: NoticeKind
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeSent:
    """A channel took the notice."""

    key: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentRetriggered:
    """A named person had it taken up again."""

    by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentEnded:
    """Recovered (with the point that proves it) or closed (with the reason, ``by`` a person)."""

    status: Status
    reason: str
    point: datetime | None = None
    point_id: str | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeCommitted:
    """The one wake-up that counts from now on; ``by`` whom and why, where a person wanted it."""

    wake: Wake
    by: str | None = None
    because: str | None = None


type Body = (
    IncidentOpened
    | IncidentReopened
    | FailureAttached
    | CauseChanged
    | EvidenceCollected
    | RungSkipped
    | RungPassed
    | WaitBegan
    | Held
    | ApprovalRequested
    | ApprovalAnswered
    | StepIntended
    | StepSent
    | StepUncertain
    | StepLooked
    | StepDone
    | StepWithdrawn
    | ProofLeftToSchedule
    | AttemptEnded
    | Escalated
    | NoticeQueued
    | NoticeSent
    | IncidentRetriggered
    | IncidentEnded
    | WakeCommitted
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One line of the audit trail: ``sequence`` counts from 1 within its incident."""

    incident: str
    sequence: int
    at: datetime
    body: Body

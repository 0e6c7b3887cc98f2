"""Messages: events in the past tense, answers of Azure as values, commands in the imperative.

Events come in, ``decide`` answers with records and commands, ``evolve`` folds the records.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from remediation.ids import ItemId, JobKey, ProtectedId, VaultId
from remediation.incident import Baseline, Door, Failure, Step, StepName, Wake
from remediation.model import Diagnosis
from remediation.records import Record
from remediation.roles import Role

# ---------------------------------------------------------------- what comes in


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureReported:
    """A door reports a failed job. ``item`` and ``code`` are hints; the vault is believed.

    ``looks`` counts how often the vault was asked for the job and did not know it as ended;
    ``waits_since`` is when it first could not be read. ``by`` and ``because``: the person at the
    manual door, and the reason given there.
    """

    job: JobKey
    door: Door
    item: ItemId | None = None
    code: str | None = None
    reported_at: datetime | None = None
    looks: int = 0
    waits_since: datetime | None = None
    by: str | None = None
    because: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultNudged:
    """Something happened in a vault that names no job: look at it with the next sweep's eyes."""

    vault: VaultId
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PointMissed:
    """An item is past its objective though no job failed."""

    protected: ProtectedId
    item: ItemId
    last_point: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Woken:
    """A wake-up of an incident came due; any number but the committed one is stale."""

    item: ItemId
    incident: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Retriggered:
    """A named person wants the incident taken up again, with a reason."""

    by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A named person said yes or no to the approval of that key, with a reason."""

    key: str
    by: str
    reason: str
    yes: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Nudged:
    """A named person wants the incident looked at now, with a reason."""

    by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedByPerson:
    """A named person closes the incident, with a reason."""

    by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Performed:
    """The command of a committed step was carried out: this is what Azure answered."""

    attempt: int
    step: StepName
    outcome: "Outcome"


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureSeen:
    """A reported failure, as the vault tells it, with what it was diagnosed as.

    ``void`` says why it needs no repair (cancelled by a person, excluded, already followed by a
    valid point); ``incident`` is the id it opens where the item has no open incident.
    """

    incident: str
    item: ItemId
    protected: ProtectedId
    door: Door
    failure: Failure
    diagnosis: Diagnosis
    baseline: Baseline | None = None
    void: str | None = None
    by: str | None = None
    because: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeAnswered:
    """A channel answered to a notice."""

    key: str
    outcome: "Outcome"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A delivery that leads to nothing, kept with its reason and its text (bounded, redacted)."""

    door: Door
    reason: str
    text: str


# ---------------------------------------------------------------- what Azure answers to a change


@dataclass(frozen=True, slots=True, kw_only=True)
class Succeeded:
    """Azure took the change; ``handle`` leads to its progress, ``look_after`` says when to look.

    ``done``: it is already in effect, nothing is left to look at.
    """

    handle: str | None = None
    done: bool = False
    look_after: timedelta | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Azure said no, or our own check did: nothing was changed.

    ``role``: the role that is missing, where that is why.
    """

    reason: str
    code: str | None = None
    role: Role | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transient:
    """Nothing was changed, and a later try may go through; ``spread`` as in ``Unreadable``."""

    reason: str
    retry_after: timedelta | None = None
    spread: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """It was sent, and no answer came: it may have happened."""

    reason: str


type Outcome = Succeeded | Refused | Transient | Unknown

type Event = (
    FailureSeen
    | Woken
    | Performed
    | Retriggered
    | Answered
    | Nudged
    | ClosedByPerson
    | NoticeAnswered
)


# ---------------------------------------------------------------- what a probe finds


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """The step is known to Azure and has not ended."""

    detail: str = ""
    look_after: timedelta | None = None
    handle: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The step took effect.

    An inspection brings ``facts`` (for the conditions of rungs) and ``findings`` (texts for
    people); a repair in the guest brings ``undo``, what a person types to take it back.
    """

    detail: str = ""
    handle: str | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    findings: Mapping[str, str] = field(default_factory=dict)
    undo: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """The step ended without effect."""

    reason: str
    code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """Azure knows nothing of the step."""

    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unseen:
    """The probe itself failed: a failed look says nothing about the step.

    ``spread`` as in ``Unreadable``.
    """

    reason: str
    retry_after: timedelta | None = None
    spread: timedelta | None = None


type Finding = Running | Done | Failed | Absent | Unseen


# ---------------------------------------------------------------- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class Perform:
    """Send the step that was just committed."""

    action: str
    step: Step


@dataclass(frozen=True, slots=True, kw_only=True)
class SendWake:
    """Put the committed wake-up on the queue."""

    item: ItemId
    incident: str
    wake: Wake


@dataclass(frozen=True, slots=True, kw_only=True)
class Publish:
    """Send the notice of that key to the channels."""

    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveDuty:
    """The attempt no longer waits for a lock that is away: it goes back with the last who waits."""

    incident: str
    attempt: int


type Command = Perform | SendWake | Publish | LeaveDuty


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What ``decide`` answers: records to commit, commands to carry out after the commit."""

    records: tuple[Record, ...] = ()
    commands: tuple[Command, ...] = field(default=())

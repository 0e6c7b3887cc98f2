"""An incident and what belongs to it: failures, attempts, steps, holds, wake-ups, notices, endings.

Pure values. An ``Incident`` is the fold of its records (``evolve``); nothing else builds one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from remediation.approval import Approval
from remediation.ids import ItemId, JobKey, ProtectedId
from remediation.model import Playbook
from remediation.views import Consistency


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A failed job of an incident, as the vault tells it."""

    job: JobKey
    started: datetime
    ended: datetime
    code: str | None = None
    number: int | None = None
    message: str | None = None
    by_us: bool = False


class Door(StrEnum):
    """How a failure reached us; ``wakeup``: no failure, but a wake-up that nobody could take."""

    ALERT = "alert"
    EVENT_GRID = "event_grid"
    SWEEP = "sweep"
    MANUAL = "manual"
    WAKEUP = "wakeup"


class StepName(StrEnum):
    """The effects on Azure; an action is one or more of them, in order."""

    BACKUP = "backup"
    REAPPLY = "reapply"
    DELETE_EXTENSION = "delete_extension"
    RESTART_AGENT = "restart_agent"
    REMOVE_LOCK = "remove_lock"
    CLEAN_UP = "clean_up"
    RESTORE_LOCK = "restore_lock"
    RESTART_VM = "restart_vm"
    DELETE_COLLECTION = "delete_collection"
    INSPECT_GUEST = "inspect_guest"
    INSPECT_NETWORK = "inspect_network"
    REPAIR_AGENT_CONFIG = "repair_agent_config"
    UPDATE_AGENT = "update_agent"
    SET_VERBOSE_LOGGING = "set_verbose_logging"
    REPAIR_PROVIDER_SERVICE = "repair_provider_service"
    REPAIR_COM_SERVICES = "repair_com_services"
    RESTART_VSS_WRITERS = "restart_vss_writers"
    SET_VSS_COPY_BACKUP = "set_vss_copy_backup"
    SET_SNAPSHOT_METHOD = "set_snapshot_method"
    SET_SNAPSHOT_WITHOUT_THREADS = "set_snapshot_without_threads"


class StepState(StrEnum):
    """How far a step has come."""

    INTENDED = "intended"
    SENT = "sent"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The effect in flight: at most one an incident.

    ``request_id`` is sent as ``x-ms-client-request-id``. After ``act_before`` it may no longer be
    sent; before ``take_over_at`` nobody else may probe it. ``handle`` is what the answer gave to
    look again with. ``looks`` counts the looks, ``absences`` those that found nothing.
    """

    attempt: int
    name: StepName
    request_id: str
    intended_at: datetime
    act_before: datetime
    take_over_at: datetime
    state: StepState = StepState.INTENDED
    sent_at: datetime | None = None
    handle: str | None = None
    looks: int = 0
    absences: int = 0
    parameters: Mapping[str, str] = field(default_factory=dict)


class AttemptResult(StrEnum):
    """How an attempt ended; ``done`` is an inspection that was made.

    ``blocked``: a role is missing, so nothing was tried. It costs nothing, as ``refused`` does.
    """

    CURED = "cured"
    DONE = "done"
    FAILED = "failed"
    REFUSED = "refused"
    LOST = "lost"
    ABANDONED = "abandoned"
    BLOCKED = "blocked"

    @property
    def free(self) -> bool:
        """Whether it changed nothing, for certain: no budget and no cool-down counts it."""
        return self in {AttemptResult.REFUSED, AttemptResult.BLOCKED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One execution of a rung; ``acted_at`` is when its first effect was intended.

    One that only inspects does not count on any budget. ``undo``: what a person types to take
    back what it changed. ``permit``: the storm that let it begin. ``partners``: the groups of
    partners that it claimed.
    """

    number: int
    rung: int
    action: str
    cause: str
    round: int
    acted_at: datetime
    steps_done: tuple[StepName, ...] = ()
    request_ids: tuple[str, ...] = ()
    ended_at: datetime | None = None
    result: AttemptResult | None = None
    detail: str | None = None
    counts: bool = True
    undo: str | None = None
    permit: str | None = None
    partners: tuple[str, ...] = ()

    @property
    def open(self) -> bool:
        """Whether the attempt has not ended."""
        return self.result is None


class Phase(StrEnum):
    """Where an open incident stands on its way."""

    ASSESSING = "assessing"
    ACTING = "acting"
    PROVING = "proving"
    WAITING = "waiting"
    RESTING = "resting"


class Status(StrEnum):
    """What people see: a phase of an open incident, escalated, or one of three ends."""

    ASSESSING = "assessing"
    ACTING = "acting"
    PROVING = "proving"
    WAITING = "waiting"
    ESCALATED = "escalated"
    RECOVERED = "recovered"
    RECOVERED_DEGRADED = "recovered_degraded"
    CLOSED = "closed"

    @property
    def final(self) -> bool:
        """Whether the incident has ended."""
        return self in {Status.RECOVERED, Status.RECOVERED_DEGRADED, Status.CLOSED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """A guard's reason not to act.

    ``until``: when to look again; None: time alone changes nothing.
    """

    guard: str
    reason: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Why nothing is done now, and when it will be looked at again."""

    action: str | None
    objections: tuple[Objection, ...]
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Wake:
    """The one wake-up that counts: its number, when it is due, and why."""

    number: int
    at: datetime
    why: str


class NoticeKind(StrEnum):
    """What people and other people's automation are told."""

    ESCALATED = "escalated"
    REMINDER = "reminder"
    APPROVAL = "approval"
    RESOLVED = "resolved"
    FINDING = "finding"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A message to people in the outbox; ``key`` is stable, so that a repeat is recognised."""

    key: str
    kind: NoticeKind
    reason: str
    at: datetime
    sent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """The hand-over to people. ``ladder_goes_on`` where only the deadline called for them."""

    at: datetime
    reason: str
    ladder_goes_on: bool = False
    reminders: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """The last good point before the failure; a new one is measured against it."""

    time: datetime
    consistency: Consistency | None = None
    disks: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How the incident ended: with which point, by whom, and why."""

    status: Status
    at: datetime
    reason: str
    point: datetime | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One stretch of trouble of one item: the fold of its records.

    ``rung`` is the next rung to be considered. ``waited_until`` is set while a waiting rung is
    running, ``settle_until`` while an action's effect is given time. ``round`` counts
    re-triggers: the incident's budget counts one round. ``approval``: what people are asked for
    the rung at hand. ``inspected``: facts that an inspection found out, by name. ``kinds``: of what
    kinds its records are, so that a version that does not know one keeps its hands off.
    """

    id: str
    item: ItemId
    protected: ProtectedId
    opened_at: datetime
    door: Door
    playbook: Playbook
    code: str | None = None
    number: int | None = None
    message: str | None = None
    matched_by: str = "none"
    failures: tuple[Failure, ...] = ()
    failures_seen: int = 0
    act_by: datetime | None = None
    baseline: Baseline | None = None
    phase: Phase = Phase.ASSESSING
    rung: int = 0
    round: int = 1
    retriggered_by: str | None = None
    waited_until: datetime | None = None
    settle_until: datetime | None = None
    judged_by_schedule: bool = False
    attempts: tuple[Attempt, ...] = ()
    step: Step | None = None
    hold: Hold | None = None
    approval: Approval | None = None
    wake: Wake | None = None
    notices: tuple[Notice, ...] = ()
    escalation: Escalation | None = None
    reopened: int = 0
    findings: Mapping[str, str] = field(default_factory=dict)
    kinds: frozenset[str] = frozenset()
    inspected: Mapping[str, str] = field(default_factory=dict)
    ending: Ending | None = None
    records: int = 0

    @property
    def cause(self) -> str:
        """The cause, as the newest conclusion has it."""
        return self.playbook.id

    @property
    def status(self) -> Status:
        """What people see."""
        if self.ending is not None:
            return self.ending.status
        if self.escalation is not None:
            return Status.ESCALATED
        return Status(Status.WAITING if self.phase is Phase.RESTING else self.phase.value)

    @property
    def open(self) -> bool:
        """Whether the incident has not ended; an escalated one is open."""
        return self.ending is None

    @property
    def attempt(self) -> Attempt | None:
        """The attempt under way, if any."""
        return self.attempts[-1] if self.attempts and self.attempts[-1].open else None

    @property
    def last_failure_ended(self) -> datetime:
        """When the newest failed job ended: a valid recovery point must begin after it."""
        return max((one.ended for one in self.failures), default=self.opened_at)

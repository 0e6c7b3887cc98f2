"""What an incident's records show of an action that was held because of the mode. Pure.

An occasion is one rung on which the action stood, in one climb: by itself it would have run there
once. What came after it is told by the records that follow.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from remediation.endings import EXCLUDED
from remediation.ids import ItemId, VaultId
from remediation.incident import AttemptResult, Incident, Status
from remediation.model import Need, Playbook
from remediation.records import (
    ApprovalAnswered,
    ApprovalRequested,
    AttemptEnded,
    CauseChanged,
    FailureAttached,
    Held,
    IncidentEnded,
    IncidentOpened,
    IncidentReopened,
    IncidentRetriggered,
    Record,
    RungSkipped,
    StepIntended,
)
from remediation.repertoire import ACTIONS

MODE, APPROVAL = "mode", "approval"
# How the guard of modes says that an owner's tag made it more careful.
_OWNER = " (the tag "


class Fate(StrEnum):
    """What came of an incident after an occasion, without the action."""

    RECOVERED_AT_ONCE = "recovered_at_once"
    RECOVERED_LATER = "recovered_later"
    FAILED_AGAIN = "failed_again"
    CLOSED = "closed"
    NOTHING_YET = "nothing_yet"
    ACTED = "acted"


@dataclass(slots=True, kw_only=True)
class Occasion:
    """An occasion as it is being read.

    ``free``: when nothing but the mode held it. ``guards``: the others at the last look, and
    ``lifts`` whether time lifts all of them. ``yes``: what people answered; None where they were
    not asked, or have not. ``acted``: something of ours changed the machine after it.
    """

    item: ItemId
    vault: VaultId
    incident: str
    cause: str
    first: datetime
    free: datetime | None = None
    guards: frozenset[str] = frozenset()
    lifts: bool = True
    by_owner: bool = False
    asked: bool = False
    yes: bool | None = None
    acted: bool = False
    ran: AttemptResult | None = None
    failures: int = 0
    ended: Status | None = None

    @property
    def fate(self) -> Fate:
        """What came after."""
        if self.acted:
            return Fate.ACTED
        if self.ended in {Status.RECOVERED, Status.RECOVERED_DEGRADED}:
            return Fate.RECOVERED_LATER if self.failures else Fate.RECOVERED_AT_ONCE
        if self.failures:
            return Fate.FAILED_AGAIN
        return Fate.NOTHING_YET if self.ended is None else Fate.CLOSED


@dataclass(slots=True)
class _Reading:
    """An incident under way: its climb and what is known of each occasion of the action."""

    incident: Incident
    action: str
    climb: int = 0
    playbook: Playbook | None = None
    occasions: dict[tuple[int, int], Occasion] = field(default_factory=dict)
    keys: dict[str, Occasion] = field(default_factory=dict)
    attempts: dict[int, Occasion] = field(default_factory=dict)

    def at(self, rung: int, record: Record) -> Occasion:
        """Return the occasion of the rung in this climb, begun now if it is new."""
        return self.occasions.setdefault(
            (self.climb, rung),
            Occasion(
                item=self.incident.item,
                vault=self.incident.protected.vault,
                incident=self.incident.id,
                cause=self.playbook.id if self.playbook else self.incident.cause,
                first=record.at,
            ),
        )

    def held_by(self, rung: int) -> frozenset[str]:
        """Return the guards that promoting lifts: the mode's, and its yes where only it asks."""
        ladder = self.playbook.ladder if self.playbook else ()
        needs = rung < len(ladder) and Need.APPROVAL in ladder[rung].needs
        by_mode = not needs and not ACTIONS[self.action].approval
        return frozenset({MODE, APPROVAL}) if by_mode else frozenset({MODE})


def excluded(incident: Incident) -> bool:
    """Whether the incident was closed because its machine is excluded: no ladder was climbed."""
    return incident.ending is not None and incident.ending.reason.startswith(EXCLUDED)


def occasions(incident: Incident, records: Iterable[Record], action: str) -> tuple[Occasion, ...]:
    """Return every occasion of the action in an incident, in their order."""
    reading = _Reading(incident, action)
    for record in records:
        _read(reading, record)
    return tuple(reading.occasions.values())


def _read(reading: _Reading, record: Record) -> None:  # noqa: C901, PLR0912 - a case a record
    body, ours = record.body, reading.action
    match body:
        case IncidentOpened(playbook=playbook) | CauseChanged(playbook=playbook):
            reading.playbook, reading.climb = playbook, reading.climb + 1
        case IncidentReopened():
            reading.climb += 1
            _failed_again(reading)
        case IncidentRetriggered():
            reading.climb += 1
        case Held(action=name) if name == ours:
            _held(reading, record, body)
        case RungSkipped(action=name) if name == ours:
            _skipped(reading, record, body)
        case ApprovalRequested(action=name) if name == ours:
            _asked(reading, record, body)
        case ApprovalAnswered(key=key, yes=yes) if key in reading.keys:
            reading.keys[key].yes = yes
        case StepIntended(counts=True):
            _intended(reading, body)
        case AttemptEnded(attempt=number, result=result) if number in reading.attempts:
            reading.attempts[number].ran = result
        case FailureAttached(failure=failure) if not failure.by_us:
            _failed_again(reading)
        case IncidentEnded(status=status):
            for one in reading.occasions.values():
                one.ended = status
        case _:
            pass


def _failed_again(reading: _Reading) -> None:
    for one in reading.occasions.values():
        one.failures += 1
        one.ended = None


def _asked(reading: _Reading, record: Record, body: ApprovalRequested) -> None:
    if APPROVAL in reading.held_by(body.rung):
        found = reading.keys[body.key] = reading.at(body.rung, record)
        found.asked = True


def _held(reading: _Reading, record: Record, body: Held) -> None:
    lifted = reading.held_by(body.rung)
    by_mode = [one for one in body.objections if one.guard in lifted]
    if not by_mode:
        return
    others = [one for one in body.objections if one.guard not in lifted]
    found = reading.at(body.rung, record)
    found.guards = frozenset(one.guard for one in others)
    found.lifts = all(one.until is not None for one in others)
    found.by_owner = any(_OWNER in one.reason for one in by_mode)
    if not others and found.free is None:
        found.free = record.at


def _skipped(reading: _Reading, record: Record, body: RungSkipped) -> None:
    lifted = reading.held_by(body.rung)
    named = [reason.partition(": ") for reason in body.reasons]
    by_mode = [rest for guard, sign, rest in named if sign and guard in lifted]
    if not by_mode:
        return
    found = reading.at(body.rung, record)
    found.guards = frozenset(guard for guard, sign, _ in named if sign and guard not in lifted)
    found.lifts = not found.guards
    found.by_owner = any(_OWNER in one for one in by_mode)
    if not found.guards and found.free is None:
        found.free = record.at


def _intended(reading: _Reading, body: StepIntended) -> None:
    for one in reading.occasions.values():
        one.acted = True
    here = reading.occasions.get((reading.climb, body.rung))
    if here is not None and body.action == reading.action:
        reading.attempts[body.step.attempt] = here

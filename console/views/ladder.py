"""The ladder with its position: what became of every rung, and why. A fold of the records."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from console.views.wording import ACTIONS, condition
from remediation.incident import Incident, Objection
from remediation.moments import shortened
from remediation.records import (
    AttemptEnded,
    Body,
    CauseChanged,
    Held,
    IncidentReopened,
    IncidentRetriggered,
    Record,
    RungPassed,
    RungSkipped,
    StepIntended,
    WaitBegan,
)
from remediation.repertoire import ACTIONS as REPERTOIRE


class RungState(StrEnum):
    """What became of a rung."""

    DONE = "done"
    CURED = "cured"
    FAILED = "failed"
    REFUSED = "refused"
    LOST = "lost"
    ABANDONED = "abandoned"
    BLOCKED = "blocked"
    SKIPPED = "skipped"
    ACTING = "acting"
    WAITING = "waiting"
    HELD = "held"
    CURRENT = "current"
    TO_COME = "to_come"
    NOT_NEEDED = "not_needed"


_UNDER_WAY = frozenset({RungState.ACTING, RungState.WAITING, RungState.HELD, RungState.CURRENT})


@dataclass(frozen=True, slots=True, kw_only=True)
class RungView:
    """A rung and what became of it. ``reasons``: why it was skipped or is held, every one.

    ``position`` counts from 1. ``conditions`` and ``needs`` are what the playbook asks before it.
    """

    position: int
    action: str
    title: str
    risk: str
    state: RungState
    detail: str = ""
    reasons: tuple[str, ...] = ()
    until: datetime | None = None
    attempts: tuple[int, ...] = ()
    conditions: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()

    @property
    def under_way(self) -> bool:
        """Whether the incident stands at this rung."""
        return self.state in _UNDER_WAY


def ladder(incident: Incident, records: Iterable[Record]) -> tuple[RungView, ...]:
    """Return the rungs of the incident's present playbook, in their order."""
    marks = [_untouched(incident, index) for index in range(len(incident.playbook.ladder))]
    for record in records:
        marks = _folded(incident, marks, record.body)
    return tuple(_readable(_as_it_stands(incident, mark)) for mark in marks)


def _readable(mark: RungView) -> RungView:
    return replace(mark, detail=shortened(mark.detail), reasons=tuple(map(shortened, mark.reasons)))


def _untouched(incident: Incident, index: int) -> RungView:
    rung = incident.playbook.ladder[index]
    return RungView(
        position=index + 1,
        action=rung.do,
        title=ACTIONS.get(rung.do, rung.do),
        risk=REPERTOIRE[rung.do].risk.word if rung.do in REPERTOIRE else "unknown",
        state=RungState.TO_COME,
        conditions=tuple(condition(name, allowed) for name, allowed in rung.when.items()),
        needs=tuple(sorted(need.value for need in rung.needs)),
    )


def _folded(incident: Incident, marks: list[RungView], body: Body) -> list[RungView]:
    match body:
        case CauseChanged() | IncidentRetriggered():
            return [_untouched(incident, index) for index in range(len(marks))]
        case IncidentReopened(rung=rung):
            return [
                mark if index < rung else _untouched(incident, index)
                for index, mark in enumerate(marks)
            ]
        case AttemptEnded(attempt=number, result=result, detail=detail):
            ended = RungState(result.value)
            return [
                replace(mark, state=ended, detail=detail, until=None)
                if number in mark.attempts
                else mark
                for mark in marks
            ]
        case RungSkipped(rung=rung) | RungPassed(rung=rung) | WaitBegan(rung=rung):
            return _marked(marks, rung, body)
        case Held(rung=rung) | StepIntended(rung=rung):
            return _marked(marks, rung, body)
        case _:
            return marks


def _marked(marks: list[RungView], index: int, body: Body) -> list[RungView]:
    # Records of an earlier playbook's ladder may name a rung that this one does not have.
    if not 0 <= index < len(marks):
        return marks
    return [*marks[:index], _mark(marks[index], body), *marks[index + 1 :]]


def _mark(mark: RungView, body: Body) -> RungView:
    plain = replace(mark, reasons=(), until=None)
    match body:
        case RungSkipped(reasons=reasons):
            return replace(plain, state=RungState.SKIPPED, detail="", reasons=reasons)
        case RungPassed(detail=detail):
            # "Tried" says less than what the attempts came to.
            said = "" if detail == "done" else detail
            return plain if mark.attempts else replace(plain, state=RungState.DONE, detail=said)
        case WaitBegan(reason=reason, until=until):
            return replace(plain, state=RungState.WAITING, detail=reason, until=until)
        case Held(objections=objections, until=until):
            reasons = tuple(map(_objection, objections))
            return replace(plain, state=RungState.HELD, detail="", reasons=reasons, until=until)
        case StepIntended(step=step):
            attempts = tuple(dict.fromkeys((*mark.attempts, step.attempt)))
            return replace(plain, state=RungState.ACTING, detail="", attempts=attempts)
        case _:
            return mark


def _objection(one: Objection) -> str:
    return f"{one.guard}: {one.reason}"


def _as_it_stands(incident: Incident, mark: RungView) -> RungView:
    """Say of a rung that nothing more is recorded of where the incident stands now."""
    if not incident.open:
        left = mark.under_way or mark.state is RungState.TO_COME
        return replace(mark, state=RungState.NOT_NEEDED, until=None) if left else mark
    at = incident.rung == mark.position - 1
    if at and mark.state is RungState.TO_COME:
        return replace(mark, state=RungState.CURRENT)
    again = mark.state in {RungState.LOST, RungState.BLOCKED}
    return replace(mark, state=RungState.CURRENT) if at and again else mark

"""A second, small fold of an incident's records: what state they lead to. Pure.

It knows only what people see and what decides who acts next: status, attempts, rung, wake-up.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from local.checker.trail import Record

type Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """An incident as its records have it; ``attempts``: number to result, None while it runs."""

    phase: str = "assessing"
    rung: int = 0
    round: int = 1
    attempts: Mapping[int, str | None] = field(default_factory=dict)
    escalated: bool = False
    ending: str | None = None
    wake: int | None = None
    records: int = 0

    @property
    def status(self) -> str:
        """What people see: an end, escalated, or what is being done."""
        if self.ending is not None:
            return self.ending
        if self.escalated:
            return "escalated"
        return "waiting" if self.phase == "resting" else self.phase


def fold(records: Iterable[Record]) -> State:
    """Return the state that the records of one incident, in their order, lead to."""
    state = State()
    for record in records:
        step = _STEPS.get(record.type)
        state = replace(
            step(state, record.body) if step is not None else state, records=record.sequence
        )
    return state


def stored(head: Mapping[str, Any]) -> State:
    """Return the same parts of a stored head."""
    attempts = {int(one["number"]): one.get("result") for one in head.get("attempts") or ()}
    return State(
        phase=str(head.get("phase")),
        rung=int(head.get("rung") or 0),
        round=int(head.get("round") or 1),
        attempts=attempts,
        escalated=head.get("escalation") is not None,
        ending=(head.get("ending") or {}).get("status"),
        wake=(head.get("wake") or {}).get("number"),
        records=int(head.get("records") or 0),
    )


def _reopened(state: State, body: Body) -> State:
    return replace(state, phase="assessing", rung=body["rung"], escalated=False, ending=None)


def _intended(state: State, body: Body) -> State:
    step = body["step"]
    attempts = state.attempts
    if all(result is not None for result in attempts.values()):
        attempts = {**attempts, int(step["attempt"]): None}
    phase = "proving" if step["name"] == "backup" else "acting"
    return replace(state, phase=phase, attempts=attempts)


def _ended(state: State, body: Body) -> State:
    attempts = {**state.attempts, int(body["attempt"]): body["result"]}
    return replace(state, phase="assessing", attempts=attempts)


def _escalated(state: State, body: Body) -> State:
    phase = state.phase if body["ladder_goes_on"] else "resting"
    return replace(state, escalated=True, phase=phase)


def _retriggered(state: State, _body: Body) -> State:
    return replace(state, round=state.round + 1, rung=0, phase="assessing", escalated=False)


def _moved(state: State, body: Body) -> State:
    return replace(state, rung=int(body["rung"]) + 1)


def _phase(name: str) -> Callable[[State, Body], State]:
    return lambda state, _body: replace(state, phase=name)


_STEPS: Mapping[str, Callable[[State, Body], State]] = {
    "IncidentReopened": _reopened,
    "CauseChanged": lambda state, _body: replace(state, rung=0, phase="assessing"),
    "RungSkipped": _moved,
    "RungPassed": _moved,
    "WaitBegan": _phase("waiting"),
    "Held": _phase("waiting"),
    "StepIntended": _intended,
    "StepDone": _phase("proving"),
    "StepWithdrawn": _phase("waiting"),
    "ProofLeftToSchedule": _phase("proving"),
    "AttemptEnded": _ended,
    "Escalated": _escalated,
    "IncidentRetriggered": _retriggered,
    "IncidentEnded": lambda state, body: replace(state, ending=body["status"]),
    "WakeCommitted": lambda state, body: replace(state, wake=int(body["wake"]["number"])),
}

"""Overdue: incidents that are older than they should be, and those that nothing moves any more.

Pure. The sweep raises an alarm for each complaint, once; people are shown them, and may have the
incident looked at or close it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from remediation.draft import REMINDERS
from remediation.incident import Incident, Phase, StepState

# How long Azure may work on a step that it took: all of ours are given up before that, but for a
# backup, and a first full backup of a large machine is the one that takes longer.
STEP_TAKES = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How old an incident may become, and how long one may stand still that should be moving."""

    incident: timedelta = timedelta(days=21)
    stuck: timedelta = timedelta(hours=6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """What is wrong with an incident's progress; ``key`` is the same for the same trouble."""

    key: str
    text: str


def complaints(incident: Incident, now: datetime, limits: Limits) -> tuple[Complaint, ...]:
    """Return everything that is wrong with an incident's progress; nothing of one that ended."""
    return () if not incident.open else tuple(_found(incident, now, limits))


def holding_step(incident: Incident, now: datetime) -> str | None:
    """Return why the step in flight does not let an incident be closed; None where none does.

    What is under way in Azure would go on unwatched beside the next incident's own steps.
    """
    step = incident.step
    if step is None:
        return None
    ends = step.take_over_at + STEP_TAKES
    if now >= ends:
        return None
    what = f"the step {step.name.value} of attempt {step.attempt} is under way"
    return f"{what}: its end is waited for, until {ends.isoformat()} at the latest"


def _found(incident: Incident, now: datetime, limits: Limits) -> Iterator[Complaint]:
    age = now - incident.opened_at
    if age > limits.incident:
        text = f"it is open for {age.days} days, the limit is {limits.incident.days}"
        yield Complaint(key=f"old-{incident.id}", text=text)
    step, wake = incident.step, incident.wake
    if step is not None:
        patience = STEP_TAKES if step.state is StepState.SENT else limits.stuck
        if now - step.take_over_at > patience:
            what = f"its step {step.name.value} of attempt {step.attempt} is {step.state.value}"
            text = f"{what} since {step.intended_at.isoformat()}, and nobody took it over"
            yield Complaint(key=f"stuck-{incident.id}-{step.attempt}-{step.name.value}", text=text)
    if _waits_for_people(incident):
        return
    if wake is None:
        yield Complaint(key=f"stuck-{incident.id}-asleep", text="nothing will ever wake it")
    elif now - wake.at > limits.stuck:
        text = f"its wake-up {wake.number} was due at {wake.at.isoformat()}, and nothing came of it"
        yield Complaint(key=f"stuck-{incident.id}-wake-{wake.number}", text=text)


def _waits_for_people(incident: Incident) -> bool:
    """Whether every reminder was given: from then on only a person or a recovery point moves it."""
    escalation = incident.escalation
    reminded = escalation is not None and escalation.reminders >= len(REMINDERS)
    return reminded and incident.phase is Phase.RESTING

"""What a decision comes to: its fold, and its intent, which says what it needs. Pure."""

from dataclasses import dataclass

from remediation.evolve import evolve
from remediation.history import History
from remediation.incident import Attempt, Incident, StepName
from remediation.messages import Decision
from remediation.model import Risk
from remediation.ports import Loaded
from remediation.records import StepIntended
from remediation.remember import BACKUP_STEPS, remember
from remediation.repertoire import ACTIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """A step that is about to be committed; ``attempt`` as the decision leaves it.

    ``position``: how many records the incident had that it was decided on.
    """

    incident: Incident
    attempt: Attempt
    step: StepName
    counts: bool
    permit: str | None
    position: int

    @property
    def holder(self) -> str:
        """Who takes what it needs: the attempt, by a name that no other has."""
        return f"{self.incident.id}-{self.attempt.number}"

    @property
    def begins(self) -> bool:
        """Whether it is the attempt's first effect; one that only looks has none."""
        return self.counts and not self.attempt.steps_done

    @property
    def backs_up(self) -> bool:
        """Whether it starts a backup."""
        return self.step in BACKUP_STEPS

    @property
    def changes(self) -> bool:
        """Whether partners must know: not of a look, nor of what only puts something back."""
        return self.counts and self.step is not StepName.RESTORE_LOCK

    @property
    def risk(self) -> Risk:
        """The risk of the step: a proof freezes I/O, whatever it proves."""
        return ACTIONS[self.attempt.action].risk if self.begins else Risk.GUEST_IO

    @property
    def disruptive(self) -> bool:
        """Whether it counts among the disruptive actions of an hour: once, as it begins."""
        return self.begins and self.risk.disruptive


def intent_of(decision: Decision, incident: Incident | None) -> Intent | None:
    """Return the intent of a decision; ``incident`` is the fold with the decision in."""
    for record in decision.records:
        body = record.body
        if isinstance(body, StepIntended) and incident is not None and incident.attempt is not None:
            return Intent(
                incident=incident,
                attempt=incident.attempt,
                step=body.step.name,
                counts=body.counts,
                permit=body.permit,
                position=decision.records[0].sequence - 1,
            )
    return None


def folded(loaded: Loaded, decision: Decision) -> tuple[Incident | None, History]:
    """Return the incident and the item's history as a decision leaves them."""
    incident, history = loaded.incident, loaded.history
    for record in decision.records:
        incident = evolve(incident, record)
        history = remember(history, incident, record)
    return incident, history

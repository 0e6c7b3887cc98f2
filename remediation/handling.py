"""Handling: an operator has an incident looked at now, or closes it, with a reason."""

from collections.abc import Callable
from dataclasses import dataclass

from remediation.approving import Reply
from remediation.bundle import told
from remediation.engine import Engine
from remediation.ids import ItemId
from remediation.incident import Incident, StepState
from remediation.messages import ClosedByPerson, Nudged
from remediation.overdue import holding_step
from remediation.persons import planned_look
from remediation.picture import Picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Who wants what of which incident, and why."""

    item: ItemId
    incident: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Handling:
    """Carries out what an operator wants of an incident. Nothing of Azure is read for it."""

    engine: Engine

    def nudge(self, wish: Wish) -> Reply:
        """Have the incident looked at now: as when its wake-up were due, with every guard."""
        event = Nudged(by=wish.by, reason=wish.reason)
        return self._settled(wish, event, self._too_early, "it is looked at now")

    def close(self, wish: Wish) -> Reply:
        """Close the incident: a lock that is away for it goes back, and people are told."""
        event = ClosedByPerson(by=wish.by, reason=wish.reason)
        return self._settled(wish, event, self._held_open, "closed")

    def _settled(
        self,
        wish: Wish,
        event: Nudged | ClosedByPerson,
        objection: Callable[[Incident], str | None],
        done: str,
    ) -> Reply:
        loaded = self.engine.store.load(wish.item)
        incident = loaded.incident
        if incident is None or incident.id != wish.incident:
            return Reply(taken=False, reason="the incident has ended")
        if (reason := objection(incident)) is not None:
            return Reply(taken=False, reason=reason)
        if self.engine.settle(loaded, event, Picture()) is None:
            return Reply(taken=False, reason="the incident changed this moment: ask again")
        records = self.engine.store.records(wish.item, incident.id)
        news = tuple(text for record in records[incident.records :] if (text := told(record.body)))
        return Reply(taken=True, reason=done, news=news)

    def _too_early(self, incident: Incident) -> str | None:
        step, now = incident.step, self.engine.clock.now()
        if step is not None and (planned := planned_look(incident, now)) is not None:
            said = f"the step {step.name.value} is looked for once more at {planned.isoformat()}"
            return f"{said}: a look before that tells nothing"
        if step is None or step.state is not StepState.INTENDED or now >= step.take_over_at:
            return None
        until = step.take_over_at.isoformat()
        return f"the step {step.name.value} is being sent this moment: it is looked at by {until}"

    def _held_open(self, incident: Incident) -> str | None:
        return holding_step(incident, self.engine.clock.now())

"""Approving: a named person says yes or no to what an incident asks. No way round a guard.

Everything is read anew when the yes comes, and every guard is asked again: what was fit to be done
when people were asked may not be fit any more.
"""

from dataclasses import dataclass

from remediation.bundle import told
from remediation.engine import Engine
from remediation.ids import ItemId
from remediation.incident import Incident
from remediation.messages import Answered
from remediation.moments import short


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Who says what to which request: ``key`` is that of the request the person has seen."""

    item: ItemId
    incident: str
    key: str
    by: str
    reason: str
    yes: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came of it. ``taken`` is False where nothing was recorded; ``reason`` says why.

    ``news`` are the records that followed, as sentences.
    """

    taken: bool
    reason: str
    news: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Approving:
    """Takes answers to requests for approval."""

    engine: Engine

    def answer(self, decision: Decision) -> Reply:
        """Record the answer and go on, or say why it counts for nothing."""
        loaded = self.engine.store.load(decision.item)
        incident = loaded.incident
        if incident is None or incident.id != decision.incident:
            return Reply(taken=False, reason="the incident has ended")
        objection = self._objection(incident, decision)
        if objection is not None:
            return Reply(taken=False, reason=objection)
        event = Answered(key=decision.key, by=decision.by, reason=decision.reason, yes=decision.yes)
        settled = self.engine.settle(
            loaded, event, self.engine.eyes.anew(incident, self.engine.clock.now())
        )
        if settled is None:
            return Reply(taken=False, reason="the incident changed this moment: answer again")
        records = self.engine.store.records(decision.item, incident.id)
        news = tuple(text for record in records[incident.records :] if (text := told(record.body)))
        return Reply(taken=True, reason="approved" if decision.yes else "denied", news=news)

    def _objection(self, incident: Incident, decision: Decision) -> str | None:
        asked = incident.approval
        if asked is None:
            return "nothing is asked of people"
        if asked.key != decision.key:
            return f"what is asked has changed: {asked.action} under {asked.key}"
        if self.engine.clock.now() >= asked.until:
            return f"the request expired at {short(asked.until)}"
        if asked.answered_by(decision.by):
            return f"{decision.by} has answered already"
        return "it has been approved already" if asked.given else None

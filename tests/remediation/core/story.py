"""A story: events told to ``decide`` one after the other, the records folded as the store does.

Every event is checked against the rules at the head of ``decide``: the fold of all records is the
incident; an effect is commanded only with the record of its intent; a wake-up is always due.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from remediation.decide import decide
from remediation.draft import Situation
from remediation.evolve import evolve
from remediation.history import History
from remediation.incident import Incident, Phase, StepName
from remediation.messages import (
    Command,
    Decision,
    Event,
    Finding,
    NoticeAnswered,
    Outcome,
    Perform,
    Performed,
    Publish,
    Retriggered,
    SendWake,
    Succeeded,
    Woken,
)
from remediation.picture import Picture
from remediation.policy import Pace, Policy
from remediation.records import (
    Body,
    EvidenceCollected,
    NoticeQueued,
    Record,
    StepIntended,
    WakeCommitted,
)
from remediation.remember import remember
from tests.remediation.core.builders import ITEM, NOW, a_failure_seen, a_picture, a_policy


class Story:
    """One item's incidents, told event by event."""

    def __init__(
        self,
        *,
        incident: Incident | None = None,
        history: History | None = None,
        policy: Policy | None = None,
        now: datetime = NOW,
        folds: bool = True,
    ) -> None:
        """Begin with nothing open, or with an incident as it stands.

        ``folds``: after every event all records are folded again, from the first.
        """
        self.incident = incident
        self.history = history or History()
        self.policy = policy or a_policy()
        self.now = now
        self.records: list[Record] = []
        self.commands: tuple[Command, ...] = ()
        self._folds = folds and incident is None

    # ------------------------------------------------------------ events

    def fails(self, event: Event | None = None, picture: Picture | None = None) -> list[Any]:
        """A failure is seen; the standard one without an argument."""
        return self.tell(event or a_failure_seen(), picture or a_picture())

    def wakes(self, picture: Picture | None = None, *, number: int | None = None) -> list[Any]:
        """The committed wake-up comes due, or one of another number; time moves on to it."""
        wake = self.open.wake
        assert wake is not None, "no wake-up is committed"
        self.now = max(self.now, wake.at)
        event = Woken(item=ITEM, incident=self.open.id, number=number or wake.number)
        return self.tell(event, picture or a_picture())

    def sees(self, finding: Finding, picture: Picture | None = None) -> list[Any]:
        """The committed wake-up comes due, and the probe of the step in flight finds this."""
        return self.wakes(replace(picture or a_picture(), finding=finding))

    def hears(self, outcome: Outcome, picture: Picture | None = None) -> list[Any]:
        """Azure answers to the step in flight."""
        step = self.open.step
        assert step is not None, "no step is in flight"
        event = Performed(attempt=step.attempt, step=step.name, outcome=outcome)
        return self.tell(event, picture or a_picture())

    def is_asked_again(self, picture: Picture | None = None) -> list[Any]:
        """A person has the incident taken up again."""
        event = Retriggered(by="ann@example.org", reason="the network is repaired")
        return self.tell(event, picture or a_picture())

    def is_told(self, outcome: Outcome | None = None) -> list[Any]:
        """A channel answers to the newest notice."""
        event = NoticeAnswered(key=self.open.notices[-1].key, outcome=outcome or Succeeded())
        return self.tell(event, a_picture())

    def waits(self, span: timedelta) -> None:
        """Time passes."""
        self.now += span

    def tell(self, event: Event, picture: Picture) -> list[Any]:
        """Decide, commit, check the rules; the answer is what the decision says to people."""
        decision = decide(self.situation(picture), event)
        before = self.incident
        for record in decision.records:
            self.incident = evolve(self.incident, record)
            self.history = remember(self.history, self.incident, record)
        self.records += decision.records
        self.commands = decision.commands
        check_rules(before, self.incident, decision)
        if self._folds:
            assert self.incident == fold(self.records)
        return plot(decision)

    def situation(self, picture: Picture) -> Situation:
        """Everything a decision is made from."""
        return Situation(
            incident=self.incident,
            history=self.history,
            picture=picture,
            policy=self.policy,
            pace=Pace(),
            now=self.now,
        )

    # ------------------------------------------------------------ what came of it

    @property
    def open(self) -> Incident:
        """The incident, ended or not."""
        assert self.incident is not None, "no incident was opened"
        return self.incident

    @property
    def performed(self) -> list[StepName]:
        """The steps that the newest decision commands."""
        return [one.step.name for one in self.commands if isinstance(one, Perform)]

    @property
    def published(self) -> list[str]:
        """The keys of the notices that the newest decision publishes."""
        return [one.key for one in self.commands if isinstance(one, Publish)]

    @property
    def due(self) -> datetime:
        """When the committed wake-up is due."""
        assert self.open.wake is not None
        return self.open.wake.at

    def all(self, kind: type[Body]) -> list[Any]:
        """All records of a kind, from the beginning."""
        return [one.body for one in self.records if isinstance(one.body, kind)]


def plot(decision: Decision) -> list[Any]:
    """The decision's records without the wake-ups and the evidence."""
    quiet = (WakeCommitted, EvidenceCollected)
    return [one.body for one in decision.records if not isinstance(one.body, quiet)]


def kinds(bodies: list[Any]) -> list[str]:
    """The names of the records' kinds."""
    return [type(one).__name__ for one in bodies]


def fold(records: list[Record]) -> Incident | None:
    """Fold records from the first."""
    incident: Incident | None = None
    for record in records:
        incident = evolve(incident, record)
    return incident


def check_rules(before: Incident | None, after: Incident | None, decision: Decision) -> None:
    """Hold a decision to the rules at the head of ``decide``."""
    intents = [one.body.step for one in decision.records if isinstance(one.body, StepIntended)]
    effects = [one.step for one in decision.commands if isinstance(one, Perform)]
    assert intents == effects, "an effect is commanded together with its intent"
    assert len(effects) <= 1, "one step in flight"
    queued = [one.body.key for one in decision.records if isinstance(one.body, NoticeQueued)]
    published = list(_published(decision))
    assert all(published.count(one) == 1 for one in queued), "what is queued is published"
    wakes = [one.body.wake for one in decision.records if isinstance(one.body, WakeCommitted)]
    sent = [one.wake for one in decision.commands if isinstance(one, SendWake)]
    if not decision.records or after is None or after.ending is not None:
        return
    assert after.wake is not None, "something is always due"
    numbers = [one.number for one in wakes]
    first = before.wake.number + 1 if before and before.wake else 1
    assert numbers == list(range(first, first + len(wakes)))
    if wakes and not effects:
        assert sent[-1] == after.wake, "the wake-up that counts is sent"
    keys = [one.key for one in after.notices]
    assert len(keys) == len(set(keys)), "a notice's key is its own"
    assert after.phase is not Phase.RESTING or after.step is None


def _published(decision: Decision) -> Iterator[str]:
    yield from (one.key for one in decision.commands if isinstance(one, Publish))

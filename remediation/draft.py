"""A draft of a decision: records are added one by one and folded at once. Pure.

So every later line of a decision sees the state that the lines before it made, by the same
``evolve`` that will read the records back one day.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from remediation.evolve import evolve
from remediation.history import History
from remediation.ids import ItemId
from remediation.incident import Incident, NoticeKind, StepName, Wake
from remediation.messages import Command, Decision, LeaveDuty, Publish, SendWake
from remediation.model import Rung
from remediation.picture import Picture
from remediation.plan import Plan
from remediation.policy import Pace, Policy
from remediation.records import Body, Escalated, NoticeQueued, Record, WakeCommitted
from remediation.remember import remember
from remediation.repertoire import ACTIONS, Action
from remediation.views import RUN_TAKES, VaultSnapshot

# Reminders of an escalation nobody acknowledged, in objectives after it.
REMINDERS = (1, 2, 7)
# How soon, and how rarely at last, a notice that no channel took is published again.
TELL_AGAIN, TELL_AGAIN_LATEST = timedelta(minutes=5), timedelta(hours=6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Everything a decision is made from."""

    incident: Incident | None
    history: History
    picture: Picture
    policy: Policy
    pace: Pace
    now: datetime


class Draft:
    """The records and commands of a decision in the making, and the state they lead to."""

    def __init__(self, situation: Situation, incident: str) -> None:
        """Begin with the state as it stands; ``incident`` names the incident the records are of."""
        self.situation = situation
        self.folded = situation.incident
        self.history = situation.history
        self._id = incident
        self._records: list[Record] = []
        self._commands: list[Command] = []

    @property
    def incident(self) -> Incident:
        """The incident as the draft has it; raises ValueError before it was opened."""
        if self.folded is None:
            text = "no incident is open"
            raise ValueError(text)
        return self.folded

    @property
    def now(self) -> datetime:
        """The time of the decision."""
        return self.situation.now

    @property
    def picture(self) -> Picture:
        """What was read."""
        return self.situation.picture

    @property
    def policy(self) -> Policy:
        """The policy in force."""
        return self.situation.policy

    @property
    def stretch(self) -> str:
        """A number for notice keys: people are told anew after a re-trigger or a re-opening."""
        return str(self.incident.round + self.incident.reopened)

    @property
    def bodies(self) -> tuple[Body, ...]:
        """What was drafted so far."""
        return tuple(record.body for record in self._records)

    def add(self, body: Body) -> None:
        """Add a record and fold it."""
        sequence = (self.folded.records if self.folded else 0) + 1
        record = Record(incident=self._id, sequence=sequence, at=self.now, body=body)
        self.folded = evolve(self.folded, record)
        self.history = remember(self.history, self.folded, record)
        self._records.append(record)

    def command(self, command: Command) -> None:
        """Add a command, to be carried out after the commit."""
        self._commands.append(command)

    def wake(self, at: datetime, why: str, *, send: bool = True) -> None:
        """Commit the one wake-up that counts; without ``send`` it only bounds a crash."""
        number = self.incident.wake.number + 1 if self.incident.wake else 1
        wake = Wake(number=number, at=max(at, self.now), why=why)
        self.add(WakeCommitted(wake=wake))
        if send:
            self.resend()

    def resend(self) -> None:
        """Put the committed wake-up on the queue (again): a second copy of a number is harmless."""
        if self.incident.wake is not None:
            wake = self.incident.wake
            self.command(SendWake(item=self.incident.item, incident=self._id, wake=wake))

    def act_by(self, item: ItemId, last: datetime | None) -> datetime:
        """Return when people must know: the last point (else now), the objective, the margin."""
        snapshot = self.picture.snapshot
        protected = snapshot.protected(item) if isinstance(snapshot, VaultSnapshot) else None
        interval = protected.schedule.interval if protected and protected.schedule else None
        return (last or self.now) + self.policy.objective_of(interval) - self.policy.margin

    def next_step_at(self, at: datetime, why: str) -> None:
        """Wait until ``at``; if that is after ``act_by``, people are told now, and it goes on.

        The margin is what people need to act. The schedule's own next run needs nobody: it is in
        time if it begins within the objective, as a point is as old as its run's beginning.
        """
        act_by, run = self.incident.act_by, self._run_before(at)
        late = act_by is not None and (
            at > act_by if run is None else run > act_by + self.policy.margin
        )
        if act_by is not None and late and not self._storms and self.incident.escalation is None:
            text = f"the next permitted step ({at.isoformat()}) lies after {act_by.isoformat()}"
            self.escalate(f"{text}: {why}", ladder_goes_on=True)
        self.wake(at, why)

    @property
    def _storms(self) -> bool:
        """Whether a storm's notice speaks for it: its turn came late, and no guard holds it."""
        attempt = self.incident.attempt
        return attempt is not None and attempt.permit is not None and self.incident.hold is None

    def _run_before(self, at: datetime) -> datetime | None:
        """Return the scheduled run that is waited for until ``at``, if it is one."""
        incident = self.incident
        waiting = incident.rung < len(incident.playbook.ladder) and (
            incident.playbook.ladder[incident.rung].do == "wait_for_schedule"
        )
        if waiting and incident.waited_until == at:
            return at - RUN_TAKES
        protected = self.picture.protected(incident)
        if protected is None or protected.schedule is None:
            return None
        runs = (at, at - RUN_TAKES)
        return next((run for run in runs if protected.schedule.starts_at(run)), None)

    def escalate(self, reason: str, *, ladder_goes_on: bool = False) -> None:
        """Hand over to people: they are told once, however often it is said."""
        told = self.incident.escalation is not None
        self.add(Escalated(reason=reason, ladder_goes_on=ladder_goes_on))
        if not told:
            self.notify(NoticeKind.ESCALATED, reason, self.stretch)
        if not ladder_goes_on:
            self.await_people()

    def await_people(self) -> None:
        """Sleep until the next reminder is due.

        After the last one only a sweep or a person wakes it.
        """
        escalation = self.incident.escalation
        if escalation is None or escalation.reminders >= len(REMINDERS):
            return
        due = escalation.at + REMINDERS[escalation.reminders] * self.policy.objective
        self.wake(due, "a reminder, if nobody has taken it up by then")

    def notify(self, kind: NoticeKind, reason: str, which: str) -> None:
        """Queue a notice under a stable key, and publish it."""
        key = f"{self._id}-{kind.value}-{which}"
        self.add(NoticeQueued(key=key, kind=kind, reason=reason))
        self.command(Publish(key=key))

    def tell_again(self, key: str) -> None:
        """Wake up to publish again, ever more rarely; an earlier wake-up does it on its way."""
        queued = next((one.at for one in self.incident.notices if one.key == key), self.now)
        pause = min(max((self.now - queued) / 2, TELL_AGAIN), TELL_AGAIN_LATEST)
        wake = self.incident.wake
        if wake is None or not self.now < wake.at <= self.now + pause:
            self.wake(self.now + pause, "tell people again: no channel took the notice")

    def leave_duty(self) -> None:
        """Say that the newest attempt no longer waits for a lock that it may have taken away."""
        attempts = self.incident.attempts
        if attempts and StepName.REMOVE_LOCK in ACTIONS[attempts[-1].action].steps:
            number = attempts[-1].number
            if StepName.RESTORE_LOCK not in attempts[-1].steps_done:
                self.command(LeaveDuty(incident=self._id, attempt=number))

    def plan(self, action: Action, rung: Rung, step: StepName) -> Plan:
        """Return what the guards are asked about."""
        return Plan(
            action=action,
            rung=rung,
            step=step,
            incident=self.incident,
            history=self.history,
            picture=self.picture,
            policy=self.policy,
            now=self.now,
        )

    def soon(self, minutes: float) -> datetime:
        """Return the time so many minutes from now."""
        return self.now + timedelta(minutes=minutes)

    def decision(self) -> Decision:
        """Return what was drafted."""
        return Decision(records=tuple(self._records), commands=tuple(self._commands))

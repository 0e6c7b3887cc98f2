"""The engine: load, look, decide, commit, perform, commit, schedule.

It holds no state of its own: any number of engines, in any number of processes, work on one store,
and the item's version decides between them. An exception here means dead infrastructure or a bug;
the delivery then fails and comes again, and everything below is made so that coming again is
harmless.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from remediation.actions.step import Tools
from remediation.actions.table import STEPS
from remediation.bundle import notification
from remediation.decide import decide
from remediation.disruptions import Disruptions
from remediation.draft import Draft, Situation
from remediation.eyes import Eyes, order_of
from remediation.guardrails import stopping
from remediation.ids import ItemId, VaultId
from remediation.incident import Incident, Objection, StepName
from remediation.indexed import Indexed
from remediation.intents import folded
from remediation.line import Line
from remediation.links.link import NO_LINKS, Links
from remediation.messages import (
    Command,
    Decision,
    Event,
    FailureSeen,
    LeaveDuty,
    NoticeAnswered,
    Perform,
    Performed,
    Publish,
    SendWake,
    Succeeded,
    Transient,
    Woken,
)
from remediation.model import Rung
from remediation.partners import Partners
from remediation.partnership import Claims
from remediation.permits import Permits
from remediation.picture import Picture
from remediation.places import Places, Seen, Taken
from remediation.policies.book import PolicyBook
from remediation.policy import Pace, Policy
from remediation.ports import (
    Clock,
    Commit,
    IncidentIndex,
    IncidentStore,
    Loaded,
    Notifier,
    Slots,
    Wakeups,
)
from remediation.rates.watch import RateLimits
from remediation.receipt import Receipt, receipt_of
from remediation.records import IncidentReopened
from remediation.repertoire import ACTIONS
from remediation.storms.port import Storms

# Races on one item are between a handful of deliveries; who loses more comes again by the queue.
RACES = 8
# A wake-up this much too early was only re-armed on its way: queues delay a day at most.
EARLY = timedelta(minutes=1)
TOLD_WITHIN = timedelta(days=7)  # how long it is tried to tell of an incident's end


class BusyError(RuntimeError):
    """The item is contended: the delivery should come again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What stands after a decision: the item as stored, and the incident, also where it ended."""

    loaded: Loaded
    incident: Incident | None
    receipt: Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """Ties decisions to ports."""

    store: IncidentStore
    index: IncidentIndex
    wakeups: Wakeups
    notifier: Notifier
    slots: Slots
    claims: Claims
    disruptions: Disruptions
    storms: Storms
    limits: RateLimits
    eyes: Eyes
    clock: Clock
    policies: PolicyBook
    links: Links = NO_LINKS

    @property
    def tools(self) -> Tools:
        """The ports that steps use."""
        return self.eyes.tools

    @property
    def permits(self) -> Permits:
        """Who may begin while a storm stands."""
        return Permits(
            storms=self.storms, notifier=self.notifier, wakeups=self.wakeups, clock=self.clock
        )

    @property
    def _places(self) -> Places:
        machines, wakeups, clock = self.tools.machines, self.wakeups, self.clock
        partners = Partners(claims=self.claims, machines=machines, wakeups=wakeups, clock=clock)
        line = Line(slots=self.slots, wakeups=wakeups, clock=clock)
        return Places(line, self.permits, partners, self.disruptions)

    @property
    def _indexed(self) -> Indexed:
        return Indexed(store=self.store, index=self.index, clock=self.clock)

    @property
    def policy(self) -> Policy:
        """The policy of everything; an item's own is in its situation."""
        return self.policies.everything().policy

    @property
    def pace(self) -> Pace:
        """How long calls may take, on the clock in use."""
        real = Pace()
        return Pace(
            act_within=self.clock.stretch(real.act_within),
            take_over=self.clock.stretch(real.take_over),
            wake_grace=max(real.wake_grace, self.clock.stretch(timedelta(seconds=20))),
        )

    # ------------------------------------------------------------ wake-ups

    def wake(
        self, woken: Woken, *, redelivered: bool = False, loaded: Loaded | None = None
    ) -> Receipt:
        """Handle a wake-up. Number 0 is a nudge: whatever number counts now.

        ``loaded`` is the item, where the caller has just read it. ``redelivered``: an earlier
        delivery of this very message may have died half-way, so the wake-up that it should have
        sent is sent again.
        """
        for race in range(RACES):
            if loaded is None or race:
                loaded = self.store.load(woken.item)
            incident = loaded.incident
            if incident is None or incident.id != woken.incident or incident.wake is None:
                self._tell_late(woken, redelivered=redelivered)
                return Receipt(detail="the incident has ended")
            number = woken.number or incident.wake.number
            now = self.clock.now()
            if number != incident.wake.number:
                if redelivered:
                    self._send(incident)
                return Receipt(incident=incident.id, detail=f"wake-up {number} is stale")
            if woken.number and now < incident.wake.at - EARLY:
                self._send(incident)
                return Receipt(incident=incident.id, detail="re-armed")
            event = Woken(item=woken.item, incident=incident.id, number=number)
            storm = self._places.held_back(incident, self.policy, now)
            picture = self.eyes.look(incident, now, storm=storm)
            settled = self.settle(loaded, event, picture)
            if settled is not None:
                return replace(settled.receipt, contended=race > 0)
        raise BusyError(f"{woken.item}: {RACES} lost races")

    def _send(self, incident: Incident) -> None:
        if incident.wake is not None:
            message = Woken(item=incident.item, incident=incident.id, number=incident.wake.number)
            self.wakeups.send(message, at=incident.wake.at)

    # ------------------------------------------------------------ the one corridor

    def settle(self, loaded: Loaded, event: Event, picture: Picture) -> Settled | None:
        """Decide, commit and carry out; None where the race for the item was lost.

        Also None where the failure's marker was there already: the caller looks what became of it.
        """
        decision, left = self._decided(loaded, event, picture, self._places.seen)
        incident, history = folded(loaded, decision)
        after = loaded
        if decision.records and incident is not None:
            marker = event.failure.job if isinstance(event, FailureSeen) else None
            reopened = isinstance(decision.records[0].body, IncidentReopened)
            commit = Commit(
                base=replace(loaded, incident=None) if reopened else loaded,
                records=decision.records,
                incident=incident,
                history=history,
                marker=marker,
                reopened=reopened,
            )
            committed = self._indexed.commit(commit)
            if not isinstance(committed, Loaded):
                self._places.give_back(decision, incident, left, self.store)
                return None
            after = committed
            self._places.free(loaded.incident, decision, incident, left)
        settled = Settled(
            loaded=after, incident=incident, receipt=receipt_of(loaded, event, decision, incident)
        )
        for command in decision.commands:
            settled = self._carry_out(settled, command, picture)
        return settled

    def preview(self, loaded: Loaded, event: Event, picture: Picture) -> Decision:
        """Return what would be decided now, without committing or sending anything."""
        return self._decided(loaded, event, picture, self._places.foretold)[0]

    def _situation(self, loaded: Loaded, event: Event | None, picture: Picture) -> Situation:
        known = event if isinstance(event, FailureSeen) else loaded.incident
        vault = known.protected.vault if known else None
        return Situation(
            incident=loaded.incident,
            history=loaded.history,
            picture=picture,
            policy=self._policy_of(loaded.item, vault, picture),
            pace=self.pace,
            now=self.clock.now(),
        )

    def _policy_of(self, item: ItemId, vault: VaultId | None, picture: Picture) -> Policy:
        tags = picture.tags if isinstance(picture.tags, Mapping) else None
        return self.policies.effective(item, vault, tags).policy

    def _decided(
        self, loaded: Loaded, event: Event, picture: Picture, ask: Callable[..., Seen]
    ) -> tuple[Decision, Taken | None]:
        """Decide, ask for what that needs, and decide again by what the answer shows."""
        situation = self._situation(loaded, event, picture)
        decision = decide(situation, event)
        incident, _ = folded(loaded, decision)
        if (throttled := self._throttled(decision, incident)) is not None:
            # Before any place is taken for it.
            picture = replace(picture, throttled=throttled)
            return decide(replace(situation, picture=picture), event), None
        seen = ask(decision, incident, situation, self.policy.storm_items)
        if seen.picture != picture:
            decision = decide(replace(situation, picture=seen.picture), event)
        return decision, seen.left

    def _throttled(self, decision: Decision, incident: Incident | None) -> Objection | None:
        """Return what Azure's limits object to the step that is about to be intended."""
        step = next((one.step.name for one in decision.commands if isinstance(one, Perform)), None)
        # No guard keeps a lock away: whether it can be sent now is told where it is sent.
        if step is None or step is StepName.RESTORE_LOCK or incident is None:
            return None
        return self.limits.objection(step, incident)

    # ------------------------------------------------------------ commands

    def _carry_out(self, settled: Settled, command: Command, picture: Picture) -> Settled:
        match command:
            case Perform():
                return self._perform(settled, command, picture)
            case SendWake(item=item, incident=incident, wake=wake):
                current = settled.incident.wake if settled.incident else wake
                if current == wake:
                    message = Woken(item=item, incident=incident, number=wake.number)
                    self.wakeups.send(message, at=wake.at)
            case Publish():
                return self._publish(settled, command, picture)
            case LeaveDuty(incident=incident, attempt=attempt):
                self.tools.keeper.leave(holder=(incident, attempt), now=self.clock.now())
        return settled

    def _perform(self, settled: Settled, command: Perform, picture: Picture) -> Settled:
        incident, step = settled.loaded.incident, command.step
        now = self.clock.now()
        if incident is None or now > step.act_before:
            # Too late to send: whoever takes over will find nothing, and say so.
            return settled
        stopped = self._stopped(settled.loaded, command, picture)
        if stopped:
            reason = "; ".join(one.reason for one in stopped)
            event = Performed(
                attempt=step.attempt, step=step.name, outcome=Transient(reason=reason)
            )
            return self._tell(settled, event, picture)
        order = order_of(incident, step, picture, now)
        outcome = STEPS[step.name].act(self.tools, order)
        event = Performed(attempt=step.attempt, step=step.name, outcome=outcome)
        return self._tell(settled, event, picture)

    def _stopped(self, loaded: Loaded, command: Perform, picture: Picture) -> tuple[Objection, ...]:
        """Return what stops a step at the last moment: the policy as it is now."""
        if command.step.name is StepName.RESTORE_LOCK:
            return ()
        draft = Draft(self._situation(loaded, None, picture), "")
        rung = Rung(do=command.action)
        return stopping(draft.plan(ACTIONS[command.action], rung, command.step.name))

    def _tell(self, settled: Settled, event: Event, picture: Picture) -> Settled:
        """Commit what became of a command, however many others commit on the item meanwhile."""
        loaded = settled.loaded
        for _ in range(RACES):
            told = self.settle(loaded, event, picture)
            if told is not None:
                return replace(told, receipt=settled.receipt)
            loaded = self.store.load(loaded.item)
            if loaded.incident is None:
                return replace(settled, loaded=loaded)
        raise BusyError(f"{loaded.item}: {RACES} lost races")

    def _publish(self, settled: Settled, command: Publish, picture: Picture) -> Settled:
        incident = settled.incident
        if incident is None:
            return settled
        waiting = [one for one in incident.notices if one.key == command.key and not one.sent]
        if not waiting:
            return settled
        records = self.store.records(incident.item, incident.id)
        outcome = self.notifier.publish(notification(incident, waiting[0], records, self.links))
        if settled.loaded.incident is None:
            if not isinstance(outcome, Succeeded):
                self._later(incident, since=waiting[0].at)
            return settled
        return self._tell(settled, NoticeAnswered(key=command.key, outcome=outcome), picture)

    def _tell_late(self, woken: Woken, *, redelivered: bool) -> None:
        """Publish what an ended incident could not tell when it ended; its keys tell a repeat."""
        if woken.number and not redelivered:
            return
        ended = self.store.closed(woken.item, woken.incident)
        waiting = [one for one in ended.notices if not one.sent] if ended else []
        if ended is None or not waiting:
            return
        records = self.store.records(ended.item, ended.id)
        outcomes = [
            self.notifier.publish(notification(ended, one, records, self.links)) for one in waiting
        ]
        if not all(isinstance(one, Succeeded) for one in outcomes):
            self._later(ended, since=waiting[-1].at)

    def _later(self, ended: Incident, *, since: datetime) -> None:
        # Nothing of an ended incident is written any more: the message itself is the memory.
        now = self.clock.now()
        if now - since < TOLD_WITHIN:
            message = Woken(item=ended.item, incident=ended.id, number=0)
            self.wakeups.send(message, at=now + max(timedelta(minutes=5), (now - since) / 2))

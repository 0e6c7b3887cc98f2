"""A scenario played: several workers, one call at a time of each, in an order of chance.

Every call of a port is a place where another worker may go on. The order comes from the seed, as
everything does, so that a seed is the same run again.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import override

from greenlet import greenlet

from local.checker.evidence import Evidence
from local.inprocess.queue import Delivery
from local.inprocess.run import SWEEP_EVERY, library, policy_of
from local.inprocess.stores import Stores
from remediation.approving import Approving, Decision
from remediation.engine import BusyError, Engine
from remediation.incident import Incident
from remediation.pauses import Lifted, PausesError
from remediation.pausing import Pausing
from remediation.policies.book import PolicyBook
from remediation.policies.effective import Ground
from remediation.ports import AlreadySeen, Commit, Loaded
from remediation.race import LostRace
from remediation.reception import Reception
from remediation.retrigger import Request, Retrigger
from remediation.sweep import Sweep
from state.layout import record_row
from state.memory import MemoryIncidentStore
from tests.engine_kit.evidence import gathered
from tests.engine_kit.mischief import Died, Mischief
from tests.engine_kit.run import Run
from tests.engine_kit.scenario import HOUR, Deed, Scenario, Spell
from tests.engine_kit.unruly import ChangingSource, SkewedClock, UnrulyQueue, other_library

# A worker is left in the middle of its work so often: more switches find no more, and cost time.
SWITCHES = 0.4
# After a death the host starts the process anew.
STARTS_WITHIN = timedelta(seconds=20)
OTHER_CODE = ("reordered", "shortened")


@dataclass(slots=True, kw_only=True)
class Worker:
    """One process: its engine and doors, its clock, and what it does at the moment."""

    number: int
    clock: SkewedClock
    code: str = "shipped"
    engine: Engine = field(init=False)
    reception: Reception = field(init=False)
    sweep: Sweep = field(init=False)
    busy: greenlet | None = None


class StampingStore(MemoryIncidentStore):
    """The store in memory; it notes when each record was written, as the service's clock has it."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__()
        self._time = now
        self.written: dict[str, float] = {}
        self.lost_races = 0

    @override
    def commit(self, commit: Commit) -> Loaded | LostRace | AlreadySeen:
        done = super().commit(commit)
        self.lost_races += isinstance(done, LostRace)
        if isinstance(done, Loaded):
            at = self._time().timestamp()
            for record in commit.records:
                key = record_row(record.incident, record.sequence)
                self.written[f"{commit.base.item.partition}{key}"] = at
        return done


class Played(Run):
    """A scenario under way."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self._chance = random.Random(f"{scenario.seed}/workers")
        self._workers: list[Worker] = []
        self._main = greenlet.getcurrent()
        self._answered: dict[str, int] = {}
        self._say = 0
        self._deeds = sorted(scenario.deeds, key=lambda one: one.at)
        self._spells = sorted(scenario.spells, key=lambda one: one.at)
        self.downs: list[Spell] = [one for one in self._spells if one.what == "down"]
        world = scenario.world()
        self._store = StampingStore(self._now)
        super().__init__(
            world,
            seed=scenario.seed,
            policy=policy_of(world),
            mischief=Mischief(dict(scenario.strikes), between=self._between),
            stores=Stores(incidents=self._store),
            direct=True,
        )
        manners = random.Random(f"{scenario.seed}/queue")
        self.queue = UnrulyQueue(self.clock, scenario.queue, manners)
        self.wakeups = self.queue
        for number, skew in enumerate(scenario.skews):
            worker = Worker(number=number, clock=SkewedClock(self.clock, timedelta(seconds=skew)))
            self._workers.append(worker)
            self._start(worker)

    # ------------------------------------------------------------ workers

    def _start(self, worker: Worker) -> None:
        """Start a worker's process: nothing it had in memory is left."""
        world_clock = self.clock
        code = worker.code
        self.playbooks = library() if code == "shipped" else other_library(code)
        # What a worker is built from reads the time by its own clock.
        self.clock = worker.clock  # type: ignore[assignment]
        try:
            super().restart()
        finally:
            self.clock = world_clock
        worker.engine, worker.reception, worker.sweep = self.engine, self.reception, self.sweep

    @override
    def book(self) -> PolicyBook:
        return PolicyBook(
            Ground(policy=self.policy),
            source=ChangingSource(self.scenario, self._holding),
            clock=self.clock,
            pauses=self.mischief.guard(self.stores.pauses, "pauses", PausesError),
        )

    def _now(self) -> datetime:
        return self.clock.now()

    def _holding(self) -> Iterator[str]:
        """Return what holds of the policy now, the newest first."""
        for one in reversed(self._spells):
            if one.at <= self.hours < one.at + one.hours:
                yield one.what

    def _between(self) -> None:
        """Before a call of a port: another worker may go on first."""
        here = greenlet.getcurrent()
        if here is self._main or sum(one.busy is not None for one in self._workers) < 2:
            return
        if self._chance.random() < SWITCHES:
            self._main.switch()

    def _give(self, worker: Worker, work: Callable[[Worker], None]) -> None:
        worker.busy = greenlet(lambda: work(worker))

    def _finish(self) -> None:
        """Let the workers go on in an order of chance, until each has done its work."""
        self._main = greenlet.getcurrent()
        while busy := [one for one in self._workers if one.busy is not None]:
            worker = busy[0] if len(busy) == 1 else self._chance.choice(busy)
            self.engine, self.reception = worker.engine, worker.reception
            self.sweep = worker.sweep
            running = worker.busy
            assert running is not None
            running.switch()
            if running.dead:
                worker.busy = None

    def _invoked(self, worker: Worker, do: Callable[[], None]) -> bool:
        """Call a function of a worker; False where its message comes again."""
        try:
            do()
        except Died:
            self.deaths += 1
            self._start(worker)
            return False
        except BusyError:
            return False
        except Exception:
            if not self.mischief.struck:
                raise
            return False
        finally:
            self.lasts.add(len(self.mischief.calls))
        return True

    # ------------------------------------------------------------ what happens

    @override
    def step(self, until: datetime) -> bool:
        """Let the next thing happen; False where nothing does up to ``until``."""
        self._alerts()
        at = min(self._dues())
        if at > until:
            self.clock.jump(until)
            self.simulation.advance(until)
            return False
        self.clock.jump(at)
        self._overslept()
        now = self.clock.now()
        self.simulation.advance(now)
        self._alerts()
        self._deployed(now)
        for worker in self._idle():
            if (deed := self._next_deed(now)) is not None:
                self._give(worker, partial(self._deed, deed=deed))
            elif (delivery := self.queue.take(now)) is not None:
                self._give(worker, partial(self._delivered, delivery=delivery))
            elif now >= self.next_sweep:
                self.next_sweep = now + SWEEP_EVERY
                self._give(worker, self._swept)
        self._finish()
        self._heard()
        return True

    def _dues(self) -> Iterator[datetime]:
        yield self.next_sweep
        nexts = (self.simulation.estate.agenda.next_at(), self.queue.next_due)
        yield from (one for one in nexts if one is not None)
        if self._deeds:
            yield self._time(self._deeds[0].at)

    def _time(self, hours: float) -> datetime:
        return self.world.start + hours * HOUR

    def _idle(self) -> list[Worker]:
        found = list(self._workers)
        self._chance.shuffle(found)
        return found

    def _overslept(self) -> None:
        """Where nothing was worked for a while the clock stands at the end of it."""
        for one in list(self.downs):
            if self.clock.now() >= self._time(one.at):
                self.downs.remove(one)
                self.clock.jump(self._time(one.at + one.hours))

    def _deployed(self, now: datetime) -> None:
        for one in list(self._spells):
            if one.what in OTHER_CODE and now >= self._time(one.at):
                self._spells.remove(one)
                worker = self._workers[int(one.hours) % len(self._workers)]
                worker.code = one.what
                self._start(worker)

    def _delivered(self, worker: Worker, delivery: Delivery) -> None:
        if not self._invoked(worker, lambda: self._function(delivery)):
            self.queue.failed(delivery)

    def _swept(self, worker: Worker) -> None:
        first = len(self.mischief.calls) + 1
        self._invoked(worker, lambda: self.swept.append(worker.sweep.run()))
        self.sweeps.append((first, len(self.mischief.calls)))

    # ------------------------------------------------------------ what is added on the way

    @property
    def hours(self) -> float:
        """How many hours have passed since the world's beginning."""
        return (self.clock.now() - self.world.start) / HOUR

    def does(self, deed: Deed) -> None:
        """Let an operator do something, when its time comes."""
        self._deeds = sorted([*self._deeds, deed], key=lambda one: one.at)

    def comes(self, spell: Spell) -> None:
        """Let something hold for a while."""
        self.scenario = replace(self.scenario, spells=(*self.scenario.spells, spell))
        self._spells = sorted([*self._spells, spell], key=lambda one: one.at)
        if spell.what == "down":
            self.downs.append(spell)

    # ------------------------------------------------------------ operators

    def _next_deed(self, now: datetime) -> Deed | None:
        if self._deeds and now >= self._time(self._deeds[0].at):
            return self._deeds.pop(0)
        return None

    def _heard(self) -> None:
        """Let people answer what is asked of them, each request as its turn comes."""
        if not self.scenario.says:
            return
        for incident in self.open:
            asked = incident.approval
            if asked is None or asked.given or asked.key in self._answered:
                continue
            says = self.scenario.says
            say = says[self._say % len(says)]
            self._say += 1
            self._answered[asked.key] = self._say
            number = next(n for n, vm in enumerate(self.world.vms) if vm.name == incident.item.name)
            what = "approve" if say.yes else "deny"
            self.does(Deed(at=self.hours + say.after, what=what, machine=number))

    def _deed(self, worker: Worker, deed: Deed) -> None:
        if not self._invoked(worker, partial(self._do, worker, deed)):
            # Who sees that it failed tries again.
            self.does(replace(deed, at=self.hours + 1 / 60))

    def _do(self, worker: Worker, deed: Deed) -> None:
        match deed.what:
            case "retrigger":
                self._retrigger(worker, deed)
            case "pause":
                self._pause(worker, deed)
            case "lift":
                self._lift()
            case _:
                self._answer(worker, deed)

    def _about(self, deed: Deed) -> list[Incident]:
        names = [vm.name for vm in self.world.vms]
        wanted = None if deed.machine is None else names[deed.machine % len(names)]
        return [one for one in self.open if wanted in {None, one.item.name}]

    def _retrigger(self, worker: Worker, deed: Deed) -> None:
        for one in self._about(deed):
            request = Request(item=one.item, by="ada", reason="looked at it")
            Retrigger(reception=worker.reception).ask(request)

    def _pause(self, worker: Worker, deed: Deed) -> None:
        vms = self.world.vms
        whole = deed.machine is None
        scope = "*" if whole else self.world.item(vms[(deed.machine or 0) % len(vms)])
        pauses = self.mischief.guard(self.stores.pauses, "pauses", PausesError)
        pausing = Pausing(pauses=pauses, ledger=worker.reception.ledger, clock=worker.clock)
        length = timedelta(hours=deed.hours)
        pausing.pause(scope=scope, by="ada", reason="maintenance", length=length)

    def _lift(self) -> None:
        now = self.clock.now()
        for one in self.stores.pauses.active(now):
            self.stores.pauses.lift(one.id, Lifted(by="ben", reason="done", at=now))

    def _answer(self, worker: Worker, deed: Deed) -> None:
        for one in self._about(deed):
            if one.approval is not None:
                decision = Decision(
                    item=one.item,
                    incident=one.id,
                    key=one.approval.key,
                    by="ada",
                    reason="agreed" if deed.what == "approve" else "not now",
                    yes=deed.what == "approve",
                )
                Approving(engine=worker.engine).answer(decision)

    # ------------------------------------------------------------ what stands there

    @property
    def lost_races(self) -> int:
        """How many commits came too late."""
        return self._store.lost_races

    @override
    def evidence(self) -> Evidence:
        """Return what the run left behind so far."""
        stores = self.stores
        skews = self.scenario.skews
        return gathered(
            self.service,
            stores.incidents,
            stores.duties,
            stores.ledger,
            self.notices.texts,
            (one.text for one in self.queue.poison),
            written=self._store.written,
            skew=timedelta(seconds=max(map(abs, skews))),
        )

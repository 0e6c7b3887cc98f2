"""A world under way in this process and the worker that looks after it; time jumps to what is next.

What differs from the cloud: one worker at a time, storage in memory, no sockets. What does not: the
engine, the adapters of Resource Manager, Microsoft's SDKs, the doors' parsing, the queue's rules.
"""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache

from local.azure.http.alert_payload import payload
from local.azure.http.service import ArmService
from local.azure.model.simulation import Simulation
from local.inprocess.azure import SimulatedAdapter, SimulatedClients
from local.inprocess.clock import VirtualClock
from local.inprocess.direct import DirectClients
from local.inprocess.notices import Notices
from local.inprocess.policy import book_of
from local.inprocess.queue import DelayedQueue, Delivery, PoisonQueue
from local.inprocess.stores import Stores
from local.inprocess.wire import LATENCY, Wire
from local.stack.environment import PREFIX, of_policy
from local.worlds import World
from remediation.actions.step import Tools
from remediation.arm.backups import ArmBackups
from remediation.arm.clients import ArmClients
from remediation.arm.locks import ArmLocks
from remediation.arm.machines import ArmMachines
from remediation.arm.vaults import ArmVaults
from remediation.deferral import Deferral
from remediation.engine import Engine
from remediation.eyes import Eyes
from remediation.incident import Incident, Phase
from remediation.intake import from_alert, from_text, to_cloud_event
from remediation.keeper import LockKeeper
from remediation.messages import FailureReported, Rejected, VaultNudged, Woken
from remediation.playbooks.library import Library
from remediation.playbooks.loader import load
from remediation.policies.book import PolicyBook
from remediation.policy import Policy
from remediation.ports import Wakeups
from remediation.rates.watch import RateLimits
from remediation.receipt import Receipt
from remediation.reception import Reception
from remediation.settings import read_policy
from remediation.sweep import Sweep, Swept
from state.snapshots import VaultSnapshots
from state.wakeups import parse_wakeup, wakeup_text

SWEEP_EVERY = timedelta(minutes=30)
LONGEST = timedelta(days=14)


@cache
def library() -> Library:
    """Return the shipped playbooks, read once."""
    return load()


def policy_of(world: World) -> Policy:
    """Return the policy that the local stack would set for a world."""
    scopes = ",".join(sorted({vault.subscription for vault in world.vaults}))
    return read_policy({**of_policy(world.policy), f"{PREFIX}SCOPES": scopes})


class Run:
    """A world under way, and the worker that looks after it."""

    def __init__(
        self,
        world: World,
        *,
        seed: int = 1,
        policy: Policy | None = None,
        latency: timedelta = LATENCY,
        stores: Stores | None = None,
        playbooks: Library | None = None,
        direct: bool = False,
    ) -> None:
        """Build the world as it stands before its first backups.

        ``policy``: None for the world's own; its document lies over either. ``playbooks``: None for
        those that ship. ``direct``: without the SDKs, three times as fast.
        """
        self.world = world
        self.clock = VirtualClock(world.start)
        self.simulation = Simulation(world, seed=seed, now=world.start)
        self.service = ArmService(self.simulation)
        self.policy = policy or policy_of(world)
        self.playbooks = playbooks or library()
        self.queue = DelayedQueue(self.clock)
        self.notices = Notices()
        self.stores = stores or Stores()
        self._wire = self.wire(latency)
        self._adapter = None if direct else SimulatedAdapter(self._wire)
        self.receipts: list[tuple[Delivery, Receipt]] = []
        self.swept: list[Swept] = []
        self.next_sweep = world.start + SWEEP_EVERY
        # How often the doors deliver an alert, and a message of the queue: at least once.
        self.copies: Callable[[], int] = lambda: 1
        self.wakeups: Wakeups = self.queue
        self.restart()

    def wire(self, latency: timedelta) -> Wire:
        """Return what stands between the clients and the simulation."""
        return Wire(self.service, self.clock, latency)

    def guard[P](self, port: P, _name: str) -> P:
        """Return the port as the worker gets it."""
        return port

    def book(self) -> PolicyBook:
        """Return the policy that a new worker goes by."""
        return book_of(self.world, self.policy, self.clock, self.stores.pauses)

    def restart(self) -> None:
        """Start a new worker on the same storage: nothing it had in memory is left."""
        stores, guard = self.stores, self.guard
        duties = guard(stores.duties, "duties")
        limits = RateLimits(
            guard(stores.brakes, "brakes"), self.clock, guard(stores.ledger, "ledger")
        )
        clients: ArmClients = (
            DirectClients(self._wire, limits)
            if self._adapter is None
            else SimulatedClients(self._adapter, limits)
        )
        locks = ArmLocks(clients)
        tools = Tools(
            machines=ArmMachines(clients),
            backups=ArmBackups(clients),
            locks=locks,
            vaults=VaultSnapshots(
                shelves=guard(stores.shelves, "shelves"),
                reader=ArmVaults(clients, self.clock),
                clock=self.clock,
            ),
            keeper=LockKeeper(duties=duties, locks=locks),
        )
        wakeups = guard(self.wakeups, "wakeups")
        self.engine = Engine(
            store=guard(stores.incidents, "incidents"),
            index=guard(stores.index, "index"),
            wakeups=wakeups,
            notifier=guard(self.notices, "notifier"),
            slots=guard(stores.slots, "slots"),
            claims=guard(stores.claims, "claims"),
            disruptions=guard(stores.disruptions, "disruptions"),
            storms=guard(stores.storms, "storms"),
            limits=limits,
            eyes=Eyes(tools=tools, duties=duties, library=self.playbooks),
            clock=self.clock,
            policies=self.book(),
        )
        self.reception = Reception(engine=self.engine, ledger=guard(stores.ledger, "ledger"))
        self.sweep = Sweep(
            reception=self.reception,
            wakeups=wakeups,
            undelivered=PoisonQueue(self.queue),
            roles=stores.roles,
        )

    # ------------------------------------------------------------ what happens

    def begin(self) -> None:
        """Let the world's first scheduled backups run."""
        self.simulation.begin(self.clock.now())

    def step(self, until: datetime) -> bool:
        """Let the next thing happen; False where nothing does up to ``until``."""
        self._alerts()
        dues = (self.simulation.estate.agenda.next_at(), self.queue.next_due, self.next_sweep)
        at = min(due for due in dues if due is not None)
        if at > until:
            self.clock.jump(until)
            self.simulation.advance(until)
            return False
        self.clock.jump(at)
        self.simulation.advance(self.clock.now())
        self._alerts()
        delivery = self.queue.take(self.clock.now())
        if delivery is not None:
            self.deliver(delivery)
        elif self.clock.now() >= self.next_sweep:
            self.next_sweep = self.clock.now() + SWEEP_EVERY
            self.invoke(self.sweep_once)
        return True

    def run(self, *, until: datetime | None = None, done: Callable[[], bool] | None = None) -> bool:
        """Go on until ``done``; False where that never comes to pass within fourteen days."""
        end = until or self.clock.now() + LONGEST
        while self.step(end):
            if done is not None and done():
                return True
        return done is None

    def run_until_settled(self) -> bool:
        """Go on until nothing is open but what people have, and nothing is on its way."""
        return self.run(done=self.settled)

    def settled(self) -> bool:
        """Whether every failure is on file, none is being worked on, and every lock is back."""
        return not (
            any(one.phase is not Phase.RESTING or _unsent(one) for one in self.open)
            or any(one.away for one in self.stores.duties.all())
            or self._under_way()
        )

    def deliver(self, delivery: Delivery) -> None:
        """Hand a message to the worker, as the host does."""
        if not self.invoke(lambda: self._function(delivery)):
            self.queue.failed(delivery)

    # ------------------------------------------------------------ what stands there

    @property
    def open(self) -> list[Incident]:
        """Every open incident."""
        found = (one.incident for one in self.stores.incidents.partitions())
        return [one for one in found if one is not None]

    @property
    def ended(self) -> list[Incident]:
        """Every ended incident."""
        partitions = self.stores.incidents.partitions()
        return [one for partition in partitions for one in partition.closed.values()]

    @property
    def incidents(self) -> list[Incident]:
        """Every incident."""
        return [*self.open, *self.ended]

    # ------------------------------------------------------------ inside

    def _alerts(self) -> None:
        for alert in self.simulation.fired():
            for _ in range(self.copies()):
                self.alert(json.dumps(payload(alert)).encode())

    def alert(self, body: bytes) -> None:
        """Post an alert to the door: it becomes an event on the queue, or a rejection."""
        incoming = from_alert(body, self.policy.scopes)
        now = self.clock.now()
        if isinstance(incoming, Rejected):
            self.stores.ledger.reject(incoming, now)
            return
        event = json.dumps(to_cloud_event(incoming, now))
        for _ in range(self.copies()):
            self.queue.put(Delivery(door="events", text=event), now)

    def text_of(self, message: Woken | FailureReported) -> str:
        """Return the text of a message that is due now."""
        return wakeup_text(message, at=self.clock.now())

    def invoke(self, do: Callable[[], None]) -> bool:
        """Call a function of the worker; False where its message comes again."""
        do()
        return True

    def _function(self, delivery: Delivery) -> None:
        again = delivery.count > 1
        if delivery.door == "wakeups":
            self._handle(delivery, parse_wakeup(delivery.text), again=again)
            return
        for incoming in from_text(delivery.text, self.policy.scopes):
            match incoming:
                case FailureReported():
                    self._handle(delivery, incoming, again=again)
                case VaultNudged(vault=vault):
                    self.sweep.look_at(vault)
                case Rejected():
                    self.reception.ledger.reject(incoming, self.clock.now())

    def _handle(self, delivery: Delivery, message: Woken | FailureReported, *, again: bool) -> None:
        def do() -> Receipt:
            if isinstance(message, Woken):
                return self.engine.wake(message, redelivered=again)
            return self.reception.report(message, redelivered=again)

        deferral = Deferral(wakeups=self.engine.wakeups, ledger=self.reception.ledger)
        receipt = deferral.handled(message, do, self.clock.now())
        if receipt is not None:
            self.receipts.append((delivery, receipt))

    def sweep_once(self) -> None:
        """Let the timer's sweep run."""
        self.swept.append(self.sweep.run())

    def _under_way(self) -> bool:
        estate = self.simulation.estate
        if estate.alerts or any(one.door == "events" for one in self.queue.waiting):
            return True
        known = {job for one in self.stores.incidents.partitions() for job in one.markers}
        names = {job.job.lower() for job in known}
        names |= {job.job.job.lower() for one in self.incidents for job in one.failures}
        ours = {
            name
            for one in self.incidents
            for attempt in one.attempts
            for name in attempt.request_ids
        }
        for machine in estate.machines.values():
            jobs = [job for job in machine.jobs if job.kind != "history"]
            if not any(job.kind == "scheduled" and job.ended for job in jobs):
                return True
            for job in jobs:
                failed = job.status == "Failed" and job.activity_id.lower() not in ours
                if failed and job.id.lower() not in names:
                    return True
        return False


def _unsent(incident: Incident) -> bool:
    return any(not notice.sent for notice in incident.notices)

"""Partners and disruptive actions in whole worlds: crashes, sweeps, races and dry runs."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import cast, override

import pytest

from local.checker.together import beside_unwell, disruptive, together
from local.inprocess.run import Run as InProcess
from local.worlds import Vm, World
from remediation.claim_watch import give_back
from remediation.engine import Engine
from remediation.ids import ItemId, VaultId
from remediation.incident import Incident, Status
from remediation.messages import Perform, Woken
from remediation.newer import NewerError
from remediation.partnership import SOONEST, SPREAD, Claim, Group
from remediation.ports import Commit, IncidentStore, Loaded, Machines
from remediation.urgency import Waiter
from remediation.views import Unreadable
from state.memory import MemoryClaims
from tests.engine_kit.crew import crew
from tests.engine_kit.mischief import Died, Mischief, Mode
from tests.engine_kit.run import Run, Stores
from tests.local.azure.building import a_fault, a_vm, a_world

HOUR = timedelta(hours=1)
RETRY = a_fault("retry_backup", code="UserErrorGuestAgentStatusUnavailable", number=400196)
RESTART = a_fault("restart_agent", code="ExtensionOperationFailedForManagedDisks")


def a_pair(**changes: object) -> World:
    """Two machines of a set that fail in one night."""
    vms = (
        a_vm(fault=RETRY, partner="vm-2", **changes),
        a_vm(name="vm-2", fault=RETRY, partner="vm-1", **changes),
    )
    return a_world(*vms, history_days=1)


def a_fleet(count: int, fault: object = RETRY, **policy: int) -> World:
    """So many machines of one set."""
    vms: list[Vm] = [
        a_vm(name=f"vm-{number}", fault=fault, availability_set="set") for number in range(count)
    ]
    world = a_world(*vms, history_days=1)
    return replace(world, policy=replace(world.policy, **policy))  # type: ignore[arg-type]


def begun(world: World, *, mischief: Mischief | None = None) -> Run:
    """Return a run whose first backups have begun."""
    run = Run(world, seed=3, mischief=mischief)
    run.begin()
    return run


def claims(run: InProcess) -> list[str]:
    """Return who has claimed something."""
    (vault,) = run.world.vaults
    return [one.claim.holder for one in run.stores.claims.all(vault.subscription)]


def test_partners_are_repaired_one_after_the_other() -> None:
    """The second waits, says for whom, and recovers too; nothing is left claimed."""
    run = begun(a_pair())
    assert run.run_until_settled()
    assert {one.status for one in run.incidents} == {Status.RECOVERED}
    assert list(together(run.evidence())) == []
    assert claims(run) == []
    assert {one.partners for incident in run.incidents for one in incident.attempts if one.counts}


def test_the_next_partner_begins_as_soon_as_the_first_has_ended() -> None:
    """It is called, and has stood in line once; without the call it would look in its own time."""
    run = begun(a_pair())
    assert run.run_until_settled()
    first, second = sorted(run.incidents, key=lambda one: one.attempts[-1].acted_at)
    assert first.ending is not None
    assert timedelta() <= second.attempts[-1].acted_at - first.ending.at < timedelta(minutes=1)
    assert run.mischief.calls.count("claims.wait") == 1


@pytest.mark.proof
def test_every_point_at_which_a_worker_may_die_leaves_no_claim_behind() -> None:
    """The sweep gives back what the dead had; the others go on, one at a time."""
    calls = _undisturbed().mischief.calls
    points = [
        number
        for number, name in enumerate(calls, start=1)
        if name.startswith(("claims.take", "claims.free")) or name == "incidents.commit"
    ]
    assert points
    for point in points[:8]:
        for mode in (Mode.DIE_BEFORE, Mode.DIE_AFTER):
            run = begun(a_pair(), mischief=Mischief({point: mode}))
            assert run.run_until_settled(), (point, mode)
            run.sweep_once()
            assert {one.status for one in run.incidents} == {Status.RECOVERED}, (point, mode)
            assert list(together(run.evidence())) == []
            assert claims(run) == []


def _undisturbed() -> Run:
    run = begun(a_pair())
    assert run.run_until_settled()
    return run


def test_a_sweep_gives_back_what_no_attempt_needs() -> None:
    """And calls who waits for it; but nothing that may still come into use by a late commit."""
    run = begun(a_pair())
    (vault,) = run.world.vaults
    incident, other = _undisturbed().incidents
    now = run.clock.now()
    dead = Claim(
        holder="inc-9-1", item=incident.item, action="reapply_vm", since=now, until=now + HOUR
    )
    run.stores.claims.take(vault.subscription, "tag|app|x", dead, now)
    run.sweep_once()
    assert claims(run) == ["inc-9-1"]
    due = Waiter(incident="inc-8", item=other.item, act_by=now, rank=2, until=now)
    run.stores.claims.wait(vault.subscription, "tag|app|x", due, now)
    run.clock.jump(now + HOUR / 2)
    run.sweep_once()
    assert "inc-9-1" not in claims(run)
    assert run.swept[-1].claims == 1
    assert any('"inc-8"' in one.text for one in run.queue.waiting)


@dataclass(frozen=True, slots=True)
class Beyond:
    """A store in which one item says more than this version understands."""

    store: IncidentStore
    item: ItemId

    def load(self, item: ItemId) -> Loaded:
        """Read any other item."""
        if item == self.item:
            raise NewerError("quarantine", item=item.shown)
        return self.store.load(item)


def test_a_claim_on_what_a_newer_version_wrote_stays_and_hides_no_other() -> None:
    """Whoever can read it knows whether it is needed."""
    run = begun(a_pair())
    (vault,) = run.world.vaults
    one, other = (incident.item for incident in _undisturbed().incidents)
    now = run.clock.now()
    for holder, item, group in (("inc-8-1", one, "tag|app|x"), ("inc-9-1", other, "tag|app|y")):
        dead = Claim(holder=holder, item=item, action="reapply_vm", since=now, until=now + 3 * HOUR)
        run.stores.claims.take(vault.subscription, group, dead, now)
    run.clock.jump(now + HOUR / 2)
    beyond = cast("IncidentStore", Beyond(run.engine.store, one))
    assert give_back(replace(run.engine, store=beyond)) == 1
    assert claims(run) == ["inc-8-1"]
    assert give_back(run.engine) == 1
    assert claims(run) == []


def test_a_claim_of_an_attempt_under_way_is_left_alone_by_the_sweep() -> None:
    """However often it comes."""
    run = begun(a_pair())
    run.run(done=lambda: any(one.step is not None for one in run.open))
    held = claims(run)
    assert len(held) == 1
    run.clock.jump(run.clock.now() + timedelta(minutes=10))
    run.sweep_once()
    assert claims(run) == held


class Unreachable(MemoryClaims):
    """Claims that cannot be reached for a while."""

    def __init__(self) -> None:
        super().__init__()
        self.back = False

    @override
    def take(self, subscription: str, group: str, claim: Claim, now: datetime) -> Claim | None:
        if not self.back:
            raise ConnectionError("the account cannot be reached")
        return super().take(subscription, group, claim, now)


def test_claims_that_cannot_be_read_let_nothing_begin_and_say_so() -> None:
    """It is looked at again, and goes on by itself."""
    unreachable = Unreachable()
    run = Run(a_pair(), seed=3, stores=Stores(claims=unreachable))
    run.begin()
    run.run(until=run.world.start + HOUR)
    assert not [one for incident in run.incidents for one in incident.attempts if one.counts]
    held = _held(run)
    assert len(held) == 2
    for one in held:
        assert one.hold is not None
        (objection,) = one.hold.objections
        assert "claims on its partners cannot be read: ConnectionError" in objection.reason
    unreachable.back = True
    assert run.run_until_settled()
    assert {one.status for one in run.incidents} == {Status.RECOVERED}


def test_who_is_held_back_looks_again_and_takes_nothing() -> None:
    """For as long as a partner is switched off: no place, no claim, look by look."""
    off = a_vm(name="vm-2", power="deallocated", partner="vm-1")
    vm = a_vm(fault=RESTART, os="windows", partner="vm-2")
    run = begun(a_world(vm, off, history_days=1))
    assert run.run(done=lambda: bool(_held(run)))
    before = len(run.mischief.calls)
    run.run(until=run.clock.now() + 3 * HOUR)
    (held,) = _held(run)
    assert held.hold is not None
    assert "its power state is deallocated" in held.hold.objections[0].reason
    calls = run.mischief.calls[before:]
    assert calls.count("claims.find") > 5
    taken = ("claims.take", "claims.free", "slots.take", "slots.free")
    assert [one for one in calls if one.startswith(taken)] == []


def test_people_are_told_before_the_deadline_that_a_partner_holds_it_back() -> None:
    """At the last look before it, with the partner's name; the incident goes on looking."""
    off = a_vm(name="vm-2", power="deallocated", partner="vm-1")
    world = a_world(a_vm(fault=RESTART, os="windows", partner="vm-2"), off, history_days=1)
    run = begun(replace(world, policy=replace(world.policy, objective=timedelta(hours=36))))
    assert run.run(done=lambda: bool(_held(run)))
    (held,) = _held(run)
    assert held.act_by is not None
    assert held.act_by > run.clock.now() + HOUR
    run.run(until=held.act_by + HOUR)
    (told,) = run.open
    assert told.escalation is not None
    assert held.act_by - SOONEST - SPREAD <= told.escalation.at <= held.act_by
    assert told.escalation.ladder_goes_on
    assert "VM-2 is its partner" in told.escalation.reason
    assert told.wake is not None
    assert told.wake.at <= run.clock.now() + SOONEST + SPREAD


def test_a_backup_is_tried_again_beside_a_partner_that_is_switched_off() -> None:
    """It stands in for nobody, now or later."""
    off = a_vm(name="vm-2", power="deallocated", partner="vm-1")
    run = begun(a_world(a_vm(fault=RETRY, partner="vm-2"), off, history_days=1))
    assert run.run_until_settled()
    assert {one.status for one in run.incidents} == {Status.RECOVERED}
    assert list(beside_unwell(run.evidence())) == []
    assert claims(run) == []


def test_a_place_that_cannot_be_given_back_stops_no_command() -> None:
    """The commit stands: what it decided is carried out at once, and the place lapses."""
    calls = _undisturbed().mischief.calls
    points = [number for number, name in enumerate(calls, start=1) if name.startswith("slots.free")]
    assert points
    for point in points:
        run = begun(a_pair(), mischief=Mischief({point: Mode.FAIL_BEFORE}))
        assert run.run_until_settled()
        assert run.mischief.struck
        assert run.mischief.calls == calls


@dataclass(frozen=True, slots=True)
class Between:
    """A store at whose next commit something else happens first."""

    store: IncidentStore
    first: list[Callable[[], None]]

    def __getattr__(self, name: str) -> object:
        """Do all else as the store does."""
        return getattr(self.store, name)

    def commit(self, commit: Commit) -> object:
        """Let the other come first, once."""
        while self.first:
            self.first.pop()()
        return self.store.commit(commit)


@dataclass(frozen=True, slots=True)
class Unlisted:
    """Machines whose partners Azure does not tell."""

    machines: Machines

    def __getattr__(self, name: str) -> object:
        """Read all else as Azure tells it."""
        return getattr(self.machines, name)

    def members(self, _subscription: str, _group: Group) -> Unreadable:
        """Tell none."""
        return Unreadable(reason="429")


def waiting_for_a_place() -> tuple[Run, Callable[[], object]]:
    """Return a run whose one incident waits for a place, and what makes the place free."""
    pair = a_vm(fault=RETRY, partner="vm-2"), a_vm(name="vm-2", partner="vm-1")
    world = a_world(*pair, history_days=1)
    world = replace(world, policy=replace(world.policy, at_once_vault=1))
    run = Run(world, seed=3)
    (one,) = world.vaults
    vault = VaultId.of(one.subscription, one.resource_group, one.name)
    until = world.start + timedelta(days=2)
    waiter = Waiter(
        incident="inc-9",
        item=ItemId.of(one.subscription, "rg", "vm-9"),
        act_by=None,
        rank=0,
        until=until,
    )
    run.stores.slots.take(
        vault, "inc-9-1", until=until, now=run.clock.now(), per_vault=1, per_subscription=1,
        waiter=waiter, position=0,
    )  # fmt: skip
    run.begin()
    assert run.run(done=lambda: any(one.hold is not None for one in run.open))
    return run, lambda: run.stores.slots.free(vault, "inc-9-1", upto=0, now=run.clock.now())


def wake(engine: Engine, run: Run) -> None:
    """Nudge the one incident."""
    (incident,) = run.open
    engine.wake(Woken(item=incident.item, incident=incident.id, number=0))


def test_a_worker_that_finds_a_partner_unwell_takes_nothing_from_another() -> None:
    """Both act for one attempt, by one name; the other found nothing amiss, and is to commit."""
    run, give = waiting_for_a_place()
    engine, before = run.engine, len(run.mischief.calls)
    give()
    held: list[list[str]] = []

    def dies() -> None:
        raise Died

    def second() -> None:
        held.append(claims(run))
        tools = replace(engine.tools, machines=cast("Machines", Unlisted(engine.tools.machines)))
        store = cast("IncidentStore", Between(engine.store, [dies]))
        with pytest.raises(Died):
            wake(replace(engine, store=store, eyes=replace(engine.eyes, tools=tools)), run)
        held.append(claims(run))

    store = cast("IncidentStore", Between(engine.store, [second]))
    wake(replace(engine, store=store), run)
    (incident,) = run.open
    assert incident.step is not None
    assert held == [[f"{incident.id}-1"]] * 2
    assert claims(run) == held[0]
    called = [one.partition(" ")[0] for one in run.mischief.calls[before:]]
    assert (called.count("slots.take"), called.count("claims.take")) == (2, 2)
    assert {"slots.free", "claims.free"}.isdisjoint(called)


def test_a_dry_run_tells_of_a_partner_and_claims_nothing() -> None:
    """What a re-trigger would be held back by."""
    run = begun(a_pair())
    run.run(done=lambda: bool(_held(run)))
    held, waiting = claims(run), _held(run)[0]
    assert held
    loaded = run.engine.store.load(waiting.item)
    assert waiting.wake is not None
    woken = Woken(item=waiting.item, incident=waiting.id, number=waiting.wake.number)
    run.clock.jump(waiting.wake.at)
    picture = run.engine.eyes.look(waiting, run.clock.now())
    decision = run.engine.preview(loaded, woken, picture)
    assert not [one for one in decision.commands if isinstance(one, Perform)]
    assert claims(run) == held


def _held(run: Run) -> list[Incident]:
    """Return the incidents that a partner holds back."""
    guards = {one.id: {o.guard for o in one.hold.objections} for one in run.open if one.hold}
    return [one for one in run.open if "partner" in guards.get(one.id, ())]


@pytest.mark.proof
def test_sixteen_workers_repair_twelve_partners_one_at_a_time() -> None:
    """Real threads, each with an engine of its own."""
    with crew(a_fleet(12), workers=16) as run:
        run.begin()
        assert run.run(done=lambda: len(run.ended) == 12)
        evidence = run.evidence()
        assert {one.status for one in run.incidents} == {Status.RECOVERED}
        assert list(together(evidence)) == []
        assert claims(run) == []


@pytest.mark.proof
def test_sixteen_workers_begin_no_more_disruptive_actions_an_hour_than_are_allowed() -> None:
    """All fail at once; three an hour."""
    vms = [a_vm(name=f"vm-{number}", fault=RESTART, os="windows") for number in range(10)]
    world = a_world(*vms, history_days=1)
    world = replace(world, policy=replace(world.policy, disruptive_per_hour=3))
    with crew(world, workers=16) as run:
        run.begin()
        assert run.run(done=lambda: len(run.ended) == 10)
        evidence = run.evidence()
        assert {one.status for one in run.incidents} == {Status.RECOVERED}
        assert list(disruptive(evidence)) == []
        acted = [
            one.acted_at
            for incident in run.incidents
            for one in incident.attempts
            if one.action == "restart_agent"
        ]
    assert max(acted) - min(acted) > 2 * HOUR

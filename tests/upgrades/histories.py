"""What is written into the golden files: small worlds that between them do everything there is.

Each history is a world and what happens in it, up to a chosen moment: many stop in the middle, as
an upgrade does. A new action is played by itself, as soon as a world of ``every-fault`` names it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from local import worlds
from local.azure.model.entities import Machine
from local.inprocess.queue import Delivery
from local.worlds import Fault, Misbehaviour, Vm, World
from remediation.approving import Approving, Decision
from remediation.deeds import Deed, DeedKind, DeedState
from remediation.ids import ItemId, JobKey, VaultId
from remediation.incident import Door, Incident, Phase
from remediation.messages import FailureReported
from remediation.pauses import Lifted, Pause
from remediation.records import (
    ApprovalRequested,
    Body,
    CauseChanged,
    Escalated,
    Held,
    IncidentReopened,
    StepIntended,
    StepSent,
    WaitBegan,
)
from remediation.repertoire import ACTIONS
from remediation.retrigger import Request, Retrigger
from tests.engine_kit.fleet import fleet
from tests.engine_kit.small import DEAD_AGENT, WORLDS
from tests.local.azure.building import a_fault, a_vm, a_world
from tests.upgrades.stored_run import DiedError, StoredRun

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ANN, BOB = "Ann (1)", "Bob (2)"
# Long enough for a ladder with its waits; what never comes to its end is a fault of the history.
WITHIN = timedelta(days=5)
UNKNOWN_JOB = "99999999-0000-4000-8000-000000000000"

type Play = Callable[[StoredRun], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """A world, and how it is played up to the moment that is written down."""

    name: str
    world: World
    play: Play


def to_its_end(run: StoredRun) -> None:
    """Play until nobody works on anything."""
    run.begin()
    end = run.world.start + WITHIN
    assert run.run(until=end, done=run.settled), "it does not come to an end"


def up_to(kind: type[Body], *, times: int = 1) -> Play:
    """Play until a record of that kind was committed so many times."""

    def play(run: StoredRun) -> None:
        run.begin()
        _until(run, lambda: _count(run, kind) >= times)

    return play


def dying_after(kind: type[Body]) -> Play:
    """Play until the worker dies with the commit of such a record."""

    def play(run: StoredRun) -> None:
        assert run.noted is not None
        run.noted.dies_after = kind
        with pytest.raises(DiedError):
            to_its_end(run)

    return play


def _count(run: StoredRun, kind: type[Body]) -> int:
    return sum(isinstance(one.body, kind) for one in run.committed)


def _until(run: StoredRun, done: Callable[[], bool]) -> None:
    assert run.run(until=run.clock.now() + WITHIN, done=done), "it never comes to pass"


def _only(run: StoredRun) -> Incident:
    (incident,) = run.open
    return incident


def _answer(run: StoredRun, incident: Incident, by: str, *, yes: bool) -> None:
    assert incident.approval is not None
    asked = Decision(
        item=incident.item, incident=incident.id, key=incident.approval.key, by=by,
        reason="the shop is closed", yes=yes,
    )  # fmt: skip
    assert Approving(engine=run.engine).answer(asked).taken


def approved(run: StoredRun) -> None:
    """People are asked, say yes, and the rung runs to the end of everything."""
    run.begin()
    end = run.world.start + WITHIN

    def done() -> bool:
        for one in run.open:
            if one.approval is not None and not one.approval.answers:
                _answer(run, one, ANN, yes=True)
        return run.settled()

    assert run.run(until=end, done=done), "it does not come to an end"


def denied(run: StoredRun) -> None:
    """People are asked and say no."""
    up_to(ApprovalRequested)(run)
    _answer(run, _only(run), BOB, yes=False)
    run.run(until=run.clock.now() + HOUR)


def one_of_two(run: StoredRun) -> None:
    """Two people are asked, and one has said yes."""
    up_to(ApprovalRequested)(run)
    _answer(run, _only(run), ANN, yes=True)


def taken_up_again(run: StoredRun) -> None:
    """Escalated, and a person has it taken up again."""
    run.begin()
    _until(run, lambda: any(one.phase is Phase.RESTING for one in run.open))
    run.clock.tick(HOUR)
    one = _only(run)
    request = Request(item=one.item, by=ANN, reason="the agent was mended")
    assert Retrigger(reception=run.reception).ask(request).taken
    answers = run.storage.answers()
    assert answers.claim("key-1", "fingerprint", run.clock.now()) is None
    answers.keep("key-1", '{"taken":true}')
    run.run(until=run.clock.now() + HOUR)


def by_hand(run: StoredRun) -> None:
    """A person reports the job at the manual door."""
    run.begin()
    _until(run, lambda: any(one.status == "Failed" for one in _machine(run).jobs))
    job = next(one for one in _machine(run).jobs if one.status == "Failed")
    run.reception.report(
        FailureReported(
            job=JobKey(_vault(run), job.id), door=Door.MANUAL, item=_item(run), by=ANN,
            because="seen in the portal",
        )
    )  # fmt: skip
    run.run(until=run.clock.now() + 2 * HOUR)


def with_another_cause(run: StoredRun) -> None:
    """Between two nights the machine's fault becomes another one."""
    run.begin()
    _until(run, lambda: any(one.phase is Phase.RESTING for one in run.open))
    _machine(run).fault = Fault(code="UserErrorVmProvisioningStateFailed")
    _until(run, lambda: _count(run, CauseChanged) > 0)


def paused(run: StoredRun) -> None:
    """Two pauses: one lifted, one in force and holding the incident."""
    now = run.clock.now()
    for number, scope in enumerate(("*", _vault(run).shown)):
        run.stores.pauses.put(
            Pause(id=f"p-{number}", scope=scope, by=ANN, reason="change", at=now, until=now + DAY)
        )
    run.stores.pauses.lift("p-1", Lifted(by=BOB, reason="done", at=now + HOUR))
    up_to(Held)(run)


def heard_wrong(run: StoredRun) -> None:
    """What leads to no incident: rejected, unknown to the vault, past every function, alarmed."""
    run.begin()
    run.alert(b'{"schemaId": "another", "password": "hunter2"}')
    run.alert(b"\xff not JSON")
    run.queue.poison.append(Delivery(door="events", text="<no JSON>", count=8))
    unknown = JobKey(_vault(run), UNKNOWN_JOB)
    run.queue.send(
        FailureReported(job=unknown, door=Door.EVENT_GRID, item=_item(run)), at=run.clock.now()
    )
    run.run(until=run.clock.now() + 2 * HOUR)
    deed = Deed(
        kind=DeedKind.DISCARD, state=DeedState.DONE, key="poison-events-0", by=ANN,
        reason="a test of the pipeline", at=run.clock.now(), text="<no JSON>",
    )  # fmt: skip
    run.storage.deeds().add(deed)
    run.queue.send(
        FailureReported(job=unknown, door=Door.EVENT_GRID, reported_at=run.clock.now()),
        at=run.clock.now() + HOUR,
    )


def _machine(run: StoredRun) -> Machine:
    return next(iter(run.simulation.estate.machines.values()))


def _vault(run: StoredRun) -> VaultId:
    vault = run.world.vaults[0]
    return VaultId.of(vault.subscription, vault.resource_group, vault.name)


def _item(run: StoredRun) -> ItemId:
    return ItemId.parse(run.world.item(run.world.vms[0]))


def _hours(count: float) -> Play:
    def play(run: StoredRun) -> None:
        run.begin()
        run.run(until=run.world.start + count * HOUR)

    return play


def _alone(world: World, vm: Vm, **policy: object) -> World:
    """Return the machine alone in its world, with its own vault."""
    vault = world.vault_of(vm)
    locks = tuple(one for one in world.locks if vault.subscription in one.scope)
    mine = replace(world, vms=(vm,), vaults=(vault,), locks=locks, history_days=1)
    return replace(mine, policy=replace(world.policy, **policy))  # type: ignore[arg-type]


def _of_actions() -> Iterator[History]:
    """Every action that a machine of ``every-fault`` names as its cure, once."""
    every = worlds.load(worlds.find("every-fault"))
    for action in ACTIONS.values():
        cured = (one for one in every.vms if one.fault and action.name in one.fault.cured_by)
        vm = next(cured, None)
        if vm is not None:
            world = _alone(every, vm)
            if action.approval:
                world = _allowed(world)
            play = approved if action.approval else to_its_end
            yield History(name=f"action-{action.name.replace('_', '-')}", world=world, play=play)


def _named(name: str, os: str) -> World:
    every = worlds.load(worlds.find("every-fault"))
    vm = next(one for one in every.vms if one.name.startswith(name) and one.os == os)
    return _alone(every, vm)


def _small(fault: Fault, **policy: object) -> World:
    world = a_world(a_vm(fault=fault), history_days=1)
    return replace(world, policy=replace(world.policy, **policy))  # type: ignore[arg-type]


def _asking(*, of: int = 1) -> World:
    """Return a machine whose restart people are asked for, so many of them."""
    fault = Fault(code=DEAD_AGENT, number=400196, cured_by=frozenset({"restart_vm"}))
    world = a_world(a_vm(fault=fault, agent="not_ready"), history_days=1)
    return _allowed(replace(world, policy=replace(world.policy, backup_hours=DAY)), of=of)


def _allowed(world: World, *, of: int = 1) -> World:
    """Return the world in which everything may be done at any time, once people say yes."""
    everything = {
        "max_risk": "destructive",
        "windows": ["daily 00:00-24:00 UTC"],
        "opt_in": sorted(ACTIONS),
        "approvals": {"approvers": of},
    }
    return replace(world, policy_document={"version": 1, "defaults": everything})


def histories() -> tuple[History, ...]:
    """Return every history, in the order of their names."""
    # People have it at once: a ladder of one rung.
    given_up = Fault(message="Virtual machine agent is not present on the virtual machine")
    agent = a_fault("retry_backup", code=DEAD_AGENT, number=400196)
    lossy = replace(
        WORLDS["retry_backup"], misbehaviour=Misbehaviour(throttle=0.2, lost_answer=0.9)
    )
    return tuple(
        sorted(
            (
                *_of_actions(),
                History(name="unexplained", world=_named("unexplained", "linux"), play=to_its_end),
                History(name="intended", world=_small(agent), play=dying_after(StepIntended)),
                History(name="step-sent", world=_small(agent), play=up_to(StepSent)),
                History(
                    name="waiting",
                    world=_small(Fault(code="UserErrorProt32dAllocationPending")),
                    play=up_to(WaitBegan),
                ),
                History(name="one-of-two", world=_asking(of=2), play=one_of_two),
                History(name="lossy", world=lossy, play=to_its_end),
                History(
                    name="lock-away", world=WORLDS["clear_lock, shared"], play=up_to(StepSent)
                ),
                History(
                    name="comes-back",
                    world=_small(replace(agent, cured_for=1)),
                    play=up_to(IncidentReopened),
                ),
                History(name="another-cause", world=_small(given_up), play=with_another_cause),
                History(name="asked", world=_asking(), play=up_to(ApprovalRequested)),
                History(name="denied", world=_asking(), play=denied),
                History(
                    name="judged-by-schedule",
                    world=_small(
                        a_fault("reapply_vm", code=DEAD_AGENT, number=400196),
                        on_demand_per_day=0,
                    ),
                    play=to_its_end,
                ),
                History(
                    name="retriggered",
                    world=_small(given_up),
                    play=taken_up_again,
                ),
                History(
                    name="by-hand",
                    world=a_world(a_vm(fault=agent, alert=False), history_days=1),
                    play=by_hand,
                ),
                History(name="escalated", world=WORLDS["escalated"], play=up_to(Escalated)),
                History(
                    name="partner-at-work",
                    world=a_world(
                        a_vm(fault=agent, partner="vm-2"),
                        a_vm(name="vm-2", fault=agent, partner="vm-1"),
                        history_days=1,
                    ),
                    play=up_to(Held),
                ),
                History(name="paused", world=_small(agent), play=paused),
                History(
                    name="role-missing",
                    world=replace(
                        _small(a_fault("reinstall_extension")), missing_roles=frozenset({"low"})
                    ),
                    play=to_its_end,
                ),
                History(name="heard-wrong", world=_small(agent), play=heard_wrong),
                History(
                    name="storm",
                    world=fleet(
                        3, given_up, vaults=1, storm_items=2, backup_hours=DAY, objective=2 * DAY
                    ),
                    play=_hours(10),
                ),
                History(
                    name="storm-over",
                    world=fleet(
                        3, agent, vaults=1, storm_items=2, backup_hours=DAY,
                    ),
                    play=_hours(8),
                ),
            ),
            key=lambda one: one.name,
        )
    )  # fmt: skip

"""Every guard at work in a world: real failures, the real engine and SDKs, and what held it back.

A guard that is added without a play here is an error: nobody has seen it hold anything.
"""

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, override

import pytest
import requests

from console.views.why import why
from local import worlds
from local.azure.http.message import Reply
from local.checker.permitted import unpermitted
from local.inprocess.wire import Wire
from local.worlds import Misbehaviour, Vm, World
from remediation.guardrails import GUARDS
from remediation.incident import Phase, Status
from remediation.moments import shortened
from remediation.pauses import EVERYTHING, Pause
from remediation.records import Held, ProofLeftToSchedule, RungSkipped
from tests.engine_kit.run import Run
from tests.local.azure.building import GROUP, START, a_fault, a_lock, a_vm, a_world

pytestmark = pytest.mark.proof

HOUR, DAY = timedelta(hours=1), timedelta(days=1)

type Play = Callable[[], Run]


def governed(*vms: Vm, world: Mapping[str, Any] | None = None, **defaults: Any) -> World:
    """A world of one machine whose retry cures, under a document of these defaults."""
    document = {
        "version": 1,
        "defaults": {"mode": "auto", "max_risk": "guest_service", **defaults},
    }
    machines = vms or (a_vm(fault=a_fault("retry_backup")),)
    return replace(a_world(*machines), policy_document=document, **(world or {}))


def played(world: World, *, of: type[Run] = Run, span: timedelta = 12 * HOUR) -> Run:
    """Let it fail and be looked after for a while."""
    run = of(world, seed=1)
    run.begin()
    run.run(until=world.start + span)
    return run


def play(*vms: Vm, span: timedelta = 12 * HOUR, **said: Any) -> Play:
    """A world under these defaults, played."""
    return lambda: played(governed(*vms, **said), span=span)


def guards_of(run: Run) -> set[str]:
    """Every guard that held something back, by the trail."""
    return set(_named(run))


def _named(run: Run) -> Iterator[str]:
    for incident in run.incidents:
        for record in run.stores.incidents.records(incident.item, incident.id):
            match record.body:
                case Held(objections=objections):
                    yield from (one.guard for one in objections)
                case RungSkipped(reasons=reasons) | ProofLeftToSchedule(reasons=reasons):
                    yield from (one.partition(": ")[0] for one in reasons)
                case _:
                    pass


# ------------------------------------------------------------ worlds that something happens in


class Blind(Run):
    """A run whose worker cannot read what ends in these words."""

    words: tuple[str, ...] = ()

    @override
    def wire(self, latency: timedelta) -> Wire:
        words = self.words

        class Deaf(Wire):
            @override
            def carry(self, method: str, path: str, **asked: Any) -> Reply:
                if method == "GET" and path.lower().rstrip("/").endswith(words):
                    raise requests.exceptions.ReadTimeout("the read timed out")
                return super().carry(method, path, **asked)

        return Deaf(self.service, self.clock, latency)


class WithoutTags(Blind):
    """The tags of the group cannot be read."""

    words = ("/resourcegroups/rg-app",)


class WithoutMachine(Blind):
    """The machine cannot be read."""

    words = ("/virtualmachines/vm-1",)


class WithoutPoints(Blind):
    """The recovery points cannot be listed."""

    words = ("/recoverypoints",)


class WithoutJobs(Blind):
    """The vault's jobs cannot be listed, once the failure is on file."""

    @override
    def wire(self, latency: timedelta) -> Wire:
        run = self

        class Deaf(Wire):
            @override
            def carry(self, method: str, path: str, **asked: Any) -> Reply:
                if path.lower().endswith("/backupjobs") and run.incidents:
                    raise requests.exceptions.ReadTimeout("the read timed out")
                return super().carry(method, path, **asked)

        return Deaf(self.service, self.clock, latency)


def paused() -> Run:
    """A person has stopped everything before the night."""
    world = governed()
    run = Run(world, seed=1)
    pause = Pause(
        id="p1", scope=EVERYTHING, by="Ann", reason="network change", at=START, until=START + DAY
    )
    run.stores.pauses.put(pause)
    run.begin()
    run.run(until=world.start + 12 * HOUR)
    return run


def moved_out() -> Run:
    """The subscription goes out of scope while an incident waits."""
    run = played(governed(mode="observe"))
    run.policy = replace(run.policy, scopes=frozenset())
    run.restart()
    run.run(until=START + 2 * DAY)
    return run


def good_job_without_points() -> Run:
    """The next night's backup is good, and its point cannot be looked for."""
    world = governed(a_vm(fault=a_fault("retry_backup", heals_after=12 * HOUR)), mode="observe")
    return played(world, of=WithoutPoints, span=2 * DAY)


def comes_undone() -> Run:
    """A repair that holds for one backup: the second time it is for people."""
    fault = a_fault("retry_backup", cured_for=2)
    limits = {"ineffective_repairs": 1, "on_demand_per_day": 9, "on_demand_per_72h": 9}
    return played(governed(a_vm(fault=fault), limits=limits), span=7 * DAY)


def partners(*names: str) -> Run:
    """These machines of the world of partners, of databases, and of much to disrupt at once."""
    world = worlds.load("partners")
    chosen = tuple(one for one in world.vms if one.name.startswith(names))
    return played(replace(world, vms=chosen), span=DAY)


def unprotected() -> Run:
    """Somebody stops the protection while the incident waits for a yes."""
    world = governed(mode="observe")
    run = Run(world, seed=1)
    run.begin()
    run.run(until=START + 6 * HOUR)
    for machine in run.simulation.estate.machines.values():
        machine.site.machines.remove(machine)
    run.run(until=START + 3 * DAY)
    return run


PLAYS: Mapping[str, Mapping[str, Play]] = {
    "mode": {"mode": play(mode="observe"), "scope": moved_out},
    "paused": {"paused": paused},
    "exclusion": {"excluded": lambda: played(governed(), of=WithoutTags)},
    "risk": {"risk": play(max_risk="low")},
    "cause_class": {
        "opt_in": play(
            a_vm(fault=a_fault()),
            opt_in=[],
            limits={"on_demand_per_day": 9, "on_demand_per_72h": 9},
            span=2 * DAY,
        ),
        "class": play(a_vm(fault=a_fault(code="BackUpOperationFailed")), opt_in=[], span=2 * DAY),
    },
    "role": {"role": play(world={"missing_roles": frozenset({"backup"})})},
    "database": {"database": lambda: partners("tagged")},
    "disruptive": {"disruptive": lambda: partners("lone")},
    "withheld": {"partner": lambda: partners("back-")},
    "approval": {"approval": play(mode="approve")},
    "window": {"window": play(window_from_risk="none")},
    "budget": {"budget": play(limits={"attempts": 0})},
    "ineffective": {"ineffective": comes_undone},
    "cool_down": {
        "cool_down": play(
            a_vm(fault=a_fault("restart_agent", code="ExtensionOperationFailedForManagedDisks")),
            limits={"cool_down": "PT6H", "on_demand_per_day": 9},
        )
    },
    "running_job": {"running_job": lambda: played(governed(), of=WithoutJobs)},
    "recovery_points": {"recovery_points": good_job_without_points},
    "protection": {"protection": unprotected},
    "machine_state": {
        "machine": lambda: played(
            governed(a_vm(fault=a_fault("retry_backup", code="BackUpOperationFailed"))),
            of=WithoutMachine,
        )
    },
    "locks": {
        "lock": play(
            a_vm(fault=a_fault("reapply_vm", code="UserErrorVmProvisioningStateFailed")),
            world={"locks": (a_lock(scope=f"{GROUP}/rg-app", level="ReadOnly"),)},
            span=DAY,
        )
    },
    "backup_hours": {
        "backup_hours": play(limits={"backup_hours": "PT10M"}),
        "run_near": play(limits={"run_near": "PT24H"}),
    },
    "on_demand": {
        "on_demand": play(limits={"on_demand_per_day": 0}),
        "spacing": play(limits={"snapshot_spacing": "P2D"}),
        "at_once": play(limits={"at_once_vault": 0}),
    },
    "restore_points": {
        "restore_points": play(a_vm(fault=a_fault("retry_backup"), restore_points=18))
    },
    "storm": {
        "storm": lambda: played(
            replace(
                governed(*(a_vm(name=f"vm-{n}", fault=a_fault("retry_backup")) for n in range(9))),
                policy=replace(a_world().policy, storm_items=3),
            )
        )
    },
    "rate_limit": {
        "rate_limit": lambda: played(replace(governed(), misbehaviour=Misbehaviour(throttle=0.3)))
    },
}
KNOWN = {guard.__name__: guard for guard in GUARDS}
NAMED = [(guard, name) for guard in KNOWN for name in PLAYS.get(guard, ())]


def test_every_guard_has_a_play() -> None:
    """Each of the table, and each name under which it objects."""
    assert KNOWN.keys() <= PLAYS.keys()
    for name, guard in KNOWN.items():
        said = set(re.findall(r'guard="(\w+)"', inspect.getsource(guard)))
        assert said <= PLAYS[name].keys(), name
        assert PLAYS[name], name


@pytest.mark.parametrize(("guard", "name"), NAMED, ids=[name for _, name in NAMED])
def test_a_guard_is_at_work_in_a_world(guard: str, name: str) -> None:
    """It holds something back, and `why` names it with when it is looked at again."""
    run = PLAYS[guard][name]()
    assert name in guards_of(run)
    assert unpermitted(run.evidence()) == ()
    for incident in run.open:
        explained = why(incident)
        held = incident.hold.objections if incident.hold else ()
        if held and incident.phase is not Phase.RESTING:
            assert {(one.guard, one.reason, one.until) for one in explained.reasons} == {
                (one.guard, shortened(one.reason), one.until) for one in held
            }
            assert explained.looked_at_again is not None
            assert explained.looked_at_for


def test_the_same_machine_is_repaired_where_no_guard_objects() -> None:
    """Or these plays would show nothing."""
    run = played(governed())
    assert [one.status for one in run.incidents] == [Status.RECOVERED]
    assert guards_of(run) & {name for _, name in NAMED} == set()

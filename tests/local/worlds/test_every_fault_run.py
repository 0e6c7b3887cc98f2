"""The world with every fault, played to its end in one process by the real engine and SDKs."""

import pytest

from local import worlds
from local.checker.comparison import compare
from local.checker.expected import expect
from local.checker.guarantees import verify
from local.worlds import World, guests
from remediation.incident import AttemptResult, Incident, Status
from tests.engine_kit.run import Run

pytestmark = pytest.mark.proof


def told_wrongly(incidents: list[Incident], world: World) -> list[str]:
    """Return the machines of which an inspection said what is not so.

    Where a repair ran, or the fault healed, what was true before is no longer.
    """
    machines = {world.item(vm).lower(): vm for vm in world.vms}
    wrong = []
    for incident in incidents:
        vm = machines[incident.item.key]
        fault = vm.fault
        repaired = {one.action for one in incident.attempts} & set(guests.REPAIRS)
        if repaired or (fault is not None and fault.heals_after is not None):
            continue
        true = vm.inside(fault) | {"outbound": "blocked" if vm.nsg.deny_outbound else "open"}
        if not incident.inspected.items() <= true.items():
            wrong.append(f"{vm.name}: {dict(incident.inspected)}")
    return wrong


@pytest.mark.long
def test_what_can_recover_recovers_and_the_rest_reaches_people_with_its_remedy() -> None:
    """Every cause rightly concluded, every repair tried and proved, every guarantee held."""
    world = worlds.load("every-fault")
    run = Run(world, seed=1)
    run.begin()
    assert run.run_until_settled()
    evidence, expectations = run.evidence(), expect(world)

    found = compare(evidence, expectations)
    broken = {name: one.detail for name, one in verify(evidence).items() if not one.held}

    assert found.as_expected, found
    assert found.recovered == found.recoverable > 90
    assert broken == {}
    assert len(run.incidents) == len(world.vms)
    expected = {one.item.lower() for one in expectations if one.recoverable}
    recovered = {one.item.key for one in run.incidents if one.status is Status.RECOVERED}
    assert recovered == expected
    cured = {
        attempt.action
        for incident in run.incidents
        for attempt in incident.attempts
        if attempt.result is AttemptResult.CURED
    }
    assert told_wrongly(run.incidents, world) == []
    assert cured >= {one.action for one in expectations if one.action and not one.heals} - {
        "wait_for_running_job"
    }

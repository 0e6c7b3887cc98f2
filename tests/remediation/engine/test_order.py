"""Where work competes the most urgent goes first, nobody waits for ever, and no place lies idle."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from local.worlds import Vm
from remediation.incident import Status, StepName
from remediation.records import Held, StepIntended
from tests.engine_kit.fleet import ALL_DAY
from tests.engine_kit.run import Run
from tests.local.azure.building import a_fault, a_vault, a_world

pytestmark = pytest.mark.proof

ORDER = ("mission-critical", "high", "medium", "low")
MINUTE = timedelta(minutes=1)


def a_run(*criticality: str, places: int = 1) -> Run:
    """Machines that fail of what a backup cures, one after the other, and so many places."""
    fault = a_fault("retry_backup", code="UserErrorGuestAgentStatusUnavailable", number=400196)
    machines = (
        Vm(
            name=f"vm-{number}",
            resource_group="rg-app",
            vault="rsv-1",
            os="linux",
            fault=fault,
            tags={"Criticality": one} if one else {},
        )
        for number, one in enumerate(criticality)
    )
    world = a_world(*machines, vaults=(a_vault(),), history_days=1)
    changed = replace(
        world.policy,
        storm_items=0,
        backup_hours=ALL_DAY,
        at_once_vault=places,
        at_once_subscription=places,
    )
    run = Run(replace(world, policy=changed))
    run.begin()
    return run


def began(run: Run) -> list[tuple[datetime, str]]:
    """When each machine's backup was intended, and which it is."""
    found = []
    for incident in run.incidents:
        for record in run.stores.incidents.records(incident.item, incident.id):
            body = record.body
            if isinstance(body, StepIntended) and body.step.name is StepName.BACKUP:
                found.append((record.at, incident.item.name))
    return sorted(found)


def test_one_place_goes_round_by_urgency_and_never_lies_idle() -> None:
    """The first who fails has it; then the others, the most critical first, and at once."""
    run = a_run("low", "medium", "high", "mission-critical", "low", "medium")
    run.run(until=run.world.start + timedelta(hours=20))
    assert {one.status for one in run.incidents} == {Status.RECOVERED}
    first, *others = began(run)
    ranks = {one.item.name: one.findings["criticality"] for one in run.incidents}
    assert len(others) == 5
    waited = [ORDER.index(ranks[name]) for _, name in others]
    assert waited == sorted(waited)
    ended = {one.item.name: one.ending.at for one in run.incidents if one.ending is not None}
    for (_, before), (at, _) in zip([first, *others], others, strict=False):
        # It was called the moment the place was given back.
        assert at - ended[before] < MINUTE


def test_who_is_told_to_wait_is_told_for_whom() -> None:
    """``why`` names the machine that the place is kept for, and the time of the next look."""
    run = a_run("low", "medium", "high", "mission-critical")
    run.run(until=run.world.start + timedelta(hours=20))
    reasons = {
        objection.reason
        for incident in run.incidents
        for record in run.stores.incidents.records(incident.item, incident.id)
        if isinstance(record.body, Held)
        for objection in record.body.objections
        if objection.guard == "at_once"
    }
    assert "as many of our backups run at once as are allowed in this vault or subscription" in (
        reasons
    )


def test_a_worker_that_dies_after_a_call_leaves_the_place_to_the_next() -> None:
    """No lost call, and no place that nobody takes."""
    run = a_run("low", "medium", "high")
    send, lost = run.wakeups.send, list[object]()

    class Deaf:
        def send(self, message: object, *, at: datetime) -> None:
            if getattr(message, "number", 1) == 0:
                lost.append(message)
            else:
                send(message, at=at)  # type: ignore[arg-type]

    run.wakeups = Deaf()
    run.restart()
    run.run(until=run.world.start + timedelta(hours=20))
    assert lost
    assert {one.status for one in run.incidents} == {Status.RECOVERED}


def test_the_sweep_wakes_the_most_urgent_first() -> None:
    """After an outage everything is overdue at once."""
    run = a_run("low", "medium", "high", "mission-critical", places=10)
    run.run(until=run.world.start + timedelta(minutes=25))
    # Every message is lost, and nobody works for an hour.
    run.queue._heap.clear()
    run.clock.jump(run.clock.now() + timedelta(hours=3))
    run.sweep_once()
    woken = [one.text for _, _, one in sorted(run.queue._heap, key=lambda one: one[1])]
    ranks = {one.id: one.findings["criticality"] for one in run.open}
    order = [
        ORDER.index(value)
        for text in woken
        for incident, value in ranks.items()
        if incident in text
    ]
    assert len(order) > 1
    assert order == sorted(order)

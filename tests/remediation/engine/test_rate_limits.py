"""Many workers under Azure's limits: what one of them is told, the others do not ask for."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import override

import pytest

from remediation.incident import Status
from remediation.rates.brake import Brake
from remediation.rates.watch import READ_EVERY
from state.memory import MemoryBrakes
from tests.engine_kit.crew import Crew
from tests.engine_kit.fleet import ALL_DAY, fleet, nothing_cures
from tests.local.azure.building import SUBSCRIPTION

MINUTE = timedelta(minutes=1)
WORKERS = 8
MACHINES = 24
# The failures come after two to twenty minutes, and each wants to change something.
CLOSED_FOR = 40 * MINUTE


class Forgetful(MemoryBrakes):
    """Brakes that no worker ever reads of another."""

    @override
    def known(self) -> tuple[Brake, ...]:
        return ()


class ColdCrew(Crew):
    """Workers that are started anew all the time, as a platform does that scales out and in."""

    @override
    def step(self, until: datetime) -> bool:
        self._workers = [self._hired() for _ in self._workers]
        return super().step(until)


def played(brakes: MemoryBrakes) -> Iterator[ColdCrew]:
    """Let machines fail while Azure takes no change of anybody for 40 minutes."""
    cured = replace(nothing_cures(), cured_by=frozenset({"retry_backup"}))
    world = fleet(
        MACHINES, cured, vaults=2, storm_items=0, backup_hours=ALL_DAY,
        objective=timedelta(hours=50), at_once_vault=50, at_once_subscription=50,
    )  # fmt: skip
    with ThreadPoolExecutor(WORKERS) as pool:
        run = ColdCrew(world, pool, workers=WORKERS)
        run.stores = replace(run.stores, brakes=brakes)
        run.simulation.begin(run.clock.now())
        opens = world.start + CLOSED_FOR
        run.service.limits.close("writes", SUBSCRIPTION, opens)
        run.run(until=opens - MINUTE)
        yield run
        run.run(until=world.start + timedelta(hours=12))
        yield run


def throttled(run: Crew) -> int:
    """How many calls were sent that Azure answered with 429."""
    return sum(one["status"] == 429 for one in run.service.journal)


@pytest.mark.proof
def test_while_azure_throttles_next_to_nothing_is_sent() -> None:
    """Only by who had read a moment before; ``why`` says so, and all go on afterwards."""
    course = played(MemoryBrakes())
    run = next(course)
    shared = throttled(run)
    assert 1 <= shared <= WORKERS
    (brake,) = run.stores.brakes.known()
    assert brake.until >= run.clock.now()
    held = [one for one in run.open if one.hold is not None]
    assert len(held) >= MACHINES - WORKERS
    for one in held:
        assert one.hold is not None
        assert one.wake is not None
        assert [objection.guard for objection in one.hold.objections] == ["rate_limit"]
        assert brake.until <= one.wake.at <= brake.until + brake.spread
    assert len({one.wake.at for one in held if one.wake}) == len(held)
    next(course)
    assert {one.status for one in run.incidents} == {Status.RECOVERED}
    assert len(run.incidents) == MACHINES
    assert throttled(run) <= shared + WORKERS


def test_without_the_shared_brake_every_worker_is_told_by_azure_itself() -> None:
    """What the brake is for: the same night, without it."""
    alone = throttled(next(played(Forgetful())))
    assert alone > 2 * WORKERS


def test_the_brake_is_asked_for_rarely() -> None:
    """One read in 20 seconds, and none while nothing is asked of Azure."""
    reads = list[datetime]()

    class Counted(MemoryBrakes):
        @override
        def known(self) -> tuple[Brake, ...]:
            reads.append(run.clock.now())
            return super().known()

    world = fleet(1, nothing_cures(), vaults=1, storm_items=0, backup_hours=ALL_DAY)
    with ThreadPoolExecutor(1) as pool:
        run = Crew(world, pool, workers=1)
        run.stores = replace(run.stores, brakes=Counted())
        run._workers = [run._hired()]
        run.simulation.begin(run.clock.now())
        run.run(until=world.start + timedelta(hours=6))
    assert reads
    assert all(b - a >= READ_EVERY for a, b in pairwise(reads))
    assert len(reads) < len(run.service.journal) / 3

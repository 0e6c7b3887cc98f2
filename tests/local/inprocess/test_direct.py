"""The clients without SDKs ask Azure what the SDKs ask, and the adapters read the same in it."""

from collections.abc import Mapping
from typing import Any

import pytest

from local import worlds
from local.worlds import Misbehaviour, World
from tests.engine_kit.run import Run
from tests.engine_kit.small import WORLDS
from tests.local.azure.building import a_vm, a_world

pytestmark = pytest.mark.proof


def played(world: World, *, direct: bool, seed: int = 3) -> Run:
    """Return a run to its end."""
    run = Run(world, seed=seed, direct=direct)
    run.begin()
    assert run.run_until_settled()
    return run


def journal(run: Run) -> list[Mapping[str, Any]]:
    """Return every request; the SDKs give a read an id of chance."""
    return [
        {
            name: value
            for name, value in entry.items()
            if name != "client_request_id" or entry["method"] != "GET"
        }
        | {"url": sorted(str(entry["url"]).replace("?", "&").split("&"))}
        for entry in run.service.journal
    ]


def records(run: Run) -> list[object]:
    """Return every record of every item."""
    return [
        one.link.body
        for partition in run.stores.incidents.partitions()
        for one in partition.records
    ]


@pytest.mark.parametrize("action", list(WORLDS))
def test_the_same_requests_and_the_same_records(action: str) -> None:
    """Request by request, with the bodies, and record by record."""
    one, other = (played(WORLDS[action], direct=direct) for direct in (True, False))
    assert journal(one) == journal(other)
    assert records(one) == records(other)


@pytest.mark.parametrize("seed", range(4))
def test_the_same_on_a_bad_day_of_azures(seed: int) -> None:
    """Throttles, time-outs and lost answers are read alike, and a read is asked again alike."""
    bad = Misbehaviour(throttle=0.03, lost_answer=0.2, timeout=0.15)
    vms = [a_vm(name=f"vm-{name}", fault=WORLDS[name].vms[0].fault) for name in ("heals",)]
    world = a_world(*vms, misbehaviour=bad, history_days=1)
    one, other = (played(world, direct=direct, seed=seed) for direct in (True, False))
    assert journal(one) == journal(other)
    assert records(one) == records(other)


def test_the_same_in_the_default_world() -> None:
    """Many machines, vaults in several subscriptions, and lists of more than one kind."""
    one, other = (played(worlds.default(), direct=direct) for direct in (True, False))
    assert journal(one) == journal(other)
    assert records(one) == records(other)

"""An upgrade in the middle of everything: what an older version left is taken up and goes on."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from remediation.evolve import evolve
from remediation.incident import Incident
from remediation.messages import Woken
from remediation.ports import Loaded
from state.chain import verify
from state.partitions import TablePartitions
from tests.upgrades.golden import Golden, Item, goldens
from tests.upgrades.histories import histories
from tests.upgrades.stored import put_into
from tests.upgrades.stored_run import Storage, StoredRun

pytestmark = pytest.mark.proof

WORLDS = {one.name: one.world for one in histories()}
# Heads that stand in the middle of something: each phase, a step in flight, a lock that is away.
UNFINISHED = [
    golden for golden in goldens() if any(one.open for item in golden.items for one in
    item.incidents.values()) and golden.name in WORLDS
]  # fmt: skip

type Make = Callable[[], Storage]


def heads(golden: Golden) -> list[Incident]:
    """Return the open incidents of a history."""
    return [one for item in golden.items for one in item.incidents.values() if one.open]


def taken_up(golden: Golden, storage: Storage) -> StoredRun:
    """Put what the older version left into storage, and start a worker of this one over it."""
    put_into(storage, golden.lines)
    newest = max(one.wake.at for one in heads(golden) if one.wake is not None)
    world = replace(WORLDS[golden.name], start=newest + timedelta(minutes=10))
    run = StoredRun(world, storage)
    run.begin()
    return run


@pytest.mark.parametrize("golden", UNFINISHED, ids=str)
def test_an_older_head_is_woken_and_committed(golden: Golden, storage: Make) -> None:
    """The state goes on from where it was, and one chain holds what both versions wrote."""
    run = taken_up(golden, storage())
    before = heads(golden)
    for head in before:
        run.engine.wake(Woken(item=head.item, incident=head.id, number=0), redelivered=True)
    partitions = TablePartitions(run.storage.tables, run.storage.blobs)
    for head in before:
        records = run.stores.incidents.records(head.item, head.id)
        folded: Incident | None = None
        for record in records:
            folded = evolve(folded, record)
        assert folded == partitions.incident(head.item, head.id)
        assert len(records) > head.records, "nothing was committed"
        chain = partitions.chain(head.item)
        assert verify(chain.head, chain.rows, {}) == ()
        assert not chain.unreadable


@pytest.mark.parametrize("golden", goldens(), ids=str)
def test_an_item_without_an_open_incident_is_loaded(golden: Golden, storage: Make) -> None:
    """History, and every closed head."""
    made = storage()
    put_into(made, golden.lines)
    store = made.stores().incidents
    for item in golden.items:
        one = _any(item)
        loaded = store.load(one.item)
        assert isinstance(loaded, Loaded)
        assert loaded.history == item.history
        for head in item.incidents.values():
            if not head.open:
                assert store.closed(head.item, head.id) == head


def _any(item: Item) -> Incident:
    return next(iter(item.incidents.values()))

"""Retention: whole ended incidents go, stubs stand for them, and what a crash leaves verifies."""

import itertools
from dataclasses import replace
from datetime import timedelta
from typing import Any, override

import pytest

from remediation.duties import DutyState, Holder
from remediation.ports import IndexRow, Loaded
from state import layout
from state.anchored import Anchor, Anchored, Facts
from state.chain import GENESIS, Gap, Tampering
from state.reading import AuditQuery
from state.removing import TableRemoving
from state.retention import Removal, Retained, Retention
from state.stubs import Placed, sound
from tests.azurite import fresh_name
from tests.state import values
from tests.state.clock import SetClock
from tests.state.conftest import Kit
from tests.state.counting import Counting
from tests.state.tables import OwnTables
from tests.state.test_audit import close_one, open_one, row_of

KEEP = timedelta(days=400)
LATER = values.NOON + KEEP + timedelta(days=1)


class DiesError(Exception):
    """The worker's death."""


class Dying(Counting):
    """Dies at a request: before it is sent, or when it was carried out."""

    def __init__(self, at: int, *, after: bool) -> None:
        super().__init__()
        self.at, self.after = at, after

    @override
    def send(self, request: Any, **options: Any) -> Any:
        self.at -= 1
        if self.at == 0 and not self.after:
            raise DiesError
        answer = super().send(request, **options)
        if self.at == 0:
            assert answer.internal_response.content is not None
            raise DiesError
        return answer


def retention(kit: Kit, days: int = 401, keep: timedelta = KEEP) -> Retention:
    """Retention so many days after the fleet's noon."""
    clock = SetClock()
    clock.at = values.NOON + timedelta(days=days)
    return Retention(
        index=kit.index(), removing=kit.removing(), duties=kit.duties(), clock=clock, keep=keep
    )


def ended(kit: Kit, name: str) -> None:
    """An incident that ended, with a body so big that it stands in a blob."""
    base = open_one(kit, name)
    going = values.going_on(base, values.evidence("x" * 50_000))
    found = kit.incidents().commit(going)
    assert isinstance(found, Loaded)
    close_one(kit, found, hours=1)


def whole(kit: Kit, anchor: Anchor | None = None) -> bool:
    """Whether every chain verifies."""
    return all(one.whole for one in kit.audit().verify(anchor=anchor))


def faults(kit: Kit, name: str = "a", anchor: Anchor | None = None) -> list[Tampering]:
    """What is wrong with an item's chain."""
    (verdict,) = kit.audit().verify(values.an_item(name), anchor=anchor)
    return [one.kind for one in verdict.faults]


def an_anchor(kit: Kit, days: int = 0) -> Anchor:
    """An anchor of all items' heads as they stand now, taken so many days after noon."""
    heads = {
        partition: Anchored(chain=partition, head=head, item=item)
        for partition, item, head in kit.audit().partitions.heads()
    }
    taken = values.NOON + timedelta(days=days)
    facts = Facts(taken_at=taken, previous=None, chains=len(heads))
    return Anchor(name=f"2026-11-20/{GENESIS}.jsonl", facts=facts, heads=heads)


def test_an_incident_that_ended_long_ago_is_replaced_by_a_stub(kit: Kit) -> None:
    """Its records, evidence, head and index row go; its job's marker stays."""
    ended(kit, "a")
    before = an_anchor(kit)
    item, job = values.an_item("a"), values.a_job("job-a")
    assert retention(kit).run() == Retained(removed=1)
    audit = kit.audit()
    assert audit.incident("inc-a") is None
    assert kit.index().find("inc-a") is None
    assert kit.incidents().closed(item, "inc-a") is None
    assert kit.incidents().records(item, "inc-a") == ()
    assert audit.audit(AuditQuery()).entries == ()
    assert kit.incidents().seen(item, job)
    (verdict,) = audit.verify(item)
    assert (verdict.faults, verdict.records, verdict.removed) == ((), 1, 3)
    (placed,) = audit.partitions.chain(item).stubs
    assert placed.stub.incident == "inc-a"
    assert (placed.stub.count, placed.stub.retention, placed.stub.at) == (3, KEEP, LATER)
    assert placed.row.position == 4
    for anchor in (before, an_anchor(kit, days=401)):
        assert whole(kit, anchor)
    assert audit.partitions.hashes(item.partition)[3] == placed.stub.stretches[0].hash
    assert retention(kit).run() == Retained()


@pytest.mark.parametrize("days", [0, 399])
def test_what_ended_lately_stays(kit: Kit, days: int) -> None:
    """To the day; the index is asked, and the head decides."""
    ended(kit, "a")
    assert retention(kit, days).run() == Retained()
    detail = kit.audit().incident("inc-a")
    assert detail is not None
    assert len(detail.records) == 3


def test_an_open_incident_stays_however_old_it_is(kit: Kit) -> None:
    """Also where its index row says that it ended."""
    open_one(kit, "a")
    kit.index().write(replace(row_of("inc-a", "a", 0), open=False))
    assert retention(kit, days=4_000).run() == Retained()
    assert kit.index().find("inc-a") is not None
    assert len(kit.incidents().records(values.an_item("a"), "inc-a")) == 1


def test_an_index_row_without_an_incident_goes(kit: Kit) -> None:
    """Its opening never came, or its removal died before the last request."""
    kit.index().write(replace(row_of("inc-z", "z", 0), open=False))
    assert retention(kit).run() == Retained()
    assert kit.index().find("inc-z") is None


@pytest.mark.parametrize(
    ("state", "removed"), [(DutyState.REMOVED, 0), (DutyState.HELD, 0), (DutyState.RESTORED, 1)]
)
def test_an_incident_whose_lock_is_still_away_stays(kit: Kit, state: str, removed: int) -> None:
    """The promise outlives it, and what it was made for must still be told."""
    ended(kit, "a")
    holder = Holder(incident="inc-a", attempt=1, until=values.NOON)
    kit.duties().put(values.a_duty(state=state, holders=(holder,)))
    assert retention(kit).run().removed == removed
    assert len(list(kit.duties().all())) == 1


def test_the_chain_goes_on_behind_a_stub_and_further_ones_are_left(kit: Kit) -> None:
    """A stub between the records of an incident that was open then: it has two stretches."""
    store, item = kit.incidents(), values.an_item("a")
    ended(kit, "a")
    opening = values.opening(store.load(item), identity="inc-b", job=values.a_job("job-b"))
    kit.index().write(replace(row_of("inc-b", "a", 0), open=True))
    found = store.commit(opening)
    assert isinstance(found, Loaded)
    assert retention(kit).run() == Retained(removed=1)
    loaded = kit.incidents().load(item)
    assert loaded.incident is not None
    assert loaded.incident.id == "inc-b"
    assert isinstance(kit.incidents().commit(values.closing(loaded)), Loaded)
    assert whole(kit)
    kit.index().write(replace(row_of("inc-b", "a", 0), open=False))
    assert retention(kit, days=900).run() == Retained(removed=1)
    (verdict,) = kit.audit().verify(item)
    assert (verdict.faults, verdict.records, verdict.removed) == ((), 2, 5)
    second = kit.audit().partitions.chain(item).stubs[-1].stub
    assert [(gap.first, gap.last) for gap in second.stretches] == [(4, 4), (6, 6)]
    third = values.opening(kit.incidents().load(item), identity="inc-c", job=values.a_job("job-c"))
    assert isinstance(kit.incidents().commit(third), Loaded)
    assert whole(kit)


def test_a_worker_that_loses_the_race_for_the_item_comes_again(kit: Kit) -> None:
    """A commit that was prepared before the stub is a lost race, and nothing else."""
    ended(kit, "a")
    item = values.an_item("a")
    stale = kit.incidents().load(item)
    retention(kit).run()
    late = values.opening(stale, identity="inc-b", job=values.a_job("job-b"))
    assert not isinstance(kit.incidents().commit(late), Loaded)
    fresh = replace(late, base=kit.incidents().load(item))
    assert isinstance(kit.incidents().commit(fresh), Loaded)
    assert whole(kit)


def test_the_index_tells_what_had_ended_before(kit: Kit) -> None:
    """The eldest day of opening first; open ones and later ones are left out."""
    index = kit.index()
    rows = {
        name: replace(row_of(name, name, hours), open=False, written_at=values.NOON + hour)
        for name, hours, hour in (
            ("a", 0, timedelta(hours=1)),
            ("b", -48, timedelta(0)),
            ("c", 0, timedelta(days=9)),
        )
    }
    for row in rows.values():
        index.write(row)
    index.write(row_of("d", "d", -72))
    found: list[IndexRow] = list(index.ended_rows(before=values.NOON + timedelta(days=1)))
    assert found == [rows["b"], rows["a"]]
    assert list(index.ended_rows(before=values.NOON - timedelta(days=9))) == []


# ---------------------------------------------------------------- crashes


@pytest.mark.proof
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_death_at_any_request_leaves_what_verifies_and_the_next_run_finishes(
    tables: Kit, azurite: str, *, after: bool
) -> None:
    """Before it was sent, and when it was carried out and nobody heard of it."""
    assert tables.service is not None
    suffix = tables.service().suffix
    for number, at in enumerate(itertools.count(1)):
        name = f"x{number}"
        ended(tables, name)
        item = values.an_item(name)
        before = an_anchor(tables)
        transport = Dying(at, after=after)
        service = OwnTables.from_connection_string(azurite, transport=transport)
        assert isinstance(service, OwnTables)
        service.suffix = suffix
        dying = TableRemoving(service, tables.blobs, writer=fresh_name("w"))
        try:
            dying.remove(item, f"inc-{name}", now=LATER, retention=KEEP)
            died = False
        except DiesError:
            died = True
        assert faults(tables, name) == faults(tables, name, before) == []
        assert retention(tables).run() == Retained(removed=1)
        (verdict,) = tables.audit().verify(item)
        assert (verdict.faults, verdict.records, verdict.removed) == ((), 1, 3)
        if not died:
            assert number > 5
            return


def test_evidence_that_is_gone_while_its_row_still_stands_is_excused_in_a_stub_alone(
    tables: Kit,
) -> None:
    """It goes first, as only its row names it."""
    ended(tables, "a")
    item = values.an_item("a")
    row = tables.table(layout.INCIDENTS).get_entity(item.partition, layout.record_row("inc-a", 2))
    kept = [
        dict(one)
        for one in tables.table(layout.INCIDENTS).query_entities(
            "PartitionKey eq @one", parameters={"one": item.partition}
        )
        if one["RowKey"].startswith("4|")
    ]
    retention(tables).run()
    # As if the removal had died after the evidence: its rows are all still there.
    for one in kept:
        tables.table(layout.INCIDENTS).create_entity(one)
    assert row["evidence"]
    assert faults(tables) == []
    row["body"] = row["body"].replace('"size":5', '"size":6')
    tables.table(layout.INCIDENTS).update_entity(row)
    assert Tampering.ALTERED in faults(tables)


# ---------------------------------------------------------------- forgeries


@pytest.fixture
def stubbed(kit: Kit) -> tuple[Kit, Placed]:
    """An item with a stub, and an incident behind it."""
    ended(kit, "a")
    retention(kit).run()
    (placed,) = kit.audit().partitions.chain(values.an_item("a")).stubs
    return kit, placed


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"retention": timedelta(days=1)}, "nothing is removed before"),
        ({"ended_at": LATER - timedelta(days=399)}, "less than"),
        ({"count": 2}, "its count"),
        ({"count": 0, "stretches": ()}, "its count"),
        ({"stretches": (Gap(first=1, last=4, previous=GENESIS, hash="x"),)}, "cannot be before"),
        ({"stretches": (Gap(first=0, last=2, previous=GENESIS, hash="x"),)}, "cannot be before"),
        (
            {
                "count": 4,
                "stretches": (
                    Gap(first=1, last=2, previous=GENESIS, hash="x"),
                    Gap(first=2, last=3, previous="y", hash="x"),
                ),
            },
            "another stub",
        ),
    ],
    ids=str,
)
def test_a_forged_stub_accounts_for_nothing_and_is_named(
    stubbed: tuple[Kit, Placed], change: dict[str, Any], wrong: str
) -> None:
    """Whoever can relink the chain can write one, but not any one."""
    _, placed = stubbed
    gaps, found = sound([replace(placed, stub=replace(placed.stub, **change))])
    assert gaps == ()
    (fault,) = found
    assert fault.kind is Tampering.ALTERED
    assert wrong in fault.detail


def test_a_stub_for_a_younger_incident_is_found_by_an_anchor_of_between(kit: Kit) -> None:
    """It claims an end of long ago; an anchor since then shows that its records were not there."""
    ended(kit, "a")
    anchor = an_anchor(kit, days=200)
    store, item = kit.incidents(), values.an_item("a")
    young = values.opening(store.load(item), identity="inc-y", job=values.a_job("job-y"))
    kit.index().write(replace(row_of("inc-y", "a", 0), open=False))
    opened = store.commit(young)
    assert isinstance(opened, Loaded)
    # Its ending is dated back to noon, which is what its forger would do.
    assert isinstance(store.commit(values.closing(opened)), Loaded)
    removed = kit.removing().remove(item, "inc-y", now=LATER, retention=KEEP)
    assert removed is Removal.REMOVED
    assert faults(kit) == []
    assert faults(kit, anchor=anchor) == [Tampering.ALTERED]
    assert faults(kit, anchor=an_anchor(kit, days=401)) == []


def test_an_altered_stub_and_one_that_is_gone_are_named(tables: Kit) -> None:
    """It is a record of the chain like any other."""
    ended(tables, "a")
    retention(tables).run()
    partition, table = values.an_item("a").partition, tables.table(layout.INCIDENTS)
    row = table.get_entity(partition, layout.stub_row("inc-a"))
    altered = {**row, "body": row["body"].replace('"count":3', '"count":2')}
    table.update_entity(altered)
    assert Tampering.ALTERED in faults(tables)
    table.delete_entity(partition, row["RowKey"])
    assert faults(tables) == [Tampering.REMOVED] * 4

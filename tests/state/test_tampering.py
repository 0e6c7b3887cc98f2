"""Whatever is done to stored rows is found: any single tampering, by whoever can relink a chain.

The attacker of the second half knows the format: the chain is made to verify again. An anchor of
before finds it all the same.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from remediation.incident import Status
from remediation.ports import Loaded
from state.anchored import Anchor, Anchored, Facts
from state.audit import AuditReader
from state.chain import GENESIS, ChainHead, linked
from state.memory import (
    MemoryBlobs,
    MemoryIncidentIndex,
    MemoryIncidentStore,
    MemoryLedger,
    MemoryPartitions,
    MemoryRemoving,
)
from state.memory.incidents import Partition
from state.prepared import StoredRecord
from tests.state import values

ITEM = values.an_item("a")
# How many records each incident has beside its opening; the last one may stay open.
SIZES = st.lists(st.integers(0, 3), min_size=1, max_size=4)


class Trail:
    """An item's incidents in memory, with an anchor of some time."""

    def __init__(self, sizes: list[int], *, later: int = 0) -> None:
        self.store = MemoryIncidentStore(MemoryBlobs())
        for number, size in enumerate(sizes):
            self._incident(number, size)
        self.kept = next(self.store.partitions())
        head = Anchored(chain=ITEM.partition, head=self.kept.head, item=ITEM.shown)
        facts = Facts(taken_at=values.NOON, previous=None, chains=1)
        self.anchor = Anchor(
            name=f"2026-11-20/{GENESIS}.jsonl", facts=facts, heads={ITEM.partition: head}
        )
        self.anchored = self.kept.head.position
        for number in range(later):
            self._incident(len(sizes) + number, 1)
        partitions = MemoryPartitions(self.store)
        self.audit = AuditReader(
            partitions=partitions, index=MemoryIncidentIndex(), ledger=MemoryLedger()
        )

    def _incident(self, number: int, size: int) -> None:
        base = self.store.load(ITEM)
        job = values.a_job(f"job-{number}")
        opened = self.store.commit(values.opening(base, identity=f"inc-{number}", job=job))
        assert isinstance(opened, Loaded)
        for turn in range(size):
            opened = self.store.commit(values.going_on(opened, values.evidence(f"{turn}")))
            assert isinstance(opened, Loaded)
        assert isinstance(self.store.commit(values.closing(opened)), Loaded)

    def whole(self, anchor: Anchor | None = None) -> bool:
        """Whether the item's chain, and all chains, verify."""
        (one,) = self.audit.verify(ITEM, anchor=anchor)
        every = list(self.audit.verify(anchor=anchor))
        assert one.whole == all(verdict.whole for verdict in every)
        return one.whole


def relink(kept: Partition) -> None:
    """Make a chain verify again: positions, hashes and head anew."""
    before, rows = GENESIS, []
    for position, row in enumerate(kept.records, start=1):
        hashed = linked(before, row.link.body)
        link = replace(row.link, position=position, previous=before, hash=hashed)
        rows.append(replace(row, link=link))
        before = hashed
    kept.records[:] = rows
    kept.head = ChainHead(position=len(rows), hash=before) if rows else ChainHead()


def alter(kept: Partition, at: int) -> None:
    """Change what a record says."""
    row = kept.records[at]
    link = replace(row.link, body=row.link.body.replace('"at":"2026', '"at":"2025'))
    kept.records[at] = replace(row, link=link)


def remove(kept: Partition, at: int) -> None:
    """Remove a record."""
    del kept.records[at]


def cut(kept: Partition, at: int) -> None:
    """Cut the tail off."""
    del kept.records[at:]


def remove_incident(kept: Partition, at: int) -> None:
    """Remove a whole incident, its head with it."""
    name = kept.records[at].incident
    kept.records[:] = [row for row in kept.records if row.incident != name]
    kept.closed.pop(name, None)


def insert(kept: Partition, at: int) -> None:
    """Insert a record that never was."""
    row: StoredRecord = kept.records[at]
    body = row.link.body.replace('"at":"2026', '"at":"2024')
    forged = replace(row.link, key=row.link.key + "9", body=body)
    kept.records.insert(at, replace(row, link=forged))


def swap(kept: Partition, at: int) -> None:
    """Put a record before the one before it."""
    other = at - 1 if at else 1
    kept.records[at], kept.records[other] = kept.records[other], kept.records[at]
    for place in (at, other):
        row = kept.records[place]
        kept.records[place] = replace(row, link=replace(row.link, position=place + 1))


def wipe(kept: Partition, at: int) -> None:
    """Remove everything there is about the item."""
    kept.records.clear()
    kept.head = ChainHead()


def beside(name: str, value: object) -> Callable[[Partition, int], Any]:
    """Change what stands in a column beside a record, which its hash does not cover."""

    def tamper(kept: Partition, at: int) -> None:
        row = kept.records[at]
        kept.records[at] = replace(row, **{name: value})  # type: ignore[arg-type]

    tamper.__name__ = f"column_{name}"
    return tamper


COLUMNS = [
    beside("incident", "inc-9"),
    beside("sequence", 99),
    beside("at", values.NOON - timedelta(days=1)),
    beside("type", "NoticeSent"),
    beside("action", "clear_lock"),
    beside("evidence", "blob"),
    beside("size", 0),
]


def remove_head(kept: Partition, at: int) -> None:
    """Remove an incident's head, its records left: nobody finds it any more."""
    del kept.closed[kept.records[at].incident]


def end_otherwise(kept: Partition, at: int) -> None:
    """Let a head say another ending than its last record."""
    name = kept.records[at].incident
    head = kept.closed[name]
    assert head.ending is not None
    ending = replace(head.ending, status=Status.CLOSED)
    kept.closed[name] = replace(head, ending=ending)


def count_otherwise(kept: Partition, at: int) -> None:
    """Let a head count another number of records than there are."""
    name = kept.records[at].incident
    kept.closed[name] = replace(kept.closed[name], records=99)


def open_head(kept: Partition, at: int) -> None:
    """Put an ended incident's head where the open one stands."""
    kept.incident = kept.closed.pop(kept.records[at].incident)


HEADS = [remove_head, end_otherwise, count_otherwise, open_head]
# What is found without an anchor; it is not, where everything is gone.
ALONE: list[Callable[[Partition, int], Any]] = [
    alter, remove, cut, remove_incident, insert, swap, *COLUMNS, *HEADS,
]  # fmt: skip
TAMPERINGS = [*ALONE, wipe]


@given(SIZES, st.integers(0, 3))
def test_what_nobody_touched_is_whole_however_far_it_went_on(sizes: list[int], later: int) -> None:
    """With its anchor and without."""
    trail = Trail(sizes, later=later)
    assert trail.whole()
    assert trail.whole(trail.anchor)


@given(SIZES, st.integers(0, 2), st.sampled_from(ALONE), st.data())
def test_any_single_tampering_is_found_without_an_anchor(
    sizes: list[int], later: int, tampering: Callable[[Partition, int], Any], data: st.DataObject
) -> None:
    """The links and the head tell."""
    trail = Trail(sizes, later=later)
    at = data.draw(st.integers(0, len(trail.kept.records) - 1))
    tampering(trail.kept, at)
    assert not trail.whole()


@given(SIZES, st.integers(0, 2), st.sampled_from(TAMPERINGS), st.data())
def test_any_tampering_with_what_was_anchored_is_found_though_the_chain_was_made_to_verify(
    sizes: list[int], later: int, tampering: Callable[[Partition, int], Any], data: st.DataObject
) -> None:
    """Whoever rewrites all of it cannot rewrite the anchor."""
    trail = Trail(sizes, later=later)
    at = data.draw(st.integers(0, trail.anchored - 1))
    tampering(trail.kept, at)
    relink(trail.kept)
    assert not trail.whole(trail.anchor)


# ---------------------------------------------------------------- where stubs stand


def remove_stub(kept: Partition, at: int) -> None:
    """Remove a stub, so that nothing tells of what it stood for."""
    del kept.stubs[at % len(kept.stubs)]


def alter_stub(kept: Partition, at: int) -> None:
    """Let a stub stand for another count of records."""
    place = at % len(kept.stubs)
    row = kept.stubs[place]
    kept.stubs[place] = replace(row, body=row.body.replace('"count":', '"count":9'))


def bring_back(kept: Partition, at: int) -> None:
    """Put a record that never was where a stub stands for what was."""
    row = kept.records[at]
    forged = replace(row.link, position=1, key="4|record|inc-0|0000000001")
    kept.records.append(replace(row, link=forged))


@given(
    SIZES.filter(lambda sizes: len(sizes) > 1),
    st.sampled_from(
        [alter, remove, cut, remove_incident, remove_stub, alter_stub, bring_back, *COLUMNS, *HEADS]
    ),
    st.data(),
)
def test_any_single_tampering_is_found_where_retention_removed_incidents(
    sizes: list[int], tampering: Callable[[Partition, int], Any], data: st.DataObject
) -> None:
    """What it removed is vouched for by its stub, and everything else as before."""
    trail = Trail(sizes)
    long_after = values.NOON + timedelta(days=401)
    for number in range(data.draw(st.integers(1, len(sizes) - 1))):
        MemoryRemoving(trail.store).remove(
            ITEM, f"inc-{number}", now=long_after, retention=timedelta(days=400)
        )
    assert trail.whole()
    assert trail.whole(trail.anchor)
    tampering(trail.kept, data.draw(st.integers(0, len(trail.kept.records) - 1)))
    assert not trail.whole()

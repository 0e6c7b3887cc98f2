"""The contract of ``Anchors``, and anchoring: once a day, written once, and what it finds."""

from dataclasses import replace
from datetime import timedelta

import pytest
from azure.data.tables import UpdateMode

from remediation.deeds import Deed, DeedKind, DeedState
from state import layout
from state.anchored import Anchored, Facts, facts_of, named, read, written
from state.anchoring import LEDGER, Anchoring, Chains
from state.anchors import BEGINNING, AnchorShelf
from state.chain import GENESIS, ChainHead, Tampering
from tests.state import values
from tests.state.clock import SetClock
from tests.state.conftest import Kit
from tests.state.test_audit import close_one, open_one

DAY = timedelta(days=1)
HEAD = ChainHead(position=3, hash="a" * 64)


def an_anchor(day: str = "2026-11-20", *heads: Anchored) -> tuple[str, bytes]:
    """The name and the text of an anchor."""
    data = written(Facts(taken_at=values.NOON, previous=None, chains=len(heads)), heads)
    return named(day, data), data


def anchoring(kit: Kit, clock: SetClock) -> Anchoring:
    """Anchoring over everything of the kit."""
    audit = kit.audit()
    chains = Chains(partitions=audit.partitions, ledger=audit.ledger)
    return Anchoring(chains=chains, anchors=kit.anchors, ledger=kit.ledger(), clock=clock)


def found(kit: Kit, which: str = "newest") -> list[tuple[str, Tampering, int]]:
    """What verifying against an anchor finds, by chain."""
    anchor = AnchorShelf(kit.anchors).find(which)
    assert anchor is not None
    verdicts = kit.audit().verify(anchor=anchor)
    return [(one.partition, fault.kind, fault.position) for one in verdicts for fault in one.faults]


# ---------------------------------------------------------------- the port


def test_an_anchor_is_written_once(kit: Kit) -> None:
    """A second one of that name changes nothing."""
    name, data = an_anchor()
    assert kit.anchors.put(name, data)
    assert not kit.anchors.put(name, b"other")
    assert kit.anchors.get(name) == data


def test_anchors_are_listed_the_eldest_first(kit: Kit) -> None:
    """All of them, or those of a day."""
    names = []
    for day in ("2026-11-20", "2026-11-19", "2025-12-31"):
        name, data = an_anchor(day)
        kit.anchors.put(name, data)
        names.append(name)
    assert kit.anchors.names() == tuple(reversed(names))
    assert kit.anchors.names("2026-11-19") == (names[1],)
    assert kit.anchors.names("2026-11-18") == ()


def test_of_a_long_anchor_the_beginning_is_read_alone(kit: Kit) -> None:
    """A list of four hundred reads four hundred first lines."""
    heads = [Anchored(chain=f"{number:032}", head=HEAD) for number in range(500)]
    name, data = an_anchor("2026-11-20", *heads)
    kit.anchors.put(name, data)
    beginning = kit.anchors.beginning(name)
    assert len(beginning) == BEGINNING < len(data)
    assert facts_of(name, beginning).chains == 500


@pytest.mark.parametrize("name", ["", "x", "2026-11-20/x.jsonl", "../2026-11-20"])
def test_a_name_that_is_none_is_refused(kit: Kit, name: str) -> None:
    """It comes from a URL."""
    for call in (kit.anchors.get, kit.anchors.beginning):
        with pytest.raises(ValueError, match="anchor"):
            call(name)
    assert AnchorShelf(kit.anchors).find(name) is None


def test_an_anchor_that_is_not_there_is_told(kit: Kit) -> None:
    """By its name, by its day, or as the newest."""
    name, _ = an_anchor()
    with pytest.raises(LookupError, match="no anchor"):
        kit.anchors.get(name)
    assert [AnchorShelf(kit.anchors).find(one) for one in (name, "2026-11-20", "newest")] == [
        None
    ] * 3


def test_an_anchor_whose_bytes_are_not_those_of_its_name_is_not_believed(kit: Kit) -> None:
    """Somebody who could change it could have it say anything."""
    name, data = an_anchor("2026-11-20", Anchored(chain="a" * 32, head=HEAD, item="/x"))
    assert read(name, data).heads["a" * 32].head == HEAD
    kit.anchors.put(name, data.replace(b'"position":3', b'"position":2'))
    with pytest.raises(ValueError, match="not what was written"):
        AnchorShelf(kit.anchors).find("newest")


# ---------------------------------------------------------------- anchoring


def test_heads_of_all_chains_are_anchored_once_a_day(kit: Kit) -> None:
    """Items, rejected deliveries, alarms (pauses and policies among them), what persons did."""
    open_one(kit, "a")
    close_one(kit, open_one(kit, "b"), hours=1)
    kit.ledger().reject(values.a_rejection(), values.NOON)
    kit.ledger().alarm("pause-1", "Ada has paused everything", values.NOON)
    deed = Deed(
        kind=DeedKind.DISCARD,
        state=DeedState.DONE,
        key="k",
        by="Ada (1)",
        reason="r",
        at=values.NOON,
    )
    kit.deeds().add(deed)
    clock = SetClock()
    name = anchoring(kit, clock).run()
    assert name is not None
    assert kit.anchors.names() == (name,)
    anchor = AnchorShelf(kit.anchors).find("2026-11-20")
    assert anchor is not None
    assert anchor.facts == Facts(taken_at=values.NOON, previous=None, chains=5)
    by_item = {one.item: one.head.position for one in anchor.heads.values() if one.item}
    assert by_item == {values.an_item("a").shown: 1, values.an_item("b").shown: 2}
    others = {one.chain: one.head.position for one in anchor.heads.values() if not one.item}
    assert others == {f"{LEDGER}2026-11-20": 1, f"{LEDGER}alarm": 1, f"{LEDGER}deed": 1}
    assert anchoring(kit, clock).run() is None
    assert found(kit) == []


def test_the_next_day_names_the_one_before_and_chains_that_went_on_are_whole(kit: Kit) -> None:
    """Also against the older one."""
    base, clock = open_one(kit, "a"), SetClock()
    first = anchoring(kit, clock).run()
    close_one(kit, base, hours=1)
    open_one(kit, "b")
    clock.at += DAY
    second = anchoring(kit, clock).run()
    anchor = AnchorShelf(kit.anchors).find("newest")
    assert anchor is not None
    assert (anchor.name, anchor.facts.previous, anchor.facts.broken) == (second, first, ())
    assert found(kit, "2026-11-20") == found(kit, "2026-11-21") == []
    assert kit.audit().alarms() == ()


def test_without_anything_to_anchor_the_day_is_anchored_all_the_same(kit: Kit) -> None:
    """That nothing was there is a statement, too."""
    assert anchoring(kit, SetClock()).run() is not None
    assert found(kit) == []


def rewritten(tables: Kit) -> str:
    """Rewrite an item's chain as its attacker would, so that it verifies; return its partition."""
    partition = values.an_item("a").partition
    table = tables.table(layout.INCIDENTS)
    for row in table.query_entities("PartitionKey eq @one", parameters={"one": partition}):
        table.delete_entity(partition, row["RowKey"])
    base = tables.incidents().load(values.an_item("a"))
    commit = values.opening(base, identity="inc-a", job=values.a_job("job-forged"))
    tables.incidents().commit(commit)
    return partition


def test_a_chain_that_was_rewritten_verifies_but_for_its_anchor(tables: Kit) -> None:
    """This is what anchors are for. The next anchoring finds it, too, and raises the alarm."""
    base, clock = open_one(tables, "a"), SetClock()
    close_one(tables, base, hours=1)
    open_one(tables, "b")
    anchoring(tables, clock).run()
    partition = rewritten(tables)
    assert all(one.whole for one in tables.audit().verify())
    assert found(tables) == [(partition, Tampering.REMOVED, 2)]
    clock.at += DAY
    anchoring(tables, clock).run()
    (alarm,) = tables.audit().alarms()
    assert values.an_item("a").shown in alarm.text
    assert "the chain was cut: 2 records were anchored on 2026-11-20" in alarm.text
    newest = AnchorShelf(tables.anchors).find("newest")
    assert newest is not None
    assert newest.facts.broken == (alarm.text,)
    # The newest anchor was taken of the forgery; the one before it was not.
    assert found(tables, "newest") == []
    assert found(tables, "2026-11-20") == [(partition, Tampering.REMOVED, 2)]


def test_an_item_of_which_nothing_is_left_is_named(tables: Kit) -> None:
    """By its id, though no row of it is there."""
    open_one(tables, "a")
    open_one(tables, "b")
    anchoring(tables, SetClock()).run()
    partition = values.an_item("b").partition
    table = tables.table(layout.INCIDENTS)
    for row in table.query_entities("PartitionKey eq @one", parameters={"one": partition}):
        table.delete_entity(partition, row["RowKey"])
    anchor = AnchorShelf(tables.anchors).find("newest")
    (gone,) = [one for one in tables.audit().verify(anchor=anchor) if not one.whole]
    assert (gone.item, gone.records) == (values.an_item("b"), 0)
    assert "1 records were anchored" in gone.faults[0].detail


def test_a_head_that_was_changed_by_hand_is_anchored_as_it_is(tables: Kit) -> None:
    """Anchoring must not stop at a forgery; verifying names it."""
    open_one(tables, "a")
    key = {"PartitionKey": values.an_item("a").partition, "RowKey": layout.ITEM_ROW}
    tables.table(layout.INCIDENTS).update_entity({**key, "hash": GENESIS}, mode=UpdateMode.MERGE)
    assert anchoring(tables, SetClock()).run() is not None
    assert [kind for _, kind, _ in found(tables)] == [Tampering.ALTERED]


def test_an_anchor_that_was_altered_does_not_end_anchoring(kit: Kit) -> None:
    """It is named and alarmed, and the last one that is genuine is compared with instead."""
    clock = SetClock()
    base = open_one(kit, "a")
    name, data = an_anchor("2026-11-19", Anchored(chain="f" * 32, head=HEAD, item="/gone"))
    kit.anchors.put(name, data)
    forged, _ = an_anchor("2026-11-19", Anchored(chain="e" * 32, head=HEAD))
    later = forged.replace("2026-11-19", "2026-11-20")
    kit.anchors.put(later, data)
    close_one(kit, base, hours=1)
    clock.at += DAY
    written_now = anchoring(kit, clock).run()
    assert written_now is not None
    anchor = AnchorShelf(kit.anchors).find("newest")
    assert anchor is not None
    assert (anchor.name, anchor.facts.previous) == (written_now, later)
    altered, cut = anchor.facts.broken
    assert f"the anchor {later} is not believed" in altered
    assert cut.startswith("/gone: the chain was cut")
    assert {one.text for one in kit.audit().alarms()} == {altered, cut}


def test_a_cut_ledger_is_found(kit: Kit) -> None:
    """A rejected delivery, or what a person did, is no less worth removing."""
    name, data = an_anchor(
        "2026-11-20", Anchored(chain=f"{LEDGER}2026-11-20", head=replace(HEAD, position=2))
    )
    kit.anchors.put(name, data)
    kit.ledger().reject(values.a_rejection(), values.NOON)
    assert found(kit) == [(f"{LEDGER}2026-11-20", Tampering.REMOVED, 2)]

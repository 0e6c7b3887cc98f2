"""The hash chain: what was done to it is named."""

import hashlib
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from state.chain import GENESIS, ChainHead, ChainRow, Fault, Tampering, linked, verify


def a_chain(count: int = 5) -> tuple[ChainHead, list[ChainRow]]:
    """A whole chain."""
    rows: list[ChainRow] = []
    head = ChainHead()
    for position in range(1, count + 1):
        body = f"record {position}"
        now = linked(head.hash, body)
        rows.append(
            ChainRow(
                key=f"row-{position}",
                position=position,
                previous=head.hash,
                hash=now,
                body=body,
            )
        )
        head = ChainHead(position=position, hash=now)
    return head, rows


def named(faults: tuple[Fault, ...]) -> list[tuple[Tampering, int]]:
    """Kinds and positions."""
    return [(fault.kind, fault.position) for fault in faults]


def test_a_hash_is_sha_256_of_the_previous_and_the_body() -> None:
    """Anybody can compute it."""
    wanted = hashlib.sha256((GENESIS + "body").encode()).hexdigest()
    assert linked(GENESIS, "body") == wanted


@pytest.mark.parametrize("count", [0, 1, 5], ids=str)
def test_a_whole_chain_has_no_fault(count: int) -> None:
    """In any order of reading."""
    head, rows = a_chain(count)
    assert verify(head, rows[::-1]) == ()


@pytest.mark.parametrize("position", [1, 3, 5], ids=str)
def test_an_altered_body_is_named(position: int) -> None:
    """First, middle and last."""
    head, rows = a_chain()
    rows[position - 1] = replace(rows[position - 1], body="something else")
    assert named(verify(head, rows)) == [(Tampering.ALTERED, position)]


@pytest.mark.parametrize("position", [1, 3, 5], ids=str)
def test_a_removed_record_is_named(position: int) -> None:
    """Also the last one: the head counts."""
    head, rows = a_chain()
    del rows[position - 1]
    assert named(verify(head, rows)) == [(Tampering.REMOVED, position)]


def test_an_emptied_chain_misses_every_record() -> None:
    """The head stands alone."""
    head, _ = a_chain(2)
    assert named(verify(head, [])) == [(Tampering.REMOVED, 1), (Tampering.REMOVED, 2)]


@pytest.mark.parametrize("position", [0, 3, 6], ids=str)
def test_an_inserted_record_is_named(position: int) -> None:
    """Before the first, beside another, after the last."""
    head, rows = a_chain()
    forged = replace(rows[2], key="forged", position=position, body="it was not me")
    rows.insert(0, replace(forged, hash=linked(forged.previous, forged.body)))
    faults = verify(head, rows)
    assert (Tampering.INSERTED, position) in named(faults)
    assert {fault.key for fault in faults} == {"forged"}


def test_an_altered_record_with_a_new_hash_breaks_the_next_link() -> None:
    """Whoever computes the hash anew would have to write all that follow, and the head."""
    head, rows = a_chain()
    forged = replace(rows[2], body="it was not me")
    rows[2] = replace(forged, hash=linked(forged.previous, forged.body))
    assert named(verify(head, rows)) == [(Tampering.ALTERED, 4)]


def test_an_altered_last_record_with_a_new_hash_contradicts_the_head() -> None:
    """There is no next link: the head is it."""
    head, rows = a_chain()
    forged = replace(rows[4], body="it was not me")
    rows[4] = replace(forged, hash=linked(forged.previous, forged.body))
    assert named(verify(head, rows)) == [(Tampering.ALTERED, 5)]


def test_two_records_that_changed_places_are_named() -> None:
    """Their links show where they belong."""
    head, rows = a_chain()
    rows[1], rows[2] = replace(rows[2], position=2), replace(rows[1], position=3)
    kinds = named(verify(head, rows))
    assert (Tampering.REORDERED, 2) in kinds
    assert (Tampering.REORDERED, 3) in kinds


def test_a_record_under_another_key_than_its_body_says_is_reordered() -> None:
    """The order of reading is that of the keys."""
    head, rows = a_chain()
    keys = {row.position: row.key for row in rows}
    rows[1], rows[3] = replace(rows[1], key="row-4"), replace(rows[3], key="row-2")
    assert named(verify(head, rows, keys)) == [(Tampering.REORDERED, 2), (Tampering.REORDERED, 4)]


@given(st.data())
def test_no_change_goes_unseen(data: st.DataObject) -> None:
    """Whatever property of whatever row is changed."""
    head, rows = a_chain()
    at = data.draw(st.integers(0, 4))
    name = data.draw(st.sampled_from(["position", "previous", "hash", "body"]))
    kind = st.integers(-1, 9) if name == "position" else st.text("0f", max_size=64)
    value = data.draw(kind.filter(lambda value: value != getattr(rows[at], name)))
    changes: dict[str, Any] = {name: value}
    rows[at] = replace(rows[at], **changes)
    assert verify(head, rows)

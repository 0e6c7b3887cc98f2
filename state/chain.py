"""The hash chain over an item's records: each names the one before it, so none can be touched.

A record's hash is SHA-256 over the previous record's hash and the body exactly as stored. The chain
runs over all incidents of an item, in the order of the commits; its head stands beside the records.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

# What the first record of an item names as its predecessor.
GENESIS = "0" * 64


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainHead:
    """Where a chain ends: how many records it has, and the hash of the last."""

    position: int = 0
    hash: str = GENESIS


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainRow:
    """A record as it stands in storage. ``key`` is its row, ``position`` its place from 1.

    ``body`` is the stored text: the record itself, or its reference to a blob.
    """

    key: str
    position: int
    previous: str
    hash: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Positions whose records were removed, and whose stub says between which hashes they stood."""

    first: int
    last: int
    previous: str
    hash: str


class Tampering(StrEnum):
    """What was done to a chain."""

    ALTERED = "altered"
    REMOVED = "removed"
    INSERTED = "inserted"
    REORDERED = "reordered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault of a chain: what was done, at which position, in which row (None: it is gone)."""

    kind: Tampering
    position: int
    key: str | None
    detail: str


def linked(previous: str, body: str) -> str:
    """Return the hash of a body that follows the record of the hash ``previous``."""
    return hashlib.sha256((previous + body).encode()).hexdigest()


def verify(
    head: ChainHead,
    rows: Iterable[ChainRow],
    expected_keys: Mapping[int, str] | None = None,
    gaps: Iterable[Gap] = (),
) -> tuple[Fault, ...]:
    """Return every fault of a chain, by position; empty where it is whole.

    ``expected_keys`` are the rows that the bodies say they belong into, by position; it finds a
    record that was moved to another key with everything else intact. In ``gaps`` nothing need
    stand; what still does was not altered either.
    """
    by_position: dict[int, list[ChainRow]] = {}
    for row in rows:
        by_position.setdefault(row.position, []).append(row)
    faults: list[Fault | None] = [
        _outside(head, row) for some in by_position.values() for row in some
    ]
    owners = {row.hash: row for some in by_position.values() for row in some}
    last = max(head.position, 0)
    missing = {at: gap for gap in gaps for at in range(gap.first, gap.last + 1)}
    genuine = _all_genuine(head, by_position, missing)
    before = GENESIS
    for position in range(1, last + 1):
        some, gap = by_position.get(position, []), missing.get(position)
        if gap is not None:
            faults += _in_gap(position, some, gap, before)
            before = gap.hash
            continue
        faults += _at(position, some, genuine.get(position), before, owners)
        before = _hash_after(position, genuine, before)
    if last in genuine and before != head.hash:
        faults.append(_altered(genuine[last], "the chain's head names another hash"))
    for position, key in (expected_keys or {}).items():
        faults += [
            _fault(Tampering.REORDERED, row, f"its body belongs into {key}")
            for row in by_position.get(position, [])
            if row.key != key
        ]
    found = {(fault.kind, fault.position, fault.key): fault for fault in faults if fault}
    return tuple(sorted(found.values(), key=lambda fault: (fault.position, fault.key or "")))


def _in_gap(position: int, rows: list[ChainRow], gap: Gap, before: str) -> list[Fault]:
    """Check the way into a gap, and what a removal that was broken off has left in it."""
    faults = [
        _altered(row, "its hash is not that of its body")
        for row in rows
        if linked(row.previous, row.body) != row.hash
    ]
    if position == gap.first and gap.previous != before:
        detail = "the stub that stands here names another record before it"
        faults.append(Fault(kind=Tampering.ALTERED, position=position, key=None, detail=detail))
    return faults


def _fault(kind: Tampering, row: ChainRow, detail: str) -> Fault:
    return Fault(kind=kind, position=row.position, key=row.key, detail=detail)


def _altered(row: ChainRow, detail: str) -> Fault:
    return _fault(Tampering.ALTERED, row, detail)


def _outside(head: ChainHead, row: ChainRow) -> Fault | None:
    if 1 <= row.position <= head.position:
        return None
    return _fault(Tampering.INSERTED, row, f"the chain has {head.position} records")


def _at(
    position: int,
    rows: list[ChainRow],
    genuine: ChainRow | None,
    before: str,
    owners: Mapping[str, ChainRow],
) -> list[Fault]:
    if genuine is None:
        detail = "no record stands at this position"
        return [Fault(kind=Tampering.REMOVED, position=position, key=None, detail=detail)]
    faults = [
        _fault(Tampering.INSERTED, row, "another record stands at this position")
        for row in rows
        if row is not genuine
    ]
    if linked(genuine.previous, genuine.body) != genuine.hash:
        return [*faults, _altered(genuine, "its hash is not that of its body")]
    if genuine.previous == before:
        return faults
    owner = owners.get(genuine.previous)
    if owner is not None and owner.position != position - 1:
        detail = f"it follows the record at position {owner.position}"
        return [*faults, _fault(Tampering.REORDERED, genuine, detail)]
    return [*faults, _altered(genuine, "it follows a record that does not stand before it")]


def _all_genuine(
    head: ChainHead, by_position: Mapping[int, list[ChainRow]], missing: Mapping[int, Gap]
) -> dict[int, ChainRow]:
    """Return the record that belongs at each position, where several stand there.

    It is the one that what follows names; the head names the last.
    """
    found: dict[int, ChainRow] = {}
    named = head.hash
    for position in range(head.position, 0, -1):
        if position in missing:
            named = missing[position].previous
            continue
        rows = by_position.get(position, [])
        chosen = next((row for row in rows if row.hash == named), rows[0] if rows else None)
        if chosen is not None:
            found[position] = chosen
            named = chosen.previous
    return found


def _hash_after(position: int, genuine: Mapping[int, ChainRow], before: str) -> str:
    """Return what the next record should name; one that is gone is taken at its follower's word."""
    if position in genuine:
        return genuine[position].hash
    return genuine[position + 1].previous if position + 1 in genuine else before

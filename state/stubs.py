"""Stubs: what stands in a chain for the records of an ended incident that retention removed. Pure.

A stub is itself a record of the chain, at its end. It names the places of what it stands for, the
hash before each stretch and the last hash in it, so that the links on either side still hold.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from remediation.upkeep import LEAST_RETENTION
from state.chain import ChainRow, Fault, Gap, Tampering


@dataclass(frozen=True, slots=True, kw_only=True)
class Stub:
    """An incident whose records are gone: how many, where they stood, since when, by what policy.

    It has more than one stretch where another incident's stub was written between its records.
    """

    incident: str
    stretches: tuple[Gap, ...]
    count: int
    ended_at: datetime
    at: datetime
    retention: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A stub where it stands in its chain."""

    stub: Stub
    row: ChainRow


def stub_of(
    incident: str,
    rows: Sequence[ChainRow],
    *,
    ended_at: datetime,
    at: datetime,
    retention: timedelta,
) -> Stub:
    """Return what will stand for an incident's rows; raises ValueError where there are none."""
    ordered = sorted(rows, key=lambda row: row.position)
    if not ordered:
        raise ValueError(f"there is no record of {incident}")
    stretches: list[Gap] = []
    for row in ordered:
        if stretches and stretches[-1].last + 1 == row.position:
            first, previous = stretches[-1].first, stretches[-1].previous
            stretches[-1] = Gap(first=first, last=row.position, previous=previous, hash=row.hash)
        else:
            new = Gap(first=row.position, last=row.position, previous=row.previous, hash=row.hash)
            stretches.append(new)
    return Stub(
        incident=incident,
        stretches=tuple(stretches),
        count=len(ordered),
        ended_at=ended_at,
        at=at,
        retention=retention,
    )


def sound(placed: Sequence[Placed]) -> tuple[tuple[Gap, ...], tuple[Fault, ...]]:
    """Return the gaps that stubs account for, and what is wrong with the stubs that do not."""
    gaps: list[Gap] = []
    faults: list[Fault] = []
    own = {one.row.position for one in placed}
    for one in sorted(placed, key=lambda one: one.row.position):
        wrong = next(_wrong(one, gaps, own), None)
        if wrong is None:
            gaps += one.stub.stretches
            continue
        detail = f"the stub of {one.stub.incident} is forged: {wrong}"
        row = one.row
        faults.append(
            Fault(kind=Tampering.ALTERED, position=row.position, key=row.key, detail=detail)
        )
    return tuple(gaps), tuple(faults)


def too_early(placed: Sequence[Placed], position: int, taken_at: datetime) -> Iterator[Fault]:
    """Faults of stubs whose records were not there yet when a later anchor was taken.

    All records of an incident were written by its end, so an anchor of a day after the end that a
    stub claims counts them. One that does not shows that the incident was younger.
    """
    for one in placed:
        last = max((gap.last for gap in one.stub.stretches), default=0)
        if one.stub.ended_at + timedelta(days=1) < taken_at and position < last:
            detail = (
                f"the stub of {one.stub.incident} is forged: it ended by "
                f"{one.stub.ended_at.isoformat()}, and an anchor of {taken_at.isoformat()} "
                f"counts {position} records, not {last}"
            )
            row = one.row
            yield Fault(kind=Tampering.ALTERED, position=row.position, key=row.key, detail=detail)


def known_hashes(gaps: Sequence[Gap]) -> dict[int, str]:
    """Return by position the hash of what was removed, empty where a stub does not tell it."""
    found = {position: "" for gap in gaps for position in range(gap.first, gap.last)}
    return found | {gap.last: gap.hash for gap in gaps}


def _wrong(one: Placed, gaps: Sequence[Gap], own: set[int]) -> Iterator[str]:
    stub, stretches = one.stub, one.stub.stretches
    if stub.retention < LEAST_RETENTION:
        yield f"nothing is removed before {LEAST_RETENTION.days} days"
    if stub.at - stub.ended_at < stub.retention:
        yield f"it ended {stub.ended_at.isoformat()}, less than {stub.retention} before"
    if any(not 1 <= gap.first <= gap.last < one.row.position for gap in stretches):
        yield "it stands for what cannot be before it"
    if stub.count != sum(gap.last - gap.first + 1 for gap in stretches) or not stub.count:
        yield "its count is not that of its places"
    taken = sorted((gap.first, gap.last) for gap in (*gaps, *stretches))
    if any(before[1] >= after[0] for before, after in pairwise(taken)):
        yield "it stands for what another stub stands for"
    if any(gap.first <= position <= gap.last for position in own for gap in stretches):
        yield "it stands for a stub"

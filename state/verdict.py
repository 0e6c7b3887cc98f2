"""The verdict on an item's chain: the links, the places of the rows, and what the bodies name."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from remediation.ids import ItemId
from state import chain
from state.anchored import Anchor, Anchored, broken
from state.chain import ChainHead, Fault, Tampering
from state.reading import ItemChain
from state.stubs import known_hashes, sound, too_early


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemVerdict:
    """What verifying an item's chain found; no faults: it is whole.

    ``removed`` counts the records that stubs stand for.
    """

    partition: str
    item: ItemId | None
    records: int
    faults: tuple[Fault, ...]
    removed: int = 0

    @property
    def whole(self) -> bool:
        """Whether nothing was altered, removed, inserted or reordered."""
        return not self.faults


def verdict_on(found: ItemChain, anchor: Anchor | None = None) -> ItemVerdict:
    """Verify a chain as it stands in storage, and against an anchor, where one is given."""
    gaps, forged = sound(found.stubs)
    removed = known_hashes(gaps)
    positions = {row.key: row.position for row in found.rows}
    # A removal takes the evidence first: what is left of the rows need not be readable.
    lost = tuple(
        Fault(kind=Tampering.ALTERED, position=positions[key], key=key, detail=detail)
        for key, detail in found.unreadable.items()
        if positions[key] not in removed
    )
    faults = (*chain.verify(found.head, found.rows, found.belongs, gaps), *forged)
    anchored = None if anchor is None else anchor.heads.get(found.partition)
    if anchor is not None and anchored is not None:
        hashes = removed | {row.position: row.hash for row in found.rows}
        since = broken(anchored.head, found.head, hashes, anchor.day)
        early = too_early(found.stubs, anchored.head.position, anchor.facts.taken_at)
        faults = (*faults, *(() if since is None else (since,)), *early)
    lost = (*lost, *_beside(found, positions, removed))
    if not faults and not lost:
        # Where records were touched, their heads differ for that alone.
        faults = found.heads
    named = {(fault.position, fault.key) for fault in faults}
    return ItemVerdict(
        partition=found.partition,
        item=found.item,
        records=len(found.rows),
        removed=len(removed),
        faults=(*faults, *(one for one in lost if (one.position, one.key) not in named)),
    )


def _beside(
    found: ItemChain, positions: Mapping[str, int], removed: Mapping[int, str]
) -> Iterator[Fault]:
    """Faults of columns; one that is no record's has no position."""
    for key, details in found.differing.items():
        position = positions.get(key, 0)
        if position not in removed:
            text = "; ".join(details)
            yield Fault(kind=Tampering.ALTERED, position=position, key=key, detail=text)


def verdict_on_missing(anchored: Anchored, day: str) -> ItemVerdict:
    """Return the verdict on a chain that was anchored and of which nothing is left."""
    fault = broken(anchored.head, ChainHead(), {}, day)
    return ItemVerdict(
        partition=anchored.chain,
        item=None if anchored.item is None else ItemId.parse(anchored.item),
        records=0,
        faults=() if fault is None else (fault,),
    )

"""The verdict on an item's chain: the links, the places of the rows, and what the bodies name."""

from dataclasses import dataclass

from remediation.ids import ItemId
from state import chain
from state.anchored import Anchor, Anchored, broken
from state.chain import ChainHead, Fault, Tampering
from state.reading import ItemChain


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemVerdict:
    """What verifying an item's chain found; no faults: it is whole."""

    partition: str
    item: ItemId | None
    records: int
    faults: tuple[Fault, ...]

    @property
    def whole(self) -> bool:
        """Whether nothing was altered, removed, inserted or reordered."""
        return not self.faults


def verdict_on(found: ItemChain, anchor: Anchor | None = None) -> ItemVerdict:
    """Verify a chain as it stands in storage, and against an anchor, where one is given."""
    positions = {row.key: row.position for row in found.rows}
    lost = tuple(
        Fault(kind=Tampering.ALTERED, position=positions[key], key=key, detail=detail)
        for key, detail in found.unreadable.items()
    )
    faults = chain.verify(found.head, found.rows, found.belongs)
    anchored = None if anchor is None else anchor.heads.get(found.partition)
    if anchor is not None and anchored is not None:
        hashes = {row.position: row.hash for row in found.rows}
        since = broken(anchored.head, found.head, hashes, anchor.day)
        faults = faults if since is None else (*faults, since)
    named = {(fault.position, fault.key) for fault in faults}
    return ItemVerdict(
        partition=found.partition,
        item=found.item,
        records=len(found.rows),
        faults=(*faults, *(one for one in lost if (one.position, one.key) not in named)),
    )


def verdict_on_missing(anchored: Anchored, day: str) -> ItemVerdict:
    """Return the verdict on a chain that was anchored and of which nothing is left."""
    fault = broken(anchored.head, ChainHead(), {}, day)
    return ItemVerdict(
        partition=anchored.chain,
        item=None if anchored.item is None else ItemId.parse(anchored.item),
        records=0,
        faults=() if fault is None else (fault,),
    )

"""The verdict on an item's chain: the links, the places of the rows, and what the bodies name."""

from dataclasses import dataclass

from remediation.ids import ItemId
from state import chain
from state.chain import Fault, Tampering
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


def verdict_on(found: ItemChain) -> ItemVerdict:
    """Verify an item's chain as it stands in storage."""
    positions = {row.key: row.position for row in found.rows}
    lost = tuple(
        Fault(kind=Tampering.ALTERED, position=positions[key], key=key, detail=detail)
        for key, detail in found.unreadable.items()
    )
    faults = chain.verify(found.head, found.rows, found.belongs)
    named = {(fault.position, fault.key) for fault in faults}
    return ItemVerdict(
        partition=found.partition,
        item=found.item,
        records=len(found.rows),
        faults=(*faults, *(one for one in lost if (one.position, one.key) not in named)),
    )

"""An item's chain as rows hold it, with what the bodies say of their own places."""

from collections.abc import Iterable

from remediation.ids import ItemId
from state.blobs import Blobs
from state.chain import ChainHead, ChainRow
from state.prepared import belongs_at
from state.reading import ItemChain


def item_chain(
    partition: str, item: ItemId | None, head: ChainHead, rows: Iterable[ChainRow], blobs: Blobs
) -> ItemChain:
    """Return the chain of an item; every body is read, those in blobs, too."""
    kept = tuple(rows)
    belongs: dict[int, str] = {}
    unreadable: dict[str, str] = {}
    for row in kept:
        try:
            belongs[row.position] = belongs_at(row.body, blobs)
        except (ValueError, LookupError, TypeError) as fault:
            unreadable[row.key] = f"its body cannot be read: {fault}"
    return ItemChain(
        partition=partition,
        item=item,
        head=head,
        rows=kept,
        belongs=belongs,
        unreadable=unreadable,
    )

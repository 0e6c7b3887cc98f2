"""An item's chain as rows hold it, with what the bodies say of their own places."""

from collections.abc import Iterable

from remediation.ids import ItemId
from state import codec
from state.blobs import Blobs
from state.chain import ChainHead, ChainRow
from state.layout import STUBS_FROM, stub_row
from state.prepared import belongs_at
from state.reading import ItemChain
from state.stubs import Placed, Stub


def item_chain(
    partition: str, item: ItemId | None, head: ChainHead, rows: Iterable[ChainRow], blobs: Blobs
) -> ItemChain:
    """Return the chain of an item; every body is read, those in blobs, too."""
    kept = tuple(rows)
    belongs: dict[int, str] = {}
    unreadable: dict[str, str] = {}
    stubs: list[Placed] = []
    for row in kept:
        try:
            if row.key.startswith(STUBS_FROM):
                placed = Placed(stub=codec.decode(Stub, row.body), row=row)
                stubs.append(placed)
                belongs[row.position] = stub_row(placed.stub.incident)
            else:
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
        stubs=tuple(stubs),
    )

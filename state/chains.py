"""An item's chain as rows hold it, with what the bodies say of their own places and columns."""

from collections.abc import Iterable

from remediation.ids import ItemId
from state import codec
from state.blobs import Blobs
from state.chain import ChainHead, ChainRow
from state.columns import Actions, Columns, Told, begun, differing, differing_stub
from state.headed import StoredHead, faults_of_heads
from state.layout import ITEM_ROW, STUBS_FROM, stub_row
from state.prepared import belongs_at, body_of
from state.reading import ItemChain
from state.stubs import Placed, Stub

_MISREAD = (ValueError, LookupError, TypeError, AttributeError)


def item_chain(
    partition: str,
    named: str | None,
    head: ChainHead,
    rows: Iterable[tuple[ChainRow, Columns]],
    blobs: Blobs,
    *,
    heads: Iterable[StoredHead] = (),
) -> ItemChain:
    """Return the chain of an item; every body is read, those in blobs, too.

    ``named``: the item that its own row names, None where that is gone.
    """
    kept = tuple(rows)
    item = _item(partition, named)
    belongs: dict[int, str] = {}
    unreadable: dict[str, str] = {}
    told: dict[str, Told] = {}
    stubs: list[Placed] = []
    beside: dict[str, tuple[str, ...]] = {}
    if named is not None and item is None:
        shown = named[:200]
        beside[ITEM_ROW] = (f"its column item holds {shown!r}, which does not belong here",)
    for row, columns in kept:
        try:
            if row.key.startswith(STUBS_FROM):
                placed = Placed(stub=codec.decode(Stub, row.body), row=row)
                stubs.append(placed)
                belongs[row.position] = stub_row(placed.stub.incident)
                beside[row.key] = differing_stub(placed.stub, columns)
            else:
                text = body_of(row.body, blobs)
                one = Told(stored=row.body, text=text, tree=codec.tree_of(text))
                belongs[row.position] = belongs_at(one.tree)
                told[row.key] = one
        except _MISREAD as fault:
            unreadable[row.key] = _why(fault)
    actions = _actions(told, unreadable)
    for row, columns in kept:
        if row.key in told and row.key not in unreadable:
            try:
                beside[row.key] = differing(told[row.key], columns, actions)
            except _MISREAD as fault:
                unreadable[row.key] = _why(fault)
    removed = frozenset(one.stub.incident for one in stubs)
    # What cannot be read is a fault already, and may be what a head came from.
    beheld = () if unreadable else faults_of_heads(heads, told.values(), removed)
    return ItemChain(
        partition=partition,
        item=item,
        head=head,
        rows=tuple(row for row, _ in kept),
        belongs=belongs,
        unreadable=unreadable,
        differing={key: some for key, some in beside.items() if some},
        stubs=tuple(stubs),
        heads=beheld,
    )


def _actions(told: dict[str, Told], unreadable: dict[str, str]) -> Actions:
    """Return the action that each attempt began with; rows come in the order of sequences."""
    found: dict[tuple[str, int], str] = {}
    for key, one in told.items():
        try:
            for attempt, action in begun(one):
                found.setdefault(attempt, action)
        except _MISREAD as fault:
            unreadable[key] = _why(fault)
    return found


def _item(partition: str, named: str | None) -> ItemId | None:
    """Return the item whose partition it is; None where the row names none, or another."""
    try:
        item = None if named is None else ItemId.parse(named)
    except ValueError:
        return None
    return item if item is not None and item.partition == partition else None


def _why(fault: Exception) -> str:
    return f"its body cannot be read: {fault}"

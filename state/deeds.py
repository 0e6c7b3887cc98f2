"""Deeds in one chain of the ledger; persons do few, and every one is kept."""

from collections.abc import Iterator
from dataclasses import replace

from azure.data.tables import TableServiceClient

from remediation.deeds import Deed
from remediation.redact import bounded, redact
from state import codec, layout
from state.bodies import joined
from state.chained import ChainedRows, chained_row
from state.guarded import GuardedTable
from state.ledger import MOST_BYTES

DEEDS = "deed"
_MOST_SENTENCE = 2_000


class TableDeeds:
    """``Deeds`` over Table storage. ``writer`` is unique a process."""

    def __init__(self, service: TableServiceClient, *, writer: str) -> None:
        self._chained = ChainedRows(GuardedTable(service, layout.LEDGER, writer=writer))

    def add(self, deed: Deed) -> None:
        """Keep a deed: its texts bounded and redacted."""
        body = codec.encode(kept(deed))
        self._chained.append(DEEDS, lambda position: (deed_row(position), body))

    def newest(self, most: int) -> tuple[Deed, ...]:
        """Return the newest, the last one first: two requests, however many there are."""
        bodies = self._chained.tail(DEEDS, DEEDS, before=None, most=most).entries
        return tuple(codec.decode(Deed, body) for body in bodies)

    def of(self, key: str) -> tuple[Deed, ...]:
        """Return what was done to a message, in its order: the whole chain is read."""
        return tuple(deed for deed in self._all() if deed.key == redact(key))

    def _all(self) -> Iterator[Deed]:
        for row in self._chained.rows(DEEDS):
            yield codec.decode(Deed, joined("body", row))


def kept(deed: Deed) -> Deed:
    """Return what is kept of a deed."""
    return replace(
        deed,
        key=redact(deed.key),
        by=redact(deed.by),
        reason=bounded(deed.reason, _MOST_SENTENCE),
        detail=bounded(deed.detail, _MOST_SENTENCE),
        text=bounded(deed.text, MOST_BYTES),
    )


def deed_row(position: int) -> str:
    """Return the row key of a deed."""
    return chained_row(DEEDS, position)

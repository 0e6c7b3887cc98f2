"""Answers kept by idempotency key: a request that comes again gets the answer it got, once.

A key is claimed before the work and its answer is kept after it. What happened between a claim and
an answer that never came nobody knows, so such a key is not given out again.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from azure.core.exceptions import ResourceExistsError
from azure.data.tables import TableServiceClient, UpdateMode

from state import codec, layout
from state.bodies import joined, split
from state.guarded import GuardedTable

_PARTITION = "answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What stands under a key: which request claimed it, and its answer (None: not yet known)."""

    request: str
    at: datetime
    answer: str | None = None


class Answers(Protocol):
    """Answers by key. ``request`` is a fingerprint of what was asked under it."""

    def claim(self, key: str, request: str, at: datetime) -> Kept | None:
        """Claim a key; None where it is ours now, else what stands there already."""

    def keep(self, key: str, answer: str) -> None:
        """Keep the answer of a key that was claimed."""


class TableAnswers:
    """``Answers`` in Table storage. ``writer`` is unique a process."""

    def __init__(self, service: TableServiceClient, *, writer: str) -> None:
        self._table = GuardedTable(service, layout.LEDGER, writer=writer)

    def claim(self, key: str, request: str, at: datetime) -> Kept | None:
        """Claim a key; None where it is ours now, else what stands there already."""
        row = {**_place(key), "request": request, "at": codec.instant(at)}
        if self._table.put(row, version=None) is not None:
            return None
        kept = self._table.get(_PARTITION, row["RowKey"])
        if kept is None:
            raise ResourceExistsError("a row that stood there a moment ago is gone")
        text = joined("answer", kept) if kept.get("answered") else None
        return Kept(request=kept["request"], at=codec.read_instant(kept["at"]), answer=text)

    def keep(self, key: str, answer: str) -> None:
        """Keep the answer of a key that was claimed."""
        row: dict[str, Any] = {**_place(key), "answered": True, **split("answer", answer)}
        self._table.client.update_entity(row, mode=UpdateMode.MERGE)


def _place(key: str) -> dict[str, str]:
    return {"PartitionKey": _PARTITION, "RowKey": layout.hashed(key)}

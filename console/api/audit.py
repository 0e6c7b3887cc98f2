"""``GET /api/audit`` and ``GET /api/audit/verify``: what was done, and that nothing was altered."""

import itertools
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field

from console import lookup
from console.api.anchors import anchor_of
from console.api.parameters import Paged, Spanned, Text, bad_cursor
from console.problem import ProblemError
from console.services import Services
from remediation.bundle import told
from remediation.ids import ItemId
from remediation.records import Body, EvidenceCollected
from state import codec
from state.reading import AuditQuery, AuditRecord
from state.verdict import ItemVerdict

# An item's chain is named by its partition, one of the ledger by its own name.
_CHAIN = re.compile(r"[0-9a-f]{32}|ledger\|[-\w]{1,40}", re.ASCII)


class AuditFilter(Spanned):
    """Which records: written in the span, and alike in all that is given."""

    vm: Text | None = Field(None, description="ARM id, or a name only one machine has.")
    action: Text | None = Field(None, description="As playbooks name it: `retry_backup`.")
    incident: Text | None = None


class VerifyFilter(Paged):
    """Which chains: a machine's, that of an incident's machine, or, without either, all."""

    vm: Text | None = Field(None, description="ARM id, or a name only one machine has.")
    incident: Text | None = None
    anchor: Text | None = Field(
        None, description="Compare with an anchor: `newest`, a day, or its name."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordView:
    """A record of the audit trail. ``body`` is what was written, ``what`` its sentence for people.

    ``position`` counts in the machine's chain, ``sequence`` in the incident; ``hash`` is SHA-256 of
    ``previous`` and the body as stored.
    """

    incident: str
    sequence: int
    item: str
    vm: str
    at: datetime
    type: str
    action: str | None
    what: str
    body: dict[str, Any]
    position: int
    previous: str
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPage:
    """A page of records; ``next`` is the cursor of the following one, null at the end."""

    items: tuple[RecordView, ...]
    next: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultView:
    """A fault of a chain: what was done (altered, removed, inserted, reordered), and to what.

    ``incident`` and ``sequence`` name the record; null where it is gone, or of no incident.
    ``item`` is null where the chain is no machine's, or its own row is gone. ``position`` is 0
    where what was touched stands beside the records.
    """

    chain: str
    item: str | None
    kind: str
    position: int
    incident: str | None
    sequence: int | None
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyPage:
    """What verifying found in this page of chains; ``next`` is null where none is left.

    ``removed`` counts records that retention removed, and stubs stand for. ``anchor`` is the name
    of the one that they were compared with.
    """

    whole: bool
    chains: int
    records: int
    faults: tuple[FaultView, ...]
    next: str | None
    removed: int = 0
    anchor: str | None = None


def routes(services: Services) -> APIRouter:
    """Return the routes of the audit trail."""
    router = APIRouter(tags=["audit"])

    @router.get("/audit", summary="List records: newest incident first, in their order within it")
    def audit(asked: Annotated[AuditFilter, Query()]) -> RecordPage:
        item = lookup.machine(services, asked.vm, "vm") if asked.vm else None
        if asked.vm and item is None:
            return RecordPage(items=(), next=None)
        query = AuditQuery(
            since=asked.first,
            until=asked.last_by(services.clock.now()),
            item=item,
            action=asked.action,
            incident=asked.incident,
        )
        try:
            page = services.reader.audit(query, cursor=asked.cursor, size=asked.size)
        except ValueError as fault:
            raise bad_cursor(fault) from fault
        return RecordPage(items=tuple(map(_record, page.entries)), next=page.next)

    @router.get("/audit/verify", summary="Verify hash chains, and name what was altered")
    def verify(asked: Annotated[VerifyFilter, Query()]) -> VerifyPage:
        item = _asked_for(services, asked)
        anchor = anchor_of(services, asked.anchor, fresh=asked.cursor is None)
        name = None if anchor is None else anchor.name
        if item is not None:
            return _verified((*services.reader.verify(item, anchor=anchor),), None, name)
        after = asked.cursor or ""
        if after and not _CHAIN.fullmatch(after):
            text = "cursor: expected what a page answered as next"
            raise bad_cursor(ValueError(text))
        found = services.reader.verify(after=after, anchor=anchor)
        page = tuple(itertools.islice(found, asked.size))
        more = next(found, None) is not None
        return _verified(page, page[-1].partition if more else None, name)

    return router


def _asked_for(services: Services, asked: VerifyFilter) -> ItemId | None:
    if asked.vm and asked.incident:
        detail = "expected at most one of vm and incident"
        raise ProblemError(400, "invalid-request", detail, field="incident")
    if asked.incident:
        row = services.index.find(asked.incident)
        if row is None:
            text = f"there is no incident {asked.incident[:80]!r}"
            raise ProblemError(404, "no-incident", text, field="incident")
        return row.item
    if not asked.vm:
        return None
    item = lookup.machine(services, asked.vm, "vm")
    if item is None:
        text = f"no incident is of a machine called {asked.vm[:80]!r}"
        raise ProblemError(404, "no-machine", text, field="vm")
    return item


def _record(one: AuditRecord) -> RecordView:
    body = one.record.body
    return RecordView(
        incident=one.record.incident,
        sequence=one.record.sequence,
        item=one.item.shown,
        vm=one.item.name,
        at=one.record.at,
        type=type(body).__name__,
        action=one.action,
        what=told(body) or _seen(body),
        body=codec.plain(body),
        position=one.position,
        previous=one.previous,
        hash=one.hash,
    )


def _seen(body: Body) -> str:
    """Return what a look found, by name: a timeline leaves it out, the trail has every record."""
    if not isinstance(body, EvidenceCollected):
        return ""
    named = ", ".join(sorted(name.replace("_", " ") for name in body.findings))
    return f"what a look found: {named}" if named else "a look found nothing new"


def _verified(
    verdicts: tuple[ItemVerdict, ...], following: str | None, anchor: str | None
) -> VerifyPage:
    return VerifyPage(
        whole=all(one.whole for one in verdicts),
        chains=len(verdicts),
        records=sum(one.records for one in verdicts),
        faults=tuple(fault for one in verdicts for fault in _faults(one)),
        next=following,
        removed=sum(one.removed for one in verdicts),
        anchor=anchor,
    )


def _faults(verdict: ItemVerdict) -> list[FaultView]:
    return [
        FaultView(
            chain=verdict.partition,
            item=verdict.item.shown if verdict.item else None,
            kind=fault.kind.value,
            position=fault.position,
            incident=incident,
            sequence=sequence,
            detail=fault.detail,
        )
        for fault in verdict.faults
        for incident, sequence in [_named(fault.key)]
    ]


def _named(key: str | None) -> tuple[str | None, int | None]:
    """Return the incident and sequence of a record's row ``4|record|<incident>|<sequence>``."""
    _, _, rest = (key or "").partition("|record|")
    incident, _, sequence = rest.rpartition("|")
    return (incident, int(sequence)) if incident and sequence.isdecimal() else (None, None)

"""``GET /api/incidents`` and ``GET /api/incidents/{id}``."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import Field

from console import lookup
from console.api.parameters import Spanned, Text, bad_cursor
from console.problem import ProblemError
from console.services import Services
from console.views.incident import IncidentLine, IncidentView
from remediation.incident import Incident, Status
from state.reading import IncidentDetail, IncidentQuery, Page

OPEN = "open"
# Everything an incident can be, and ``open``: whatever has not ended, escalated ones included.
StatusWord = StrEnum("StatusWord", [*(one.value for one in Status), OPEN])  # type: ignore[misc]


class IncidentFilter(Spanned):
    """Which incidents: opened in the span, and alike in all that is given."""

    status: StatusWord | None = None
    vm: Text | None = Field(None, description="ARM id, or a name only one machine has.")
    vault: Text | None = Field(None, description="ARM id, or a name only one vault has.")
    code: Text | None = None
    cause: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentPage:
    """A page of incidents; ``next`` is the cursor of the following one, null at the end."""

    items: tuple[IncidentLine, ...]
    next: str | None


def routes(services: Services) -> APIRouter:
    """Return the routes of incidents."""
    router = APIRouter(tags=["incidents"])

    @router.get("/incidents", summary="List incidents, the newest first")
    def incidents(asked: Annotated[IncidentFilter, Query()]) -> IncidentPage:
        page = found(services, asked)
        return IncidentPage(items=tuple(map(IncidentLine.of, page.entries)), next=page.next)

    @router.get("/incidents/{id}", summary="Show one incident, and why it is where it is")
    def incident(id: Annotated[str, Path(max_length=200)]) -> IncidentView:  # noqa: A002 - the route's word
        return shown(services, id)

    return router


def shown(services: Services, identity: str) -> IncidentView:
    """Return one incident as it is answered; raises ProblemError 404 where there is none."""
    detail = whole(services, identity)
    return IncidentView.whole(detail.incident, tuple(one.record for one in detail.records))


def whole(services: Services, identity: str) -> IncidentDetail:
    """Return one incident with its records; raises ProblemError 404 where there is none."""
    detail = services.reader.incident(identity)
    if detail is None:
        text = f"there is no incident {identity[:80]!r}"
        raise ProblemError(404, "no-incident", text, field="id")
    return detail


def found(services: Services, asked: IncidentFilter) -> Page[Incident]:
    """Return a page of the wanted incidents; raises ProblemError for a filter that cannot be."""
    item = lookup.machine(services, asked.vm, "vm") if asked.vm else None
    vault = lookup.vault(services, asked.vault, "vault") if asked.vault else None
    nobody = (asked.vm and item is None) or (asked.vault and vault is None)
    if nobody:
        return Page(entries=(), next=None)
    exact = asked.status is not None and asked.status.value != OPEN
    query = IncidentQuery(
        since=asked.first,
        until=asked.last_by(services.clock.now()),
        status=Status(asked.status.value) if asked.status and exact else None,
        open=asked.status is not None and not exact,
        item=item,
        vault=vault,
        code=asked.code,
        cause=asked.cause,
    )
    try:
        return services.reader.incidents(query, cursor=asked.cursor, size=asked.size)
    except ValueError as fault:
        raise bad_cursor(fault) from fault

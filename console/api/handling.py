"""Stuck incidents: ``GET /api/stuck``, and what an operator does: look now, or close."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from console.api.parameters import Parameters
from console.api.retrigger import Sentence, only_json
from console.gate import Gate
from console.principal import Person
from console.problem import ProblemError
from console.services import Services
from remediation.approving import Reply
from remediation.engine import BusyError
from remediation.handling import Handling, Wish
from remediation.incident import Incident
from remediation.moments import shortened
from remediation.overdue import complaints

# So many open incidents are looked at for one answer.
_MOST = 1_000
type Identity = Annotated[str, Path(max_length=200)]


class StuckFilter(Parameters):
    """There is nothing to ask for."""


class WishBody(BaseModel):
    """Why."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: Sentence = Field(description="Why; it stands in the audit trail, beside the name.")


@dataclass(frozen=True, slots=True, kw_only=True)
class StuckView:
    """An open incident that is too old, or that nothing moves: every ``complaint`` about it."""

    incident: str
    vm: str
    item: str
    status: str
    opened_at: datetime
    complaints: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StuckPage:
    """All of them, the eldest first; ``cut``: there are more open incidents than are looked at."""

    items: tuple[StuckView, ...]
    cut: bool
    next: None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WishAnswer:
    """What was done, under whose name, and what followed, in sentences."""

    incident: str
    by: str
    reason: str
    news: tuple[str, ...]


def routes(services: Services, gate: Gate) -> APIRouter:
    """Return the routes of what an operator does with an incident."""
    router = APIRouter(tags=["incidents"])

    @router.get(
        "/stuck",
        summary="List incidents that are too old, or that nothing moves any more",
        dependencies=[Depends(gate.reader)],
    )
    def stuck(asked: Annotated[StuckFilter, Query()]) -> StuckPage:  # noqa: ARG001 - refuses any
        rows = list(itertools.islice(services.index.open_rows(), _MOST + 1))
        heads = (
            services.reader.partitions.incident(one.item, one.incident) for one in rows[:_MOST]
        )
        found = (_stuck(services, head) for head in heads if head is not None)
        return StuckPage(items=tuple(one for one in found if one.complaints), cut=len(rows) > _MOST)

    @router.post("/incidents/{id}/nudge", summary="Have an incident looked at now")
    def nudge(
        id: Identity,  # noqa: A002 - the address says so
        body: WishBody,
        by: Annotated[Person, Depends(gate.operator)],
        _json: Annotated[None, Depends(only_json)],
    ) -> WishAnswer:
        return wished(services, handling(services).nudge, id, by, body.reason)

    @router.post("/incidents/{id}/close", summary="Close an incident")
    def close(
        id: Identity,  # noqa: A002 - the address says so
        body: WishBody,
        by: Annotated[Person, Depends(gate.operator)],
        _json: Annotated[None, Depends(only_json)],
    ) -> WishAnswer:
        return wished(services, handling(services).close, id, by, body.reason)

    return router


def handling(services: Services) -> Handling:
    """Return what carries wishes out."""
    return Handling(engine=services.retrigger.reception.engine)


def wished(
    services: Services, do: Callable[[Wish], Reply], incident: str, by: Person, reason: str
) -> WishAnswer:
    """Carry out a wish; raises ProblemError where nothing was done."""
    row = services.index.find(incident)
    if row is None:
        detail = f"there is no incident {incident[:80]!r}"
        raise ProblemError(404, "no-incident", detail, field="id")
    try:
        reply = do(Wish(item=row.item, incident=incident, by=by.recorded, reason=reason))
    except BusyError as fault:
        again = {"Retry-After": "5"}
        raise ProblemError(503, "busy", f"{fault}: ask again", headers=again) from fault
    if not reply.taken:
        raise ProblemError(409, "not-taken", reply.reason, incident=incident)
    return WishAnswer(
        incident=incident, by=by.recorded, reason=shortened(reply.reason), news=reply.news
    )


def complained(services: Services, incident: Incident) -> tuple[str, ...]:
    """Return what is wrong with an incident's progress, in sentences."""
    found = complaints(incident, services.clock.now(), services.limits)
    return tuple(shortened(one.text) for one in found)


def _stuck(services: Services, incident: Incident) -> StuckView:
    return StuckView(
        incident=incident.id,
        vm=incident.item.name,
        item=incident.item.shown,
        status=incident.status.value,
        opened_at=incident.opened_at,
        complaints=complained(services, incident),
    )

"""``GET /api/audit/anchors``: the heads of all chains as they were written once, day by day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from console.api.parameters import Paged
from console.problem import ProblemError
from console.services import Services
from state.anchored import Anchor, day_of, facts_of, late, orphaned, read


class AnchorFilter(Paged):
    """Which anchors, and how closely they are looked at."""

    check: bool = Field(
        default=False,
        description="Read each to its end, and say where it is not what its name says.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorView:
    """An anchor: its ``name`` has its day and its SHA-256; ``previous`` is the one before.

    ``broken`` are the chains that no longer held the one before, in sentences; ``unreadable`` says
    why nothing of it can be told, where that is so. ``orphaned``: that the one before is gone.
    """

    name: str
    day: str
    taken_at: datetime | None
    previous: str | None
    chains: int
    broken: tuple[str, ...]
    unreadable: str | None = None
    orphaned: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorPage:
    """A page of anchors, the newest first; ``next`` is null at the end.

    ``late`` says so where none came for two whole days.
    """

    items: tuple[AnchorView, ...]
    next: str | None
    late: str | None = None


def routes(services: Services) -> APIRouter:
    """Return the route of anchors."""
    router = APIRouter(tags=["audit"])

    @router.get("/audit/anchors", summary="List anchored chain heads, the newest first")
    def anchors(asked: Annotated[AnchorFilter, Query()]) -> AnchorPage:
        below = asked.cursor
        every = services.anchors.anchors.names()
        names = [name for name in reversed(every) if below is None or name < below]
        page = names[: asked.size]
        more = len(names) > len(page)
        items = tuple(_view(services, name, every, check=asked.check) for name in page)
        return AnchorPage(
            items=items,
            next=page[-1] if more else None,
            late=late(every, services.clock.now()),
        )

    return router


def anchor_of(services: Services, which: str | None, *, fresh: bool) -> Anchor | None:
    """Return the anchor that is asked for; raises ProblemError where there is none."""
    if which is None:
        return None
    try:
        found = services.anchors.find(which, fresh=fresh)
    except ValueError as fault:
        raise ProblemError(409, "anchor-altered", str(fault), field="anchor") from fault
    if found is None:
        detail = f"there is no anchor {which[:120]!r}: expected newest, a day, or a name"
        raise ProblemError(404, "no-anchor", detail, field="anchor")
    return found


def _view(services: Services, name: str, every: Sequence[str], *, check: bool) -> AnchorView:
    kept = services.anchors.anchors
    try:
        facts = read(name, kept.get(name)).facts if check else facts_of(name, kept.beginning(name))
    except (ValueError, LookupError) as fault:
        day = name.partition("/")[0]
        return AnchorView(
            name=name,
            day=day,
            taken_at=None,
            previous=None,
            chains=0,
            broken=(),
            unreadable=str(fault)[:500],
        )
    return AnchorView(
        name=name,
        day=day_of(name),
        taken_at=facts.taken_at,
        previous=facts.previous,
        chains=facts.chains,
        broken=facts.broken,
        orphaned=orphaned(name, facts, every),
    )

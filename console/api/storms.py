"""``GET /api/storms``: where many machines fail together, and what is done about it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query

from console.api.parameters import Parameters
from console.problem import ProblemError
from console.services import Services
from remediation.storms.scopes import Scope
from remediation.storms.storm import Storm


class StormFilter(Parameters):
    """Storms are few. There is nothing to ask for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeView:
    """What failing machines have in common."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StormView:
    """A storm as it stands; ``held``, ``waiting`` and ``overdue`` are the last sweep's."""

    storm: str
    state: str
    scope: ScopeView
    scopes: tuple[ScopeView, ...]
    opened_at: datetime
    last_failure_at: datetime
    escalated_at: datetime | None
    ended_at: datetime | None
    joined: str | None
    items: int
    first_items: tuple[str, ...]
    codes: tuple[str, ...]
    doing: str
    at_once: int
    running: int
    verified: int
    failed: int
    held: int
    waiting: int
    overdue: int
    overdue_items: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StormPage:
    """Every storm that stands, and the last that ended; the newest first."""

    items: tuple[StormView, ...]
    next: None = None


def routes(services: Services) -> APIRouter:
    """Return the route of storms."""
    router = APIRouter(tags=["storms"])

    @router.get("/storms", summary="List storms, the newest first")
    def storms(asked: Annotated[StormFilter, Query()]) -> StormPage:  # noqa: ARG001 - refuses any
        return StormPage(items=tuple(map(_view, newest(services))))

    return router


def newest(services: Services) -> list[Storm]:
    """Return every storm that is kept, the newest first."""
    book = services.retrigger.reception.engine.storms.kept().book
    return sorted(book.storms.values(), key=lambda one: one.opened_at, reverse=True)


def shown(kept: Iterable[Storm], identity: str) -> Storm:
    """Return one of the storms that are kept; raises ProblemError 404 where it is not among them.

    Of those that are over only the last are kept, so an old link may lead nowhere.
    """
    for one in kept:
        if one.id == identity:
            return one
    text = f"there is no storm {identity[:80]!r} any more, or there never was"
    raise ProblemError(404, "no-storm", text, field="storm")


def _view(one: Storm) -> StormView:
    return StormView(
        storm=one.id,
        state=one.state.value,
        scope=_scope(one.owner),
        scopes=tuple(map(_scope, one.scopes)),
        opened_at=one.opened_at,
        last_failure_at=one.last_failure_at,
        escalated_at=one.escalated_at,
        ended_at=one.ended_at,
        joined=one.joined,
        items=one.items,
        first_items=one.first_items,
        codes=one.codes,
        doing=one.doing,
        at_once=one.level,
        running=len(one.permits),
        verified=one.verified,
        failed=one.failed,
        held=one.held,
        waiting=one.waiting,
        overdue=one.overdue,
        overdue_items=one.overdue_items,
    )


def _scope(one: Scope) -> ScopeView:
    return ScopeView(kind=one.kind.value, name=one.name)

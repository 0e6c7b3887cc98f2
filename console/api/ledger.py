"""``GET /api/rejected`` and ``GET /api/alarms``: what led to no incident, and what needs a look."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query

from console.api.parameters import Paged, Spanned, bad_cursor
from console.services import Services
from remediation.moments import shortened
from state.ledger import RejectedEntry

# A row's position has ten digits.
_POSITION = re.compile(r"[0-9]{1,10}")


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedView:
    """A rejected delivery: by which door it came, why it leads to nothing, and its text."""

    at: datetime
    door: str
    reason: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedPage:
    """A page of rejected deliveries; ``next`` is null at the end."""

    items: tuple[RejectedView, ...]
    next: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmView:
    """An alarm."""

    key: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmPage:
    """A page of alarms, the newest first; ``next`` is null at the end."""

    items: tuple[AlarmView, ...]
    next: str | None


def routes(services: Services) -> APIRouter:
    """Return the routes of rejected deliveries and alarms."""
    router = APIRouter(tags=["deliveries"])

    @router.get("/rejected", summary="List rejected deliveries, the newest day first")
    def rejected(asked: Annotated[Spanned, Query()]) -> RejectedPage:
        until = asked.last_by(services.clock.now())
        return refused(services, asked, since=asked.first, until=until)

    @router.get("/alarms", summary="List alarms, the newest first")
    def alarms(asked: Annotated[Paged, Query()]) -> AlarmPage:
        found = services.reader.newest_alarms(before=_before(asked), most=asked.size)
        return AlarmPage(
            items=tuple(
                AlarmView(key=one.key, text=shortened(one.text), at=one.at) for one in found.entries
            ),
            next=None if found.before is None else str(found.before),
        )

    return router


def refused(services: Services, asked: Paged, *, since: datetime, until: datetime) -> RejectedPage:
    """Return a page of rejected deliveries of ``[since, until)``; no more is read than it shows."""
    taken: list[RejectedEntry] = []
    for one in services.reader.rejected(since=since, until=until, after=_cursor(asked)):
        if len(taken) == asked.size:
            return RejectedPage(items=tuple(map(_rejected, taken)), next=_next(taken[-1]))
        taken.append(one)
    return RejectedPage(items=tuple(map(_rejected, taken)), next=None)


def _rejected(one: RejectedEntry) -> RejectedView:
    return RejectedView(at=one.at, door=one.door.value, reason=one.reason, text=one.text)


def _day(one: RejectedEntry) -> str:
    return one.at.astimezone(UTC).date().isoformat()


def _next(one: RejectedEntry) -> str:
    return f"{_day(one)}/{one.position}"


def _before(asked: Paged) -> int | None:
    """Return the position that an alarm's page ends before; raises ProblemError for another."""
    if asked.cursor is None:
        return None
    if not _POSITION.fullmatch(asked.cursor):
        text = f"expected what a page answered as next, got {asked.cursor[:80]!r}"
        raise bad_cursor(ValueError(text))
    return int(asked.cursor)


def _cursor(asked: Paged) -> tuple[str, int] | None:
    if asked.cursor is None:
        return None
    day, _, position = asked.cursor.partition("/")
    try:
        return datetime.fromisoformat(day).date().isoformat(), int(position)
    except ValueError as fault:
        text = f"expected what a page answered as next, got {asked.cursor[:80]!r}"
        raise bad_cursor(ValueError(text)) from fault

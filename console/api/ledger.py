"""``GET /api/rejected`` and ``GET /api/alarms``: what led to no incident, and what needs a look."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query

from console.api.parameters import Paged, Parameters, Spanned, bad_cursor
from console.services import Services
from state.ledger import RejectedEntry


class AlarmFilter(Parameters):
    """Alarms are few: one a key. There is nothing to ask for."""


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
    """Every alarm, the newest first."""

    items: tuple[AlarmView, ...]
    next: None = None


def routes(services: Services) -> APIRouter:
    """Return the routes of rejected deliveries and alarms."""
    router = APIRouter(tags=["deliveries"])

    @router.get("/rejected", summary="List rejected deliveries, the newest day first")
    def rejected(asked: Annotated[Spanned, Query()]) -> RejectedPage:
        first = _cursor(asked)
        taken: list[RejectedEntry] = []
        for one in services.reader.rejected(since=asked.first, until=asked.last):
            if first is not None and not _after(one, first):
                continue
            if len(taken) == asked.size:
                return RejectedPage(items=tuple(map(_rejected, taken)), next=_next(taken[-1]))
            taken.append(one)
        return RejectedPage(items=tuple(map(_rejected, taken)), next=None)

    @router.get("/alarms", summary="List alarms, the newest first")
    def alarms(asked: Annotated[AlarmFilter, Query()]) -> AlarmPage:  # noqa: ARG001 - refuses any
        return AlarmPage(
            items=tuple(
                AlarmView(key=one.key, text=one.text, at=one.at) for one in services.reader.alarms()
            )
        )

    return router


def _rejected(one: RejectedEntry) -> RejectedView:
    return RejectedView(at=one.at, door=one.door.value, reason=one.reason, text=one.text)


def _day(one: RejectedEntry) -> str:
    return one.at.astimezone(UTC).date().isoformat()


def _next(one: RejectedEntry) -> str:
    return f"{_day(one)}/{one.position}"


def _after(one: RejectedEntry, cursor: tuple[str, int]) -> bool:
    day, position = cursor
    return _day(one) < day or (_day(one) == day and one.position > position)


def _cursor(asked: Paged) -> tuple[str, int] | None:
    if asked.cursor is None:
        return None
    day, _, position = asked.cursor.partition("/")
    try:
        return datetime.fromisoformat(day).date().isoformat(), int(position)
    except ValueError as fault:
        text = f"expected what a page answered as next, got {asked.cursor[:80]!r}"
        raise bad_cursor(ValueError(text)) from fault

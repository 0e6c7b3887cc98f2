"""The page ``/rejected``: what was delivered and refused, by which door, when, and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query
from pydantic import BeforeValidator, Field
from starlette.responses import Response

from console.api.ledger import RejectedView, refused
from console.api.parameters import Paged
from console.gate import Gate
from console.page.routes import render
from console.services import Services
from remediation.incident import Door
from remediation.moments import shortened
from remediation.redact import bounded, redact
from state.reading import FIRST_DAY

# Of a delivery's text: enough to know it by. The API has all that is kept.
MOST_SHOWN = 4 * 1024
_DAY = timedelta(days=1)

DOORS: Mapping[Door, str] = {
    Door.ALERT: "an alert of Azure Monitor",
    Door.EVENT_GRID: "an event of Event Grid",
    Door.SWEEP: "the sweep",
    Door.MANUAL: "a person",
    Door.WAKEUP: "a wake-up of our own",
}


def _day(text: object) -> object:
    """Read a day; a form sends an empty text for none."""
    if text in {"", None}:
        return None
    try:
        day = date.fromisoformat(str(text))
        # The day after it is needed, too.
        datetime.combine(day, datetime.min.time(), UTC) + _DAY
    except (ValueError, OverflowError) as fault:
        raise ValueError(f"expected a day, as 2026-11-20, got {str(text)[:60]!r}") from fault
    return day


class RejectedFilter(Paged):
    """What the page shows: the newest, or those of one day (UTC)."""

    size: int = Field(25, ge=1, le=200)
    day: Annotated[date | None, BeforeValidator(_day), Query()] = None

    def from_day(self) -> "RejectedFilter":
        """Return what reads from the day's own beginning, and nothing of the day after."""
        if self.day is None or self.cursor is not None:
            return self
        return self.model_copy(update={"cursor": f"{self.day.isoformat()}/0"})

    def span(self, now: datetime) -> tuple[datetime, datetime]:
        """Return the span of time that is shown, its end not included."""
        if self.day is None:
            return FIRST_DAY, now + _DAY
        since = datetime.combine(self.day, datetime.min.time(), UTC)
        return since, since + _DAY

    def link(self, **changes: object) -> str:
        """Return the address of the same page with something changed."""
        merged = {**self.model_dump(mode="json", exclude_defaults=True), **changes}
        kept = {name: value for name, value in merged.items() if value}
        return f"/rejected?{urlencode(kept)}" if kept else "/rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A rejected delivery as it is shown; ``cut``: there is more of its text than stands here."""

    at: datetime
    door: str
    reason: str
    text: str
    cut: bool


def routes(services: Services, gate: Gate) -> APIRouter:
    """Return the route of the page."""
    router = APIRouter(include_in_schema=False)

    @router.get("/rejected", dependencies=[Depends(gate.reader)])
    def rejected(asked: Annotated[RejectedFilter, Query()]) -> Response:
        now = services.clock.now()
        since, until = asked.span(now)
        page = refused(services, asked.from_day(), since=since, until=until)
        return render(
            "rejected.html",
            lines=[line(one) for one in page.items],
            further=page.next and asked.link(cursor=page.next),
            asked=asked,
            now=now,
            mode=services.policies.everything().policy.mode.value,
        )

    return router


def line(one: RejectedView) -> Line:
    """Return what is shown of a delivery.

    It was redacted before it was kept, and is once more: what an older version let through, this
    one may know.
    """
    text = bounded(one.text, MOST_SHOWN)
    return Line(
        at=one.at,
        door=DOORS[Door(one.door)],
        reason=shortened(redact(one.reason)),
        text=text,
        cut=len(text.encode()) < len(redact(one.text).encode()),
    )

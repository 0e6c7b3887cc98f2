"""The pages ``/storms`` and ``/storms/{id}``: what the brake holds back, what is done about it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi import Path as PathParameter
from starlette.responses import Response

from console.api.storms import newest, shown
from console.gate import Gate
from console.page.routes import render
from console.services import Services
from remediation.moments import shortened
from remediation.redact import redact
from remediation.storms.course import CANARIES, COOL_DOWN, MOST_AT_ONCE
from remediation.storms.notice import notification
from remediation.storms.scopes import ScopeKind
from remediation.storms.storm import News, Storm, StormState


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldView:
    """One piece of news: since when it is known, and what became of its notice (``state``).

    ``said`` and ``remedy`` are the notice's words, with the counts as they are now.
    """

    news: str
    since: datetime
    state: str
    said: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseView:
    """A cause that the failures have in common; ``title`` is its playbook's, if there is one."""

    id: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StormSheet:
    """A storm with what its page says of it."""

    storm: Storm
    causes: tuple[CauseView, ...]
    told: tuple[ToldView, ...]
    ramp: str
    opens_again_until: datetime | None

    @property
    def escalation(self) -> ToldView | None:
        """What people were told when it was handed to them; None where it never was."""
        return next((one for one in self.told if one.news == News.ESCALATED.value), None)


def routes(services: Services, gate: Gate) -> APIRouter:
    """Return the routes of both pages. Each reads the book of storms: one request."""
    router = APIRouter(include_in_schema=False)
    reading = [Depends(gate.reader)]

    @router.get("/storms", dependencies=reading)
    def storms() -> Response:
        sheets = [sheet(services, one) for one in newest(services)]
        return render(
            "storms.html",
            standing=[one for one in sheets if not one.storm.over],
            over=[one for one in sheets if one.storm.over],
            now=services.clock.now(),
            mode=services.policies.everything().policy.mode.value,
        )

    @router.get("/storms/{id}", dependencies=reading)
    def storm(
        id: Annotated[str, PathParameter(max_length=200)],  # noqa: A002 - the address says so
    ) -> Response:
        found = sheet(services, shown(newest(services), id))
        return render(
            "storm.html",
            sheet=found,
            storm=found.storm,
            codes=[redact(one) for one in found.storm.codes],
            canaries=CANARIES,
            most_at_once=MOST_AT_ONCE,
            now=services.clock.now(),
            mode=services.policies.everything().policy.mode.value,
        )

    return router


def sheet(services: Services, storm: Storm) -> StormSheet:
    """Return what is said of a storm."""
    cooling = storm.state is StormState.COOLING and storm.ended_at is not None
    return StormSheet(
        storm=storm,
        causes=tuple(_causes(services, storm)),
        told=tuple(_told(storm, services.clock.now())),
        ramp=ramp(storm),
        opens_again_until=storm.ended_at + COOL_DOWN if cooling and storm.ended_at else None,
    )


def ramp(storm: Storm) -> str:
    """Return how far the storm lets repairs begin: by the canary, on the ramp, or not at all."""
    match storm.state:
        case StormState.OPEN if storm.level == 1:
            return "canary: one repair at a time"
        case StormState.OPEN:
            return f"ramp: {storm.level} repairs at a time"
        case StormState.ESCALATED:
            return "closed: no repair begins"
        case StormState.COOLING | StormState.ENDED | StormState.JOINED:
            return "open: nobody needs a permit"


def _causes(services: Services, storm: Storm) -> Iterator[CauseView]:
    library = services.retrigger.reception.engine.eyes.library
    for one in storm.scopes:
        if one.kind is ScopeKind.CAUSE:
            playbook = library.by_id.get(one.name)
            yield CauseView(id=one.name, title=playbook.title if playbook else one.name)


def _told(storm: Storm, now: datetime) -> Iterator[ToldView]:
    known = {
        News.DETECTED: storm.opened_at,
        News.ESCALATED: storm.escalated_at,
        News.ENDED: storm.ended_at if storm.over else None,
    }
    for news, since in known.items():
        if since is None:
            continue
        match notification(storm, news, now).data:
            case {"reason": str(said), "next": {"remedy": str(remedy)}}:
                yield ToldView(
                    news=news.value,
                    since=since,
                    state=_state(storm, news),
                    said=shortened(said),
                    remedy=remedy,
                )
            case other:
                raise TypeError(f"a notice of a storm without reason or remedy: {sorted(other)}")


def _state(storm: Storm, news: News) -> str:
    if news in storm.told:
        return "a channel took the notice"
    if news in storm.unsaid:
        return "no channel has taken the notice yet; the sweep tries again"
    return "not told by itself: the storm that it has become part of speaks for it"

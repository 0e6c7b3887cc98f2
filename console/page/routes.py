"""The pages ``/`` and ``/incidents/{id}``, and the two files they need."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query
from fastapi import Path as PathParameter
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from console.api.handling import complained
from console.api.health import missing_roles, newest_runs
from console.api.incidents import whole
from console.api.parameters import Parameters
from console.api.pauses import active
from console.api.storms import newest
from console.gate import Gate
from console.page.filters import FILTERS
from console.page.overview import Group, Wanted, overview
from console.page.reach import Reach
from console.services import Services
from console.views.incident import IncidentView
from console.views.link import link_view

_HERE = Path(__file__).parent
_DAY = "public, max-age=3600"
# How often a page that was asked to stay fresh comes again, in seconds.
FRESH = 5


class PageFilter(Parameters):
    """What the first page shows; forms send empty texts for what was left open."""

    group: Group | None = None
    cause: Annotated[str, Query(max_length=200)] = ""
    vault: Annotated[str, Query(max_length=200)] = ""
    vm: Annotated[str, Query(max_length=200)] = ""
    storm: Annotated[str, Query(max_length=200)] = ""
    live: bool = False

    def link(self, **changes: object) -> str:
        """Return the address of the same page with something changed."""
        merged = {**self.model_dump(mode="json", exclude_defaults=True), **changes}
        kept = {name: value for name, value in merged.items() if value}
        return f"/?{urlencode(kept)}" if kept else "/"


@cache
def templates() -> Environment:
    """Return the templates: everything is escaped, and a name nobody gave is an error."""
    made = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(FILTERS)
    return made


def render(name: str, status: int = 200, **values: object) -> HTMLResponse:
    """Return a page."""
    return HTMLResponse(templates().get_template(name).render(values), status_code=status)


def problem_page(body: Mapping[str, object]) -> HTMLResponse:
    """Return a problem as a page, for people who followed a link."""
    return render("problem.html", status=int(str(body["status"])), problem=body)


def wants_page(request: Request) -> bool:
    """Whether an error should be answered as a page: below the API it never is."""
    is_api = request.url.path.startswith("/api/")
    return not is_api and "text/html" in request.headers.get("accept", "")


def routes(services: Services, gate: Gate) -> APIRouter:
    """Return the routes of the page."""
    router = APIRouter(include_in_schema=False)
    reading = [Depends(gate.reader)]

    @router.get("/", dependencies=reading)
    def incidents(asked: Annotated[PageFilter, Query()]) -> Response:
        kept = newest(services)
        wanted = Wanted(
            group=asked.group,
            cause=asked.cause,
            vault=asked.vault,
            vm=asked.vm,
            reach=Reach.of(services, asked.storm, kept) if asked.storm else None,
        )
        page = render(
            "incidents.html",
            paused=active(services),
            storms=[one for one in kept if one.brakes],
            of_storm=wanted.reach.storm if wanted.reach else None,
            missing_roles=missing_roles(services),
            silent=[run for run in newest_runs(services) if run.silent(services.clock)],
            overview=overview(services, wanted),
            asked=asked,
            now=services.clock.now(),
            mode=services.policies.everything().policy.mode.value,
        )
        if asked.live:
            page.headers["Refresh"] = str(FRESH)
        return page

    @router.get("/incidents/{id}", dependencies=reading)
    def incident(
        id: Annotated[str, PathParameter(max_length=200)],  # noqa: A002
        link: str = "",
    ) -> Response:
        detail, now = whole(services, id), services.clock.now()
        return render(
            "incident.html",
            paused=active(services),
            incident=IncidentView.whole(
                detail.incident, tuple(one.record for one in detail.records)
            ),
            complaints=complained(services, detail.incident),
            link=link_view(services.links, detail.incident, link, now) if link else None,
            now=now,
            mode=services.policies.everything().policy.mode.value,
        )

    @router.get("/console.css")
    def style() -> Response:
        return _file("console.css", "text/css; charset=utf-8")

    @router.get("/favicon.svg")
    def icon() -> Response:
        return _file("favicon.svg", "image/svg+xml")

    return router


def _file(name: str, kind: str) -> Response:
    text = (_HERE / "static" / name).read_bytes()
    return Response(text, media_type=kind, headers={"Cache-Control": _DAY})

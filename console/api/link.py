"""``GET /api/incidents/{id}/link``: whether a link that somebody was sent is ours."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import Field

from console.api.incidents import whole
from console.api.parameters import Parameters, Text
from console.services import Services
from console.views.link import LinkView, link_view


class LinkQuery(Parameters):
    """The link's own parameter."""

    link: Text = Field(description="What stands behind `link=` in the address.")


def routes(services: Services) -> APIRouter:
    """Return the route of links."""
    router = APIRouter(tags=["incidents"])

    @router.get("/incidents/{id}/link", summary="Check a link that was sent for an incident")
    def link(
        id: Annotated[str, Path(max_length=200)],  # noqa: A002 - the route's word
        asked: Annotated[LinkQuery, Query()],
    ) -> LinkView:
        now = services.clock.now()
        return link_view(services.links, whole(services, id).incident, asked.link, now)

    return router

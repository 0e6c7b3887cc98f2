"""The forms of an incident's care: ``POST /incidents/{id}/care``, then back to the page."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi import Path as PathParameter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from console.api.handling import WishBody, handling, wished
from console.gate import Gate
from console.page.forms import fields_of, read
from console.principal import Person
from console.problem import ProblemError
from console.services import Services


def routes(services: Services, gate: Gate) -> APIRouter:
    """Return the route of the form."""
    router = APIRouter(include_in_schema=False)

    @router.post("/incidents/{id}/care")
    async def care(
        request: Request,
        id: Annotated[str, PathParameter(max_length=200)],  # noqa: A002 - the address says so
        by: Annotated[Person, Depends(gate.operator)],
    ) -> Response:
        carers = handling(services)
        answers = {"nudge": carers.nudge, "close": carers.close}
        fields = await fields_of(request)
        do = answers.get(fields.get("answer", ""))
        if do is None:
            detail = f"expected {' or '.join(answers)}"
            raise ProblemError(422, "invalid-request", detail, field="answer")
        body = read(WishBody, reason=fields.get("reason", ""))
        wished(services, do, id, by, body.reason)
        return RedirectResponse(f"/incidents/{id}", status_code=HTTPStatus.SEE_OTHER)

    return router

"""The page ``/undelivered``: poison messages and dead letters, each with its two forms."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from console.api.undelivered import HandleBody, handled, listed
from console.gate import Gate
from console.page.forms import fields_of, read
from console.page.routes import render
from console.principal import Person
from console.problem import ProblemError
from console.services import Services
from remediation.deeds import DeedKind

_ANSWERS = {kind.value: kind for kind in DeedKind}


def routes(services: Services, gate: Gate) -> APIRouter:
    """Return the routes of the page and its forms."""
    router = APIRouter(include_in_schema=False)

    @router.get("/undelivered", dependencies=[Depends(gate.reader)])
    def undelivered() -> Response:
        return render(
            "undelivered.html",
            page=listed(services),
            now=services.clock.now(),
            mode=services.policies.everything().policy.mode.value,
        )

    @router.post("/undelivered")
    async def handle(request: Request, by: Annotated[Person, Depends(gate.operator)]) -> Response:
        fields = await fields_of(request)
        kind = _ANSWERS.get(fields.get("answer", ""))
        if kind is None:
            detail = f"expected {' or '.join(_ANSWERS)}"
            raise ProblemError(422, "invalid-request", detail, field="answer")
        body = read(HandleBody, key=fields.get("key", ""), reason=fields.get("reason", ""))
        handled(services, kind, body, by)
        return RedirectResponse("/undelivered", status_code=HTTPStatus.SEE_OTHER)

    return router

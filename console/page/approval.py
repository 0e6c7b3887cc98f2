"""The form of an approval: ``POST /incidents/{id}/approval``, then back to the page.

A link, signed or not, only ever opens the page: what approves is a person who signed in, on our own
page, with a reason.
"""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi import Path as PathParameter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from console.api.approvals import AnswerBody, answered
from console.gate import Gate
from console.page.forms import fields_of, read
from console.principal import Person
from console.problem import ProblemError
from console.services import Services

_ANSWERS = {"approve": True, "deny": False}


def routes(services: Services, gate: Gate) -> APIRouter:
    """Return the route of the form."""
    router = APIRouter(include_in_schema=False)

    @router.post("/incidents/{id}/approval")
    async def approval(
        request: Request,
        id: Annotated[str, PathParameter(max_length=200)],  # noqa: A002 - the address says so
        by: Annotated[Person, Depends(gate.approver)],
    ) -> Response:
        answered(services, _body(id, await fields_of(request)), by)
        return RedirectResponse(f"/incidents/{id}", status_code=HTTPStatus.SEE_OTHER)

    return router


def _body(incident: str, fields: dict[str, str]) -> AnswerBody:
    """Read the form; raises ProblemError that names the field."""
    approve = _ANSWERS.get(fields.get("answer", ""))
    if approve is None:
        wanted = " or ".join(_ANSWERS)
        raise ProblemError(422, "invalid-request", f"expected {wanted}", field="answer")
    return read(
        AnswerBody,
        incident=incident,
        key=fields.get("key", ""),
        approve=approve,
        reason=fields.get("reason", ""),
    )

"""The form of an approval: ``POST /incidents/{id}/approval``, then back to the page.

A link, signed or not, only ever opens the page: what approves is a person who signed in, on our own
page, with a reason.
"""

from http import HTTPStatus
from typing import Annotated
from urllib.parse import parse_qs

from fastapi import APIRouter, Depends
from fastapi import Path as PathParameter
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from console.api.approvals import AnswerBody, answered
from console.gate import Gate
from console.principal import Person
from console.problem import ProblemError
from console.services import Services

_FORM = "application/x-www-form-urlencoded"
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
        answered(services, _body(id, request, await request.body()), by)
        return RedirectResponse(f"/incidents/{id}", status_code=HTTPStatus.SEE_OTHER)

    return router


def _body(incident: str, request: Request, sent: bytes) -> AnswerBody:
    """Read the form; raises ProblemError that names the field."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _FORM:
        detail = f"expected {_FORM}, got {kind[:80] or 'none'}"
        status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
        raise ProblemError(status, "unsupported-media-type", detail, field="Content-Type")
    fields = parse_qs(sent.decode(errors="replace"), max_num_fields=10)
    found = {name: values[0] for name, values in fields.items()}
    approve = _ANSWERS.get(found.get("answer", ""))
    if approve is None:
        wanted = " or ".join(_ANSWERS)
        raise ProblemError(422, "invalid-request", f"expected {wanted}", field="answer")
    try:
        return AnswerBody(
            incident=incident,
            key=found.get("key", ""),
            approve=approve,
            reason=found.get("reason", ""),
        )
    except ValidationError as fault:
        field = str(fault.errors()[0]["loc"][0])
        raise ProblemError(
            422, "invalid-request", f"expected a text that is not empty in {field}", field=field
        ) from fault

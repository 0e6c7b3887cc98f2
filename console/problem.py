"""Errors as RFC 9457 has them: ``application/problem+json`` that names the field it is about."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse

MEDIA_TYPE = "application/problem+json"
TYPES = "urn:backup-remediator:problem:"
# Parts of a location that name a type, not a field.
_TYPE_TAGS = frozenset({"str", "JobReference"})


_SCHEMA = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "detail"],
                "properties": {"field": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}
# What any route may answer beside what it is there for, as OpenAPI says it.
PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"description": description, "content": {MEDIA_TYPE: {"schema": _SCHEMA}}}
    for status, description in (
        (400, "A parameter is not as described; `errors` names it."),
        (401, "It needs a person who signed in."),
        (403, "The person lacks the role, or another site's page asks."),
        (404, "There is no such thing here; `detail` says which was meant."),
        (409, "It cannot be done as things stand; `detail` says why."),
        (413, "The request's body is larger than any that is meant."),
        (422, "The request is not as described; `errors` names each field."),
        (500, "Something went wrong here; it is in the log."),
        (503, "What it needs cannot be read now, or a newer version wrote it; ask again later."),
    )
}


class ProblemError(Exception):
    """A request that gets a problem for an answer."""

    def __init__(
        self,
        status: int,
        kind: str,
        detail: str,
        *,
        field: str | None = None,
        headers: Mapping[str, str] | None = None,
        **more: object,
    ) -> None:
        """Say what is wrong; ``field`` is the part of the request that is meant.

        ``more`` are further members of the problem.
        """
        super().__init__(detail)
        self.status = status
        self.headers = dict(headers or {})
        errors = [] if field is None else [{"field": field, "detail": detail}]
        self.body = problem(status, kind, detail, errors=errors, **more)


def problem(
    status: int, kind: str, detail: str, *, errors: Sequence[Any] = (), **more: object
) -> dict[str, object]:
    """Return the members of a problem; ``errors`` name the fields that are meant."""
    told = {"errors": list(errors)} if errors else {}
    return {
        "type": TYPES + kind,
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        **told,
        **more,
    }


def answered(body: Mapping[str, object], headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Return a problem as a response."""
    return JSONResponse(
        body, status_code=int(str(body["status"])), headers=headers, media_type=MEDIA_TYPE
    )


def of_status(status: int, detail: str, path: str) -> dict[str, object]:
    """Return the problem of a status that the framework answers by itself: 404, 405 and such."""
    kind = HTTPStatus(status).phrase.lower().replace(" ", "-")
    if detail == HTTPStatus(status).phrase:
        detail = f"{detail}: {path[:200]}"
    return problem(status, kind, detail)


def internal() -> dict[str, object]:
    """Return the problem of an error of ours; what it was is in the log only."""
    return problem(500, "internal", "something went wrong here; it is in the log")


def of_validation(request: Request, fault: RequestValidationError) -> dict[str, object]:
    """Return the problem of a request that is not as described: each field, and what it must be."""
    errors = [_error(one) for one in fault.errors()]
    in_body = request.method != "GET"
    broken = any(one["type"] == "json_invalid" for one in fault.errors())
    status = HTTPStatus.UNPROCESSABLE_ENTITY if in_body and not broken else HTTPStatus.BAD_REQUEST
    detail = "; ".join(f"{one['field']}: {one['detail']}" for one in errors)
    return problem(status.value, "invalid-request", detail, errors=errors)


def _error(one: Mapping[str, Any]) -> dict[str, str]:
    place, *path = (str(part) for part in one["loc"])
    if one["type"] == "json_invalid":
        return {"field": "body", "detail": "expected JSON: " + str(one["ctx"]["error"])}
    names = [part for part in path if part not in _TYPE_TAGS]
    texts = {
        "extra_forbidden": "is not known here",
        "missing": "is required",
        "none_required": "must not be given",
    }
    text = texts.get(one["type"]) or str(one["msg"]).removeprefix("Value error, ")
    if one["type"] == "enum":
        text = f"expected {one['ctx']['expected']}, got {str(one['input'])[:60]!r}"
    return {"field": ".".join(names) or place, "detail": text}

"""Forms of our own pages: what a browser sends, read and checked."""

from http import HTTPStatus
from urllib.parse import parse_qs

from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from console.problem import ProblemError

_FORM = "application/x-www-form-urlencoded"
_MOST_FIELDS = 10


async def fields_of(request: Request) -> dict[str, str]:
    """Return the fields of a form; raises ProblemError for anything that is none."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _FORM:
        detail = f"expected {_FORM}, got {kind[:80] or 'none'}"
        status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
        raise ProblemError(status, "unsupported-media-type", detail, field="Content-Type")
    sent = await request.body()
    try:
        fields = parse_qs(sent.decode(errors="replace"), max_num_fields=_MOST_FIELDS)
    except ValueError as fault:
        detail = f"expected a form of at most {_MOST_FIELDS} fields"
        raise ProblemError(422, "invalid-request", detail, field="body") from fault
    return {name: values[0] for name, values in fields.items()}


def read[T: BaseModel](kind: type[T], **given: object) -> T:
    """Return the body that the form stands for; raises ProblemError that names the field."""
    try:
        return kind(**given)
    except ValidationError as fault:
        field = str(fault.errors()[0]["loc"][0])
        detail = f"expected a text that is not empty in {field}"
        raise ProblemError(422, "invalid-request", detail, field=field) from fault

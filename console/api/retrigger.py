"""``POST /api/retrigger``: a named person has something taken up again. No way round a guard."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Self

from fastapi import APIRouter, Depends, Header
from pydantic import BaseModel, ConfigDict, Field, StrictBool, StringConstraints, model_validator
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from console.api.targets import JobReference, Target, target
from console.gate import Gate
from console.principal import Person
from console.problem import MEDIA_TYPE, ProblemError
from console.services import Services
from remediation.engine import BusyError
from remediation.retrigger import Answer
from remediation.retrigger import Request as Wanted

_TARGETS = ("item", "vm", "job", "incident")
type Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=600)]
type Sentence = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)
]
type Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=200)]


class Body(BaseModel):
    """Exactly one of ``item``, ``vm``, ``job`` and ``incident``, and a reason."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    item: Name | None = Field(None, description="The machine's ARM id.")
    vm: Name | None = Field(None, description="Its ARM id, or a name only one machine has.")
    job: JobReference | Name | None = Field(
        None, description="`{vault, id}` with the vault's ARM id, or `<vault>/backupJobs/<id>`."
    )
    incident: Name | None = Field(None, description="The incident's id.")
    reason: Sentence = Field(description="Why; it stands in the audit trail.")
    dry_run: StrictBool = Field(
        default=False, description="Only show what would run, and what objects."
    )

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        given = [name for name in _TARGETS if getattr(self, name) is not None]
        if len(given) != 1:
            wanted = ", ".join(_TARGETS)
            raise ValueError(f"expected exactly one of {wanted}, got {', '.join(given) or 'none'}")
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class RetriggerAnswer:
    """What was done, or, in a dry run, would be: ``would`` in sentences, ``acts`` the step.

    ``taken`` is false only in a dry run of what cannot be taken up now; ``reason`` says why.
    """

    taken: bool
    dry_run: bool
    reason: str
    by: str
    item: str
    incident: str | None
    would: tuple[str, ...]
    acts: str | None


def routes(services: Services, gate: Gate) -> APIRouter:
    """Return the route of re-triggers."""
    router = APIRouter(tags=["retrigger"])

    @router.post(
        "/retrigger",
        summary="Have an item, machine, job or incident taken up again",
        response_model=RetriggerAnswer,
    )
    def retrigger(
        body: Body,
        by: Annotated[Person, Depends(gate.operator)],
        _json: Annotated[None, Depends(only_json)],
        idempotency_key: Key = None,
    ) -> Response:
        wanted = target(services, body.item, body.vm, body.job, body.incident)

        def work() -> dict[str, object]:
            return _asked(services, body, by, wanted)

        if body.dry_run or idempotency_key is None:
            return JSONResponse(work())
        return _once(services, by, idempotency_key, body, work)

    return router


def only_json(request: Request) -> None:
    """Refuse what a form of any page could send without asking."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        detail = f"expected application/json, got {kind[:80] or 'none'}"
        status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
        raise ProblemError(status, "unsupported-media-type", detail, field="Content-Type")


def _asked(services: Services, body: Body, by: Person, wanted: Target) -> dict[str, object]:
    request = Wanted(
        item=wanted.item,
        by=by.recorded,
        reason=body.reason,
        job=wanted.job,
        incident=wanted.incident,
        dry_run=body.dry_run,
    )
    try:
        answer = services.retrigger.ask(request)
    except BusyError as fault:
        again = {"Retry-After": "5"}
        raise ProblemError(503, "busy", f"{fault}: ask again", headers=again) from fault
    if not answer.taken and not body.dry_run:
        raise ProblemError(409, "not-taken", answer.reason, incident=answer.incident)
    return _plain(answer, body, by, wanted)


def _plain(answer: Answer, body: Body, by: Person, wanted: Target) -> dict[str, object]:
    return {
        "taken": answer.taken,
        "dry_run": body.dry_run,
        "reason": answer.reason,
        "by": by.recorded,
        "item": wanted.item.shown,
        "incident": answer.incident,
        "would": list(answer.would),
        "acts": answer.acts,
    }


def _once(
    services: Services, by: Person, key: str, body: Body, work: Callable[[], dict[str, object]]
) -> Response:
    """Do the work under its key, or answer what was answered; a refusal is kept like a success."""
    own = f"{by.id}|{key}"
    asked = hashlib.sha256(body.model_dump_json().encode()).hexdigest()
    earlier = services.answers.claim(own, asked, services.clock.now())
    if earlier is not None and earlier.request != asked:
        detail = "this key was used for another request"
        raise ProblemError(422, "key-reused", detail, field="Idempotency-Key")
    if earlier is not None and earlier.answer is None:
        detail = (
            "the first request with this key is still worked on, or ended without an answer: "
            "look at the incident before asking under another key"
        )
        raise ProblemError(409, "key-in-use", detail, field="Idempotency-Key")
    if earlier is not None and earlier.answer is not None:
        kept = json.loads(earlier.answer)
        return _response(kept["status"], kept["body"], {"Idempotent-Replayed": "true"})
    try:
        status, answer = HTTPStatus.OK, work()
    except ProblemError as fault:
        if fault.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise
        status, answer = HTTPStatus(fault.status), fault.body
    services.answers.keep(own, json.dumps({"status": status.value, "body": answer}))
    return _response(status.value, answer, {})


def _response(status: int, body: dict[str, object], headers: dict[str, str]) -> Response:
    kind = MEDIA_TYPE if status >= HTTPStatus.BAD_REQUEST else "application/json"
    return JSONResponse(body, status_code=status, headers=headers, media_type=kind)

"""``POST /api/approvals``: a person with the role Approver says yes or no to what is asked."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from console.api.retrigger import Name, Sentence, only_json
from console.gate import Gate
from console.principal import Person
from console.problem import ProblemError
from console.services import Services
from remediation.approving import Approving, Decision
from remediation.engine import BusyError


class AnswerBody(BaseModel):
    """The request as the person has seen it, and the answer with its reason."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    incident: Name = Field(description="The incident's id.")
    key: Name = Field(description="The request's key, as the incident shows it.")
    approve: StrictBool = Field(description="True is a yes, false a no.")
    reason: Sentence = Field(description="Why; it stands in the audit trail.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalAnswer:
    """What was recorded: under whose name, and what followed from it, in sentences."""

    incident: str
    approved: bool
    by: str
    news: tuple[str, ...]


def routes(services: Services, gate: Gate) -> APIRouter:
    """Return the route of approvals."""
    router = APIRouter(tags=["approvals"])

    @router.post("/approvals", summary="Approve or deny what an incident asks")
    def approvals(
        body: AnswerBody,
        by: Annotated[Person, Depends(gate.approver)],
        _json: Annotated[None, Depends(only_json)],
    ) -> ApprovalAnswer:
        return answered(services, body, by)

    return router


def answered(services: Services, body: AnswerBody, by: Person) -> ApprovalAnswer:
    """Take a person's answer; raises ProblemError where it counts for nothing."""
    row = services.index.find(body.incident)
    if row is None:
        detail = f"there is no incident {body.incident[:80]!r}"
        raise ProblemError(404, "no-incident", detail, field="incident")
    decision = Decision(
        item=row.item,
        incident=body.incident,
        key=body.key,
        by=by.recorded,
        reason=body.reason,
        yes=body.approve,
    )
    try:
        reply = Approving(engine=services.retrigger.reception.engine).answer(decision)
    except BusyError as fault:
        again = {"Retry-After": "5"}
        raise ProblemError(503, "busy", f"{fault}: answer again", headers=again) from fault
    if not reply.taken:
        raise ProblemError(409, "not-taken", reply.reason, incident=body.incident)
    return ApprovalAnswer(
        incident=body.incident, approved=body.approve, by=by.recorded, news=reply.news
    )

"""``GET /api/promotion``: what observing showed of an action, and the policy that promotes it.

Nothing is changed: the answer holds the changed document for a person to merge.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import AliasChoices, Field

from console.api.parameters import Parameters, Text
from console.gate import Gate
from console.instants import Instant
from console.problem import ProblemError
from console.promoting import Observing
from console.services import Services
from remediation.policies.document import PolicyFault, read_document
from remediation.policies.layers import Document
from remediation.promotion.change import Change, ChangeError, propose
from remediation.promotion.evidence import Evidence
from remediation.promotion.place import EVERYTHING, Place, find
from remediation.promotion.telling import sentences
from remediation.repertoire import ACTIONS

DAYS = timedelta(days=30)
# What a document is called where there is none yet.
NEW = "policy.yaml"
_SHOWN = 20


class Asked(Parameters):
    """An action, a place, and a span of time."""

    action: Text = Field(description="As playbooks name it: `retry_backup`.")
    scope: Text = Field(
        EVERYTHING, description="`*`, a scope's name, an ARM id, or keys of a match by comma."
    )
    allow: bool = Field(
        default=False, description="Write what else it needs, too: `opt_in`, `max_risk`."
    )
    since: Instant | None = Field(
        None, validation_alias=AliasChoices("from"), serialization_alias="from"
    )
    until: Instant | None = Field(
        None, validation_alias=AliasChoices("to"), serialization_alias="to"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalView:
    """The changed document: ``diff`` against the one in force, ``text`` as a whole.

    ``changed`` is False where there is nothing to merge. ``notes``: what it does not do, and what
    else holds the action. ``reaches``: of the machines seen, so many would run it by themselves;
    ``unreached`` says of some others why not.
    """

    document: str | None
    digest: str | None
    changed: bool
    diff: str
    text: str
    notes: tuple[str, ...]
    reaches: int
    unreached: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotionView:
    """What was seen, counted and as sentences, and what would let the action run by itself."""

    action: str
    scope: str
    said: tuple[str, ...]
    evidence: Evidence
    proposal: ProposalView


def routes(services: Services, gate: Gate) -> APIRouter:
    """Return the route of promotions. It reads two thousand incidents: that is for operators."""
    router = APIRouter(tags=["policy"])

    @router.get(
        "/promotion",
        summary="Show what observing showed of an action, and the policy that lets it run",
        dependencies=[Depends(gate.operator)],
    )
    def promotion(asked: Annotated[Asked, Query()]) -> PromotionView:
        if asked.action not in ACTIONS or not _runs(asked.action):
            known = ", ".join(filter(_runs, ACTIONS))
            detail = f"expected the name of an action ({known}), got {asked.action[:80]!r}"
            raise ProblemError(422, "invalid-request", detail, field="action")
        since, until = _span(services, asked)
        data = services.policies.text() or b""
        name = services.policies.standing().document or NEW
        place = _place(asked, data, name)
        observing = Observing(services, place)
        found = observing.observed(asked.action, since, until)
        change = _change(services, asked, data, name, place)
        reach = observing.reach(found, asked.action, change.document)
        return PromotionView(
            action=asked.action,
            scope=place.shown,
            said=sentences(found.evidence, asked.action, place.shown),
            evidence=found.evidence,
            proposal=ProposalView(
                document=services.policies.standing().document,
                digest=services.policies.standing().digest,
                changed=change.changed,
                diff=change.diff,
                text=change.text,
                notes=(*change.notes, *found.notes),
                reaches=reach.machines,
                unreached=reach.unreached[:_SHOWN],
            ),
        )

    return router


def _runs(name: str) -> bool:
    """Whether the mode has a say in it: waits and evidence are of every mode."""
    return bool(ACTIONS[name].all_steps)


def _span(services: Services, asked: Asked) -> tuple[datetime, datetime]:
    until = asked.until or services.clock.now()
    since = asked.since or until - DAYS
    if until <= since:
        raise ProblemError(400, "invalid-request", "expected a time after `from`", field="to")
    return since, until


def _place(asked: Asked, data: bytes, name: str) -> Place:
    try:
        return find(asked.scope, _document(data, name))
    except ValueError as fault:
        raise ProblemError(422, "invalid-request", str(fault), field="scope") from fault


def _document(data: bytes, name: str) -> Document | None:
    return read_document(data, name) if data.strip() else None


def _change(services: Services, asked: Asked, data: bytes, name: str, place: Place) -> Change:
    ground = services.policies.ground
    try:
        return propose(data, name, asked.action, place, ground, allow=asked.allow)
    except (ChangeError, PolicyFault) as fault:
        raise ProblemError(409, "not-written", str(fault), field="scope") from fault

"""``/api/pauses``: an operator stops new actions for a while, sees that, and lifts it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from console.api.parameters import Parameters
from console.api.retrigger import Sentence, only_json
from console.gate import Gate
from console.principal import Person
from console.problem import ProblemError
from console.services import Services
from remediation.pauses import LONGEST, SHORTEST, Pause, PausesError, read_scope, subscription_of
from remediation.pausing import Pausing
from remediation.readers import duration

# A list shows so many; people set few.
_MOST = 200


def _read_length(text: object) -> timedelta:
    expected = "expected an ISO 8601 duration of one minute to fourteen days, such as PT4H or P2D"
    try:
        found = duration(text) if isinstance(text, str) else timedelta()
    except (ValueError, OverflowError):
        found = timedelta()
    if not SHORTEST <= found <= LONGEST:
        raise ValueError(f"{expected}, got {str(text)[:60]!r}")
    return found


def _read_scope(text: object) -> str:
    return read_scope(text if isinstance(text, str) else str(text))


type Length = Annotated[
    timedelta,
    BeforeValidator(_read_length),
    WithJsonSchema({"type": "string", "format": "duration"}),
]
type Scope = Annotated[str, BeforeValidator(_read_scope), Field(max_length=600)]
type Identity = Annotated[str, Path(max_length=200)]


class PauseFilter(Parameters):
    """Pauses are few. There is nothing to ask for."""


class PauseBody(BaseModel):
    """What is paused, why, and for how long."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    scope: Scope = Field(
        description="`*`, or the ARM id of a subscription, resource group, vault or machine."
    )
    reason: Sentence = Field(description="Why; it stands in the ledger, and with what is held.")
    length: Length = Field(alias="for", description="ISO 8601: one minute to fourteen days.")


class LiftBody(BaseModel):
    """Why the pause ends before its time."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: Sentence = Field(description="Why; it stands in the ledger.")


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseView:
    """A pause: who stopped what, since when, until when, and who lifted it."""

    id: str
    scope: str
    active: bool
    by: str
    reason: str
    at: datetime
    until: datetime
    lifted_by: str | None
    lifted_at: datetime | None
    lifted_reason: str | None

    @classmethod
    def of(cls, pause: Pause, now: datetime) -> "PauseView":
        """Return a pause as it is shown."""
        lifted = pause.lifted
        return cls(
            id=pause.id,
            scope=pause.scope,
            active=pause.active(now),
            by=pause.by,
            reason=pause.reason,
            at=pause.at,
            until=pause.until,
            lifted_by=lifted.by if lifted else None,
            lifted_at=lifted.at if lifted else None,
            lifted_reason=lifted.reason if lifted else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PausePage:
    """The newest pauses, those that have ended included."""

    items: tuple[PauseView, ...]
    next: None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PausedNow:
    """What holds now; ``unread`` says why that cannot be told, where it cannot."""

    pauses: tuple[PauseView, ...] = ()
    unread: str = ""


def routes(services: Services, gate: Gate) -> APIRouter:
    """Return the routes of pauses."""
    router = APIRouter(tags=["pauses"])

    @router.get(
        "/pauses",
        summary="List pauses, the newest first",
        dependencies=[Depends(gate.reader)],
    )
    def pauses(asked: Annotated[PauseFilter, Query()]) -> PausePage:  # noqa: ARG001 - refuses any
        now = services.clock.now()
        try:
            found = services.pauses.all()[:_MOST]
        except PausesError as fault:
            raise _unreached(fault) from fault
        return PausePage(items=tuple(PauseView.of(one, now) for one in found))

    @router.post("/pauses", summary="Stop new actions for everything or a scope, for a while")
    def pause(
        body: PauseBody,
        by: Annotated[Person, Depends(gate.operator)],
        _json: Annotated[None, Depends(only_json)],
    ) -> PauseView:
        _in_scope(services, body.scope)
        try:
            found = _pausing(services).pause(
                scope=body.scope, by=by.recorded, reason=body.reason, length=body.length
            )
        except PausesError as fault:
            raise _unreached(fault) from fault
        return PauseView.of(found, services.clock.now())

    @router.post("/pauses/{id}/lift", summary="End a pause before its time")
    def lift(
        id: Identity,  # noqa: A002 - the address says so
        body: LiftBody,
        by: Annotated[Person, Depends(gate.operator)],
        _json: Annotated[None, Depends(only_json)],
    ) -> PauseView:
        return _lifted(services, id, by, body.reason)

    return router


def active(services: Services) -> PausedNow:
    """Return what is paused now."""
    now = services.clock.now()
    try:
        found = tuple(PauseView.of(one, now) for one in services.pauses.active(now))
    except PausesError as fault:
        return PausedNow(unread=str(fault))
    return PausedNow(pauses=found)


def _lifted(services: Services, identity: str, by: Person, reason: str) -> PauseView:
    try:
        found = _pausing(services).lift(identity, by=by.recorded, reason=reason)
    except PausesError as fault:
        raise _unreached(fault) from fault
    if found is None:
        detail = f"there is no pause {identity[:80]!r}"
        raise ProblemError(404, "no-pause", detail, field="id")
    if found.lifted is None:
        detail = f"the pause ended by itself at {found.until.isoformat()}"
        raise ProblemError(409, "not-taken", detail, field="id")
    return PauseView.of(found, services.clock.now())


def _in_scope(services: Services, scope: str) -> None:
    """Refuse what would stop nothing: who believes in it would be wrong."""
    subscription = subscription_of(scope)
    if subscription is None or services.policies.everything().policy.covers(subscription):
        return
    detail = (
        f"subscription {subscription} is not in scope (REMEDIATOR_SCOPES): nothing is done there, "
        "and there is nothing to pause"
    )
    raise ProblemError(422, "invalid-request", detail, field="scope")


def _pausing(services: Services) -> Pausing:
    ledger = services.retrigger.reception.ledger
    return Pausing(pauses=services.pauses, ledger=ledger, clock=services.clock)


def _unreached(fault: PausesError) -> ProblemError:
    again = {"Retry-After": "5"}
    return ProblemError(503, "unreached", f"pauses cannot be reached: {fault}", headers=again)

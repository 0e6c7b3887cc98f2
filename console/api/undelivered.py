"""``/api/undelivered``: what nobody could take; an operator has it replayed, or discards it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from console.api.parameters import Parameters
from console.api.retrigger import Sentence, only_json
from console.gate import Gate
from console.principal import Person
from console.problem import ProblemError
from console.services import Services
from remediation.deeds import Deed, DeedKind, DeedState
from remediation.redact import bounded, redact
from remediation.redelivery import Order
from remediation.undelivered import Undeliverable
from state.ledger import MOST_BYTES

# Of a message so much is shown, and of what was done so many lines.
_MOST_TEXT = 4 * 1024
_MOST_DEEDS = 50

# A dead letter's key has the name of its blob, which Azure bounds to 1,024 characters.
type Key = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1_100)]


class UndeliveredFilter(Parameters):
    """There is nothing to ask for: what is dealt with makes room for the next."""


class HandleBody(BaseModel):
    """Which message, and why."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: Key = Field(description="The message's key, as the list shows it.")
    reason: Sentence = Field(description="Why; it stands in the record, beside the name.")


@dataclass(frozen=True, slots=True, kw_only=True)
class UndeliveredView:
    """A message that no function could take. ``age`` is in seconds; ``text`` is redacted.

    ``replayed_at``: when one that says the same was last replayed, among the newest deeds.
    """

    key: str
    goes_to: str
    at: datetime | None
    age: int | None
    reason: str
    text: str
    replayed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeedView:
    """What a person had done to a message: ``kind`` is ``replay`` or ``discard``.

    ``state`` is ``intended`` (the line before the effect), ``done`` or ``unfit``.
    """

    kind: str
    state: str
    key: str
    by: str
    reason: str
    at: datetime
    detail: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UndeliveredPage:
    """What lies there, about how many are not shown, and what was done; newest first.

    ``more`` lie behind those that are shown. ``hidden`` lie there and cannot be seen this moment,
    as somebody looks at them or deals with one of them: ask again in a minute.
    """

    items: tuple[UndeliveredView, ...]
    more: int
    hidden: int
    deeds: tuple[DeedView, ...]
    next: None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandleAnswer:
    """What was done, under whose name, and what came of it.

    ``before``: it was done already, as ``reason`` tells with its name; this repeat did nothing.
    """

    key: str
    kind: str
    by: str
    reason: str
    before: bool


def routes(services: Services, gate: Gate) -> APIRouter:
    """Return the routes of undelivered messages."""
    router = APIRouter(tags=["deliveries"])

    @router.get(
        "/undelivered",
        summary="List poison messages and dead letters, and what persons did with them",
        dependencies=[Depends(gate.reader)],
    )
    def undelivered(
        asked: Annotated[UndeliveredFilter, Query()],  # noqa: ARG001 - refuses any
    ) -> UndeliveredPage:
        return listed(services)

    @router.post("/undelivered/replay", summary="Put a message on its queue again")
    def replay(
        body: HandleBody,
        by: Annotated[Person, Depends(gate.operator)],
        _json: Annotated[None, Depends(only_json)],
    ) -> HandleAnswer:
        return handled(services, DeedKind.REPLAY, body, by)

    @router.post("/undelivered/discard", summary="Remove a message; what it said stays on file")
    def discard(
        body: HandleBody,
        by: Annotated[Person, Depends(gate.operator)],
        _json: Annotated[None, Depends(only_json)],
    ) -> HandleAnswer:
        return handled(services, DeedKind.DISCARD, body, by)

    return router


def listed(services: Services) -> UndeliveredPage:
    """Return what lies there, the oldest first, and what was done lately."""
    found, now = services.redelivery.undelivered.listed(), services.clock.now()
    deeds = services.redelivery.deeds.newest(_MOST_DEEDS)
    replayed = _replayed(deeds)
    views = [_view(one, now, replayed.get(bounded(one.text, MOST_BYTES))) for one in found.entries]
    views.sort(key=lambda one: -(one.age or 0))
    return UndeliveredPage(
        items=tuple(views),
        more=found.more,
        hidden=found.hidden,
        deeds=tuple(map(_deed, deeds)),
    )


def handled(services: Services, kind: DeedKind, body: HandleBody, by: Person) -> HandleAnswer:
    """Have a message dealt with; raises ProblemError where nothing was done."""
    order = Order(kind=kind, key=body.key, by=by.recorded, reason=body.reason)
    found = services.redelivery.handle(order)
    if found is None:
        detail = f"nothing lies at {body.key[:200]!r}"
        if hidden := services.redelivery.undelivered.listed().hidden:
            detail += f"; about {hidden} more are being looked at: ask again in a minute"
        raise ProblemError(404, "no-message", detail, field="key")
    if not found.taken:
        raise ProblemError(409, "not-taken", redact(found.reason), field="key")
    return HandleAnswer(
        key=body.key,
        kind=kind.value,
        by=by.recorded,
        reason=redact(found.reason),
        before=found.before,
    )


def _replayed(deeds: Sequence[Deed]) -> dict[str, datetime]:
    """Return when what was replayed, by what it said: if it fails again, it has another key."""
    done = {one.key for one in deeds if one.kind is DeedKind.REPLAY and one.state is DeedState.DONE}
    # The line before the effect has the text; of several the newest counts, which comes first.
    return {
        one.text: one.at
        for one in reversed(deeds)
        if one.kind is DeedKind.REPLAY and one.text and one.key in done
    }


def _view(one: Undeliverable, now: datetime, replayed: datetime | None) -> UndeliveredView:
    return UndeliveredView(
        key=one.key,
        goes_to=one.goes_to,
        at=one.at,
        age=None if one.at is None else max(0, int((now - one.at).total_seconds())),
        reason=redact(one.reason),
        text=bounded(one.text, _MOST_TEXT),
        replayed_at=replayed,
    )


def _deed(one: Deed) -> DeedView:
    return DeedView(
        kind=one.kind.value,
        state=one.state.value,
        key=one.key,
        by=one.by,
        reason=one.reason,
        at=one.at,
        detail=one.detail,
        text=one.text,
    )

"""What an invocation did, for logs and counts. Pure."""

from dataclasses import dataclass

from remediation.incident import Incident
from remediation.messages import Decision, Event, Woken
from remediation.ports import Loaded
from remediation.records import (
    IncidentEnded,
    IncidentOpened,
    IncidentReopened,
    NoticeQueued,
    StepIntended,
)
from remediation.repertoire import ACTIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What an invocation did: for logs and counts.

    ``kind``: opening, step, ending, poll, told (people were told) or other. ``contended``: it lost
    a race for the item first, and did its reading twice.
    """

    incident: str | None = None
    item: str | None = None
    kind: str = "other"
    attempt: int = 0
    rung_acts: bool = False
    detail: str = ""
    contended: bool = False


def receipt_of(
    loaded: Loaded, event: Event, decision: Decision, incident: Incident | None
) -> Receipt:
    """Name what the decision was.

    An opening, an ending, a step taken, a poll, or something else.
    """
    bodies = [record.body for record in decision.records]
    attempts = incident.attempts if incident else ()
    acting = bool(attempts) and bool(ACTIONS[attempts[-1].action].steps)
    if any(isinstance(body, IncidentOpened | IncidentReopened) for body in bodies):
        kind = "opening"
    elif any(isinstance(body, IncidentEnded) for body in bodies):
        kind = "ending"
    elif any(isinstance(body, NoticeQueued) for body in bodies):
        kind = "told"
    elif any(isinstance(body, StepIntended) for body in bodies):
        kind = "step"
    else:
        kind = "poll" if isinstance(event, Woken) else "other"
    return Receipt(
        incident=incident.id if incident else None,
        item=loaded.item.key,
        kind=kind,
        attempt=attempts[-1].number if attempts else 0,
        rung_acts=acting,
    )

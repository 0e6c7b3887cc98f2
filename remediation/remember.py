"""Remember: what outlives an incident, as the fold of the same records. Pure.

Budgets, cool-downs and probation read it; it is kept for a month.
"""

from dataclasses import replace
from datetime import timedelta

from remediation.history import History, PastAttempt, PastIncident
from remediation.incident import AttemptResult, Incident, StepName
from remediation.records import (
    AttemptEnded,
    IncidentEnded,
    Record,
    StepIntended,
    StepWithdrawn,
)

# The longest window that a budget looks back over, with room to spare.
HISTORY_KEPT = timedelta(days=30)
BACKUP_STEPS = frozenset({StepName.BACKUP, StepName.CLEAN_UP})


def remember(history: History, incident: Incident, record: Record) -> History:
    """Return the item's history after the record; ``incident`` is the fold with the record in."""
    match record.body:
        case StepIntended(step=step, action=action, cause=cause, counts=True):
            others, mine = _split(history, incident.id, step.attempt)
            on_demand = (record.at,) if step.name in BACKUP_STEPS else ()
            if mine is None:
                mine = PastAttempt(
                    incident=incident.id,
                    number=step.attempt,
                    action=action,
                    cause=cause,
                    at=record.at,
                )
            mine = replace(
                mine,
                request_ids=tuple(dict.fromkeys((*mine.request_ids, step.request_id))),
                on_demand=(*mine.on_demand, *on_demand),
            )
            recent = tuple(one for one in others if record.at - one.at < HISTORY_KEPT)
            return replace(history, attempts=(*recent, mine))
        case StepWithdrawn(attempt=number, step=name) if name in BACKUP_STEPS:
            others, mine = _split(history, incident.id, number)
            if mine is None:
                return history
            return replace(
                history, attempts=(*others, replace(mine, on_demand=mine.on_demand[:-1]))
            )
        case AttemptEnded(attempt=number, result=result):
            others, mine = _split(history, incident.id, number)
            if mine is None:
                return history
            return replace(history, attempts=(*others, replace(mine, result=result)))
        case IncidentEnded(status=status):
            cured = [one.rung for one in incident.attempts if one.result is AttemptResult.CURED]
            last = PastIncident(
                id=incident.id,
                cause=incident.cause,
                rung=max(cured, default=incident.rung - 1) + 1,
                ended_at=record.at,
                status=status,
                reopened=incident.reopened,
                attempts=sum(one.counts for one in incident.attempts),
            )
            return replace(history, last=last)
        case _:
            return history


def _split(
    history: History, incident: str, number: int
) -> tuple[tuple[PastAttempt, ...], PastAttempt | None]:
    mine = [one for one in history.attempts if (one.incident, one.number) == (incident, number)]
    others = tuple(one for one in history.attempts if one not in mine)
    return others, mine[0] if mine else None

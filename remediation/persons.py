"""What a person may do to an incident beside asking for it anew: have it looked at, close it. Pure.

Neither is a way round a guard: a look decides as any other, and closing does nothing in Azure.
"""

from datetime import datetime

from remediation.attempts import EARLY
from remediation.draft import Draft
from remediation.endings import end
from remediation.incident import Incident, Status, StepName, StepState, Wake
from remediation.messages import ClosedByPerson, Nudged
from remediation.overdue import holding_step
from remediation.records import WakeCommitted


def nudged(draft: Draft, event: Nudged) -> None:
    """Commit a wake-up that is due at once, in the person's name; a late one is stale by it."""
    incident = draft.incident
    if incident.ending is not None or being_sent(draft, incident):
        return
    if planned_look(incident, draft.now) is not None:
        return
    number = incident.wake.number + 1 if incident.wake else 1
    why = f"{event.by} asked for a look: {event.reason}"
    wake = Wake(number=number, at=draft.now, why=why)
    draft.add(WakeCommitted(wake=wake, by=event.by, because=event.reason))
    draft.resend()


def closed(draft: Draft, event: ClosedByPerson) -> None:
    """End the incident in the person's name, unless a step in flight holds it open."""
    if draft.incident.ending is None and holding_step(draft.incident, draft.now) is None:
        end(draft, Status.CLOSED, event.reason, by=event.by)


def planned_look(incident: Incident, now: datetime) -> datetime | None:
    """Return when the step is looked at next, where its looks are counted; None where none is.

    Two looks that find nothing make a step lost, some that find no point a failure: what counts is
    the time between them, and a look before its time would be taken for the next one.
    """
    step, wake = incident.step, incident.wake
    if step is None or wake is None or now >= wake.at - EARLY:
        return None
    counted = step.absences or (step.name is StepName.BACKUP and step.looks)
    return wake.at if counted else None


def being_sent(draft: Draft, incident: Incident) -> bool:
    """Whether a worker may be sending a step: nobody else may touch it before its time is up."""
    step = incident.step
    return step is not None and step.state is StepState.INTENDED and draft.now < step.take_over_at

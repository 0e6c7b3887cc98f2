"""What ends an incident, or hands it over, without a ladder; else the climb goes on. Pure."""

from collections.abc import Mapping
from datetime import datetime

from remediation.attempts import end_attempt
from remediation.climb import climb
from remediation.draft import Draft
from remediation.incident import (
    Attempt,
    AttemptResult,
    Incident,
    NoticeKind,
    Phase,
    Status,
    StepState,
)
from remediation.messages import Done, Failed, Running
from remediation.picture import Picture, excluded
from remediation.records import IncidentEnded
from remediation.recovery import proof
from remediation.views import Gone

# How the reason begins for which the incident of an excluded machine is closed at once.
EXCLUDED = "excluded by the tag"


def go_on(draft: Draft) -> None:
    """Climb where no attempt is under way, unless what was seen settles it without."""
    if draft.incident.attempt is not None or draft.incident.phase is Phase.RESTING:
        return
    if not settled(draft):
        climb(draft)


def settled(draft: Draft) -> bool:
    """End or hand over what needs no ladder: recovered, excluded, the machine gone."""
    incident, picture = draft.incident, draft.picture
    found = proof(incident, picture)
    if found is not None and not _in_doubt(incident, picture):
        end(draft, found.status, found.reason, point=found.point.time, point_id=found.point.id)
        return True
    if incident.step is not None:
        return False
    tags = picture.tags
    policy = draft.policy
    if isinstance(tags, Mapping) and excluded(tags, policy.exclusion_tag, policy.exclusion_value):
        end(draft, Status.CLOSED, f"{EXCLUDED} {policy.exclusion_tag}")
        return True
    if isinstance(picture.machine, Gone) and incident.phase is not Phase.RESTING:
        if incident.attempt is not None:
            end_attempt(draft, AttemptResult.ABANDONED, "the machine does not exist")
        draft.escalate("the machine does not exist any more: create it again or stop protection")
        return True
    return False


def _in_doubt(incident: Incident, picture: Picture) -> bool:
    # An effect whose outcome nobody knows is looked for first, also when a point has appeared.
    step = incident.step
    if step is None or step.state is StepState.SENT:
        return False
    return not isinstance(picture.finding, Running | Done | Failed)


def end(
    draft: Draft,
    status: Status,
    reason: str,
    *,
    point: datetime | None = None,
    point_id: str | None = None,
    by: str | None = None,
) -> None:
    """End the incident: the attempt under way, a lock that is away, and people who were told."""
    if draft.incident.attempt is not None:
        end_attempt(draft, _result(draft.incident.attempt, status), reason)
    if _people_were_told(draft.incident):
        draft.notify(NoticeKind.RESOLVED, reason, draft.stretch)
    elif status is Status.RECOVERED_DEGRADED:
        # Nobody was called for, and yet the machine is protected worse than it was.
        draft.notify(NoticeKind.FINDING, reason, draft.stretch)
    draft.add(IncidentEnded(status=status, reason=reason, point=point, point_id=point_id, by=by))


def _result(attempt: Attempt, status: Status) -> AttemptResult:
    if status is Status.CLOSED:
        return AttemptResult.ABANDONED
    # A look cures nothing, whatever happened meanwhile.
    return AttemptResult.CURED if attempt.counts else AttemptResult.DONE


def _people_were_told(incident: Incident) -> bool:
    """Whether something stands open with people, also what a re-trigger has taken up."""
    open_with_people = {NoticeKind.ESCALATED, NoticeKind.APPROVAL}
    told = [
        one.kind
        for one in incident.notices
        if one.kind in open_with_people or one.kind is NoticeKind.RESOLVED
    ]
    return bool(told) and told[-1] in open_with_people

"""What an intent needs: which groups, by which claim, by which asking a permit; and what is used.

Pure, over an intent and the situation that it was decided in.
"""

from dataclasses import dataclass
from datetime import datetime

from remediation.draft import Situation
from remediation.incident import Incident, StepName
from remediation.intents import Intent
from remediation.line import waiter_of
from remediation.partnership import LASTS, Claim, Group, claiming, groups_of
from remediation.picture import Picture
from remediation.remember import BACKUP_STEPS
from remediation.storms.course import Asking
from remediation.storms.scopes import FailureRow, Scope, scopes
from remediation.views import Machine


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """What the attempt under way uses."""

    place: bool = False
    permit: bool = False
    groups: frozenset[str] = frozenset()


def takes(intent: Intent) -> bool:
    """Whether anything was taken for it that can go back."""
    return any((intent.backs_up, intent.permit, intent.attempt.partners))


def used_by(incident: Incident) -> Used:
    """Return what an incident uses; who has yet to begin asks for its permit again."""
    attempt, step = incident.attempt, incident.step
    under_way = attempt is not None and (step is not None or bool(attempt.steps_done))
    return Used(
        place=step is not None and step.name in BACKUP_STEPS,
        permit=under_way and attempt is not None and attempt.permit is not None,
        groups=claiming(incident),
    )


def looks(intent: Intent) -> bool:
    """Whether partners are looked at: in the middle something may be away, and it goes on."""
    return intent.begins or intent.step is StepName.BACKUP


def groups_for(intent: Intent, situation: Situation) -> tuple[Group, ...]:
    """Return the groups that an intent claims; guards let none through without its machine."""
    machine = situation.picture.machine
    if not intent.changes or not isinstance(machine, Machine):
        return ()
    return groups_of(machine, situation.policy.partner_tags)


def claim_of(intent: Intent, now: datetime) -> Claim:
    """Return the claim on a group."""
    return Claim(
        holder=intent.holder,
        item=intent.incident.item,
        action=intent.attempt.action,
        since=now,
        until=now + LASTS,
        position=intent.position,
    )


def asking_of(intent: Intent, situation: Situation) -> Asking:
    """Return who asks for a permit."""
    return Asking(
        incident=intent.incident.id,
        attempt=intent.attempt.number,
        item=intent.incident.item,
        scopes=scopes_for(intent.incident, situation.picture),
        waiter=waiter_of(intent.incident, situation.policy, situation.now),
        position=intent.position,
    )


def scopes_for(incident: Incident, picture: Picture) -> frozenset[Scope]:
    """Return the scopes of storms that an incident falls into."""
    protected = picture.protected(incident)
    return scopes(
        incident.protected.vault,
        region=picture.machine.location if isinstance(picture.machine, Machine) else None,
        policy=protected.policy if protected else None,
        cause=incident.cause if incident.matched_by != "none" else None,
    )


def row_of(incident: Incident, picture: Picture, now: datetime) -> FailureRow:
    """Return the incident's failure as it is counted."""
    protected = picture.protected(incident)
    return FailureRow(
        at=now,
        item=incident.item,
        vault=incident.protected.vault,
        policy=protected.policy if protected else None,
        cause=incident.cause if incident.matched_by != "none" else None,
        code=incident.code,
    )

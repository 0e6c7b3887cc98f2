"""A plan: what is about to be done, with everything that guards and prechecks judge it by. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from remediation.history import History
from remediation.incident import Incident, StepName
from remediation.model import Rung
from remediation.picture import Picture
from remediation.policy import Policy
from remediation.repertoire import Action
from remediation.storms.holding import share
from remediation.views import Unreadable


def again(
    now: datetime, retry_after: timedelta, spread: timedelta | None, incident: str
) -> datetime:
    """Return when to come back after a wait that was asked for.

    Where Azure's limits were the reason, those who wait come back one after the other, each always
    at the same place among them.
    """
    return now + retry_after + share(incident) * (spread or timedelta())


LOOK_AGAIN = timedelta(minutes=15)
BACKUP_STEPS = frozenset({StepName.BACKUP, StepName.CLEAN_UP})
# A lock is taken away for the backup that follows at once: where none may run, it stays.
FOR_BACKUPS = BACKUP_STEPS | {StepName.REMOVE_LOCK}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is about to be done: an action of a rung, at one of its steps."""

    action: Action
    rung: Rung
    step: StepName
    incident: Incident
    history: History
    picture: Picture
    policy: Policy
    now: datetime

    @property
    def begins(self) -> bool:
        """Whether this is the attempt's first step: budgets and cool-downs are asked then."""
        return self.incident.attempt is None

    @property
    def untouched(self) -> bool:
        """Whether no step of the attempt took effect: what the action needs is asked until then."""
        attempt = self.incident.attempt
        return attempt is None or not attempt.steps_done

    @property
    def later(self) -> datetime:
        """When to look again at what nobody can foresee."""
        return self.now + LOOK_AGAIN

    def retry(self, part: Unreadable | object | None) -> datetime:
        """When to look again at a part that could not be read."""
        if isinstance(part, Unreadable) and part.retry_after is not None:
            return again(self.now, part.retry_after, part.spread, self.incident.id)
        return self.later

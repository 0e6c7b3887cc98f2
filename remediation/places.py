"""What is taken before an intent is committed, and given back when it is over.

A place for an on-demand backup, and in a storm the permit of an action that begins.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from remediation.draft import Situation
from remediation.incident import Attempt, Incident, Objection, Status
from remediation.messages import Decision, Perform
from remediation.permits import Permit, Permits, verdict_of
from remediation.picture import Picture
from remediation.policy import Policy
from remediation.ports import IncidentStore, Slots
from remediation.records import StepIntended
from remediation.remember import BACKUP_STEPS
from remediation.storms.brake import WINDOW
from remediation.storms.course import Asking
from remediation.storms.holding import held_by_storm
from remediation.storms.scopes import FailureRow, Scope, scopes
from remediation.storms.storm import Verdict
from remediation.views import Machine

# A place is given back when its backup ends; a crash gives it back after this.
LASTS = timedelta(hours=6)
_RECOVERED = frozenset({Status.RECOVERED, Status.RECOVERED_DEGRADED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """How many backups run at once a vault and a subscription, and who may begin in a storm."""

    slots: Slots
    permits: Permits

    def seen(
        self, decision: Decision, incident: Incident | None, situation: Situation, limit: int
    ) -> Picture:
        """Take what the decision needs; where that is not free, the picture that says so.

        ``limit``: how many items failing together are a storm. The situation's own picture is
        returned where nothing is to be decided anew.
        """
        picture, now = situation.picture, situation.now
        if not self._taken(decision, incident, situation.policy, now):
            return replace(picture, slots_full=True)
        begun = _begun(decision, incident)
        if begun is None or incident is None or picture.calm:
            return picture
        recent = incident.opened_at > now - WINDOW
        asking = _asking(incident, begun, picture)
        row = _row(incident, picture, now) if recent else None
        answer = self.permits.ask(asking, row, limit)
        if isinstance(answer, Permit):
            return picture if answer.storm is None else replace(picture, permit=answer.storm)
        if (holder := _wanted(decision)) is not None:
            self.slots.free(incident.protected.vault, holder)
        return replace(picture, storm=answer)

    def foretold(
        self, decision: Decision, incident: Incident | None, situation: Situation, limit: int
    ) -> Picture:
        """Return what ``seen`` would as far as storms go, and take nothing."""
        begun = _begun(decision, incident)
        if begun is None or incident is None:
            return situation.picture
        asking = _asking(incident, begun, situation.picture)
        return replace(situation.picture, storm=self.permits.look(asking, limit))

    def held_back(self, incident: Incident, limit: int) -> Objection | None:
        """Return what still holds back an incident that nothing but a storm held; one read."""
        if incident.attempt is not None or not held_by_storm(incident):
            return None
        asking = Asking(
            incident=incident.id,
            attempt=len(incident.attempts) + 1,
            item=incident.item,
            scopes=_scopes(incident, Picture()),
        )
        return self.permits.look(asking, limit)

    def give_back(self, decision: Decision, incident: Incident, store: IncidentStore) -> None:
        """Give back what a decision took that lost its race."""
        holder, permit = _wanted(decision), _permit(decision)
        if holder is None and permit is None:
            return
        # Whoever won the race may have decided the same, and then it is in use.
        winner = store.load(incident.item).incident
        step = winner.step if winner else None
        mine = f"{incident.id}-{permit}"
        running = f"{winner.id}-{step.attempt}" if winner and step else None
        if holder is not None and holder != running:
            self.slots.free(incident.protected.vault, holder)
        if permit is not None and mine != running:
            self.permits.back(incident.id, permit, Verdict.NONE)

    def free(self, before: Incident | None, decision: Decision, after: Incident) -> None:
        """Give back what is no longer in use after a commit."""
        if before is None:
            return
        self._free_place(before, decision, after)
        attempt = before.attempt
        if attempt is not None and attempt.permit is not None:
            ended = next(one for one in after.attempts if one.number == attempt.number)
            if (verdict := verdict_of(ended)) is not None:
                self.permits.back(before.id, attempt.number, verdict)
        elif held_by_storm(before) and after.status in _RECOVERED:
            self.permits.healed(_scopes(before, Picture()))

    def _free_place(self, before: Incident, decision: Decision, after: Incident) -> None:
        step = before.step
        if step is None or step.name not in BACKUP_STEPS:
            return
        holder = f"{before.id}-{step.attempt}"
        if after.step is not None and after.step.request_id == step.request_id:
            return
        if _wanted(decision) != holder:
            self.slots.free(before.protected.vault, holder)

    def _taken(
        self, decision: Decision, incident: Incident | None, policy: Policy, now: datetime
    ) -> bool:
        """Take the place that the decision needs; False where none is free, True also for none."""
        holder = _wanted(decision)
        if holder is None or incident is None:
            return True
        return self.slots.take(
            incident.protected.vault,
            holder,
            until=now + LASTS,
            now=now,
            per_vault=policy.at_once_vault,
            per_subscription=policy.at_once_subscription,
        )


def _wanted(decision: Decision) -> str | None:
    """Return who wants a place for a backup that this decision intends, if it does."""
    for command in decision.commands:
        if isinstance(command, Perform) and command.step.name in BACKUP_STEPS:
            return f"{decision.records[0].incident}-{command.step.attempt}"
    return None


def _intended(decision: Decision) -> Iterator[StepIntended]:
    bodies = (record.body for record in decision.records)
    return (body for body in bodies if isinstance(body, StepIntended))


def _begun(decision: Decision, incident: Incident | None) -> Attempt | None:
    """Return the attempt whose first effect the decision intends; one that only looks is none."""
    attempt = incident.attempt if incident else None
    if attempt is None or attempt.steps_done:
        return None
    return attempt if any(body.counts for body in _intended(decision)) else None


def _permit(decision: Decision) -> int | None:
    """Return the attempt for which the decision took a permit."""
    numbers = (body.step.attempt for body in _intended(decision) if body.permit is not None)
    return next(numbers, None)


def _asking(incident: Incident, attempt: Attempt, picture: Picture) -> Asking:
    return Asking(
        incident=incident.id,
        attempt=attempt.number,
        item=incident.item,
        scopes=_scopes(incident, picture),
    )


def _scopes(incident: Incident, picture: Picture) -> frozenset[Scope]:
    protected = picture.protected(incident)
    return scopes(
        incident.protected.vault,
        region=picture.machine.location if isinstance(picture.machine, Machine) else None,
        policy=protected.policy if protected else None,
        cause=incident.cause if incident.matched_by != "none" else None,
    )


def _row(incident: Incident, picture: Picture, now: datetime) -> FailureRow:
    protected = picture.protected(incident)
    return FailureRow(
        at=now,
        item=incident.item,
        vault=incident.protected.vault,
        policy=protected.policy if protected else None,
        cause=incident.cause if incident.matched_by != "none" else None,
        code=incident.code,
    )

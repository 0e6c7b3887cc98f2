"""Places for on-demand backups: taken before an intent is committed, given back when it is over."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from remediation.incident import Incident
from remediation.messages import Decision, Perform
from remediation.policy import Policy
from remediation.ports import IncidentStore, Slots
from remediation.remember import BACKUP_STEPS

# A place is given back when its backup ends; a crash gives it back after this.
LASTS = timedelta(hours=6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """How many backups run at once a vault and a subscription, by who holds a place."""

    slots: Slots

    def taken(
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

    def give_back(self, decision: Decision, incident: Incident, store: IncidentStore) -> None:
        """Give back the place of a decision that lost its race."""
        holder = _wanted(decision)
        if holder is None:
            return
        # Whoever won the race may have decided the same, and then the place is in use.
        winner = store.load(incident.item).incident
        step = winner.step if winner else None
        if winner is None or step is None or holder != f"{winner.id}-{step.attempt}":
            self.slots.free(incident.protected.vault, holder)

    def free(self, before: Incident | None, decision: Decision, after: Incident) -> None:
        """Give the place back when the backup that was in flight no longer is."""
        step = before.step if before else None
        if before is None or step is None or step.name not in BACKUP_STEPS:
            return
        holder = f"{before.id}-{step.attempt}"
        if after.step is not None and after.step.request_id == step.request_id:
            return
        if _wanted(decision) != holder:
            self.slots.free(before.protected.vault, holder)


def _wanted(decision: Decision) -> str | None:
    """Return who wants a place for a backup that this decision intends, if it does."""
    for command in decision.commands:
        if isinstance(command, Perform) and command.step.name in BACKUP_STEPS:
            return f"{decision.records[0].incident}-{command.step.attempt}"
    return None

"""What becomes of a message about something that a newer version wrote: it waits for that version.

It is sent again rather than failed, as a message that fails eight times is put aside for good.
Where nobody has looked after the incident for an hour, people hear of it: there is no newer version
any more, or it does not work.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from remediation.duties import Holder
from remediation.ids import ItemId
from remediation.incident import Incident
from remediation.messages import FailureReported, Rejected, Woken
from remediation.newer import NewerError
from remediation.ports import IncidentStore, Ledger, Wakeups
from remediation.receipt import Receipt

AGAIN_AFTER = timedelta(minutes=5)
ALARM_AFTER = timedelta(hours=1)
# A report is kept waiting as long as one whose vault cannot be read.
WAITS = timedelta(days=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deferral:
    """Leaves a message to whoever understands what it is about."""

    wakeups: Wakeups
    ledger: Ledger

    def handled(
        self, message: Woken | FailureReported, do: Callable[[], Receipt], now: datetime
    ) -> Receipt | None:
        """Do what a message says; None where it is left to a newer version."""
        try:
            return do()
        except NewerError as newer:
            self.defer(message, newer, now)
            return None

    def defer(self, message: Woken | FailureReported, newer: NewerError, now: datetime) -> None:
        """Have the message come again in a while; a report not for ever, but on file."""
        raise_alarm(self.ledger, newer, now)
        if isinstance(message, Woken):
            self.wakeups.send(message, at=now + AGAIN_AFTER)
            return
        since = message.waits_since or now
        if now - since > WAITS:
            text = f"job {message.job.job} of {message.job.vault}"
            reason = f"{newer}, for {WAITS.days} days"
            self.ledger.reject(Rejected(door=message.door, reason=reason, text=text), now)
            return
        self.wakeups.send(replace(message, waits_since=since), at=now + AGAIN_AFTER)


def raise_alarm(ledger: Ledger, newer: NewerError, now: datetime) -> None:
    """Raise the alarm, once an incident, where nobody has looked after it for an hour."""
    if newer.wake_at is None or now > newer.wake_at + ALARM_AFTER:
        ledger.alarm(f"newer-{newer.incident or newer.item}", str(newer), now)


def opened(store: IncidentStore, item: ItemId) -> Incident | None:
    """Return the item's open incident, None also where it is one of a newer version."""
    try:
        return store.load(item).incident
    except NewerError:
        return None


def waiting(store: IncidentStore, item: ItemId, holder: Holder) -> bool:
    """Whether the attempt that holds a lock away is still under way.

    So it is taken where nobody here can tell: the lock goes back when its time is over.
    """
    try:
        incident = store.load(item).incident
    except NewerError:
        return True
    attempt = incident.attempt if incident and incident.id == holder.incident else None
    return attempt is not None and attempt.number == holder.attempt

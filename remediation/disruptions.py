"""Disruptive actions (``Risk.disruptive``): so many may begin in a subscription an hour. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from remediation.incident import Objection

GUARD = "disruptive"
HOUR = timedelta(hours=1)
# Those who wait come back spread out, so that they do not ask all at once.
SPREAD = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """The disruptive actions that began in a subscription in the last hour, by holder."""

    at: Mapping[str, datetime] = field(default_factory=dict)

    def recent(self, now: datetime) -> "Begun":
        """Return those of the last hour."""
        return Begun(at={holder: at for holder, at in self.at.items() if at > now - HOUR})

    def full(self, limit: int, now: datetime) -> datetime | None:
        """Return when one more may begin where as many as allowed have; None where it may now."""
        times = sorted(self.recent(now).at.values())
        if len(times) < limit:
            return None
        return times[-limit] + HOUR if limit else now + HOUR

    def with_one(self, holder: str, limit: int, now: datetime) -> "Begun | datetime":
        """Return them with one more, or when that may be.

        Who was counted is not refused, and counts from now: what it was counted for did not begin.
        """
        recent = self.recent(now)
        until = None if holder in recent.at else recent.full(limit, now)
        return Begun(at={**recent.at, holder: now}) if until is None else until


class Disruptions(Protocol):
    """How many disruptive actions begin in a subscription: counted in storage.

    Nothing is taken back: another worker may count on it for the same attempt, by the same name. So
    one that lost its race and is never begun counts until its hour is over.
    """

    def take(self, subscription: str, holder: str, *, now: datetime, limit: int) -> datetime | None:
        """Count one that begins; the answer is when it may where none may now, else None."""

    def full(self, subscription: str, holder: str, *, now: datetime, limit: int) -> datetime | None:
        """Return what ``take`` would, and count nothing."""


def used_up(limit: int, until: datetime) -> Objection:
    """Return the objection while as many as are allowed have begun."""
    reason = f"{limit} disruptive actions an hour may begin in a subscription, and as many have"
    return Objection(guard=GUARD, reason=reason, until=until)


def uncounted(why: str, until: datetime) -> Objection:
    """Return the objection where they cannot be counted: then nothing disruptive begins."""
    reason = f"disruptive actions cannot be counted: {why}"
    return Objection(guard=GUARD, reason=reason, until=until)

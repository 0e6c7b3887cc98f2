"""The brake: until when a family of requests of a subscription is not asked. Pure.

1. Nobody asks before ``until``, as Azure said it: an earlier call may begin its wait anew.
2. Who waited comes back spread over a while after it, and over twice as long each time that the
   brake had to be put on again soon: thousands that come at once would only be throttled again.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from remediation.rates.family import Family

# The guard that ``why`` names.
GUARD = "rate_limit"
# Where a 429 does not say how long.
UNTOLD = timedelta(minutes=1)
# Longer than this nobody is held back for what one call was told: an odd answer would stop every
# change of a subscription for a day, locks that must be put back among them. Then one call asks.
SHARED_MOST = timedelta(hours=1)
SPREAD, SPREAD_MOST = timedelta(seconds=30), timedelta(minutes=16)
# A brake that is put on again so soon after its end was let go too suddenly.
AGAIN_WITHIN = timedelta(minutes=10)
_STRIKES_MOST = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Brake:
    """A family of requests of a subscription (or of one machine, by its id) that Azure throttled.

    ``strikes``: how often it was put on again soon after it had ended.
    """

    subscription: str
    family: Family
    until: datetime
    strikes: int = 0

    @property
    def spread(self) -> timedelta:
        """Over how long those who wait come back after ``until``."""
        return min(SPREAD * (1 << self.strikes), SPREAD_MOST)

    @property
    def shown(self) -> str:
        """What people read."""
        of = self.subscription if "/" in self.subscription else f"subscription {self.subscription}"
        return f"Azure throttles {self.family.shown} of {of}"


def raised(before: Brake | None, told: Brake, now: datetime) -> Brake:
    """Return the brake after Azure throttled a call; it never ends earlier than it would have."""
    if before is None or now >= before.until + AGAIN_WITHIN:
        return told
    strikes = before.strikes if now < before.until else min(before.strikes + 1, _STRIKES_MOST)
    return replace(told, until=max(before.until, told.until), strikes=strikes)

"""Claims on groups of partners in memory."""

import threading
from datetime import datetime

from remediation.partnership import Claim, Claimed, claimed_over, given_back, waited_for
from remediation.urgency import Waiter


class MemoryClaims:
    """``Claims`` in memory. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._claims: dict[tuple[str, str], Claim] = {}

    def take(self, subscription: str, group: str, claim: Claim, now: datetime) -> Claim | None:
        """Take the group for a claim, or keep it; the answer is who has it instead, else None."""
        with self._lock:
            standing = self._claims.get((subscription.lower(), group))
            made = claimed_over(standing, claim, now)
            if made is None:
                return standing
            self._claims[subscription.lower(), group] = made
            return None

    def find(self, subscription: str, group: str) -> Claim | None:
        """Return the claim that stands on a group, also one whose time is over."""
        with self._lock:
            return self._claims.get((subscription.lower(), group))

    def wait(self, subscription: str, group: str, waiter: Waiter, now: datetime) -> None:
        """Stand in line for a group that is claimed; nothing happens where it is not."""
        key = subscription.lower(), group
        with self._lock:
            made = waited_for(self._claims.get(key), waiter, now)
            if made is not None:
                self._claims[key] = made

    def free(self, subscription: str, group: str, holder: str, upto: int) -> tuple[Waiter, ...]:
        """Give a group back, unless it was asked for later; returns who waited for it."""
        key = subscription.lower(), group
        with self._lock:
            standing = self._claims.get(key)
            if standing is None or given_back(standing, holder, upto) is not None:
                return ()
            del self._claims[key]
            return standing.line

    def all(self, subscription: str) -> tuple[Claimed, ...]:
        """Return every claim in a subscription."""
        with self._lock:
            return tuple(
                Claimed(group=group, claim=claim)
                for (home, group), claim in sorted(self._claims.items(), key=lambda one: one[0])
                if home == subscription.lower()
            )

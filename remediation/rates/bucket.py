"""Buckets of tokens: how fast this process may ask, by Azure's published figures."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from remediation.rates.family import LIMITS, Call, Limit

# Who found a bucket empty comes back when it is half full, and not before this: each token has
# its taker long before that.
LEAST = timedelta(seconds=10)
# Buckets of machines that are full again are forgotten from this many on.
MOST = 10_000


@dataclass(slots=True)
class Bucket:
    """What is left of a limit."""

    limit: Limit
    tokens: float
    at: datetime

    def refresh(self, now: datetime) -> None:
        """Let come back what time brings."""
        elapsed = max(0.0, (now - self.at).total_seconds())
        self.tokens = min(self.limit.capacity, self.tokens + elapsed * self.limit.refill)
        self.at = max(self.at, now)


class Buckets:
    """The buckets of one process. Thread-safe; in memory, and no more than a courtesy."""

    def __init__(self) -> None:
        self._turn = Lock()
        self._buckets: dict[tuple[str, str], Bucket] = {}

    def take(self, call: Call, now: datetime) -> timedelta | None:
        """Take a token of each of the call's families; else none, and how long to wait."""
        with self._turn:
            wanted = [
                self._bucket(call.counted(family), limit, now)
                for family in call.families
                if (limit := LIMITS.get(family)) is not None
            ]
            empty = [one for one in wanted if one.tokens < 1]
            if not empty:
                for one in wanted:
                    one.tokens -= 1
                return None
            return max(LEAST, *(_until_half(one) for one in empty))

    def _bucket(self, key: tuple[str, str], limit: Limit, now: datetime) -> Bucket:
        if key not in self._buckets and len(self._buckets) >= MOST:
            self._forget(now)
        bucket = self._buckets.setdefault(key, Bucket(limit=limit, tokens=limit.capacity, at=now))
        bucket.refresh(now)
        return bucket

    def _forget(self, now: datetime) -> None:
        for one in self._buckets.values():
            one.refresh(now)
        self._buckets = {
            key: one for key, one in self._buckets.items() if one.tokens < one.limit.capacity
        }


def _until_half(bucket: Bucket) -> timedelta:
    return timedelta(seconds=(bucket.limit.capacity / 2 - bucket.tokens) / bucket.limit.refill)

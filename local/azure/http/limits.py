"""The published and observed limits of Azure, in simulated time."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from local.azure.http.message import ArmError, Request
from local.azure.http.paths import Family, Route

_HOUR = timedelta(hours=1)
JOB_READS = 150
OTHER_READS = 300
HEADER = "x-ms-ratelimit-remaining-subscription-resource-requests"


@dataclass(slots=True)
class Bucket:
    """A token bucket: a capacity, and what comes back a second."""

    capacity: float
    refill: float
    tokens: float
    at: datetime

    def take(self, now: datetime) -> float:
        """Take a token; returns 0, or the seconds until there is one."""
        elapsed = max(0.0, (now - self.at).total_seconds())
        self.tokens = min(self.capacity, self.tokens + elapsed * self.refill)
        self.at = max(self.at, now)
        if self.tokens >= 1:
            self.tokens -= 1
            return 0.0
        return (1 - self.tokens) / self.refill


@dataclass(slots=True)
class Window:
    """A fixed window of an hour that opens with its first request."""

    limit: int
    opened: datetime
    used: int = 0

    def take(self, now: datetime) -> tuple[int, float]:
        """Count a request; returns what remains and the seconds to wait, 0 if it may pass."""
        if now - self.opened >= _HOUR:
            self.opened, self.used = now, 0
        if self.used >= self.limit:
            return 0, (self.opened + _HOUR - now).total_seconds()
        self.used += 1
        return self.limit - self.used, 0.0


class Limits:
    """Counts requests by subscription, provider and machine, and refuses what is too much."""

    def __init__(self) -> None:
        self._buckets: dict[tuple[str, str], Bucket] = {}
        self._windows: dict[tuple[str, str], Window] = {}
        self._closed: dict[tuple[str, str], datetime] = {}

    def close(self, kind: str, subscription: str, until: datetime) -> None:
        """Throttle Resource Manager's ``reads``, ``writes`` or ``deletes`` of a subscription."""
        self._closed[kind, subscription.lower()] = until

    def admit(self, request: Request, route: Route, values: dict[str, str]) -> dict[str, str]:
        """Let a request pass and return the headers that say what remains; else raise 429."""
        subscription = values.get("subscription", "").lower()
        self._arm(request, subscription)
        match route.family:
            case Family.JOB_READ:
                return self._recovery(request, subscription, "jobs", JOB_READS)
            case Family.RECOVERY if request.method == "GET":
                return self._recovery(request, subscription, "other", OTHER_READS)
            case Family.MACHINE:
                machine = "/".join(
                    values.get(k, "").lower() for k in ("subscription", "group", "vm")
                )
                self._compute(request, machine)
                self._compute_of(request, subscription)
            case Family.OPERATION:
                self._compute_of(request, subscription)
            case _:
                pass
        return {}

    def _bucket(
        self, kind: str, name: str, capacity: float, refill: float, now: datetime
    ) -> Bucket:
        """Return a bucket, full when it is new."""
        return self._buckets.setdefault((kind, name), Bucket(capacity, refill, capacity, now))

    def _arm(self, request: Request, subscription: str) -> None:
        """Resource Manager's own limits, for each subscription."""
        kinds = {"GET": ("reads", 250, 25), "DELETE": ("deletes", 200, 10)}
        kind, capacity, refill = kinds.get(request.method, ("writes", 200, 10))
        closed = self._closed.get((kind, subscription), request.now)
        wait = max(
            self._bucket(kind, subscription, capacity, refill, request.now).take(request.now),
            (closed - request.now).total_seconds(),
        )
        if wait:
            text = f"The request rate for subscription '{subscription}' exceeds its limit."
            raise ArmError(429, "SubscriptionRequestsThrottled", text, headers=_retry_after(wait))

    def _recovery(
        self, request: Request, subscription: str, kind: str, limit: int
    ) -> dict[str, str]:
        """Recovery Services' limits an hour and subscription."""
        window = self._windows.setdefault(
            (kind, subscription), Window(limit=limit, opened=request.now)
        )
        remaining, wait = window.take(request.now)
        if not wait:
            return {HEADER: str(remaining)}
        text = (
            f"Number of requests for subscription '{subscription}' and operation exceeded the "
            f"limit of '{limit}' for time interval '01:00:00'. Please try again after "
            f"'{wait:.0f}' seconds."
        )
        raise ArmError(
            429, "ResourceRequestsThrottled", text, headers={HEADER: "0", **_retry_after(wait)}
        )

    def _compute(self, request: Request, machine: str) -> None:
        """Compute's limits for one machine."""
        reads = request.method == "GET"
        kind, capacity, refill = ("vm-reads", 36, 12 / 60) if reads else ("vm-updates", 12, 4 / 60)
        wait = self._bucket(kind, machine, capacity, refill, request.now).take(request.now)
        if wait:
            raise _too_many("GetVM" if reads else "UpdateVM", capacity, wait)

    def _compute_of(self, request: Request, subscription: str) -> None:
        """Compute's limits for a subscription (and region: all of them together here)."""
        reads = request.method == "GET"
        kind, capacity, refill = (
            ("compute-reads", 24_000, 8_000 / 60) if reads else ("compute-updates", 1_500, 500 / 60)
        )
        wait = self._bucket(kind, subscription, capacity, refill, request.now).take(request.now)
        if wait:
            raise _too_many(
                "GetVMSubscription" if reads else "UpdateVMSubscription", capacity, wait
            )


def _too_many(target: str, capacity: int, wait: float) -> ArmError:
    detail = {"operationGroup": target, "allowedRequestCount": capacity}
    return ArmError(
        429,
        "OperationNotAllowed",
        "The server rejected the request because too many requests have been received.",
        headers=_retry_after(wait),
        details=[{"code": "TooManyRequests", "target": target, "message": json.dumps(detail)}],
    )


def _retry_after(seconds: float) -> dict[str, str]:
    """Return the header, in whole seconds, at least one."""
    return {"Retry-After": str(max(1, int(seconds) + 1))}

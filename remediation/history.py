"""What outlives an incident: the item's attempts over the long window, and its last incident.

Pure values, the fold of the same records (``evolve.remember``); budgets and cool-downs read them.
"""

from dataclasses import dataclass
from datetime import datetime

from remediation.incident import AttemptResult, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class PastAttempt:
    """An attempt in the item's long window.

    ``on_demand`` are the times of its on-demand backups.
    """

    incident: str
    number: int
    action: str
    cause: str
    at: datetime
    result: AttemptResult | None = None
    request_ids: tuple[str, ...] = ()
    on_demand: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PastIncident:
    """The item's last ended incident: what probation needs."""

    id: str
    cause: str
    rung: int
    ended_at: datetime
    status: Status
    reopened: int
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What outlives an incident.

    The item's attempts over the long window, and its last incident.
    """

    attempts: tuple[PastAttempt, ...] = ()
    last: PastIncident | None = None

"""The filter of the job list: ``eq`` also for the ends of a range, and dates of a 12-hour clock."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from local.azure.http.message import ArmError

_CLAUSE = re.compile(r"^\s*(\w+)\s+eq\s+'?([^']*)'?\s*$", re.IGNORECASE)
_DATE = re.compile(r"^(\d{4})-(\d{2})-(\d{2}) (\d{1,2}):(\d{2}):(\d{2}) (AM|PM)$", re.IGNORECASE)
_NOON = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFilter:
    """What a list is asked for; times are inclusive to the second, ``None`` asks for anything."""

    start: datetime | None = None
    end: datetime | None = None
    status: str | None = None
    operation: str | None = None
    management: str | None = None
    job_id: str | None = None


def parse(text: str | None) -> JobFilter:
    """Read a filter; one that the service would not take raises ``ArmError`` 400."""
    values: dict[str, object] = {}
    names: dict[str, tuple[str, Callable[[str], object]]] = {
        "starttime": ("start", _date),
        "endtime": ("end", _date),
        "status": ("status", str.lower),
        "operation": ("operation", str.lower),
        "backupmanagementtype": ("management", str.lower),
        "jobid": ("job_id", str.lower),
    }
    for clause in re.split(r"\s+and\s+", text.strip()) if text and text.strip() else ():
        found = _CLAUSE.match(clause)
        if found is None or found[1].lower() not in names:
            raise _refusal(clause)
        field, read = names[found[1].lower()]
        values[field] = read(found[2])
    return JobFilter(**values)  # type: ignore[arg-type]


def _date(text: str) -> datetime:
    """Read ``yyyy-MM-dd hh:mm:ss tt``."""
    found = _DATE.match(text)
    if found is None:
        raise _refusal(text)
    year, month, day, hour, minute, second = map(int, found.groups()[:6])
    if hour > _NOON:
        raise _refusal(text)
    hour = hour % _NOON + (_NOON if found[7].upper() == "PM" else 0)
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        raise _refusal(text) from None


def _refusal(part: str) -> ArmError:
    """Return the refusal of a part of a filter."""
    text = f"The filter is not valid near {part!r}: expected startTime eq 'yyyy-MM-dd hh:mm:ss tt'."
    return ArmError(400, "BMSUserErrorInvalidInput", text, legacy=True)

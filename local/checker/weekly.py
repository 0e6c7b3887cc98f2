"""Weekly windows as ``docs/policy.md`` describes them, read a second time. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SHAPE = re.compile(r"(\S+) +(\d\d:\d\d)-(\d\d:\d\d) +(\S+)")
_MIDNIGHT = "24:00"
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weekly:
    """A window: the days on which it begins, its wall times, and its zone.

    ``end`` is None for midnight; an end that is not later than the beginning is on the next day.
    """

    days: frozenset[int]
    start: time
    end: time | None
    zone: ZoneInfo

    def open_at(self, at: datetime, closed: frozenset[date]) -> bool:
        """Whether the zone's wall clock shows one of its times, on no closed day."""
        wall = at.astimezone(self.zone)
        if wall.date() in closed:
            return False
        now, today = wall.time(), wall.weekday()
        yesterday = (wall.date() - _DAY).weekday()
        if self.end is None:
            return today in self.days and now >= self.start
        if self.start < self.end:
            return today in self.days and self.start <= now < self.end
        late = today in self.days and now >= self.start
        return late or (yesterday in self.days and now < self.end)


def weekly(text: str) -> Weekly:
    """Read one window such as ``sat,sun 22:00-04:00 Europe/Berlin``; raises ValueError."""
    found = _SHAPE.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"expected a window such as sat 22:00-04:00 Europe/Berlin, not {text!r}")
    days, start, end, zone = found.groups()
    try:
        known = ZoneInfo(zone)
    except (OSError, LookupError) as fault:
        raise ValueError(f"expected an IANA time zone, not {zone!r}") from fault
    return Weekly(
        days=_days(days.lower()),
        start=time.fromisoformat(start),
        end=None if end == _MIDNIGHT else time.fromisoformat(end),
        zone=known,
    )


def open_at(windows: Iterable[Weekly], at: datetime, closed: frozenset[date]) -> bool:
    """Whether one of the windows is open."""
    return any(one.open_at(at, closed) for one in windows)


def _days(text: str) -> frozenset[int]:
    if text == "daily":
        return frozenset(range(7))
    found: set[int] = set()
    for part in text.split(","):
        first, dash, last = part.partition("-")
        at, until = _DAYS.index(first), _DAYS.index(last if dash else first)
        found |= {(at + step) % 7 for step in range((until - at) % 7 + 1)}
    return frozenset(found)

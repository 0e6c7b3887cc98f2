"""Maintenance windows: weekly, by the wall clock of a zone, over midnight and DST changes. Pure.

A window is open only while the wall clock of its zone shows a time between its beginning and its
end. So where clocks go forward, a beginning or an end that does not exist is the moment of the
change; where they go back, a beginning that comes twice is its second coming and an end its first,
unless nothing were left: then both are the first.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EXPECTED = "expected days, times and a zone, as 'sat,sun 22:00-04:00 Europe/Berlin'"
# How far an opening is looked for: longer than any year-end freeze.
_HORIZON = timedelta(days=400)
_DAY = timedelta(days=1)
_TEXT = re.compile(r"(?P<days>\S+)\s+(?P<start>\S+?)-(?P<end>\S+?)\s+(?P<zone>\S+)")
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A weekly window: it begins on ``days`` (Monday is 0); an ``end`` up to ``start`` is next day.

    Both are minutes after local midnight; ``end`` may be 24:00.
    """

    days: frozenset[int]
    start: int
    end: int
    zone: str

    @property
    def minutes(self) -> int:
        """How long it is by the wall clock."""
        return (self.end - self.start) % (24 * 60) or 24 * 60

    @property
    def text(self) -> str:
        """The window as it is read."""
        days = ",".join(DAYS[one] for one in sorted(self.days))
        start, end = (f"{one // 60:02}:{one % 60:02}" for one in (self.start, self.end))
        return f"{days} {start}-{end} {self.zone}"

    def begun(self, day: date) -> tuple[datetime, datetime] | None:
        """Return when (UTC) the one that begins on the local day opens and closes, if it does."""
        if day.weekday() not in self.days:
            return None
        start = datetime.combine(day, time()) + timedelta(minutes=self.start)
        first, last = (
            _moments(start, self.zone),
            _moments(start + timedelta(minutes=self.minutes), self.zone),
        )
        opens, closes = (first[1], last[0]) if first[1] < last[0] else (first[0], last[0])
        return (opens, closes) if opens < closes else None

    def around(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Yield the occurrences that may hold the moment, and those of the days beside it."""
        day = at.astimezone(zone(self.zone)).date()
        for offset in range(-2, 3):
            found = self.begun(day + timedelta(days=offset))
            if found is not None:
                yield found


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """Weekly windows, and local days on which none is open from midnight to midnight."""

    weekly: tuple[Window, ...] = ()
    closed: frozenset[date] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.weekly)

    def contains(self, at: datetime) -> bool:
        """Whether one is open; ``at`` must know its zone."""
        return any(self._open(one, at) for one in self.weekly)

    def next_opening(self, at: datetime) -> datetime | None:
        """Return the first moment from ``at`` on that lies in one, in UTC; None within 400 days."""
        found = (self._next(one, at.astimezone(UTC)) for one in self.weekly)
        return min((one for one in found if one is not None), default=None)

    def _open(self, window: Window, at: datetime) -> bool:
        if at.astimezone(zone(window.zone)).date() in self.closed:
            return False
        return any(opens <= at < closes for opens, closes in window.around(at))

    def _next(self, window: Window, at: datetime) -> datetime | None:
        day = at.astimezone(zone(window.zone)).date() - 2 * _DAY
        while day - at.date() < _HORIZON:
            found = window.begun(day)
            if found is not None and found[1] > at:
                opening = self._first(window, max(found[0], at), found[1])
                if opening is not None:
                    return opening
            day += _DAY
        return None

    def _first(self, window: Window, opens: datetime, closes: datetime) -> datetime | None:
        """Return the first moment of the span whose local day is not closed."""
        while opens < closes:
            day = opens.astimezone(zone(window.zone)).date()
            if day not in self.closed:
                return opens
            opens = _moments(datetime.combine(day + _DAY, time()), window.zone)[0]
        return None


def common_opening(every: Sequence[Windows], at: datetime) -> datetime | None:
    """Return the first moment from ``at`` on that lies in all of them; None within 400 days."""
    end = at + _HORIZON
    while every and at < end:
        found = [one.next_opening(at) for one in every]
        openings = [one for one in found if one is not None]
        if len(openings) < len(found):
            return None
        at = max(openings)
        if all(one.contains(at) for one in every):
            return at
    return None


@lru_cache(maxsize=256)
def zone(name: str) -> ZoneInfo:
    """Return the IANA zone, whatever its casing; raises ValueError for one that does not exist."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        known = {one.lower(): one for one in available_timezones()}
        if name.lower() not in known:
            raise ValueError(
                f"expected an IANA time zone such as Europe/Berlin, got {name[:60]!r}"
            ) from None
        return ZoneInfo(known[name.lower()])


def read_window(text: str) -> Window:
    """Read ``sat,sun 22:00-04:00 Europe/Berlin``; raises ValueError that says what was expected.

    Days are ``mon`` to ``sun``, by comma or as a range (``mon-fri``), or ``daily``. Case does not
    matter.
    """
    match = _TEXT.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{EXPECTED}, got {text[:80]!r}")
    start, end = _minutes(match["start"]), _minutes(match["end"])
    if start == 24 * 60:
        raise ValueError("expected a beginning before 24:00")
    if start == end:
        raise ValueError(
            f"expected an end that is not the beginning, got {match['start']}-{match['end']}"
            " (a whole day is 00:00-24:00)"
        )
    return Window(days=_days(match["days"]), start=start, end=end, zone=zone(match["zone"]).key)


def read_windows(text: str) -> tuple[Window, ...]:
    """Read one window or several, by semicolon; raises ValueError that names the one at fault."""
    parts = [part.strip() for part in text.split(";") if part.strip()] or [text]
    found: list[Window] = []
    for part in parts:
        try:
            found.append(read_window(part))
        except ValueError as fault:
            which = f"{part[:80]!r}, one of {len(parts)}: " if len(parts) > 1 else ""
            raise ValueError(f"{which}{fault}") from fault
    return tuple(found)


def overlapping(windows: Sequence[Window]) -> tuple[int, int, datetime] | None:
    """Return two of the windows, by place, and a moment at which both are open; None if no two are.

    Looked for in a common and a leap year, since zones change their clocks on different days.
    """
    found = sorted(
        (opens, closes, place)
        for place, window in enumerate(windows)
        for opens, closes in _occurrences(window, date(2026, 12, 28), date(2029, 1, 8))
    )
    for (_, closes, first), (opens, _, second) in pairwise(found):
        if opens < closes:
            return first, second, opens
    return None


def _occurrences(window: Window, day: date, last: date) -> Iterator[tuple[datetime, datetime]]:
    while day < last:
        found = window.begun(day)
        if found is not None:
            yield found
        day += _DAY


def _minutes(text: str) -> int:
    if text == "24:00":
        return 24 * 60
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError(f"expected a time such as 22:00, got {text[:20]!r}")
    return int(match[1]) * 60 + int(match[2])


def _days(text: str) -> frozenset[int]:
    if text.lower() == "daily":
        return frozenset(range(7))
    days: set[int] = set()
    for part in text.lower().split(","):
        first, dash, last = part.partition("-")
        last = last if dash else first
        if first not in DAYS or last not in DAYS:
            raise ValueError(f"expected days of {', '.join(DAYS)} or daily, got {part[:20]!r}")
        at, end = DAYS.index(first), DAYS.index(last)
        days |= {(at + step) % 7 for step in range((end - at) % 7 + 1)}
    return frozenset(days)


@lru_cache(maxsize=4096)
def _moments(local: datetime, name: str) -> tuple[datetime, datetime]:
    """Return the first and the last moment, in UTC, at which the wall clock shows ``local``.

    Where it never does, both are the moment at which clocks went past it.
    """
    where = zone(name)
    early = local.replace(tzinfo=where, fold=0)
    late = local.replace(tzinfo=where, fold=1)
    before, after = early.utcoffset() or timedelta(), late.utcoffset() or timedelta()
    if before >= after:
        return early.astimezone(UTC), late.astimezone(UTC)
    low, high = (local - after).replace(tzinfo=UTC), (local - before).replace(tzinfo=UTC)
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        if middle.astimezone(where).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high, high

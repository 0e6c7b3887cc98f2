"""Six-field NCRONTAB expressions: ``{second} {minute} {hour} {day} {month} {day of week}``.

Each field is ``*``, a number, a range ``a-b``, any of these with a step ``/n``, or a list of such.
Months and days of the week may be named by three letters; Sunday is 0. A moment must fit all six
fields: unlike in cron, day and day of week both have to agree.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

_FIELDS = (
    ("second", 0, 59),
    ("minute", 0, 59),
    ("hour", 0, 23),
    ("day", 1, 31),
    ("month", 1, 12),
    ("day of week", 0, 6),
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAMES = {
    "month": {name: number for number, name in enumerate(_MONTHS, start=1)},
    "day of week": {
        name: number
        for number, name in enumerate(("sun", "mon", "tue", "wed", "thu", "fri", "sat"))
    },
}
# 29 February of a given day of the week comes back after at most 40 years (across 2100).
HORIZON = timedelta(days=366 * 41)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """The permitted values of each field."""

    seconds: frozenset[int]
    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]

    @classmethod
    def parse(cls, expression: str) -> "Schedule":
        """Read an expression; raises ``ValueError`` naming the field."""
        texts = expression.split()
        if len(texts) != len(_FIELDS):
            wanted = "second, minute, hour, day, month and day of week"
            raise ValueError(f"a schedule has six fields ({wanted}), not {expression!r}")
        sets = [
            _field(name, text, low, high)
            for (name, low, high), text in zip(_FIELDS, texts, strict=True)
        ]
        return cls(
            seconds=sets[0],
            minutes=sets[1],
            hours=sets[2],
            days=sets[3],
            months=sets[4],
            weekdays=sets[5],
        )

    def after(self, moment: datetime) -> datetime:
        """Return the first moment of the schedule later than ``moment``; ``ValueError`` if none."""
        at = moment.replace(microsecond=0) + timedelta(seconds=1)
        end = at + HORIZON
        while at < end:
            if not self._has_day(at):
                at = at.replace(hour=0, minute=0, second=0) + timedelta(days=1)
            elif at.hour not in self.hours:
                at = at.replace(minute=0, second=0) + timedelta(hours=1)
            elif at.minute not in self.minutes:
                at = at.replace(second=0) + timedelta(minutes=1)
            elif at.second not in self.seconds:
                at += timedelta(seconds=1)
            else:
                return at
        raise ValueError("the schedule names a day that does not exist")

    def _has_day(self, at: datetime) -> bool:
        weekday = at.isoweekday() % 7
        return at.month in self.months and at.day in self.days and weekday in self.weekdays


def _field(name: str, text: str, low: int, high: int) -> frozenset[int]:
    values: set[int] = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        first, dash, last = span.partition("-")
        try:
            start = low if span == "*" else _number(name, first)
            # "5/15" means from 5 to the end in steps of 15.
            open_end = span == "*" or (step and not dash)
            end = high if open_end else _number(name, last) if dash else start
            width = int(step) if "/" in part else 1
        except ValueError:
            raise ValueError(f"{name} {part!r} is no number, range, step or *") from None
        if not low <= start <= end <= high or width < 1:
            raise ValueError(f"{name} {part!r} does not lie within {low} to {high}")
        values.update(range(start, end + 1, width))
    return frozenset(values)


def _number(name: str, text: str) -> int:
    named = _NAMES.get(name, {}).get(text.lower())
    return int(text) if named is None else named

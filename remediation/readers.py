"""Readers of settings: a text to a value, or a ValueError that says what was expected. Pure."""

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta

from remediation.repertoire import ACTIONS
from remediation.windows import Window, overlapping, read_windows

_DURATION = re.compile(
    r"P(?!$)(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?"
)


def duration(text: str) -> timedelta:
    """Read an ISO 8601 duration of weeks, days, hours, minutes and seconds; raises ValueError."""
    match = _DURATION.fullmatch(text.strip().upper())
    if match is None:
        fault = f"expected an ISO 8601 duration such as PT6H or P7D, got {text!r}"
        raise ValueError(fault)
    return timedelta(**{unit: int(value) for unit, value in match.groupdict(default="0").items()})


def iso(span: timedelta) -> str:
    """Return an ISO 8601 duration: whole days as days, anything else in hours and less."""
    seconds = int(span.total_seconds())
    days, rest = divmod(seconds, 86_400)
    if days and not rest:
        return f"P{days}D"
    hours, rest = divmod(seconds, 3_600)
    parts = (
        f"{hours}H" if hours else "",
        *(f"{count}{unit}" for count, unit in ((rest // 60, "M"), (rest % 60, "S")) if count),
    )
    return f"PT{''.join(parts) or '0S'}"


def word_of[T](kind: Mapping[str, T]) -> Callable[[str], T]:
    """Return a reader of one of these words."""

    def read(text: str) -> T:
        if text.strip().lower() not in kind:
            fault = f"expected one of {', '.join(kind)}, got {text!r}"
            raise ValueError(fault)
        return kind[text.strip().lower()]

    return read


def whole_number(least: int) -> Callable[[str], int]:
    """Return a reader of a whole number of at least so much."""

    def read(text: str) -> int:
        if not text.strip().isdecimal() or int(text) < least:
            fault = f"expected a whole number of at least {least}, got {text!r}"
            raise ValueError(fault)
        return int(text)

    return read


def words(text: str) -> frozenset[str]:
    """Read words, by comma."""
    return frozenset(part.strip() for part in text.split(",") if part.strip())


def actions(text: str) -> frozenset[str]:
    """Read names of actions, by comma."""
    named = words(text)
    unknown = sorted(named - set(ACTIONS))
    if unknown:
        fault = f"expected names of actions ({', '.join(sorted(ACTIONS))}), got {unknown}"
        raise ValueError(fault)
    return named


def windows(text: str) -> tuple[Window, ...]:
    """Read weekly windows, by semicolon."""
    found = read_windows(text) if text.replace(";", "").strip() else ()
    both = overlapping(found)
    if both is not None:
        first, second = (found[place].text for place in sorted(both[:2]))
        fault = f"expected no overlap, but {first!r} and {second!r} do, as at {both[2].isoformat()}"
        raise ValueError(fault)
    return found


def dates(text: str) -> frozenset[date]:
    """Read dates, by comma."""
    return frozenset(map(a_date, words(text)))


def a_date(text: str) -> date:
    """Read a date."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        fault = f"expected a date such as 2026-12-24, got {text[:20]!r}"
        raise ValueError(fault) from None


def subscriptions(text: str) -> frozenset[str]:
    """Read ids of subscriptions, by comma."""
    named = frozenset(part.lower() for part in words(text))
    guid = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
    wrong = sorted(one for one in named if not guid.fullmatch(one))
    if wrong:
        fault = f"expected ids of subscriptions (GUIDs), got {wrong}"
        raise ValueError(fault)
    return named


def text_of(text: str) -> str:
    """Read a text that is not empty."""
    if not text.strip():
        fault = "expected a text that is not empty"
        raise ValueError(fault)
    return text.strip()


def order(text: str) -> tuple[str, ...]:
    """Read values in their order, by semicolon."""
    named = tuple(part.strip().lower() for part in text.split(";") if part.strip())
    twice = sorted({one for one in named if named.count(one) > 1})
    if twice:
        fault = f"expected each value once, got {twice} more often"
        raise ValueError(fault)
    return named

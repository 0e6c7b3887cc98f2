"""How values are written on the page: moments, spans, words. What they return is text, escaped."""

from datetime import UTC, datetime, timedelta

from markupsafe import Markup

from console.page.prose import prose
from console.page.reach import named
from console.views.why import Reason
from console.views.wording import STATUSES, action
from remediation.incident import Status
from remediation.storms.holding import GUARD

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def moment(at: datetime | None) -> Markup:
    """Return a moment in UTC, readable by people and by programs."""
    if at is None:
        return Markup("&ndash;")
    utc = at.astimezone(UTC)
    text = f"{utc.day} {utc:%b %Y %H:%M} UTC"
    return Markup('<time datetime="{}">{}</time>').format(utc.isoformat(), text)


def away(at: datetime | None, now: datetime) -> str:
    """Return how far away a moment is: ``in 3 h``, ``20 min ago``, ``now``."""
    if at is None:
        return ""
    span = at - now
    text = length(abs(span))
    if abs(span) < _MINUTE:
        return "now"
    return f"in {text}" if span > timedelta() else f"{text} ago"


def length(span: timedelta) -> str:
    """Return a length of time in its greatest unit."""
    if span >= 2 * _DAY:
        return f"{span // _DAY} days"
    if span >= 2 * _HOUR:
        return f"{span // _HOUR} h"
    return f"{span // _MINUTE} min"


def words(name: str) -> str:
    """Return an identifier as words."""
    return name.replace("_", " ").replace("-", " ")


def status(value: Status) -> str:
    """Return what a status is called."""
    return STATUSES[value]


def last(identifier: str) -> str:
    """Return the name at the end of an ARM id."""
    return identifier.rpartition("/")[2]


def storm(reason: Reason) -> str:
    """Return the id of the storm that a reason is about, else nothing."""
    return named(reason.reason) if reason.guard == GUARD else ""


FILTERS = {
    "moment": moment,
    "away": away,
    "words": words,
    "status": status,
    "last": last,
    "action": action,
    "prose": prose,
    "storm": storm,
}

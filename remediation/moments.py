"""Times in sentences for people: to the second, in UTC with a Z. Pure.

Reasons are recorded with the times that they are of, to the microsecond, and records stay as they
were written: so a time is made short where a sentence is shown, not where it is made.
"""

import re
from datetime import UTC, datetime

_TIME = re.compile(
    r"(?<![\w+-])\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)(?![\w+-]|:\d)"
)


def short(at: datetime) -> str:
    """Return a moment as ``2026-11-03T11:35:17Z``."""
    return f"{at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z"


def shortened(text: str) -> str:
    """Return a text whose times, where they name their zone, are short; all else as it was."""
    return _TIME.sub(_shortened, text)


def _shortened(found: re.Match[str]) -> str:
    try:
        return short(datetime.fromisoformat(found[0]))
    except (ValueError, OverflowError):
        return found[0]

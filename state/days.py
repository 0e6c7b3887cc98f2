"""Finding the newest day that has rows: Table storage reads forwards only."""

from collections.abc import Callable
from datetime import date, timedelta


def next_day_with_rows(oldest: str, below: str, exists: Callable[[str, str], bool]) -> str | None:
    """Return the newest day from ``oldest`` up to the one before ``below`` that has rows, or None.

    ``exists(first, last)`` tells whether any day of the span has rows. The day right before is
    tried first; a gap costs about as many questions as its length has binary digits.
    """
    low, high = date.fromisoformat(oldest), date.fromisoformat(below) - timedelta(days=1)
    if high < low:
        return None
    if exists(high.isoformat(), high.isoformat()):
        return high.isoformat()
    if not exists(low.isoformat(), high.isoformat()):
        return None
    while low < high:
        middle = low + (high - low) // 2
        if exists((middle + timedelta(days=1)).isoformat(), high.isoformat()):
            low = middle + timedelta(days=1)
        else:
            high = middle
    return low.isoformat()

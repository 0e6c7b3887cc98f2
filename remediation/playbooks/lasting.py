"""Durations as people say them."""

from datetime import timedelta


def lasting(span: timedelta) -> str:
    """Return a duration in words: ``2 hours``, ``1 day 30 minutes``; nought is ``no time``."""
    minutes, seconds = divmod(int(span.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    counts = ((days, "day"), (hours, "hour"), (minutes, "minute"), (seconds, "second"))
    said = [f"{count} {word}{'' if count == 1 else 's'}" for count, word in counts if count]
    return " ".join(said) or "no time"

"""Times and durations as ARM writes them."""

from datetime import datetime, timedelta

NEVER = "0001-01-01T00:00:00"


def stamp(at: datetime | None) -> str | None:
    """Write a time with seven digits of a second."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.%f") + "0Z" if at else None


def offset(at: datetime) -> str:
    """Write a time as Compute does, with its offset."""
    return at.strftime("%Y-%m-%dT%H:%M:%S+00:00")


def iso_duration(length: timedelta) -> str:
    """Write ``PT1H7M18.78S``."""
    seconds = length.total_seconds()
    hours, rest = divmod(seconds, 3600)
    minutes, left = divmod(rest, 60)
    parts = [f"{int(hours)}H" if hours else "", f"{int(minutes)}M" if minutes else ""]
    return "PT" + "".join(parts) + f"{left:.7f}".rstrip("0").rstrip(".") + "S"


def clock_duration(length: timedelta) -> str:
    """Write ``00:35:25.0600000``, the older form of the same."""
    seconds = length.total_seconds()
    return f"{int(seconds // 3600):02}:{int(seconds % 3600 // 60):02}:{seconds % 60:010.7f}"

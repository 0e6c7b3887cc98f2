"""A clock that stands still until a test moves it."""

from datetime import datetime, timedelta

from tests.state import values


class SetClock:
    """``Clock`` that a test sets. It runs ``speed`` times as fast as the wall."""

    def __init__(self, speed: float = 1.0) -> None:
        self.at = values.NOON
        self.speed = speed

    def now(self) -> datetime:
        """Return the time that was set."""
        return self.at

    def stretch(self, real: timedelta) -> timedelta:
        """Return what a real duration measures on this clock."""
        return real * self.speed

    def shrink(self, shown: timedelta) -> timedelta:
        """Return how long a duration on this clock really takes."""
        return shown / self.speed

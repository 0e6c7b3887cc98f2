"""A clock that stands still until something moves it."""

from datetime import datetime, timedelta


class VirtualClock:
    """``Clock`` that jumps from event to event; it never goes back."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def now(self) -> datetime:
        """Return the virtual time."""
        return self._now

    def stretch(self, real: timedelta) -> timedelta:
        """Return what a real duration measures here: itself."""
        return real

    def shrink(self, shown: timedelta) -> timedelta:
        """Return how long a virtual duration really takes: itself."""
        return shown

    def jump(self, to: datetime) -> None:
        """Go on to a time; nothing happens where it is past."""
        self._now = max(self._now, to)

    def tick(self, by: timedelta) -> None:
        """Let a little time pass."""
        self._now += by

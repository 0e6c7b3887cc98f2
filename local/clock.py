"""The clock that the programs of the local stack share: a simulated world's, or the wall's."""

from datetime import datetime, timedelta
from typing import Protocol

from functions.clock import ScaledClock, SystemClock


class Clock(Protocol):
    """The time, and how long a duration on this clock really takes."""

    def now(self) -> datetime:
        """Return the time, with zone UTC."""
        ...

    def shrink(self, shown: timedelta, /) -> timedelta:
        """Return the real length of a duration on this clock."""
        ...


def read(specification: str | None) -> Clock:
    """Return the clock of a specification, the wall's without one; raises ``ValueError``."""
    return ScaledClock.parse(specification) if specification else SystemClock()

"""The two clocks: the wall, and the scaled clock of a simulated world.

The engine takes time as a ``Clock``; only this file reads the wall. A scaled clock lets the local
stack live through simulated days in minutes: every process of the stack gets the same
specification and so agrees on the time, also after a restart.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import override


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemClock:
    """Coordinated universal time as the platform tells it."""

    def now(self) -> datetime:
        """Return the time, with zone UTC."""
        return datetime.now(UTC)

    def stretch(self, real: timedelta) -> timedelta:
        """Return what a real duration measures on this clock: itself."""
        return real

    def shrink(self, shown: timedelta) -> timedelta:
        """Return how long a duration on this clock really takes: itself."""
        return shown


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaledClock:
    """A clock that showed ``start`` when the wall stood at ``epoch``, ``speed`` times as fast.

    ``epoch`` is in seconds since 1970 (``time.time``), ``speed`` in simulated seconds a second.
    """

    epoch: float
    start: datetime
    speed: float

    @classmethod
    def starting(cls, start: datetime, *, speed: float) -> "ScaledClock":
        """Return a clock that shows ``start`` now."""
        return cls(epoch=time.time(), start=start, speed=speed)

    @classmethod
    def parse(cls, specification: str) -> "ScaledClock":
        """Read what ``str`` wrote: ``<epoch>;<start, ISO 8601>;<speed>``; raises ValueError."""
        try:
            epoch, start, speed = specification.split(";")
            clock = cls(epoch=float(epoch), start=datetime.fromisoformat(start), speed=float(speed))
        except ValueError as fault:
            text = f"a clock is '<epoch seconds>;<ISO 8601 start>;<speed>', not {specification!r}"
            raise ValueError(text) from fault
        if clock.speed <= 0 or clock.start.tzinfo is None:
            text = f"a clock needs a speed above 0 and a start with a zone, not {specification!r}"
            raise ValueError(text)
        return clock

    @override
    def __str__(self) -> str:
        """Return the specification that ``parse`` reads."""
        return f"{self.epoch!r};{self.start.isoformat()};{self.speed!r}"

    def now(self) -> datetime:
        """Return the simulated time, with zone UTC."""
        return self.start + timedelta(seconds=(time.time() - self.epoch) * self.speed)

    def stretch(self, real: timedelta) -> timedelta:
        """Return what a real duration measures on this clock; HTTP time-outs stay real."""
        return real * self.speed

    def shrink(self, shown: timedelta) -> timedelta:
        """Return how long a duration on this clock really takes; queue delays are real."""
        return shown / self.speed

"""The timers watch each other: each notes when a run of it ended, and looks at the others' ends.

A timer that does not run cannot say so itself. The sweep finds the upkeep silent, the upkeep the
sweep; where neither runs, whoever asks for health is told, and the platform's own alarm is left.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol

from remediation.ports import Clock, Ledger
from remediation.redact import bounded

# Where the clock runs fast, a run still takes its real time.
_RUN_TAKES = timedelta(minutes=10)
_MOST_FAULT = 300


class Timer(StrEnum):
    """A function that a schedule calls, by its name in ``functions/timers.py``."""

    SWEEP = "sweep"
    UPKEEP = "upkeep"


# Four sweeps, six runs of the upkeep: one that takes long or fails once raises nothing.
LIMITS: Mapping[Timer, timedelta] = MappingProxyType(
    {Timer.SWEEP: timedelta(hours=2), Timer.UPKEEP: timedelta(hours=6)}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LastRun:
    """When a timer's newest run ended; ``ended_at`` None: none did since it is waited for.

    ``faults``: how many parts it could not do; ``fault``: the first of them.
    """

    timer: Timer
    since: datetime
    ended_at: datetime | None = None
    faults: int = 0
    fault: str = ""

    @property
    def heard(self) -> datetime:
        """From when on its silence counts."""
        return self.since if self.ended_at is None else self.ended_at

    def silent(self, clock: Clock) -> bool:
        """Whether its next run should have ended by now."""
        limit = max(LIMITS[self.timer], clock.stretch(_RUN_TAKES))
        return clock.now() - self.heard > limit

    @property
    def silence(self) -> str:
        """What people are told of its silence."""
        if self.ended_at is None:
            return f"no run of the {self.timer.value} has ended since {self.since.isoformat()}"
        return f"the {self.timer.value} has not ended a run since {self.ended_at.isoformat()}"


class Runs(Protocol):
    """The newest run of each timer."""

    def known(self) -> Mapping[Timer, LastRun]:
        """Read what is known of every timer: one query."""

    def ended(self, run: LastRun) -> None:
        """Note a run that ended, in the place of the one before."""

    def awaited(self, timer: Timer, since: datetime) -> None:
        """Note that a timer is waited for from now on; nothing where something is known of it."""


def all_runs(known: Mapping[Timer, LastRun], since: datetime) -> tuple[LastRun, ...]:
    """Return every timer's newest run; one of which nothing is known is waited for ``since``."""
    return tuple(known.get(timer, LastRun(timer=timer, since=since)) for timer in Timer)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunWatch:
    """What a timer does when its run has ended: a query, a write, and what is wrong as an alarm."""

    runs: Runs
    ledger: Ledger
    clock: Clock

    def ended(self, timer: Timer, faults: tuple[str, ...]) -> None:
        """Note the end of a run, and raise an alarm, once, for each other timer that is silent."""
        now = self.clock.now()
        known = self.runs.known()
        fault = bounded(faults[0], _MOST_FAULT) if faults else ""
        own = LastRun(timer=timer, since=now, ended_at=now, faults=len(faults), fault=fault)
        before = known.get(timer)
        if before is not None and before.silent(self.clock) and self.ledger.alarmed(_key(before)):
            # Told before the row that tells of the silence is gone.
            self.ledger.alarm(f"{_key(before)}-over", f"the {timer.value} runs again", now)
        self.runs.ended(own)
        for other in Timer:
            if other is timer:
                continue
            found = known.get(other)
            if found is None:
                self.runs.awaited(other, now)
            elif found.silent(self.clock):
                self.ledger.alarm(_key(found), found.silence, now)


def _key(run: LastRun) -> str:
    return f"silent-{run.timer.value}-{run.heard.isoformat()}"

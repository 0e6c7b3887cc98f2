"""The newest run of each timer, in memory."""

from collections.abc import Mapping
from datetime import datetime

from remediation.runs import LastRun, Timer


class MemoryRuns:
    """``Runs`` in memory. Thread-safe: each operation is one of a dictionary."""

    def __init__(self) -> None:
        self._runs: dict[Timer, LastRun] = {}

    def known(self) -> Mapping[Timer, LastRun]:
        """Read what is known of every timer."""
        return dict(self._runs)

    def ended(self, run: LastRun) -> None:
        """Note a run that ended, in the place of the one before."""
        self._runs[run.timer] = run

    def awaited(self, timer: Timer, since: datetime) -> None:
        """Note that a timer is waited for from now on; nothing where something is known of it."""
        self._runs.setdefault(timer, LastRun(timer=timer, since=since))

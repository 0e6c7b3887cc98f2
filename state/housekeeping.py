"""Housekeeping, every hour: anchors, then retention. One that fails does not stop the other.

People must know where no anchor comes about: whoever rewrites a chain would first see to that.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from state import layout
from state.anchored import late
from state.anchoring import Anchoring
from state.retention import Retained, Retention


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What a run did: the anchor it wrote, incidents removed, and what could not be done."""

    anchor: str | None = None
    removed: int = 0
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Housekeeping:
    """Anchors the heads of all chains once a day, and removes what was kept for long enough."""

    anchoring: Anchoring
    retention: Retention

    def run(self) -> Kept:
        """Do both; what could not be done, the next hour does."""
        faults: list[str] = []
        anchor = _part(faults, "anchors", self.anchoring.run)
        if faults:
            _part(faults, "the age of the anchors", self._tell)
        retained = _part(faults, "retention", self.retention.run) or Retained()
        return Kept(anchor=anchor, removed=retained.removed, faults=(*faults, *retained.faults))

    def _tell(self) -> None:
        """Raise an alarm, once a day, where the newest anchor is too old."""
        now = self.anchoring.clock.now()
        text = self._without(now)
        if text is not None:
            self.anchoring.ledger.alarm(f"anchors-{layout.day(now)}", text, now)

    def _without(self, now: datetime) -> str | None:
        try:
            names = self.anchoring.anchors.names()
        except Exception as fault:  # noqa: BLE001 - the tables may be there where the blobs are not
            return f"no anchor can be written, nor read: {type(fault).__name__}: {fault}"[:500]
        if not names:
            return "the heads of the chains cannot be anchored, and never were"
        return late(names, now)


def _part[T](faults: list[str], name: str, do: Callable[[], T]) -> T | None:
    try:
        return do()
    except Exception as fault:  # noqa: BLE001 - the other parts must not be forgotten for it
        faults.append(f"{name}: {type(fault).__name__}: {fault}")
        return None

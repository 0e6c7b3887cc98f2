"""Pauses as they stand, read again as time goes by: at most every ten seconds of real time.

A pause must stop the next change within 30 seconds: ten of them here, and the time of one read.
"""

from datetime import datetime, timedelta
from threading import Lock

from remediation.ids import ItemId, VaultId
from remediation.pauses import EVERYTHING, Pause, Pauses, PausesError, covering
from remediation.ports import Clock

LOOK_EVERY = timedelta(seconds=10)
# What is held back because pauses cannot be read looks again after this; reading is tried sooner.
_UNREAD = timedelta(minutes=1)


class Watch:
    """The pauses in force. Thread-safe."""

    def __init__(self, pauses: Pauses, clock: Clock) -> None:
        self._pauses, self._clock = pauses, clock
        self._turn = Lock()
        self._look_at: datetime | None = None
        self._active: tuple[Pause, ...] = ()

    def everything(self) -> Pause | None:
        """Return the pause of everything that ends last."""
        found = [one for one in self._current() if one.scope == EVERYTHING]
        return max(found, key=lambda one: one.until, default=None)

    def of(self, item: ItemId, vault: VaultId | None) -> Pause | None:
        """Return the pause that holds for the item; of several the one that ends last."""
        return covering(self._current(), item, vault)

    def _current(self) -> tuple[Pause, ...]:
        now = self._clock.now()
        # Who comes while another reads goes on with what stands; only the first of all wait.
        if self._due(now) and self._turn.acquire(blocking=self._look_at is None):
            try:
                if self._due(now):
                    self._active = self._read(now)
                    self._look_at = now + self._clock.stretch(LOOK_EVERY)
            finally:
                self._turn.release()
        return tuple(one for one in self._active if one.active(now))

    def _due(self, now: datetime) -> bool:
        return self._look_at is None or now >= self._look_at

    def _read(self, now: datetime) -> tuple[Pause, ...]:
        try:
            return self._pauses.active(now)
        except PausesError as fault:
            until = now + self._clock.stretch(_UNREAD)
            reason = f"pauses cannot be read: {fault}"
            return (
                Pause(
                    id="unread",
                    scope=EVERYTHING,
                    by="the program",
                    reason=reason,
                    at=now,
                    until=until,
                ),
            )

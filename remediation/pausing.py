"""What persons do about pauses: set one, lift one. Each is kept, and stands in the ledger."""

from dataclasses import dataclass
from datetime import timedelta

from remediation.pauses import Lifted, Pause, Pauses, asked_for
from remediation.ports import Clock, Ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Pausing:
    """Sets and lifts pauses. Raises PausesError where they cannot be reached.

    A repeat does what the first one did not come to: the ledger takes a key once.
    """

    pauses: Pauses
    ledger: Ledger
    clock: Clock

    def pause(self, *, scope: str, by: str, reason: str, length: timedelta) -> Pause:
        """Pause a scope, as ``read_scope`` read it, from now on; return what stands."""
        now = self.clock.now()
        wanted = Pause(id="", scope=scope, by=by, reason=reason, at=now, until=now + length)
        pause = self.pauses.put(asked_for(wanted, self.pauses.all()))
        until = pause.until.isoformat()
        text = f"{pause.by} has paused {pause.scope} until {until}: {pause.reason}"
        self.ledger.alarm(f"pause-{pause.id}", text, pause.at)
        return pause

    def lift(self, identity: str, *, by: str, reason: str) -> Pause | None:
        """End a pause before its time; return it as it stands, None where there is none.

        One that had ended by itself is returned as it ended.
        """
        lifted = Lifted(by=by, reason=reason, at=self.clock.now())
        pause = self.pauses.lift(identity, lifted)
        if pause is not None and pause.lifted is not None:
            one = pause.lifted
            text = f"{one.by} has lifted the pause of {pause.scope} by {pause.by}: {one.reason}"
            self.ledger.alarm(f"unpause-{pause.id}", text, one.at)
        return pause

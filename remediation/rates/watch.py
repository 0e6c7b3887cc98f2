"""The watch over Azure's limits: whether a call may be sent now, and what a throttled one means.

One a process. It reads the shared brakes at most every 20 seconds, and only while something is
asked of Azure at all. Where they cannot be read:

- *changes* are held back: a worker that does not know what others were told must not add to it;
- *reads* go on. They change nothing, a decision that sees less holds back by itself, and storage
  that is gone lets nobody commit anything: stopping the eyes as well would only blind the sweep.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from remediation.incident import Incident, Objection, StepName
from remediation.ports import Clock, Ledger
from remediation.rates.brake import (
    AGAIN_WITHIN,
    GUARD,
    SHARED_MOST,
    SPREAD,
    UNTOLD,
    Brake,
    raised,
)
from remediation.rates.bucket import Buckets
from remediation.rates.family import OF_A_MACHINE, Call, Family, needed
from remediation.rates.port import Brakes
from remediation.storms.holding import share

READ_EVERY = timedelta(seconds=20)
# What was read longer ago than this says nothing: changes wait until it can be read again.
STALE = timedelta(minutes=1)
UNREAD, UNREAD_SPREAD = timedelta(minutes=3), timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """A call must not be sent: for how long, how those who wait spread after that, and why."""

    retry_after: timedelta
    spread: timedelta
    reason: str


class RateLimits:
    """What one process knows of Azure's limits. Thread-safe; never sleeps."""

    def __init__(self, brakes: Brakes, clock: Clock, ledger: Ledger) -> None:
        self._port, self._clock, self._ledger = brakes, clock, ledger
        self._buckets = Buckets()
        self._reading = Lock()
        self._turn = Lock()
        self._known: dict[tuple[str, str], Brake] = {}
        self._asked_at: datetime | None = None
        self._read_at: datetime | None = None
        self._fault = "they were not read"

    def admit(self, call: Call) -> Wait | None:
        """Let a call be sent, and count it; else say how long to wait."""
        now = self._clock.now()
        self._refresh(now)
        brake = self._standing((call.counted(family) for family in call.families), now)
        if brake is not None:
            return Wait(retry_after=brake.until - now, spread=brake.spread, reason=brake.shown)
        wait = self._buckets.take(call, now)
        if wait is None:
            return None
        reason = f"as many requests as subscription {call.subscription} takes were sent just now"
        return Wait(retry_after=wait, spread=SPREAD, reason=reason)

    def throttled(self, call: Call, family: Family, retry_after: timedelta | None) -> None:
        """Note a 429, for everybody where it is not of one machine alone.

        What holds others back is an hour at most, whatever the call itself was told.
        """
        now = self._clock.now()
        of, family = call.counted(family)
        wait = retry_after or UNTOLD
        held = wait if family in OF_A_MACHINE else min(wait, SHARED_MOST)
        told = Brake(subscription=of, family=family, until=now + held)
        with self._turn:
            before = self._known.get((of, family))
            known = raised(before, told, now)
            self._known[of, family] = known
        if family in OF_A_MACHINE or before == known:
            # A machine has one incident, and its own wake-up waits: nobody else need know.
            return
        if wait > held:
            self._odd(told, wait, now)
        try:
            stands = self._port.put_on(told, now)
        except Exception:  # noqa: BLE001 - this worker holds back; the others will be told by Azure
            return
        with self._turn:
            self._known[of, family] = stands

    def objection(self, step: StepName, incident: Incident) -> Objection | None:
        """Return what holds back a change that is about to be intended: at most one read."""
        now = self._clock.now()
        self._refresh(now, change=True)
        later = share(incident.id)
        if self._stale(now):
            reason = f"what Azure told other workers of its limits cannot be read: {self._fault}"
            until = now + UNREAD + later * UNREAD_SPREAD
            return Objection(guard=GUARD, reason=reason, until=until)
        subscription = incident.item.subscription.lower()
        wanted = needed(step)
        counted: list[tuple[str, Family]] = [(subscription, family) for family in wanted]
        if Family.COMPUTE_CHANGES in wanted:
            counted.append((incident.item.key, Family.MACHINE_CHANGES))
        brake = self._standing(counted, now)
        if brake is None:
            return None
        until = brake.until + later * brake.spread
        return Objection(
            guard=GUARD, reason=f"{brake.shown} until {brake.until.isoformat()}", until=until
        )

    # ------------------------------------------------------------ inside

    def _odd(self, told: Brake, wait: timedelta, now: datetime) -> None:
        """Tell people that Azure asked for more than a brake holds: once a day of each."""
        key = f"throttle-{told.subscription}-{told.family.value}-{now.date().isoformat()}"
        text = (
            f"{told.shown} and asked one call to wait for {wait / SHARED_MOST:.1f} hours: "
            f"the others are held back until {told.until.isoformat()}, and then ask again"
        )
        # The call's own answer must not be lost for it; whoever is told next tells people.
        with suppress(Exception):
            self._ledger.alarm(key, text, now)

    def _standing(self, counted: Iterable[tuple[str, Family]], now: datetime) -> Brake | None:
        """Return the brake that stands the longest of those that hold this back."""
        with self._turn:
            found = [
                brake
                for one in counted
                if (brake := self._known.get(one)) is not None and brake.until > now
            ]
        return max(found, key=lambda one: one.until, default=None)

    def _stale(self, now: datetime) -> bool:
        """Whether what is known of others says nothing any more."""
        return self._read_at is None or now - self._read_at > STALE

    def _refresh(self, now: datetime, *, change: bool = False) -> None:
        """Read what others were told, unless that was done a moment ago."""
        asked = self._asked_at
        if asked is not None and asked <= now < asked + READ_EVERY:
            return
        # Who meets another one reading goes on with what was known before. But where nothing is
        # known yet everybody waits for that read, and a change wherever what is known is stale:
        # a read under way is no fault.
        wait = asked is None or (change and self._stale(now))
        if not self._reading.acquire(blocking=wait):
            return
        try:
            # A read that began long before this change may be stale for it, though it went well.
            again = change and self._stale(now) and not self._fault
            if self._asked_at is asked or again:
                self._read(now)
                self._asked_at = now
        finally:
            self._reading.release()

    def _read(self, now: datetime) -> None:
        try:
            shared = self._port.known()
        except Exception as fault:  # noqa: BLE001 - see the head of the module
            self._fault = f"{type(fault).__name__}: {fault}"[:200]
            return
        with self._turn:
            for brake in shared:
                key = brake.subscription, brake.family
                own = self._known.get(key)
                if own is None or own.until < brake.until:
                    self._known[key] = brake
            self._known = {
                key: one for key, one in self._known.items() if one.until + AGAIN_WITHIN > now
            }
        self._read_at, self._fault = now, ""

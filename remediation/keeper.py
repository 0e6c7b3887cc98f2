"""The keeper of locks: a lock that was taken away is put back. Always.

A backup group is shared by hundreds of machines. One duty a lock, in a table of its own, outside
any incident: its row, with the lock's whole definition, is committed *before* the lock is removed.
All who wait join it; the last to leave puts the lock back, at the latest ``restore_by``, by
whoever comes along (the sweep does). Every change of a duty is under its version: of two who want
the same, one looks again.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from remediation.duties import (
    Duties,
    Duty,
    DutyState,
    Holder,
    holds,
    joined,
    left_by,
    not_removed,
    removing,
    restored,
    seen_away,
    seen_removed,
    taken,
)
from remediation.ids import request_id as derived_id
from remediation.messages import (
    Absent,
    Done,
    Finding,
    Outcome,
    Refused,
    Running,
    Succeeded,
    Transient,
    Unknown,
    Unseen,
)
from remediation.ports import Locks
from remediation.race import LostRace
from remediation.views import Lock, Unreadable

TRIES = 5
JUST_BACK = timedelta(minutes=10)
# A removal that was begun is over after this, whoever sent it: its calls have time-outs.
ON_ITS_WAY = timedelta(minutes=10)
BUSY = Transient(reason="others change the same lock's duty", retry_after=timedelta(minutes=2))


@dataclass(frozen=True, slots=True)
class LockKeeper:
    """Takes locks away and brings them back, over the ports ``Duties`` and ``Locks``."""

    duties: Duties
    locks: Locks

    def take_away(
        self,
        *,
        subscription: str,
        group: str,
        names: tuple[str, ...],
        holder: tuple[str, int],
        request_id: str,
        now: datetime,
    ) -> Outcome:
        """Join or open the duty of each own lock of the group, then remove the lock.

        ``names`` are the locks that stood there when it was decided; locks that are away already
        are joined. A lock of any other scope, or one that was not there then, is not touched.
        """
        listed = self.locks.at_group(subscription, group)
        if isinstance(listed, Unreadable):
            return Transient(
                reason=listed.reason, retry_after=listed.retry_after, spread=listed.spread
            )
        objection = _objection(
            listed, names, f"/subscriptions/{subscription}/resourcegroups/{group}"
        )
        if objection is not None:
            return objection
        standing = {lock.key for lock in listed}
        known = self.duties.at_group(subscription, group)
        away = [duty.lock for duty in known if duty.away and duty.lock.key not in standing]
        if not listed and not away:
            # It may have come back between the two looks: then the next one sees it.
            if any(one.restored_at and one.restored_at > now - JUST_BACK for one in known):
                return BUSY
            return Refused(reason="no lock stands on the group any more", code="NoLock")
        steps = [partial(self._join, lock, holder, now) for lock in away]
        steps += [partial(self._remove, lock, holder, request_id, now) for lock in listed]
        for step in steps:
            outcome = step()
            if not isinstance(outcome, Succeeded):
                return outcome
        return Succeeded(done=True, detail=f"{len(listed)} taken away, {len(away)} away already")

    def _join(self, lock: Lock, holder: tuple[str, int], now: datetime) -> Outcome:
        duty = self._change(
            lock.key,
            lambda found: joined(found, lock, holder, now) if found and found.away else None,
        )
        return Succeeded() if duty is not None else BUSY

    def _remove(self, lock: Lock, holder: tuple[str, int], rid: str, now: datetime) -> Outcome:
        found = self.duties.get(lock.key)
        if found is not None and found.state == DutyState.REMOVED:
            return self._removed_meanwhile(found, holder, now)
        if self._change(lock.key, lambda duty: removing(duty, lock, holder, now)) is None:
            return BUSY
        outcome = self.locks.remove(lock, request_id=rid)
        match outcome:
            case Succeeded():
                return self._taken(lock, outcome, now)
            case Refused() | Transient():
                self._change(lock.key, lambda duty: duty and not_removed(duty, holder))
            case Unknown():
                # It may be away: the duty stays, and a look decides.
                pass
        return outcome

    def _taken(self, lock: Lock, outcome: Outcome, now: datetime) -> Outcome:
        """Note that the lock is away; where its duty had ended by then, it goes back at once."""
        duty = self._change(lock.key, lambda found: taken(found, lock, now))
        if duty is None or duty.state != DutyState.RESTORING:
            return outcome
        self._restore(duty, now)
        return BUSY

    def _removed_meanwhile(self, found: Duty, holder: tuple[str, int], now: datetime) -> Outcome:
        """Tell a lock that a person put back from one removed since it was listed: that is joined.

        It was put back where it stands now, and its duty has not changed around that look.
        """
        lock = found.lock
        parts = lock.scope.split("/")
        listed = self.locks.at_group(parts[2], parts[4])
        if isinstance(listed, Unreadable):
            return Transient(
                reason=listed.reason, retry_after=listed.retry_after, spread=listed.spread
            )
        if all(one.key != lock.key for one in listed):
            return self._join(lock, holder, now)
        again = self.duties.get(lock.key)
        if again is None or again.version != found.version:
            return BUSY
        return Refused(reason=f"somebody put the lock {lock.name} back", code="PutBack")

    def seen_away(
        self, *, subscription: str, group: str, holder: tuple[str, int], now: datetime
    ) -> Finding:
        """See whether the group's own locks are away and ``holder`` is among those who wait."""
        listed = self.locks.at_group(subscription, group)
        if isinstance(listed, Unreadable):
            return Unseen(
                reason=listed.reason, retry_after=listed.retry_after, spread=listed.spread
            )
        mine = [duty for duty in self.duties.at_group(subscription, group) if holds(duty, holder)]
        if not mine:
            return Absent(reason="no duty was taken on")
        standing = {lock.key for lock in listed}
        if any(duty.lock.key in standing for duty in mine):
            return Absent(reason="the lock stands")
        for duty in mine:
            self._change(duty.lock.key, seen_removed)
        return Done(detail=f"the lock is away since {mine[0].removed_at or now}")

    def leave(self, *, holder: tuple[str, int], now: datetime) -> Outcome:
        """No longer wait; where nobody else does, put the lock back."""
        details: list[str] = []
        for duty in [one for one in self.duties.all() if holds(one, holder)]:
            outcome = self._leave(duty, holder, now)
            if not isinstance(outcome, Succeeded):
                return outcome
            details.append(outcome.detail or "")
        return Succeeded(done=True, detail="; ".join(details) or "nothing was held")

    def _leave(self, duty: Duty, holder: tuple[str, int], now: datetime) -> Outcome:
        # Who else waits is asked under the row's version, in the change that would let it go back.
        left = self._change(duty.lock.key, lambda found: found and left_by(found, holder, now))
        if left is None:
            return BUSY
        if left.state == DutyState.RESTORING:
            return self._restore(left, now)
        return Succeeded(detail=f"{len(left.holders)} others still wait")

    def put_back(self, duty: Duty, now: datetime) -> Outcome:
        """Put the lock back, whoever still waits for it to be away: its time is up."""
        started = self._change(
            duty.lock.key,
            lambda found: (
                found and (replace(found, state=DutyState.RESTORING) if found.away else found)
            ),
        )
        if started is None:
            return BUSY
        if started.state != DutyState.RESTORING:
            return Succeeded(detail="the lock stood already")
        return self._restore(started, now)

    def _restore(self, duty: Duty, now: datetime) -> Outcome:
        parts = duty.lock.scope.split("/")
        listed = self.locks.at_group(parts[2], parts[4])
        if isinstance(listed, Unreadable):
            return Transient(
                reason=listed.reason, retry_after=listed.retry_after, spread=listed.spread
            )
        detail = "somebody had put the lock back"
        if all(lock.key != duty.lock.key for lock in listed):
            since = (duty.removal_at or now).isoformat()
            rid = derived_id(duty.lock.key, 0, f"put back {since}")
            outcome = self.locks.put_back(duty.lock, request_id=rid)
            if not isinstance(outcome, Succeeded):
                return outcome
            detail = "the lock is back"
            # Only what was really away counts as taken away.
            duty = self._change(duty.lock.key, seen_away) or duty
        if duty.removal_at is not None and now < duty.removal_at + ON_ITS_WAY:
            # Looked at once more when nothing can be on its way: the duty stays until then.
            return Transient(
                reason=f"{detail}; a removal may be on its way", retry_after=ON_ITS_WAY
            )
        done = self._change(duty.lock.key, lambda found: found and restored(found, duty, now))
        return Succeeded(detail=detail) if done is not None else BUSY

    def seen_left(self, *, holder: tuple[str, int], now: datetime) -> Finding:
        """See whether ``holder`` still keeps a lock away."""
        mine = [duty for duty in self.duties.all() if holds(duty, holder) and duty.away]
        if not mine:
            return Done(detail="nothing is held")
        outcome = self.leave(holder=holder, now=now)
        if isinstance(outcome, Succeeded):
            return Done(detail=outcome.detail or "")
        return Running(detail=outcome.reason, look_after=timedelta(minutes=2))

    def due(self, now: datetime, live: Callable[[Holder], bool]) -> tuple[Duty, ...]:
        """Return the duties whose lock must go back now: overdue, or nobody who waits is alive."""
        return tuple(
            duty
            for duty in self.duties.all()
            if duty.away
            and (
                duty.restore_by <= now
                or duty.state == DutyState.RESTORING
                or not any(one.until > now and live(one) for one in duty.holders)
            )
        )

    def _change(self, key: str, change: Callable[[Duty | None], Duty | None]) -> Duty | None:
        """Change a duty under its version.

        None where that cannot be done or others keep winning.
        """
        for _ in range(TRIES):
            wanted = change(self.duties.get(key))
            if wanted is None:
                return None
            written = self.duties.put(wanted)
            if not isinstance(written, LostRace):
                return written
        return None


def _objection(listed: tuple[Lock, ...], names: tuple[str, ...], scope: str) -> Refused | None:
    foreign = [lock for lock in listed if lock.scope.lower() != scope.lower()]
    if foreign:
        reason = f"the lock {foreign[0].name} is inherited from {foreign[0].scope}"
        return Refused(reason=reason, code="Inherited")
    new = [lock for lock in listed if lock.name not in names]
    if new:
        return Refused(reason=f"the lock {new[0].name} was set meanwhile", code="Changed")
    return None

"""The sweep: what no event tells. Vaults in bulk, and everything that could have been forgotten.

Failed jobs nobody reported, warnings that are failures, items past their objective though no job
failed, wake-ups that never came, notices that were not sent, locks that are due to go back. A part
that fails does not stop the others; what it could not do, the next sweep does.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from remediation import pauses
from remediation.bundle import lock_away
from remediation.catalogue.verdict import Verdict, verdict
from remediation.claim_watch import give_back
from remediation.deferral import opened, raise_alarm, waiting
from remediation.duties import Duty, Holder
from remediation.ids import ItemId, VaultId
from remediation.incident import Door, Incident
from remediation.index_rows import ended_row
from remediation.lateness import late
from remediation.messages import FailureReported, PointMissed, Rejected, Succeeded, Woken
from remediation.missing_roles import MissingRoles
from remediation.newer import NewerError
from remediation.overdue import Limits, complaints
from remediation.ports import IndexRow, Wakeups
from remediation.reception import Reception
from remediation.recovery import newest_good, settling
from remediation.role_watch import RoleWatch
from remediation.storm_watch import Seen, StormWatch
from remediation.undelivered import Undelivered
from remediation.urgency import by_urgency
from remediation.views import Job, Unreadable, VaultSnapshot

# A job is left to its own alert for this long, so that most failures come by their event.
ALERT_COMES_WITHIN = timedelta(minutes=10)
# The alert door may have been down for a while: so far back jobs are reported once more.
LOOKS_BACK = timedelta(hours=26)
# A failure that a good job has followed is reported for this long: by the first sweeps after it,
# also where Azure or the app was away for some hours.
FILED_WITHIN = timedelta(hours=6)
# An index row without an incident is an opening that never came, after this.
ORPHAN_AFTER = timedelta(minutes=10)
# A notice that no channel took for so long raises an alarm.
NOTICE_WITHIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """What a sweep found: counts, and what it could not do."""

    vaults: int = 0
    reported: int = 0
    woken: int = 0
    missed: int = 0
    restored: int = 0
    orphans: int = 0
    undelivered: int = 0
    claims: int = 0
    faults: tuple[str, ...] = ()

    def with_fault(self, text: str) -> "Swept":
        """Return it with one more thing that could not be done."""
        return replace(self, faults=(*self.faults, text))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """Looks at everything in scope, through the same corridor as every other door."""

    reception: Reception
    wakeups: Wakeups
    undelivered: Undelivered
    roles: MissingRoles
    limits: Limits = field(default_factory=Limits)

    def run(self) -> Swept:
        """Sweep once."""
        now = self.reception.engine.clock.now()
        swept, seen = Swept(), Seen()
        by_item: dict[ItemId, Incident] = {}
        swept = self._part(swept, "incidents", partial(self._incidents, open_=by_item, now=now))
        whole = not swept.faults
        swept = self._part(swept, "duties", partial(self._duties, open_=by_item, now=now))
        swept = self._part(swept, "claims", self._claims)
        swept = self._part(swept, "undelivered", partial(self._undelivered, now=now))
        for vault in self._vaults(seen, now):
            if isinstance(vault, Unreadable):
                swept = swept.with_fault(vault.reason)
            else:
                look = partial(self._vault, vault=vault, open_=by_item, now=now, seen=seen)
                swept = self._part(swept, vault.name, look)
        roles = partial(self._roles, open_=by_item, seen=seen, now=now, whole=whole)
        swept = self._part(swept, "roles", roles)
        return self._part(swept, "storms", partial(self._storms, open_=by_item, seen=seen, now=now))

    def look_at(self, vault: VaultId) -> Swept:
        """Sweep one vault: something happened there that names no job."""
        now = self.reception.engine.clock.now()
        open_ = {
            row.item: incident
            for row in self.reception.engine.index.open_rows()
            if row.vault == vault
            and (incident := opened(self.reception.engine.store, row.item)) is not None
        }
        look = partial(self._vault, vault=vault, open_=open_, now=now, seen=Seen())
        return self._part(Swept(), vault.name, look)

    def _claims(self, swept: Swept) -> Swept:
        return replace(swept, claims=give_back(self.reception.engine))

    def _storms(
        self, swept: Swept, open_: dict[ItemId, Incident], seen: Seen, now: datetime
    ) -> Swept:
        engine = self.reception.engine
        if engine.policy.storm_items > 0:
            StormWatch(engine=engine).run(open_, seen, now)
        return swept

    def _undelivered(self, swept: Swept, now: datetime) -> Swept:
        """File what nobody could take, and raise the alarm: once, and in this order.

        A death between the two files it again; the other way round it would never be filed.
        """
        ledger = self.reception.ledger
        for one in self.undelivered.peek():
            if ledger.alarmed(one.key):
                continue
            reason = f"body: no function could take it; it lies at {one.key}"
            ledger.reject(Rejected(door=one.door, reason=reason, text=one.text), now)
            ledger.alarm(one.key, f"a message could not be delivered: {one.key}", now)
            swept = replace(swept, undelivered=swept.undelivered + 1)
        return swept

    def _part(self, swept: Swept, name: str, do: Callable[[Swept], Swept]) -> Swept:
        try:
            return do(swept)
        except Exception as fault:  # noqa: BLE001 - the other parts must not be forgotten for it
            if isinstance(fault, NewerError):
                raise_alarm(self.reception.ledger, fault, self.reception.engine.clock.now())
            return swept.with_fault(f"{name}: {type(fault).__name__}: {fault}")

    def _roles(
        self, swept: Swept, open_: dict[ItemId, Incident], seen: Seen, now: datetime, *, whole: bool
    ) -> Swept:
        for incident in open_.values():
            seen.roles.incident(incident)
        watch = RoleWatch(roles=self.roles, ledger=self.reception.ledger)
        watch.run(seen.roles, now, whole=whole)
        return swept

    def _vaults(self, seen: Seen, now: datetime) -> Iterable[VaultId | Unreadable]:
        for subscription in sorted(self.reception.engine.policy.scopes):
            found = self.reception.engine.tools.backups.locations(subscription)
            if isinstance(found, Unreadable):
                seen.roles.unread(subscription, found.role, now)
                yield found
            else:
                seen.roles.read(subscription, now)
                seen.list(subscription, found)
                yield from found

    def _vault(
        self,
        swept: Swept,
        vault: VaultId,
        open_: dict[ItemId, Incident],
        now: datetime,
        seen: Seen,
    ) -> Swept:
        snapshot = self.reception.engine.eyes.vault(vault, now)
        if isinstance(snapshot, Unreadable):
            seen.roles.unread(vault.subscription, snapshot.role, now)
            return swept.with_fault(f"{vault.name}: {snapshot.reason}")
        seen.vault(vault, snapshot)
        swept = replace(swept, vaults=swept.vaults + 1)
        by_machine = {one.id.machine: one for one in snapshot.items}
        # Once a vault: every open incident of the subscription is held against it.
        newest = newest_good(snapshot.jobs)
        for job in sorted(snapshot.jobs, key=lambda one: one.started):
            protected = by_machine.get(job.machine)
            incident = open_.get(protected.item) if protected else None
            if self._worth_reporting(job, incident, newest.get(job.machine), now):
                item = protected.item if protected else None
                reported = FailureReported(job=job.key, door=Door.SWEEP, item=item)
                # One by one: a job that cannot be taken must not hide the others.
                swept = self._part(swept, str(job.key), partial(self._report, reported=reported))
        for incident in open_.values():
            # The item may have moved to this vault since: its machine's name says so.
            near = incident.item.subscription.lower() == vault.subscription.lower()
            if near and self._recovered(incident, newest):
                self._nudge(incident)
                swept = replace(swept, woken=swept.woken + 1)
        return self._objectives(swept, snapshot, open_, now)

    def _report(self, swept: Swept, reported: FailureReported) -> Swept:
        self.reception.report(reported)
        return replace(swept, reported=swept.reported + 1)

    def _worth_reporting(
        self, job: Job, incident: Incident | None, newest: datetime | None, now: datetime
    ) -> bool:
        if job.running or job.ended is None:
            return False
        if now - job.ended < ALERT_COMES_WITHIN or now - job.ended > LOOKS_BACK:
            return False
        # Followed by a good job: nothing to repair, and its point ends an open incident by itself.
        # It only has to go on file, which the first sweeps after it see to.
        followed = newest is not None and newest > job.started
        if followed and now - job.ended > FILED_WITHIN:
            return False
        if incident is not None and any(one.job == job.key for one in incident.failures):
            return False
        return verdict(job) in {Verdict.FAILED, Verdict.NEEDS_DETAIL}

    def _recovered(self, incident: Incident, newest: Mapping[tuple[str, str], datetime]) -> bool:
        found = newest.get(incident.protected.machine)
        return incident.step is None and found is not None and found >= incident.last_failure_ended

    def _objectives(
        self, swept: Swept, snapshot: VaultSnapshot, open_: dict[ItemId, Incident], now: datetime
    ) -> Swept:
        engine = self.reception.engine
        for one in snapshot.items:
            if one.item in open_ or not one.active or not late(engine, one, now):
                continue
            if any(settling(job, now) for job in snapshot.jobs_of(one.id.machine)):
                continue
            missed = PointMissed(protected=one.id, item=one.item, last_point=one.last_point)
            swept = self._part(swept, one.item.shown, partial(self._missed, missed=missed))
        return swept

    def _missed(self, swept: Swept, missed: PointMissed) -> Swept:
        began = self.reception.missed(missed).kind == "opening"
        return replace(swept, missed=swept.missed + began)

    def _incidents(self, swept: Swept, open_: dict[ItemId, Incident], now: datetime) -> Swept:
        engine = self.reception.engine
        for row in engine.index.open_rows():
            look = partial(self._row, row=row, open_=open_, now=now)
            swept = self._part(swept, row.incident, look)
        # The most urgent first: their wake-ups are the first in the queue.
        for one in by_urgency(open_.values(), engine.policy):
            swept = self._part(swept, one.id, partial(self._overdue, incident=one, now=now))
        return swept

    def _row(
        self, swept: Swept, row: IndexRow, open_: dict[ItemId, Incident], now: datetime
    ) -> Swept:
        engine = self.reception.engine
        incident = engine.store.load(row.item).incident
        # Of two who opened at once one lost the race, and left a row of another time.
        named = (row.incident, row.opened_at)
        if incident is None or (incident.id, incident.opened_at) != named:
            return self._orphan(swept, row, incident, now)
        open_[row.item] = incident
        return swept

    def _overdue(self, swept: Swept, incident: Incident, now: datetime) -> Swept:
        """Wake an incident whose wake-up never came, or that has something to tell or to go on."""
        engine = self.reception.engine
        self._complain(incident, now)
        wake, unsent = incident.wake, self._unsent(incident, now)
        if wake is not None and now > wake.at + engine.pace.wake_grace:
            message = Woken(item=incident.item, incident=incident.id, number=wake.number)
            self.wakeups.send(message, at=now)
            swept = replace(swept, woken=swept.woken + 1)
        elif unsent or self._lifted(incident):
            self._nudge(incident)
            swept = replace(swept, woken=swept.woken + 1)
        return swept

    def _complain(self, incident: Incident, now: datetime) -> None:
        """Raise the alarm, once, for what is too old, and for what nothing moves any more."""
        # Where the clock runs fast, workers still take their real time.
        least = self.reception.engine.clock.stretch(timedelta(minutes=10))
        limits = replace(self.limits, stuck=max(self.limits.stuck, least))
        for one in complaints(incident, now, limits):
            text = f"{incident.id} of {incident.item}: {one.text}"
            self.reception.ledger.alarm(one.key, text, now)

    def _lifted(self, incident: Incident) -> bool:
        """Whether a pause held the incident back that holds no more: its wake-up is far away."""
        held = incident.hold.objections if incident.hold else ()
        if all(one.guard != pauses.GUARD for one in held):
            return False
        policies = self.reception.engine.policies
        return policies.paused(incident.item, incident.protected.vault) is None

    def _unsent(self, incident: Incident, now: datetime) -> bool:
        """Whether people still have to be told; what no channel takes for long raises an alarm."""
        grace = self.reception.engine.pace.wake_grace
        unsent = [one for one in incident.notices if not one.sent and now > one.at + grace]
        for one in unsent:
            if now > one.at + NOTICE_WITHIN:
                text = f"no channel took the notice {one.key} of {incident.item}: {one.reason}"
                self.reception.ledger.alarm(f"notice-{one.key}", text, now)
        return bool(unsent)

    def _nudge(self, incident: Incident) -> None:
        message = Woken(item=incident.item, incident=incident.id, number=0)
        self.wakeups.send(message, at=self.reception.engine.clock.now())

    def _orphan(
        self, swept: Swept, row: IndexRow, incident: Incident | None, now: datetime
    ) -> Swept:
        engine = self.reception.engine
        # Where the clock runs fast, an opening takes its real time all the same.
        if now - row.written_at < max(ORPHAN_AFTER, engine.pace.take_over):
            return swept
        stands = incident is not None and incident.id == row.incident
        ended = None if stands else engine.store.closed(row.item, row.incident)
        if ended is None or ended.opened_at != row.opened_at:
            engine.index.remove(row)
        else:
            # Ended, but died before the row said so.
            engine.index.write(ended_row(ended, now))
        return replace(swept, orphans=swept.orphans + 1)

    def _duties(self, swept: Swept, open_: dict[ItemId, Incident], now: datetime) -> Swept:
        engine = self.reception.engine
        keeper, items = engine.tools.keeper, {one.id: item for item, one in open_.items()}

        def waits(holder: Holder) -> bool:
            # Read anew, after the duty: an attempt is on file before it joins one.
            item = items.get(holder.incident)
            if item is None:
                row = engine.index.find(holder.incident)
                item = row.item if row else None
            return item is not None and waiting(engine.store, item, holder)

        for duty in keeper.due(now, waits):
            put_back = partial(self._put_back, duty=duty, now=now)
            swept = self._part(swept, f"lock {duty.lock.name}", put_back)
        return swept

    def _put_back(self, swept: Swept, duty: Duty, now: datetime) -> Swept:
        outcome = self.reception.engine.tools.keeper.put_back(duty, now)
        if isinstance(outcome, Succeeded):
            return replace(swept, restored=swept.restored + 1)
        text = f"lock {duty.lock.name}: {outcome.reason}"
        if duty.restore_by <= now:
            # Past its time, and the incident that took it away may have ended: people must know.
            key = f"lock-{duty.lock.key}-{duty.restore_by.isoformat()}"
            self.reception.ledger.alarm(key, f"{text} ({duty.lock.key} is still away)", now)
            # At least once, and recognised by its key, for as long as the lock is away.
            self.reception.engine.notifier.publish(lock_away(duty, key, text, now))
        return swept.with_fault(text)

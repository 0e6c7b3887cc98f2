"""Reception: a reported failure becomes an incident, joins one, or is kept with the reason why not.

An event is only a hint: the vault is believed. A job that the vault does not know, or that has not
ended, is looked at three times in an hour; then the report is rejected, on record. The sweep would
find it all the same.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from remediation.catalogue.verdict import Verdict, verdict
from remediation.engine import RACES, BusyError, Engine
from remediation.eyes import failure_of, located_in
from remediation.found import Found
from remediation.ids import ItemId, JobKey, ProtectedId
from remediation.incident import Baseline, Door, Failure, Incident, Status
from remediation.messages import (
    Decision,
    FailureReported,
    PointMissed,
    Rejected,
    Woken,
)
from remediation.model import Diagnosis
from remediation.permits import Counted
from remediation.picture import Picture
from remediation.ports import Ledger, Loaded
from remediation.receipt import Receipt
from remediation.recovery import good
from remediation.storms.holding import share
from remediation.tally import Tally
from remediation.views import Gone, Job, Unreadable, VaultSnapshot

# Three looks in an hour at a job that is not known or has not ended.
LOOKS = (timedelta(minutes=5), timedelta(minutes=20), timedelta(minutes=35))
# So long a report waits for a vault that cannot be read: about as long as its list tells of jobs.
WAITS = timedelta(days=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reception:
    """Takes what the doors report."""

    engine: Engine
    ledger: Ledger

    @property
    def tally(self) -> Tally:
        """Where failures are counted."""
        engine = self.engine
        return Tally(
            permits=engine.permits,
            library=engine.eyes.library,
            limit=engine.policy.storm_items,
            clock=engine.clock,
        )

    def report(self, reported: FailureReported, *, redelivered: bool = False) -> Receipt:
        """Take a reported failure; delivering it again opens nothing and repeats no action."""
        now = self.engine.clock.now()
        if not self.engine.policy.covers(reported.job.vault.subscription):
            return self.reject(reported, "job.vault: expected a subscription in scope")
        loaded = self.engine.store.load(reported.item) if reported.item else None
        if loaded is not None and self._known(loaded, reported, redelivered=redelivered):
            return Receipt(item=loaded.item.key, detail="already known")
        if loaded is not None and self._swept_before(loaded, reported):
            return Receipt(item=loaded.item.key, detail="already known")
        snapshot = self.engine.eyes.vault(reported.job.vault, now)
        if isinstance(snapshot, Unreadable):
            # That the vault cannot be read now is no look: the report waits.
            what = f"the vault could not be read: {snapshot.reason}"
            return self._wait(reported, what, _retry(snapshot, reported, 2), now)
        job: Job | Gone | Unreadable | None = snapshot.job(reported.job)
        if job is None and reported.looks == 0:
            # Older than the list goes back, or too new for it: one read tells, and not one a look.
            job = self.engine.tools.vaults.job(reported.job)
        if isinstance(job, Unreadable):
            return self._unread(reported, job)
        if not isinstance(job, Job) or job.running:
            what = "has not ended" if isinstance(job, Job) else "is not known to the vault"
            return self._look_again(reported, what, now)
        return self._ended(reported, snapshot, job, loaded, redelivered=redelivered)

    def reject(self, reported: FailureReported, reason: str) -> Receipt:
        """Keep the report with the reason why it leads to nothing."""
        text = f"job {reported.job.job} of {reported.job.vault}"
        rejected = Rejected(door=reported.door, reason=reason, text=text)
        self.ledger.reject(rejected, self.engine.clock.now())
        return Receipt(detail=f"rejected: {reason}")

    def missed(self, missed: PointMissed) -> Receipt:
        """Open an incident for an item past its objective though no job failed."""
        now = self.engine.clock.now()
        last = missed.last_point
        # No job to name: the day of the last point is the identity, so that one gap is one failure.
        name = f"no-point-since-{last.date().isoformat() if last else 'ever'}"
        failure = Failure(job=JobKey(missed.protected.vault, name), started=now, ended=now)
        reported = FailureReported(job=failure.job, door=Door.SWEEP, item=missed.item)
        loaded = self.engine.store.load(missed.item)
        if loaded.incident is not None or self._swept_before(loaded, reported):
            # It is worked on already, or the gap was judged before: it is no failure of its own.
            return Receipt(item=missed.item.key, detail="already known")
        playbook = self.engine.eyes.library.objective_missed
        return self._take(
            reported,
            Found(
                item=missed.item,
                protected=missed.protected,
                failure=failure,
                diagnosis=Diagnosis(playbook=playbook, matched_by="state", confidence=1.0),
                baseline=Baseline(time=last) if last else None,
            ),
            loaded,
            self.tally.missed(missed),
            redelivered=False,
        )

    def _known(self, loaded: Loaded, reported: FailureReported, *, redelivered: bool) -> bool:
        """Whether the open incident holds this failure; its lost wake-up is then sent again."""
        incident = loaded.incident
        if incident is None or all(one.job != reported.job for one in incident.failures):
            return False
        self.take_up(incident, redelivered=redelivered)
        return True

    def _swept_before(self, loaded: Loaded, reported: FailureReported) -> bool:
        """Whether the sweep finds what was closed already, as it does for a day: one read tells."""
        swept = reported.door is Door.SWEEP
        return swept and self.engine.store.seen(loaded.item, reported.job)

    def _wait(
        self, reported: FailureReported, what: str, retry: timedelta, now: datetime
    ) -> Receipt:
        """Have the report come again: ever more rarely, and not for ever. The sweep comes anyway.

        A vault that is gone never becomes readable, and its list no longer holds an old job.
        """
        if reported.door is Door.SWEEP:
            return Receipt(detail=what)
        since = reported.waits_since or now
        if now - since > WAITS:
            return self.reject(reported, f"{what}, for {WAITS.days} days")
        again = replace(reported, waits_since=since)
        self.engine.wakeups.send(again, at=now + max(retry, (now - since) / 8))
        return Receipt(detail=what)

    def _unread(self, reported: FailureReported, job: Unreadable) -> Receipt:
        what = f"the job could not be read: {job.reason}"
        return self._wait(reported, what, _retry(job, reported, 5), self.engine.clock.now())

    def take_up(self, incident: Incident, *, redelivered: bool) -> None:
        """Send the incident's wake-up again where its sender may have died before it could."""
        wake = incident.wake
        if wake is None:
            return
        overdue = self.engine.clock.now() > wake.at + self.engine.pace.wake_grace
        if redelivered or overdue:
            message = Woken(item=incident.item, incident=incident.id, number=wake.number)
            self.engine.wakeups.send(message, at=wake.at)

    def _look_again(self, reported: FailureReported, what: str, now: datetime) -> Receipt:
        if reported.looks >= len(LOOKS):
            return self.reject(reported, f"job {what}, after {len(LOOKS)} more looks in an hour")
        again = replace(reported, looks=reported.looks + 1)
        self.engine.wakeups.send(again, at=now + LOOKS[reported.looks])
        return Receipt(detail=f"the job {what}: looked at again")

    def _ended(
        self,
        reported: FailureReported,
        snapshot: VaultSnapshot,
        job: Job,
        loaded: Loaded | None,
        *,
        redelivered: bool,
    ) -> Receipt:
        meaning = verdict(job)
        if meaning is Verdict.NEEDS_DETAIL:
            whole = self.engine.tools.vaults.job(job.key)
            if isinstance(whole, Unreadable):
                return self._unread(reported, whole)
            if isinstance(whole, Gone):
                return self.reject(reported, "job: the vault no longer knows it")
            job, meaning = whole, verdict(whole)
        if meaning is Verdict.SUCCEEDED:
            return self._succeeded(reported)
        located = located_in(snapshot, job, reported.item)
        if located is None:
            return self.reject(reported, "job: expected the backup of a virtual machine")
        item, protected = located
        if loaded is None or loaded.item != item:
            loaded = self.engine.store.load(item)
        if _ours(loaded, job.activity_id):
            return self._own(loaded, reported)
        # Counted before anything is classified: the brake closes while causes cannot be read.
        counted = self.tally.count(snapshot, job, item, meaning)
        found = self._found(snapshot, job, meaning, item, protected)
        return self._take(reported, found, loaded, counted, redelivered=redelivered)

    def _succeeded(self, reported: FailureReported) -> Receipt:
        if reported.door is Door.SWEEP:
            # The sweep only asked: nobody said that it had failed.
            return Receipt(detail="the job did not fail")
        return self.reject(reported, "job: it did not fail")

    def preview(self, reported: FailureReported) -> Decision | str:
        """Return what reporting it would decide, or why it leads to nothing; changes nothing."""
        snapshot = self.engine.eyes.vault(reported.job.vault, self.engine.clock.now())
        if isinstance(snapshot, Unreadable):
            return f"the vault could not be read: {snapshot.reason}"
        job = snapshot.job(reported.job) or self.engine.tools.vaults.job(reported.job)
        if isinstance(job, Unreadable):
            return f"the job could not be read: {job.reason}"
        if isinstance(job, Gone) or job.running:
            return (
                "the job is not known to the vault"
                if isinstance(job, Gone)
                else "the job has not ended"
            )
        meaning = verdict(job)
        if meaning is Verdict.SUCCEEDED:
            return "the job did not fail"
        located = located_in(snapshot, job, reported.item)
        if located is None:
            return "the job is not the backup of a virtual machine"
        found = self._found(snapshot, job, meaning, *located)
        if self.engine.store.seen(found.item, found.failure.job):
            return "already known"
        loaded = self.engine.store.load(found.item)
        picture = self._picture(loaded, found)
        found = found.informed(self.engine.eyes.library, picture)
        before = self._in_probation(loaded, found, picture)
        return self.engine.preview(before, found.event(reported), picture)

    def _found(
        self,
        snapshot: VaultSnapshot,
        job: Job,
        meaning: Verdict,
        item: ItemId,
        protected: ProtectedId,
    ) -> Found:
        """Return the failure as the vault tells it."""
        job, diagnosis = self.engine.eyes.diagnosed(job, None)
        known = snapshot.protected(item)
        return Found(
            item=item,
            protected=protected,
            failure=failure_of(self.engine.eyes.library, job, self.engine.clock.now()),
            diagnosis=diagnosis,
            baseline=Baseline(time=known.last_point) if known and known.last_point else None,
            void="a person cancelled the job" if meaning is Verdict.CANCELLED else None,
            activity_id=job.activity_id,
        )

    def _take(
        self,
        reported: FailureReported,
        found: Found,
        loaded: Loaded | None,
        counted: Counted,
        *,
        redelivered: bool,
    ) -> Receipt:
        """Open, re-open or attach, under the item's version; ``loaded`` is what was read of it."""
        item = found.item
        for race in range(RACES):
            if loaded is None or loaded.item != item:
                loaded = self.engine.store.load(item)
            if _ours(loaded, found.activity_id):
                return self._own(loaded, reported)
            picture = self._picture(loaded, found)
            picture = replace(picture, calm=counted.calm, storm=counted.objection)
            found = found.informed(self.engine.eyes.library, picture)
            before = self._in_probation(loaded, found, picture)
            settled = self.engine.settle(before, found.event(reported), picture)
            if settled is not None:
                if settled.receipt.kind == "other" and settled.loaded.incident is not None:
                    self.take_up(settled.loaded.incident, redelivered=redelivered)
                return replace(settled.receipt, contended=race > 0)
            loaded = None
            if self.engine.store.seen(item, found.failure.job):
                incident = self.engine.store.load(item).incident
                if incident is not None:
                    self.take_up(incident, redelivered=redelivered)
                return Receipt(item=item.key, detail="already known")
        raise BusyError(f"{item}: {RACES} lost races")

    def _own(self, loaded: Loaded, reported: FailureReported) -> Receipt:
        """Our own failed backup is its attempt's outcome, not a new failure: look at it now."""
        incident = loaded.incident
        if incident is not None:
            nudge = Woken(item=loaded.item, incident=incident.id, number=0)
            return self.engine.wake(nudge, loaded=loaded)
        if reported.door is Door.SWEEP:
            # The sweep meets it again and again; whoever else tells of it is put on file.
            return Receipt(item=loaded.item.key, detail="a backup of ours, its incident has ended")
        return self.reject(reported, "job: it is a backup of ours whose incident has ended")

    def _picture(self, loaded: Loaded, found: Found) -> Picture:
        """Read what opening (or attaching) needs; a void failure needs nothing."""
        eyes, now = self.engine.eyes, self.engine.clock.now()
        if found.void is not None:
            return Picture(snapshot=eyes.vault(found.failure.job.vault, now))
        picture = eyes.around(found.item, found.protected, now)
        if isinstance(picture.snapshot, VaultSnapshot):
            jobs = picture.snapshot.jobs_of(found.protected.machine)
            if any(good(job) and job.started >= found.failure.started for job in jobs):
                home = picture.snapshot.protected(found.item)
                points = self.engine.tools.backups.points(home.id if home else found.protected)
                picture = replace(picture, points=points)
        if loaded.incident is not None and loaded.incident.step is not None:
            # It will only be attached: the step in flight has its own wake-up.
            return picture
        return eyes.whole(found.item, picture)

    def _in_probation(self, loaded: Loaded, found: Found, picture: Picture) -> Loaded:
        """Bring the last incident back where the same cause returns before a good scheduled job."""
        last = loaded.history.last
        if (
            loaded.incident is not None
            or last is None
            or found.void is not None
            or last.status not in {Status.RECOVERED, Status.RECOVERED_DEGRADED}
            or last.cause != found.diagnosis.cause
            or last.reopened > 0
            or not isinstance(picture.snapshot, VaultSnapshot)
            # A job from before the recovery is no relapse, and a point since then has ended it.
            or found.failure.started <= last.ended_at
            or (found.baseline is not None and found.baseline.time > last.ended_at)
        ):
            return loaded
        ours = {one for attempt in loaded.history.attempts for one in attempt.request_ids}
        for job in picture.snapshot.jobs_of(found.protected.machine):
            by_us = (job.activity_id or "").lower() in ours
            if good(job) and not by_us and job.started > last.ended_at:
                return loaded
        return replace(loaded, incident=self.engine.store.closed(loaded.item, last.id))


def _retry(found: Unreadable, reported: FailureReported, minutes: float) -> timedelta:
    """Return how long to wait for what could not be read; spread where Azure throttled it."""
    retry = found.retry_after or timedelta(minutes=minutes)
    return retry + share(str(reported.job)) * (found.spread or timedelta())


def _ours(loaded: Loaded, activity_id: str | None) -> bool:
    """Whether the job was started by one of our attempts on this item."""
    wanted = (activity_id or "").lower()
    return any(wanted in attempt.request_ids for attempt in loaded.history.attempts)

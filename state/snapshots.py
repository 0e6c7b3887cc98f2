"""Snapshots of vaults, shared by all incidents: who reads Azure anew, how much, and when not.

Reads of jobs are the scarce resource (about 150 an hour). So a list is read by one worker for all,
only what can have changed is listed again, and near the limit lists go before single jobs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import Lock

from remediation.ids import ItemId, JobKey, VaultId
from remediation.ports import Clock, VaultReader
from remediation.rates.brake import SPREAD
from remediation.views import Gone, Job, Protected, Unreadable, VaultSnapshot
from state.rosters import Roster
from state.shelf import Budget, Shelf, Shelves

FIRST_SPAN = timedelta(days=3)
KEPT_SPAN = timedelta(days=4)
OVERLAP = timedelta(hours=1)
ITEMS_AGE = timedelta(minutes=30)
# Real time, longer than a list's time-outs: a worker that dies reading blocks no longer than this.
CLAIM = timedelta(seconds=30)
CLAIMED_RETRY = timedelta(seconds=10)
SCARCE_LISTS = 20
SCARCE_JOBS = 30
SCARCE_PAUSE = timedelta(minutes=10)
# The reader asks a gateway that failed a read again: so many requests such a read may have cost.
FAILED_COSTS = 3
# Rosters change with the sweep, every half an hour; a process asks for them this often.
ROSTERS_AGE = timedelta(minutes=5)
# No job of a machine runs longer: a vault that nobody could read for so long, since it was deleted
# perhaps, has nothing to say of what runs now.
LONGEST_JOB = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultSnapshots:
    """``Vaults`` over stored snapshots and a reader of Azure."""

    shelves: Shelves
    reader: VaultReader
    clock: Clock
    # Threads of a worker wait for the one that reads; workers are kept apart by the claim.
    _reading: dict[VaultId, Lock] = field(default_factory=dict)
    _rosters: dict[str, tuple[datetime, Mapping[VaultId, Roster]]] = field(default_factory=dict)

    def snapshot(self, vault: VaultId, *, not_before: datetime) -> VaultSnapshot | Unreadable:
        """Return the vault as read at or after ``not_before``: stored, or read anew.

        Unreadable where a read is throttled, failed, over the budget, or under way elsewhere.
        """
        with self._reading.setdefault(vault, Lock()):
            return self._snapshot(vault, not_before)

    def _snapshot(self, vault: VaultId, not_before: datetime) -> VaultSnapshot | Unreadable:
        now = self.clock.now()
        shelf = self.shelves.read(vault)
        if (fresh := _fresh(shelf, not_before, now)) is not None:
            return fresh
        if (refusal := _refusal(shelf, now)) is not None:
            return refusal
        claimed = None
        if shelf.refreshing_until is None or shelf.refreshing_until <= now:
            until = now + self.clock.stretch(CLAIM)
            claimed = self.shelves.claim(vault, shelf, until=until)
        if claimed is not None:
            return self._refresh(vault, claimed, now)
        # Whoever holds the claim may just have finished.
        fresh = _fresh(self.shelves.read(vault), not_before, now)
        return fresh or Unreadable(
            reason=f"{vault.name} is being read by another worker", retry_after=CLAIMED_RETRY
        )

    def knowing(self, item: ItemId) -> tuple[VaultId, ...]:
        """Return the vaults that protect the item, did, or have a job of it; as of last reading.

        A machine is backed up by vaults of its own subscription only.
        """
        now, subscription = self.clock.now(), item.subscription.lower()
        known = self._rosters.get(subscription)
        if known is None or not now - ROSTERS_AGE < known[0] <= now:
            known = now, self.shelves.rosters(subscription)
            self._rosters[subscription] = known
        found = (
            vault
            for vault, roster in known[1].items()
            if roster.taken_at > now - LONGEST_JOB and roster.knows(item)
        )
        return tuple(sorted(found, key=lambda vault: vault.key))

    def job(self, key: JobKey) -> Job | Gone | Unreadable:
        """Return one job with tasks and details: kept from before, or a read of its own."""
        kept, budget = self.shelves.job(key)
        if kept is not None:
            return kept
        now = self.clock.now()
        if (closed := _closed(budget, now)) is not None:
            return closed
        left = budget.left(now)
        if left is not None and left < SCARCE_JOBS:
            return Unreadable(
                reason=f"{left} reads of jobs are left this hour: kept for lists",
                retry_after=SCARCE_PAUSE,
                spread=SPREAD,
            )
        answer = self.reader.job(key)
        ended = answer if isinstance(answer, Job) and not answer.running else None
        self.shelves.keep(key.vault, _after(budget, answer, now), ended)
        return answer

    def _refresh(self, vault: VaultId, shelf: Shelf, now: datetime) -> VaultSnapshot | Unreadable:
        listed = self.reader.jobs(vault, _since(shelf.snapshot, now))
        shelf = replace(shelf, refreshing_until=None)
        if isinstance(listed, Unreadable):
            budget = _after(shelf.budget, listed, now)
            self.shelves.put(vault, replace(shelf, budget=budget))
            return listed
        budget = _after(shelf.budget, listed.remaining, now)
        items = self._items(vault, shelf, now)
        if isinstance(items, Unreadable):
            budget = replace(_after(budget, items, now), reads=budget.reads)
            self.shelves.put(vault, replace(shelf, budget=budget))
            return items
        old = () if shelf.snapshot is None else shelf.snapshot.jobs
        snapshot = VaultSnapshot(taken_at=now, jobs=_merged(old, listed.jobs, now), items=items)
        items_at = shelf.items_at if _items_stand(shelf, now) else now
        stored = replace(shelf, snapshot=snapshot, items_at=items_at, budget=budget)
        self.shelves.put(vault, stored)
        if items_at == now:
            self.shelves.forget_jobs(vault, before=now - KEPT_SPAN)
        return snapshot

    def _items(
        self, vault: VaultId, shelf: Shelf, now: datetime
    ) -> tuple[Protected, ...] | Unreadable:
        if shelf.snapshot is not None and _items_stand(shelf, now):
            return shelf.snapshot.items
        return self.reader.items(vault)


def _fresh(shelf: Shelf, not_before: datetime, now: datetime) -> VaultSnapshot | None:
    """Return the stored snapshot if it is new enough; nothing can be newer than now."""
    found = shelf.snapshot
    return found if found is not None and found.taken_at >= min(not_before, now) else None


def _refusal(shelf: Shelf, now: datetime) -> Unreadable | None:
    """Return why the vault is not read now; None: it may be."""
    if (closed := _closed(shelf.budget, now)) is not None:
        return closed
    left = shelf.budget.left(now)
    if left is None or left >= SCARCE_LISTS or shelf.snapshot is None:
        return None
    again = shelf.snapshot.taken_at + SCARCE_PAUSE
    if again <= now:
        return None
    return Unreadable(
        reason=f"{left} reads of jobs are left this hour: the vault was read a moment ago",
        retry_after=again - now,
        spread=SPREAD,
    )


def _closed(budget: Budget, now: datetime) -> Unreadable | None:
    if budget.closed_until is None or budget.closed_until <= now:
        return None
    return Unreadable(
        reason="Azure asked not to be read before a time that has not come",
        retry_after=budget.closed_until - now,
        spread=SPREAD,
    )


def _after(budget: Budget, answer: object, now: datetime) -> Budget:
    """Return the budget after one read: what Azure told is left, or what it cost at most less."""
    closed = budget.closed_until
    if isinstance(answer, Unreadable) and answer.retry_after is not None:
        closed = now + answer.retry_after
    told = isinstance(answer, int)
    left = budget.left(now)
    asked_to_wait = isinstance(answer, Unreadable) and answer.retry_after is not None
    cost = FAILED_COSTS if isinstance(answer, Unreadable) and not asked_to_wait else 1
    guessed = None if left is None else max(left - cost, 0)
    return Budget(
        remaining=answer if isinstance(answer, int) else guessed,
        told_at=now if told else budget.told_at,
        closed_until=closed,
        reads=budget.reads + 1,
    )


def _items_stand(shelf: Shelf, now: datetime) -> bool:
    return shelf.items_at is not None and now - shelf.items_at < ITEMS_AGE


def _since(known: VaultSnapshot | None, now: datetime) -> datetime:
    """Return from which start on jobs must be listed to see everything that can have changed."""
    if known is None:
        return now - FIRST_SPAN
    unfinished = [job.started for job in known.jobs if job.running]
    return max(min([known.taken_at - OVERLAP, *unfinished]), now - KEPT_SPAN)


def _merged(old: tuple[Job, ...], new: tuple[Job, ...], now: datetime) -> tuple[Job, ...]:
    """Return the jobs of the last days, oldest first; what was listed now replaces the known."""
    by_key = {job.key: job for job in (*old, *new)}
    kept = (job for job in by_key.values() if job.started >= now - KEPT_SPAN)
    return tuple(sorted(kept, key=lambda job: (job.started, job.key.job)))

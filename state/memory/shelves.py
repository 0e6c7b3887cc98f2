"""Snapshots of vaults in memory."""

import itertools
import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from remediation.ids import JobKey, VaultId
from remediation.views import Job
from state.rosters import Roster, roster_of
from state.shelf import Budget, Shelf


class MemoryShelves:
    """``Shelves`` in memory. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._versions = (str(number) for number in itertools.count(1))
        self._shelves: dict[VaultId, Shelf] = {}
        self._budgets: dict[str, Budget] = {}
        self._jobs: dict[JobKey, Job] = {}

    def read(self, vault: VaultId) -> Shelf:
        """Return what is stored of a vault; an empty shelf for one never read."""
        with self._lock:
            return replace(self._shelves.get(vault, Shelf()), budget=self._budget(vault))

    def claim(self, vault: VaultId, shelf: Shelf, *, until: datetime) -> Shelf | None:
        """Claim the refresh under the shelf's version; None where somebody else was first."""
        with self._lock:
            if self._passed(vault, shelf):
                return None
            claimed = replace(shelf, refreshing_until=until, version=next(self._versions))
            self._shelves[vault] = claimed
            return claimed

    def put(self, vault: VaultId, shelf: Shelf) -> bool:
        """Store snapshot, its claim and the budget; False where the version has passed."""
        with self._lock:
            if self._passed(vault, shelf):
                return False
            self._shelves[vault] = replace(shelf, version=next(self._versions))
            self._budgets[vault.subscription.lower()] = shelf.budget
            return True

    def rosters(self, subscription: str) -> Mapping[VaultId, Roster]:
        """Return whom each vault of the subscription knew when it was last read."""
        with self._lock:
            return {
                vault: roster_of(shelf.snapshot)
                for vault, shelf in self._shelves.items()
                if shelf.snapshot is not None and vault.subscription.lower() == subscription.lower()
            }

    def job(self, key: JobKey) -> tuple[Job | None, Budget]:
        """Return an ended job's details, where they were kept, and the subscription's budget."""
        with self._lock:
            return self._jobs.get(key), self._budget(key.vault)

    def keep(self, vault: VaultId, budget: Budget, job: Job | None = None) -> None:
        """Keep the budget, and an ended job's details: they never change."""
        with self._lock:
            self._budgets[vault.subscription.lower()] = budget
            if job is not None and job.ended is not None:
                self._jobs[job.key] = job

    def forget_jobs(self, vault: VaultId, *, before: datetime) -> None:
        """Forget the details of jobs that ended before that time."""
        with self._lock:
            self._jobs = {
                key: job
                for key, job in self._jobs.items()
                if key.vault != vault or job.ended is None or job.ended >= before
            }

    def _budget(self, vault: VaultId) -> Budget:
        return self._budgets.get(vault.subscription.lower(), Budget())

    def _passed(self, vault: VaultId, shelf: Shelf) -> bool:
        return self._shelves.get(vault, Shelf()).version != shelf.version

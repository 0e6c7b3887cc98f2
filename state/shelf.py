"""What is stored of a vault's reads: its snapshot, the claim on refreshing it, the read budget."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from remediation.ids import JobKey, VaultId
from remediation.views import Job, VaultSnapshot
from state.rosters import Roster

# Azure counts job reads by the hour; what it told longer ago says nothing any more.
_WINDOW = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What a subscription's job reads may still cost, as Azure last told.

    ``closed_until``: Azure asked to be left alone until then. ``reads``: lists and single jobs.
    """

    remaining: int | None = None
    told_at: datetime | None = None
    closed_until: datetime | None = None
    reads: int = 0

    def left(self, now: datetime) -> int | None:
        """Return how many reads were left, None where nobody told within the hour."""
        told = self.told_at is not None and now - self.told_at < _WINDOW
        return self.remaining if told else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """A vault's snapshot as stored, who reads it anew, and its subscription's budget."""

    snapshot: VaultSnapshot | None = None
    items_at: datetime | None = None
    refreshing_until: datetime | None = None
    budget: Budget = field(default_factory=Budget)
    version: str | None = None


class Shelves(Protocol):
    """Storage of snapshots; a snapshot changes under its version, a budget does not."""

    def read(self, vault: VaultId) -> Shelf:
        """Return what is stored of a vault; an empty shelf for one never read."""

    def claim(self, vault: VaultId, shelf: Shelf, *, until: datetime) -> Shelf | None:
        """Claim the refresh under the shelf's version; None where somebody else was first."""

    def put(self, vault: VaultId, shelf: Shelf) -> bool:
        """Store snapshot, its claim and the budget; False where the version has passed."""

    def rosters(self, subscription: str) -> Mapping[VaultId, Roster]:
        """Return whom each vault of the subscription knew when it was last read."""

    def job(self, key: JobKey) -> tuple[Job | None, Budget]:
        """Return an ended job's details, where they were kept, and the subscription's budget."""

    def keep(self, vault: VaultId, budget: Budget, job: Job | None = None) -> None:
        """Keep the budget, and an ended job's details: they never change."""

    def forget_jobs(self, vault: VaultId, *, before: datetime) -> None:
        """Forget the details of some jobs that ended before that time."""

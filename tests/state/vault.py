"""A vault that a test fills, and a world with a clock and any number of workers."""

from dataclasses import replace
from datetime import datetime, timedelta

from remediation.ids import JobKey, VaultId
from remediation.ports import JobsRead
from remediation.views import (
    Gone,
    Job,
    JobStatus,
    Protected,
    Schedule,
    Unreadable,
    VaultSnapshot,
)
from state.snapshots import VaultSnapshots
from tests.state import values
from tests.state.clock import SetClock
from tests.state.conftest import Kit

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
OTHER = VaultId.of(values.SUBSCRIPTION, "Vaults", "Vault-North")


def a_job(name: str, started: datetime = values.NOON, *, running: bool = False) -> Job:
    """A job of a vault's list."""
    return Job(
        key=values.a_job(name),
        machine=("web", "vm-01"),
        status=JobStatus.IN_PROGRESS if running else JobStatus.COMPLETED,
        started=started,
        ended=None if running else started + HOUR,
    )


class Vault:
    """A vault that answers what the test laid into it, and remembers what it was asked."""

    def __init__(self) -> None:
        self.listed: list[Job] = []
        self.remaining: int | None = None
        self.refusal: Unreadable | None = None
        self.items_refusal: Unreadable | None = None
        self.asked: list[tuple[str, object]] = []
        schedule = Schedule(times=(), zone="UTC")
        self.protected: tuple[Protected, ...] = (
            Protected(
                id=values.a_protected(),
                item=values.an_item(),
                state="Protected",
                schedule=schedule,
            ),
        )

    def jobs(self, vault: VaultId, since: datetime) -> JobsRead | Unreadable:
        """List what began since then."""
        self.asked.append(("jobs", since))
        found = tuple(job for job in self.listed if job.started >= since)
        return self.refusal or JobsRead(jobs=found, remaining=self.remaining)

    def items(self, vault: VaultId) -> tuple[Protected, ...] | Unreadable:
        """List the items."""
        self.asked.append(("items", vault))
        return self.items_refusal or self.protected

    def job(self, key: JobKey) -> Job | Gone | Unreadable:
        """Read one job with its tasks."""
        self.asked.append(("job", key))
        found = next((job for job in self.listed if job.key == key), None)
        if self.refusal is not None or found is None:
            return self.refusal or Gone(what=str(key))
        return replace(found, tasks={"Take Snapshot": "Completed"})

    def count(self, what: str) -> int:
        """How often it was asked that."""
        return sum(1 for asked, _ in self.asked if asked == what)


class World:
    """A vault, a clock, and any number of workers on one storage."""

    def __init__(self, kit: Kit) -> None:
        self.kit = kit
        self.clock = SetClock()
        self.vault = Vault()

    def worker(self) -> VaultSnapshots:
        """Another worker."""
        return VaultSnapshots(shelves=self.kit.shelves(), reader=self.vault, clock=self.clock)

    def snapshot(self, age: timedelta = timedelta()) -> VaultSnapshot | Unreadable:
        """The vault as it was at most ``age`` ago."""
        return self.worker().snapshot(values.VAULT, not_before=self.clock.at - age)

    def read(self, age: timedelta = timedelta()) -> VaultSnapshot:
        """The same, where it can be read."""
        found = self.snapshot(age)
        assert isinstance(found, VaultSnapshot)
        return found

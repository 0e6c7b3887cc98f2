"""A running world: an estate that is brought up to a time before it is looked at or changed."""

from datetime import datetime, timedelta

from local.azure.model import backups, building, faults, names, schedule
from local.azure.model.entities import Alert, Estate, Machine
from local.worlds import Fault, World


class Simulation:
    """A world under way; every method takes the time at which it happens, which never goes back."""

    def __init__(self, world: World, *, seed: int, now: datetime) -> None:
        """Build the world as it stands at ``now``; the same seed gives the same chances."""
        self.estate: Estate = building.build(world, seed, now)
        self.now = now

    def advance(self, now: datetime) -> None:
        """Let everything happen that was due up to ``now``."""
        self.now = max(self.now, now)
        self.estate.agenda.advance(self.now)

    def begin(self, now: datetime, *, spread: timedelta = schedule.SPREAD) -> bool:
        """Start the first scheduled run; a second call changes nothing and returns False."""
        self.advance(now)
        return schedule.begin(self.estate, now, spread=spread)

    def machine(self, item: str) -> Machine:
        """Return a machine by its ARM id in any casing; raises KeyError."""
        return self.estate.machines[names.key(item)]

    def fail(self, item: str, now: datetime, *, fault: Fault | None = None) -> None:
        """Put a machine's fault to work, a new one if given, and run a scheduled backup now."""
        self.advance(now)
        machine = self.machine(item)
        if fault is not None:
            machine.fault = fault
        faults.strike(machine, now)
        schedule.hit(self.estate, machine, now)

    def run_backup(self, item: str, now: datetime) -> None:
        """Run a scheduled backup of a machine now, whatever its state."""
        self.advance(now)
        schedule.hit(self.estate, self.machine(item), now)

    def cancel_job(self, job_id: str, now: datetime) -> bool:
        """Cancel a job as a person would; returns whether there was a running one."""
        self.advance(now)
        for site in self.estate.sites.values():
            job = site.by_id.get(job_id.lower())
            if job is not None and job.running:
                backups.cancel(self.estate, job, now)
                return True
        return False

    def fired(self) -> list[Alert]:
        """Take the alerts that have fired since the last call."""
        alerts = list(self.estate.alerts)
        self.estate.alerts.clear()
        return alerts

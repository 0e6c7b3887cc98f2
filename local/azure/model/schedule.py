"""Scheduled backups: the first run when the world begins, then every day at the policy's time."""

from datetime import datetime, timedelta

from local.azure.model import backups, faults
from local.azure.model.entities import Estate, Machine
from local.worlds import zones

SPREAD = timedelta(minutes=20)
JITTER_SECONDS = 600
_SETTLED = timedelta(hours=12)


def begin(estate: Estate, now: datetime, *, spread: timedelta = SPREAD) -> bool:
    """Start the first scheduled run, spread over some minutes; returns False if it was begun."""
    if estate.begun:
        return False
    estate.begun = True
    for machine in estate.machines.values():
        _plan(estate, machine, now + machine.chance.random() * spread)
    return True


def _plan(estate: Estate, machine: Machine, at: datetime) -> None:
    """Plan one scheduled run and, from it, the next."""
    estate.agenda.plan(at, lambda now: _run(estate, machine, now))


def _run(estate: Estate, machine: Machine, now: datetime) -> None:
    """Run the schedule once."""
    hit(estate, machine, now)
    schedule = machine.site.vault.schedule
    following = zones.next_run(now + _SETTLED, at=schedule.time, windows_zone=schedule.zone)
    jitter = timedelta(seconds=machine.chance.uniform(0, JITTER_SECONDS))
    _plan(estate, machine, following + jitter)


def hit(estate: Estate, machine: Machine, now: datetime) -> None:
    """Start a scheduled backup; where waiting is the cure, another one starts just before it."""
    if not faults.is_curable_by(machine, "wait_for_running_job"):
        backups.start(estate, machine, "scheduled", now)
        return
    if machine.running_job() is None:
        backups.start(estate, machine, "other", now)
    wait = machine.chance.uniform(180, 480)
    estate.agenda.after(now, wait, lambda at: _collide(estate, machine, at))


def _collide(estate: Estate, machine: Machine, now: datetime) -> None:
    """Start the scheduled backup that meets the running one."""
    faults.note_failure(estate, machine, now)
    backups.start(estate, machine, "scheduled", now)

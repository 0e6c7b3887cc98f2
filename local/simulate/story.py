"""The run: the machines' backups fail, the event is told, and the engine goes on to an end."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from local.azure.model.entities import Job, Machine
from local.inprocess.queue import Delivery
from local.inprocess.run import LONGEST, Run
from local.simulate.event import Event, EventFault, Target
from local.worlds import World
from remediation.incident import Door, Incident, Phase
from remediation.playbooks.library import Library
from remediation.policy import Policy
from remediation.records import Record

# The failed job is told of after this.
_TOLD_AFTER = timedelta(minutes=1)
_FAILS_WITHIN = timedelta(hours=12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What became of one machine. ``rejected``: why the event led to no incident."""

    target: Target
    machine: Machine
    incident: Incident | None
    records: tuple[Record, ...]
    began: datetime
    until: datetime
    rejected: str | None = None

    @property
    def settled(self) -> bool:
        """Whether it came to an end, or is in people's hands."""
        return self.incident is not None and _at_rest(self.incident)


def played(event: Event, world: World, policy: Policy, library: Library) -> tuple[Story, ...]:
    """Let it happen; one story a machine. Raises EventFault where its backup does not fail."""
    run = Run(world, policy=policy, playbooks=library)
    run.begin()
    jobs = _failed(run, event)
    told_at = max(job.ended or run.clock.now() for job in jobs.values()) + _TOLD_AFTER
    run.run(until=told_at)
    if event.door is Door.ALERT:
        run.alert(event.text.encode())
    else:
        run.queue.put(Delivery(door="events", text=event.text), run.clock.now())
    end = run.clock.now() + LONGEST
    run.run(until=end, done=lambda: _told(run, event))
    return tuple(_story(run, target, told_at) for target in event.targets)


def _failed(run: Run, event: Event) -> dict[Target, Job]:
    """Let the targets' scheduled backups run to their failure, each job under the event's id."""
    machines = {target: run.simulation.machine(target.item.shown) for target in event.targets}
    found: dict[Target, Job] = {}
    until = run.clock.now() + _FAILS_WITHIN
    while len(found) < len(machines) or any(job.running for job in found.values()):
        if not run.step(until):
            break
        for target, machine in machines.items():
            job = next((one for one in machine.jobs if one.kind == "scheduled"), None)
            if job is not None and target not in found:
                found[target] = job
                _rename(machine, job, target.job)
    for target in machines:
        job = found.get(target)
        if job is None or job.running or job.status == "Completed":
            raise EventFault(
                f"jobId: the backup of {target.item.name} does not fail in this world: expected a"
                " fault of the machine, or --code"
            )
    return found


def _rename(machine: Machine, job: Job, name: str | None) -> None:
    """Give the job the event's id, before anybody has read it."""
    if name is not None:
        del machine.site.by_id[job.id.lower()]
        job.id = name
        machine.site.by_id[name.lower()] = job


def _told(run: Run, event: Event) -> bool:
    """Whether every target's failure has come to its end, and nothing is left undone."""
    if any(one.door == "events" for one in run.queue.waiting):
        return False
    found = [_incident(run, target) for target in event.targets]
    if any(one is None for one in found):
        # Rejected at the door, or after the looks of an hour.
        return bool(tuple(_rejected(run))) and not run.queue.waiting
    away = any(duty.away for duty in run.stores.duties.all())
    return not away and all(one is not None and _at_rest(one) for one in found)


def _at_rest(incident: Incident) -> bool:
    told = all(notice.sent for notice in incident.notices)
    return told and (incident.ending is not None or incident.phase is Phase.RESTING)


def _incident(run: Run, target: Target) -> Incident | None:
    return next((one for one in run.incidents if one.item == target.item), None)


def _story(run: Run, target: Target, began: datetime) -> Story:
    incident = _incident(run, target)
    store = run.stores.incidents
    return Story(
        target=target,
        machine=run.simulation.machine(target.item.shown),
        incident=incident,
        records=tuple(store.records(incident.item, incident.id)) if incident else (),
        began=began,
        until=run.clock.now(),
        rejected=None if incident else "; ".join(_rejected(run)) or "nobody took it up",
    )


def _rejected(run: Run) -> Iterator[str]:
    now = run.clock.now()
    for one in run.stores.ledger.rejected(since=now - 2 * LONGEST, until=now + LONGEST):
        yield one.reason

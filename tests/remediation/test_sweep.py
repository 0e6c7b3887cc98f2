"""The sweep: what no event tells, and what nobody could take."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import override

from azure.storage.queue import QueueClient

from local.inprocess.queue import Delivery
from remediation.incident import Door, Status
from remediation.messages import FailureReported, Rejected
from remediation.sweep import Sweep
from remediation.undelivered import Undeliverable
from state import layout
from state.account import StorageAccount, create_all
from state.memory import MemoryLedger, MemoryMissingRoles, MemoryUndelivered
from state.undelivered import StorageUndelivered
from tests.azurite import azurite
from tests.engine_kit.run import Run
from tests.functions.doors.callers import a_refusal
from tests.local.azure.building import a_fault
from tests.remediation.test_reception import a_run, changes, failed_job, reasons

__all__ = ["azurite"]

HOUR = timedelta(hours=1)


def incidents(run: Run) -> list[tuple[str, Door]]:
    """Return the cause of every incident, and the door by which it was learned of."""
    return [(one.cause, one.door) for one in run.incidents]


def test_a_failure_that_nobody_reported_is_found_once() -> None:
    """The alert was lost: the next sweep reads the vault's list, and those after it know it."""
    run = a_run()
    job = failed_job(run)
    run.clock.tick(timedelta(minutes=20))
    assert [run.sweep.run().reported for _ in range(2)] == [1, 0]
    (incident,) = run.incidents
    assert (incident.door, [one.job for one in incident.failures]) == (Door.SWEEP, [job])


def test_a_fresh_failure_is_left_to_its_own_alert() -> None:
    """Most come by their event, which is on its way."""
    run = a_run()
    failed_job(run)
    assert run.sweep.run().reported == 0
    assert run.incidents == []


def test_a_warning_whose_transfer_failed_is_found() -> None:
    """Azure Backup calls such a job completed, and sends no alert."""
    run = a_run(fault=a_fault("retry_backup", shows="transfer_failed"))
    machine = next(iter(run.simulation.estate.machines.values()))
    run.simulation.fail(machine.id, run.clock.now())
    run.clock.tick(6 * HOUR)
    run.simulation.advance(run.clock.now())
    (job,) = [one for one in machine.jobs if one.status == "CompletedWithWarnings"]
    run.sweep.run()
    (incident,) = run.incidents
    assert incident.failures[0].job.job == job.id.lower()


def test_a_backup_that_a_person_cancelled_is_not_reported() -> None:
    """Nobody asks for its repair."""
    run = a_run(fault=None)
    machine = next(iter(run.simulation.estate.machines.values()))
    run.simulation.run_backup(machine.id, run.clock.now())
    (running,) = [job for job in machine.jobs if job.running]
    run.simulation.cancel_job(running.id, run.clock.now())
    run.clock.tick(HOUR)
    run.simulation.advance(run.clock.now())
    assert run.sweep.run().reported == 0
    assert run.incidents == []


def test_a_failure_that_a_good_backup_followed_unseen_goes_on_file() -> None:
    """Nobody reported it, and before any sweep a backup went well: recorded, closed, no action."""
    run = a_run()
    job = failed_job(run)
    machine = next(iter(run.simulation.estate.machines.values()))
    failed = next(one for one in machine.jobs if one.status == "Failed")
    machine.fault = None
    run.simulation.run_backup(machine.id, run.clock.now())
    run.clock.tick(4 * HOUR)
    run.simulation.advance(run.clock.now())
    # All within the hour: a small machine, and Azure Backup's own second try.
    good, point, now = machine.jobs[-1], machine.recovery_points[-1], run.clock.now()
    failed.started, failed.ended = now - HOUR, now - timedelta(minutes=55)
    good.started, point.time = now - timedelta(minutes=50), now - timedelta(minutes=48)
    good.ended = now - timedelta(minutes=20)
    for _ in range(3):
        run.sweep.run()
    (incident,) = run.incidents
    assert incident.status is Status.CLOSED
    assert [one.job for one in incident.failures] == [job]
    assert changes(run) == []


def test_an_item_past_its_objective_opens_one_incident_once() -> None:
    """No job failed: the schedule never ran."""
    run = a_run(fault=None)
    run.policy = replace(run.policy, objective=timedelta(hours=50))
    run.restart()
    # Nothing has begun: the machine's last point only grows older.
    run.clock.tick(timedelta(hours=80))
    swept = [run.sweep.run().missed for _ in range(3)]
    assert swept == [1, 0, 0]
    (incident,) = run.incidents
    assert incident.cause == "objective-missed"
    assert incident.door is Door.SWEEP


def test_a_refused_request_has_its_vault_looked_at() -> None:
    """The event names no job; what the vault's list shows is reported, and nothing else."""
    run = a_run()
    job = failed_job(run)
    run.clock.tick(HOUR / 2)
    run.deliver(Delivery(door="events", text=json.dumps([a_refusal()])))
    (incident,) = run.incidents
    assert [one.job for one in incident.failures] == [job]
    assert reasons(run) == []


# ---------------------------------------------------------------- what nobody could take


@dataclass(slots=True)
class Poison:
    """What lies in the poison queue."""

    messages: list[Undeliverable]

    def peek(self) -> Iterator[Undeliverable]:
        """Look at it."""
        yield from self.messages


class DyingLedger(MemoryLedger):
    """A ledger whose process dies when it has filed a delivery."""

    @override
    def reject(self, rejected: Rejected, at: datetime) -> None:
        """File it, and die."""
        super().reject(rejected, at)
        raise ConnectionError("the worker has died")


def a_sweep(run: Run, ledger: MemoryLedger) -> Sweep:
    """Return a sweep that finds one message."""
    return Sweep(
        reception=replace(run.reception, ledger=ledger),
        wakeups=run.queue,
        undelivered=Poison([Undeliverable(key="backup-events-poison/1", text="no JSON")]),
        roles=MemoryMissingRoles(),
    )


def test_an_unreadable_message_is_filed_and_alarmed_once() -> None:
    """However many sweeps see it."""
    run, ledger = a_run(fault=None), MemoryLedger()
    sweep = a_sweep(run, ledger)
    assert [sweep.run().undelivered for _ in range(3)] == [1, 0, 0]
    assert [one.key for one in ledger.alarms()] == ["backup-events-poison/1"]
    (one,) = ledger.rejected(since=run.clock.now() - HOUR, until=run.clock.now() + HOUR)
    assert (one.text, "backup-events-poison/1" in one.reason) == ("no JSON", True)


def test_what_is_filed_names_the_door_by_which_it_came() -> None:
    """A wake-up is our own, and no event of Azure's."""
    run, ledger, lying = a_run(fault=None), MemoryLedger(), MemoryUndelivered()
    for queue in layout.QUEUES:
        lying.poison(queue, "no JSON", run.clock.now())
    lying.dead_letter("[]", run.clock.now())
    replace(a_sweep(run, ledger), undelivered=lying).run()
    filed = ledger.rejected(since=run.clock.now() - HOUR, until=run.clock.now() + HOUR)
    assert [one.door for one in filed] == [Door.EVENT_GRID, Door.WAKEUP, Door.EVENT_GRID]


def test_a_worker_that_dies_between_filing_and_alarm_leaves_no_message_without_alarm() -> None:
    """The next sweep files it again: at least once, and the alarm once."""
    run, ledger = a_run(fault=None), DyingLedger()
    assert a_sweep(run, ledger).run().faults
    assert ledger.alarms() == ()
    healthy = MemoryLedger()
    assert a_sweep(run, healthy).run().undelivered == 1
    assert len(healthy.alarms()) == 1


def test_every_poison_message_and_dead_letter_is_seen_however_many_there_are(azurite: str) -> None:
    """Azure shows 32 messages a look, always the same; bytes that are no text are seen as well."""
    account = StorageAccount(azurite)
    create_all(account)
    name = layout.WAKEUPS_QUEUE + layout.POISON_SUFFIX
    with QueueClient.from_connection_string(azurite, name) as queue:
        for number in range(70):
            queue.send_message(f"unreadable {number}")
    with account.container(layout.DEAD_LETTERS) as container:
        for number in range(3):
            container.upload_blob(f"A/2026/11/02/21/{number}.json", b"\xff\xfe{}")
    undelivered = StorageUndelivered(account)
    found = [one.key for one in undelivered.peek()]
    letters = [key for key in found if key.startswith(layout.DEAD_LETTERS)]
    assert len(set(found)) == len(found)
    assert len([key for key in found if key.startswith(name)]) == 70
    assert len(letters) == 3
    again = [one.key for one in undelivered.peek()]
    assert not set(letters) & set(again), "a dead letter that was dealt with is not read again"


# ---------------------------------------------------------------- what stands still


def test_what_nothing_moves_and_what_is_too_old_raise_one_alarm_each() -> None:
    """However many sweeps see it."""
    run = a_run()
    job = failed_job(run)
    run.reception.report(FailureReported(job=job, door=Door.ALERT))
    (incident,) = run.incidents
    run.sweep.run()
    assert run.stores.ledger.alarms() == ()
    # Its worker died, the queue lost what it was sent, and so it goes for three weeks.
    for hours in (26, 2, 22 * 24, 2):
        run.clock.tick(hours * HOUR)
        for _ in range(2):
            run.sweep.run()
    texts = [one.text for one in run.stores.ledger.alarms() if incident.id in one.text]
    assert len([text for text in texts if "the limit is 21" in text]) == 1
    assert len([text for text in texts if "nothing came of it" in text]) == 1
    keys = [one.key for one in run.stores.ledger.alarms()]
    assert len(keys) == len(set(keys))

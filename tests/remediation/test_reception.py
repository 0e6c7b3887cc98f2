"""Reception: what becomes of a report that the vault does not bear out, or that needs no repair."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from local.inprocess.queue import Delivery
from remediation.ids import ItemId, JobKey, VaultId
from remediation.incident import Door, Incident, Status
from remediation.messages import FailureReported
from state.shelf import Budget
from tests.engine_kit.run import Run
from tests.local.azure.building import SUBSCRIPTION, a_fault, a_vm, a_world

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
VAULT = VaultId.of(SUBSCRIPTION, "rg-vault", "rsv-1")
ITEM = ItemId.of(SUBSCRIPTION, "rg-app", "vm-1")
UNKNOWN = JobKey(VAULT, "99999999-0000-4000-8000-000000000000")
CHANGES = {"PUT", "POST", "PATCH", "DELETE"}


def a_run(**vm: object) -> Run:
    """Return a machine whose next backup fails, unless told otherwise; nobody sends an alert."""
    known = {"fault": a_fault("retry_backup"), "alert": False, **vm}
    return Run(a_world(a_vm(**known), history_days=2))


def report(run: Run, job: JobKey, *, at_once: bool = True) -> None:
    """Report a job as our event at the queue's door."""
    event = {
        "specversion": "1.0",
        "id": "1",
        "source": "/tests",
        "type": "BackupRemediator.BackupJobFailed.v1",
        "data": {"vaultId": VAULT.shown, "jobId": job.job, "itemId": ITEM.shown},
    }
    delivery = Delivery(door="events", text=json.dumps(event))
    if at_once:
        run.deliver(delivery)
    else:
        run.queue.put(delivery, run.clock.now())


def reasons(run: Run) -> list[str]:
    """Return why deliveries were rejected."""
    start = run.clock.now() - 30 * DAY
    ledger = run.stores.ledger
    return [one.reason for one in ledger.rejected(since=start, until=run.clock.now() + DAY)]


def changes(run: Run) -> list[str]:
    """Return every change that was asked of Azure."""
    log = [(str(one["method"]), str(one["url"])) for one in run.service.journal]
    return [f"{method} {url}" for method, url in log if method in CHANGES]


def failed_job(run: Run) -> JobKey:
    """Let the machine's backup run, and return it once it has failed."""
    machine = next(iter(run.simulation.estate.machines.values()))
    run.simulation.fail(machine.id, run.clock.now())
    while True:
        run.clock.tick(MINUTE)
        run.simulation.advance(run.clock.now())
        for job in machine.jobs:
            if job.status == "Failed":
                return JobKey(VAULT, job.id)


def only(run: Run) -> Incident:
    """Return the one incident there is."""
    (incident,) = run.incidents
    return incident


def test_a_job_that_nobody_knows_is_looked_at_three_times_in_an_hour_and_then_rejected() -> None:
    """At once, and 5, 25 and 60 minutes later; the reason says what the vault said."""
    run = a_run(fault=None)
    begun = run.clock.now()
    times: list[int] = []
    report(run, UNKNOWN, at_once=False)
    while run.step(begun + 3 * HOUR):
        if len(run.receipts) > len(times):
            times.append(round((run.clock.now() - begun) / MINUTE))
    assert times == [0, 5, 25, 60]
    assert reasons(run) == ["job is not known to the vault, after 3 more looks in an hour"]
    assert run.incidents == []
    assert changes(run) == []


def test_a_job_older_than_the_list_goes_back_is_read_by_itself() -> None:
    """One read, at once: a dead letter that is replayed after days is no unknown job."""
    run = a_run()
    job = failed_job(run)
    # The vault was read, and by then its list did not go back so far.
    run.clock.tick(5 * DAY)
    run.simulation.advance(run.clock.now())
    report(run, job)
    assert single_reads(run, job) == 1
    assert [one.job for one in only(run).failures] == [job]
    assert reasons(run) == []


def test_a_job_that_nobody_knows_costs_one_read() -> None:
    """Whatever is reported, and however often it is looked at: the list is looked at again."""
    run = a_run(fault=None)
    report(run, UNKNOWN, at_once=False)
    run.run(until=run.clock.now() + 3 * HOUR)
    assert len(reasons(run)) == 1
    assert single_reads(run, UNKNOWN) == 1


def test_a_job_that_cannot_be_read_is_waited_for_and_not_counted_as_looked_at() -> None:
    """Near the limit of reads lists go before single jobs."""
    run = a_run(fault=None)
    told = Budget(remaining=25, told_at=run.clock.now())
    run.engine.eyes.vault(VAULT, run.clock.now())
    run.stores.shelves.keep(VAULT, told)
    report(run, UNKNOWN)
    (waiting,) = [one for one in run.queue.waiting if one.door == "wakeups"]
    assert '"looks": 0' in waiting.text or '"looks":0' in waiting.text
    assert single_reads(run, UNKNOWN) == 0


def single_reads(run: Run, job: JobKey) -> int:
    """How often the job was read by itself."""
    name = f"/backupjobs/{job.job}"
    return sum(name in str(one["url"]).lower() for one in run.service.journal)


def test_a_job_that_does_not_end_is_rejected_with_that_reason() -> None:
    """The first backup of a large machine takes longer than an hour: it has not failed."""
    run = a_run(fault=None)
    machine = next(iter(run.simulation.estate.machines.values()))
    run.simulation.run_backup(machine.id, run.clock.now())
    # A job that nothing in the world ends.
    running = next(job for job in machine.jobs if job.running)
    endless = replace(running, id="88888888-0000-4000-8000-000000000000")
    machine.site.jobs.append(endless)
    report(run, JobKey(VAULT, endless.id))
    run.run(until=run.clock.now() + 3 * HOUR)
    assert len([one for _, one in run.receipts if "has not ended" in one.detail]) == 4
    assert reasons(run) == ["job has not ended, after 3 more looks in an hour"]
    assert run.incidents == []


def test_a_job_that_ends_between_two_looks_is_taken_then() -> None:
    """The event came before the vault's list said so."""
    run = a_run()
    machine = next(iter(run.simulation.estate.machines.values()))
    run.simulation.fail(machine.id, run.clock.now())
    (running,) = [job for job in machine.jobs if job.running]
    report(run, JobKey(VAULT, running.id))
    assert run.receipts[-1][1].detail == "the job has not ended: looked at again"
    run.run(until=run.clock.now() + HOUR)
    assert [one.job.job for one in only(run).failures] == [running.id.lower()]
    assert reasons(run) == []


def test_a_report_of_a_good_job_is_rejected() -> None:
    """Somebody's pipeline calls everything a failure."""
    run = a_run(fault=None)
    machine = next(iter(run.simulation.estate.machines.values()))
    good = next(job for job in machine.jobs if job.status == "Completed")
    report(run, JobKey(VAULT, good.id))
    assert reasons(run) == ["job: it did not fail"]
    assert run.incidents == []


def test_a_vault_in_another_subscription_is_rejected_unread() -> None:
    """Also where it comes by a queue that does not ask about scope."""
    run = a_run()
    before = len(run.service.journal)
    elsewhere = VaultId.of("20000000-bbbb-4000-8000-000000000002", "rg", "rsv")
    run.reception.report(FailureReported(job=JobKey(elsewhere, UNKNOWN.job), door=Door.ALERT))
    assert reasons(run) == ["job.vault: expected a subscription in scope"]
    assert len(run.service.journal) == before


def test_a_job_that_a_person_cancelled_is_recorded_and_closed() -> None:
    """It is on file, and nothing is done about it."""
    run = a_run(fault=None)
    machine = next(iter(run.simulation.estate.machines.values()))
    run.simulation.run_backup(machine.id, run.clock.now())
    (running,) = [job for job in machine.jobs if job.running]
    run.simulation.cancel_job(running.id, run.clock.now())
    run.clock.tick(10 * MINUTE)
    run.simulation.advance(run.clock.now())
    report(run, JobKey(VAULT, running.id))
    run.run(until=run.clock.now() + 6 * HOUR)
    assert only(run).status is Status.CLOSED
    assert "cancelled" in str(only(run).ending)
    assert changes(run) == []


@pytest.mark.parametrize("value", ["off", "OFF"])
def test_a_failure_of_an_excluded_machine_is_recorded_and_closed(value: str) -> None:
    """Its owner said so by a tag."""
    run = a_run(tags={"backup-remediation": value})
    report(run, failed_job(run))
    run.run(until=run.clock.now() + 6 * HOUR)
    assert only(run).status is Status.CLOSED
    assert changes(run) == []


def test_a_failure_that_a_good_backup_has_followed_is_recorded_and_closed() -> None:
    """The report was late: the machine is fine."""
    run = a_run()
    job = failed_job(run)
    machine = next(iter(run.simulation.estate.machines.values()))
    machine.fault = None
    run.simulation.run_backup(machine.id, run.clock.now())
    run.clock.tick(4 * HOUR)
    run.simulation.advance(run.clock.now())
    report(run, job)
    assert only(run).status is Status.CLOSED
    assert "already followed" in str(only(run).ending)
    assert changes(run) == []


def test_the_same_report_by_every_door_opens_one_incident() -> None:
    """Twice by the queue, once by the sweep."""
    run = a_run()
    job = failed_job(run)
    report(run, job)
    report(run, job)
    run.clock.tick(HOUR)
    run.sweep.run()
    assert [one.job for one in only(run).failures][:1] == [job]
    assert only(run).failures_seen == 1

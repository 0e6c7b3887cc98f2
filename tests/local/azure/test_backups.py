"""Backups: schedule, jobs, recovery points, restore points, and what a person cancels."""

from datetime import timedelta
from itertools import pairwise

from local.azure.model import schedule
from local.worlds import Schedule
from tests.local.azure.building import START, Caller, a_fault, a_vault, a_vm, a_world


def test_every_machine_begins_with_good_backups_of_the_last_days() -> None:
    """Each has its job and its point in the vault, once a day."""
    caller = Caller(a_world(history_days=4))
    points = caller.machine.recovery_points
    assert [job.status for job in caller.machine.jobs] == ["Completed"] * 4
    assert all(point.in_vault_tier for point in points)
    gaps = [later.time - earlier.time for earlier, later in pairwise(points)]
    assert all(timedelta(hours=23) < gap < timedelta(hours=25) for gap in gaps)


def test_nothing_is_backed_up_before_the_world_begins() -> None:
    """The fleet waits for the stack around it."""
    caller = Caller()
    before = len(caller.machine.jobs)
    caller.wait(hours=30)
    assert len(caller.machine.jobs) == before


def test_the_first_run_is_spread_over_twenty_minutes() -> None:
    """Not all at once, and all of them."""
    caller = Caller(a_world(*(a_vm(name=f"vm-{n}") for n in range(30))))
    caller.simulation.begin(caller.now)
    caller.wait(minutes=21)
    starts = [m.jobs[-1].started for m in caller.simulation.estate.machines.values()]
    assert min(starts) >= START
    assert max(starts) - min(starts) > timedelta(minutes=10)
    assert max(starts) <= START + schedule.SPREAD


def test_beginning_twice_runs_the_schedule_once() -> None:
    """The second call says so."""
    caller = Caller()
    assert caller.simulation.begin(caller.now)
    assert not caller.simulation.begin(caller.now)
    caller.wait(hours=3)
    assert sum(job.kind == "scheduled" for job in caller.machine.jobs) == 1


def test_later_runs_follow_the_policy_s_local_time() -> None:
    """22:00 in Berlin is 21:00 UTC in November."""
    vault = a_vault(schedule=Schedule(time="22:00", zone="W. Europe Standard Time"))
    caller = Caller(a_world(vaults=(vault,)))
    caller.simulation.begin(caller.now)
    caller.wait(days=3, hours=1)
    starts = [job.started for job in caller.machine.jobs if job.kind == "scheduled"][1:]
    assert [(start.day, start.hour) for start in starts] == [(3, 21), (4, 21), (5, 21)]


def test_a_good_backup_takes_20_to_100_minutes() -> None:
    """Its snapshot comes first, then the transfer."""
    caller = Caller(a_world(*(a_vm(name=f"vm-{n}") for n in range(40))))
    caller.simulation.begin(caller.now)
    caller.wait(hours=3)
    for machine in caller.simulation.estate.machines.values():
        job = machine.jobs[-1]
        assert job.ended is not None
        assert timedelta(minutes=20) <= job.ended - job.started <= timedelta(minutes=100)


def test_a_failed_backup_takes_2_to_20_minutes_and_leaves_no_point() -> None:
    """It fails in its snapshot."""
    caller = Caller(a_world(a_vm(fault=a_fault())))
    points = len(caller.machine.recovery_points)
    job = caller.scheduled()
    assert job.ended is not None
    assert timedelta(minutes=2) <= job.ended - job.started <= timedelta(minutes=21)
    assert len(caller.machine.recovery_points) == points


def test_a_point_is_in_the_vault_only_after_the_transfer() -> None:
    """Before, it stands in the snapshot tier alone."""
    caller = Caller()
    caller.simulation.run_backup(caller.machine.id, caller.now)
    job = caller.last_job
    caller.wait_until(lambda: caller.machine.recovery_points[-1].job == job.id)
    point = caller.machine.recovery_points[-1]
    assert (job.running, point.in_snapshot_tier, point.in_vault_tier) == (True, True, False)
    caller.ended()
    assert point.in_vault_tier
    assert point.time == job.tasks[0].started


def test_a_good_backup_makes_a_restore_point_and_few_are_kept() -> None:
    """The collection does not grow without end."""
    caller = Caller()
    for _ in range(6):
        caller.scheduled()
    assert len(caller.machine.collection.points) == 3
    held = [point.in_snapshot_tier for point in caller.machine.recovery_points]
    assert held == [False] * 6 + [True] * 3


def test_a_second_backup_fails_while_one_is_running() -> None:
    """The job appears and fails within seconds."""
    caller = Caller()
    caller.simulation.run_backup(caller.machine.id, caller.now)
    first = caller.last_job
    caller.backup()
    caller.wait(seconds=100)
    second = caller.last_job
    assert second is not first
    assert (second.status, second.error and second.error.code) == (
        "Failed",
        "UserErrorBackupOperationInProgress",
    )


def test_a_transfer_that_fails_is_called_completed_with_warnings() -> None:
    """The point exists, but not in the vault, and no alert is fired."""
    caller = Caller(a_world(a_vm(fault=a_fault(shows="transfer_failed"))))
    job = caller.scheduled()
    assert job.status == "CompletedWithWarnings"
    assert [task.status for task in job.tasks] == ["Completed", "Failed"]
    assert not caller.machine.recovery_points[-1].in_vault_tier
    caller.wait(minutes=5)
    assert caller.simulation.fired() == []


def test_a_crash_consistent_backup_is_a_warning_with_a_valid_point() -> None:
    """Its only warning is 400446."""
    caller = Caller(a_world(a_vm(fault=a_fault(shows="crash_consistent"))))
    job = caller.scheduled()
    assert (job.status, job.error and job.error.number) == ("CompletedWithWarnings", 400446)
    point = caller.machine.recovery_points[-1]
    assert (point.consistency, point.in_vault_tier) == ("CrashConsistent", True)


def test_a_job_cancelled_after_its_snapshot_has_a_point_that_never_reached_the_vault() -> None:
    """The vault calls it completed with warnings."""
    caller = Caller()
    caller.simulation.run_backup(caller.machine.id, caller.now)
    job = caller.last_job
    caller.wait_until(lambda: job.tasks[0].status == "Completed")
    assert caller.simulation.cancel_job(job.id, caller.now)
    caller.ended()
    assert (job.status, job.tasks[1].status) == ("CompletedWithWarnings", "Cancelled")
    assert not caller.machine.recovery_points[-1].in_vault_tier


def test_a_job_cancelled_early_is_cancelled_and_shows_as_a_failed_item() -> None:
    """It is no failure that wants repair, though the item says Failed."""
    caller = Caller()
    caller.simulation.run_backup(caller.machine.id, caller.now)
    job = caller.last_job
    caller.simulation.cancel_job(job.id, caller.now)
    caller.ended()
    assert (job.status, job.error and job.error.number) == ("Cancelled", 400158)
    item = caller.call("GET", caller.machine.item_id).body
    assert item["properties"]["lastBackupStatus"] == "Failed"


def test_a_machine_that_is_off_gets_a_crash_consistent_backup() -> None:
    """It is backed up all the same."""
    caller = Caller(a_world(a_vm(power="deallocated")))
    assert caller.scheduled().status == "Completed"
    assert caller.machine.recovery_points[-1].consistency == "CrashConsistent"


def test_the_tenth_on_demand_backup_of_a_day_is_refused() -> None:
    """With the code that says there are no more today."""
    caller = Caller()
    assert [caller.backup().status for _ in range(9)] == [202] * 9
    refused = caller.backup()
    assert (refused.status, refused.body["error"]["code"]) == (400, "CloudDosAbsoluteLimitReached")
    caller.wait(hours=24)
    assert caller.backup().status == 202


def test_the_same_seed_gives_the_same_world() -> None:
    """Down to the ids and the times."""

    def story(seed: int) -> list[object]:
        caller = Caller(a_world(a_vm(fault=a_fault("retry_backup"))), seed=seed)
        caller.simulation.begin(caller.now)
        caller.wait(hours=30)
        return [(job.id, job.started, job.ended, job.status) for job in caller.machine.jobs]

    assert story(3) == story(3)
    assert story(3) != story(4)

"""A machine that another vault knows too: what runs there holds us, and what protects it counts."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from remediation.ids import ItemId, JobKey, ProtectedId, VaultId
from remediation.incident import Door, Incident, Status
from remediation.messages import FailureReported
from remediation.views import Job, JobError, JobStatus, Protected, VaultSnapshot
from state.shelf import Shelf
from tests.engine_kit.run import Run
from tests.local.azure.building import SUBSCRIPTION, a_fault, a_vault, a_vm, a_world
from tests.remediation.test_reception import ITEM, VAULT, changes, failed_job, report

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
OTHER = VaultId.of(SUBSCRIPTION, "rg-vault", "rsv-2")
NOBODY = VaultId.of(SUBSCRIPTION, "rg-vault", "rsv-that-is-gone")
MACHINE = ("rg-app", "vm-1")


def a_run() -> Run:
    """One machine in the first of two vaults, whose next backup fails; a backup cures it."""
    vm = a_vm(fault=a_fault("retry_backup"), alert=False)
    vaults = (a_vault(), a_vault(name="rsv-2"))
    return Run(a_world(vm, vaults=vaults, history_days=2))


def a_job(at: datetime, vault: VaultId = OTHER, **more: object) -> Job:
    """A job of the machine in the other vault, under way."""
    job = Job(
        key=JobKey(vault, "11111111-0000-4000-8000-000000000000"),
        machine=MACHINE,
        status=JobStatus.IN_PROGRESS,
        started=at - MINUTE,
    )
    return replace(job, **more)  # type: ignore[arg-type]


def listed(vault: VaultId, state: str, item: ItemId = ITEM) -> Protected:
    """The machine as a vault lists it."""
    tail = f"iaasvmcontainerv2;{item.group};{item.name}"
    id_ = ProtectedId(vault=vault, container=f"IaasVMContainer;{tail}", name=f"VM;{tail}")
    return Protected(id=id_, item=item, state=state)


def was_read(
    run: Run, vault: VaultId, *jobs: Job, ago: timedelta = MINUTE, items: tuple[Protected, ...] = ()
) -> None:
    """Lay down what somebody read of a vault a while ago."""
    at = run.clock.now() - ago
    snapshot = VaultSnapshot(taken_at=at, jobs=jobs, items=items)
    run.stores.shelves.put(vault, Shelf(snapshot=snapshot, items_at=at))


def lists(run: Run, vault: VaultId) -> int:
    """How often a vault's jobs were listed."""
    return sum(f"/vaults/{vault.name}/backupJobs" in str(one["url"]) for one in run.service.journal)


def opened(run: Run, job: JobKey) -> Incident:
    """Report the failed job, and return the incident when its machine was inspected."""
    report(run, job)
    run.run(until=run.clock.now() + 20 * MINUTE)
    (incident,) = run.open
    return incident


def backups(run: Run) -> list[str]:
    """The vaults in which a backup was started."""
    started = (one for one in changes(run) if "/backup?" in one)
    return [one.partition("/vaults/")[2].partition("/")[0] for one in started]


def held_by(incident: Incident) -> dict[str, str]:
    """The guards that hold the incident, with their reasons."""
    return {one.guard: one.reason for one in incident.hold.objections} if incident.hold else {}


def test_a_job_that_runs_in_another_vault_holds_every_change() -> None:
    """Two backups at once are what fails both; its old vault may still be at work."""
    run = a_run()
    job = failed_job(run)
    was_read(run, OTHER, a_job(run.clock.now()))
    incident = opened(run, job)
    assert "11111111-0000-4000-8000-000000000000 is running" in held_by(incident)["running_job"]
    assert backups(run) == []


def test_what_was_read_of_another_vault_serves_for_ten_minutes_and_no_longer() -> None:
    """Reads of jobs are scarce; after that the vault is read anew."""
    run = a_run()
    protected = listed(VAULT, "Protected").id
    was_read(run, OTHER, a_job(run.clock.now()), ago=9 * MINUTE)
    seen = run.engine.eyes.around(ITEM, protected, run.clock.now())
    assert isinstance(seen.other_jobs, tuple)
    assert [job.key.vault for job in seen.other_jobs] == [OTHER]
    assert lists(run, OTHER) == 0
    run.clock.tick(2 * MINUTE)
    run.engine.eyes.around(ITEM, protected, run.clock.now())
    assert lists(run, OTHER) == 1


def test_a_vault_that_knew_the_machine_and_cannot_be_read_holds_every_change() -> None:
    """Nobody can say that nothing runs there."""
    run = a_run()
    job = failed_job(run)
    was_read(run, NOBODY, items=(listed(NOBODY, "ProtectionStopped"),), ago=HOUR)
    incident = opened(run, job)
    assert "in another vault could not be read" in held_by(incident)["running_job"]
    assert backups(run) == []


def test_a_vault_that_nobody_could_read_for_a_day_holds_nothing() -> None:
    """It was deleted, perhaps: no job runs that long."""
    run = a_run()
    job = failed_job(run)
    was_read(run, NOBODY, items=(listed(NOBODY, "ProtectionStopped"),), ago=25 * HOUR)
    opened(run, job)
    assert backups(run) == ["rsv-1"]


def test_a_broken_vault_that_never_knew_the_machine_holds_nothing() -> None:
    """Or one broken vault would stop a whole subscription."""
    run = a_run()
    job = failed_job(run)
    stranger = ItemId.of(SUBSCRIPTION, "rg-app", "vm-2")
    was_read(run, NOBODY, items=(listed(NOBODY, "Protected", stranger),), ago=HOUR)
    opened(run, job)
    assert backups(run) == ["rsv-1"]
    assert lists(run, NOBODY) == 0


def test_a_machine_that_moved_to_another_vault_is_repaired_there() -> None:
    """The failure came from the old vault: the backup is started, and proved, in the new one."""
    run = a_run()
    run.begin()
    run.run(until=run.clock.now() + MINUTE)
    now = run.clock.now()
    job = replace(
        a_job(now, ended=now, status=JobStatus.FAILED),
        errors=(JobError(code="GuestAgentSnapshotTaskStatusError", number=400039, message=""),),
    )
    was_read(run, OTHER, job, items=(listed(OTHER, "ProtectionStopped"),), ago=timedelta())
    was_read(run, VAULT, items=(listed(VAULT, "Protected"),), ago=timedelta())
    run.reception.report(FailureReported(job=job.key, door=Door.SWEEP, item=ITEM))
    assert [one.protected.vault for one in run.open] == [OTHER]
    run.run(done=lambda: bool(run.ended))
    (incident,) = run.ended
    assert incident.status is Status.RECOVERED
    assert set(backups(run)) == {"rsv-1"}


@pytest.mark.parametrize("state", ["ProtectionStopped", "ProtectionPaused"])
def test_a_machine_that_nobody_protects_stays_with_its_vault(state: str) -> None:
    """Two vaults list it, neither protects it: that is for people."""
    run = a_run()
    now = run.clock.now()
    was_read(run, OTHER, items=(listed(OTHER, state),), ago=timedelta())
    was_read(run, VAULT, items=(listed(VAULT, state),), ago=timedelta())
    seen = run.engine.eyes.around(ITEM, listed(VAULT, state).id, now)
    assert isinstance(seen.snapshot, VaultSnapshot)
    assert [one.id.vault for one in seen.snapshot.items] == [VAULT]

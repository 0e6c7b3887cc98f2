"""Reports that lead nowhere: they are kept with the reason, and do not come again for ever."""

from dataclasses import replace

from remediation.ids import JobKey, VaultId
from remediation.incident import Door
from remediation.messages import FailureReported, PointMissed
from state.memory import MemoryShelves
from tests.engine_kit.run import Run
from tests.local.azure.building import SUBSCRIPTION, a_fault, a_vm, a_world
from tests.remediation.core.builders import DAY

NOWHERE = VaultId.of(SUBSCRIPTION, "rg-vault", "deleted-vault")


def a_run() -> Run:
    """One machine whose backup fails once and is cured by the next."""
    run = Run(a_world(a_vm(fault=a_fault("retry_backup", number=400039)), history_days=1))
    run.begin()
    return run


def test_a_report_of_a_vault_that_is_gone_is_kept_as_rejected_after_three_days() -> None:
    """Until then it waits, ever longer: its reads would be missing elsewhere."""
    run = a_run()
    begun = run.clock.now()
    run.reception.report(FailureReported(job=JobKey(NOWHERE, "job-1"), door=Door.ALERT))
    run.run(until=begun + 5 * DAY)
    looks = [receipt for _, receipt in run.receipts if "could not be read" in receipt.detail]
    (rejected,) = run.stores.ledger.rejected(since=begun, until=run.clock.now() + DAY)
    assert "could not be read" in rejected.reason
    assert len(looks) < 60


def test_a_gap_is_no_failure_of_its_own_while_an_incident_is_open() -> None:
    """Attached, it would ask for a point begun after this moment, and spoil the repair."""
    run = a_run()
    run.run(done=lambda: bool(run.open))
    (incident,) = run.open
    assert incident.baseline is not None
    last = incident.baseline.time
    missed = PointMissed(protected=incident.protected, item=incident.item, last_point=last)
    run.reception.missed(missed)
    assert run.open[0].failures == incident.failures


def test_a_failure_from_before_the_recovery_is_no_relapse() -> None:
    """Told late, it is closed as already followed by a point; the ended incident stays ended."""
    run = a_run()
    run.run_until_settled()
    (ended,) = run.ended
    machine = next(iter(run.simulation.estate.machines.values()))
    failed = next(job for job in machine.jobs if job.status == "Failed")
    machine.site.jobs.append(replace(failed, id="late-told", activity_id="somebody-else"))
    # The vault was not listed before: the job is not too old to be told of.
    run.stores = replace(run.stores, shelves=MemoryShelves())
    run.restart()
    late = JobKey(ended.protected.vault, "late-told")
    run.reception.report(FailureReported(job=late, door=Door.ALERT))
    assert {one.reopened for one in run.incidents} == {0}
    assert len(run.ended) == 2

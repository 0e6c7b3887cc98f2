"""What changes, or comes, while an incident waits: it is seen before the next thing is done."""

from datetime import timedelta

from local.azure.model import names
from local.checker.guarantees import verify
from remediation.incident import Phase, Status
from tests.engine_kit.run import Run
from tests.engine_kit.small import WORLDS
from tests.local.azure.building import a_fault, a_vm, a_world


def test_a_machine_that_is_excluded_while_it_waits_is_left_alone() -> None:
    """Tags are read anew before each thing that is done, not at the opening alone."""
    fault = a_fault("retry_backup", code="BackUpOperationFailed")
    run = Run(a_world(a_vm(fault=fault), history_days=1), seed=3)
    run.begin()
    assert run.run(done=lambda: bool(run.open) and run.open[0].phase is Phase.WAITING)
    item = run.open[0].item
    group = names.group_id(item.subscription, item.group)
    run.simulation.estate.tags[names.key(group)] = {"Backup-Remediation": "OFF"}
    requests = len(run.service.journal)

    run.run(until=run.clock.now() + timedelta(days=2))

    since = run.service.journal[requests:]
    assert [one["url"] for one in since if one["method"] != "GET"] == []
    assert run.incidents[0].status is Status.CLOSED
    assert "excluded" in str(run.incidents[0].ending)


def test_the_alert_of_our_own_failed_backup_is_no_new_failure() -> None:
    """It is the attempt's outcome, known by its activity id; it leaves no marker of its own."""
    run = Run(WORLDS["restart_agent"], seed=3)
    run.begin()
    assert run.run_until_settled()
    (partition,) = run.stores.incidents.partitions()
    ours = {name for one in run.incidents for tried in one.attempts for name in tried.request_ids}
    (vm,) = run.evidence().truth["vms"]
    failed = {
        str(job["id"]).lower()
        for job in vm["jobs"]
        if job["activity_id"].lower() in ours and job["status"] == "Failed"
    }

    assert failed
    assert failed & {one.job for one in partition.markers} == set()
    assert {name: one.detail for name, one in verify(run.evidence()).items() if not one.held} == {}

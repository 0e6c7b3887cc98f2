"""A vault read in bulk: jobs of every type, protected items with their schedules."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from remediation.arm.clients import ArmClients
from remediation.arm.jobs import jobs_filter
from remediation.arm.vaults import ArmVaults
from remediation.ids import ItemId, JobKey, VaultId
from remediation.ports import JobsRead
from remediation.views import Gone, Job, JobStatus, Unreadable
from tests.remediation.arm.arm_server import Answer, ArmServer, recorded
from tests.remediation.arm.conftest import NOW, SUBSCRIPTION, StoppedClock

_VAULT = (
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-rsv"
    "/providers/Microsoft.RecoveryServices/vaults/rsv-01"
)
_JOBS = f"{_VAULT}/backupJobs"
_SINCE = datetime(2026, 11, 13, 0, 0, 7, tzinfo=UTC)


@pytest.fixture
def vaults(clients: ArmClients) -> ArmVaults:
    """Give the reader under test."""
    return ArmVaults(clients, StoppedClock())


def _job(arm: ArmServer, vaults: ArmVaults, vault: VaultId, body: Any) -> Job:
    arm.on("GET", f"{_JOBS}/{body['name']}", Answer(body=body))
    found = vaults.job(JobKey(vault, body["name"]))
    assert isinstance(found, Job), found
    return found


def _listed(
    arm: ArmServer, vaults: ArmVaults, vault: VaultId, *jobs: Any, **properties: Any
) -> JobsRead:
    arm.on("GET", _JOBS, Answer(body={"value": list(jobs)}))
    found = vaults.jobs(vault, _SINCE)
    assert isinstance(found, JobsRead), found
    return found


def _running(name: str = "j1", **properties: Any) -> Any:
    return {
        "id": f"/Subscriptions/{SUBSCRIPTION}/x/backupJobs/{name}",
        "name": name,
        "properties": {
            "jobType": "AzureIaaSVMJob",
            "containerName": "IaasVMContainerV2;RG-App;VM01",
            "backupManagementType": "AzureIaasVM",
            "operation": "Backup",
            "status": "InProgress",
            "startTime": "2026-11-20T12:00:00.1234567Z",
            "activityId": "9D5F0C38-6F0E-5B0A-8F3E-0F6C4A1B2C3D",
            "isUserTriggered": None,
        }
        | properties,
    }


def test_a_failed_job_has_code_number_message_and_tasks(
    arm: ArmServer, vaults: ArmVaults, vault: VaultId
) -> None:
    """``errorTitle`` is the string code; a failed job may have a task in progress."""
    job = _job(arm, vaults, vault, recorded("job-400136.json"))

    (error,) = job.errors
    assert (error.code, error.number) == ("UserErrorVmNotFoundV2", 400136)
    assert error.message == "Virtual machine doesn't exist."
    assert job.status is JobStatus.FAILED
    assert job.tasks == {"Take Snapshot": "InProgress", "Transfer data to vault": "NotStarted"}
    assert job.machine == ("clitest.rg000001", "clitest-vm000003")
    assert job.activity_id == "42d95d03-ccf5-11eb-9f3b-9cfce85d4fae"


@pytest.mark.parametrize(
    ("name", "number", "transfer"),
    [
        ("job-400446.json", 400446, "Completed"),
        ("job-400158.json", 400158, "Cancelled"),
        ("job-400309.json", 400309, "Failed"),
        ("job-320001.json", 320001, None),
    ],
    ids=["crash consistent", "cancelled", "transfer failed", "machine gone"],
)
def test_the_four_meanings_of_a_warning_are_kept_apart(
    name: str, number: int, transfer: str | None, arm: ArmServer, vaults: ArmVaults, vault: VaultId
) -> None:
    """One status, four meanings: errors and tasks tell which, and the domain judges."""
    job = _job(arm, vaults, vault, recorded(name))

    assert job.status is JobStatus.WARNINGS
    assert [error.number for error in job.errors] == [number]
    assert (job.tasks or {}).get("Transfer data to vault") == transfer


@pytest.mark.parametrize("job_type", ["AzureIaaSVMJob", "AzureIaaSVMJobV2", "SomethingNewJobV3"])
def test_jobs_of_every_type_are_read_alike(
    job_type: str, arm: ArmServer, vaults: ArmVaults, vault: VaultId
) -> None:
    """V2 is no subclass in the SDK, and what it does not know comes as a plain Job."""
    body = recorded("job-400136.json")
    body["properties"]["jobType"] = job_type

    assert _job(arm, vaults, vault, body).errors[0].code == "UserErrorVmNotFoundV2"


@pytest.mark.parametrize(
    "field", [{"operation": "Restore"}, {"backupManagementType": "AzureWorkload"}]
)
def test_a_single_job_that_is_no_backup_of_a_machine_is_none(
    field: dict[str, str], arm: ArmServer, vaults: ArmVaults, vault: VaultId
) -> None:
    """Lists are filtered; who asks for one job by its id may have been given any."""
    body = recorded("job-400136.json")
    body["properties"] |= field
    path = f"{vault.shown}/backupJobs/{body['name']}"
    arm.on("GET", path, Answer(body=body))

    assert isinstance(vaults.job(JobKey(vault, body["name"])), Gone)


def test_a_running_job_has_neither_end_nor_errors(
    arm: ArmServer, vaults: ArmVaults, vault: VaultId
) -> None:
    """``endTime`` and ``errorDetails`` are absent; ``isUserTriggered`` is null."""
    (job,) = _listed(arm, vaults, vault, _running()).jobs

    assert job.running
    assert (job.ended, job.errors, job.tasks) == (None, (), None)
    assert job.started == datetime(2026, 11, 20, 12, 0, 0, 123456, tzinfo=UTC)
    assert job.machine == ("rg-app", "vm01")


def test_activity_and_job_ids_compare_in_any_casing(
    arm: ArmServer, vaults: ArmVaults, vault: VaultId
) -> None:
    """An attempt is recognised by the id it sent."""
    (job,) = _listed(arm, vaults, vault, _running(name="AB-Cd")).jobs

    assert job.activity_id == "9d5f0c38-6f0e-5b0a-8f3e-0f6c4a1b2c3d"
    assert job.key == JobKey(vault, "ab-cD")


def test_a_task_that_never_ended_does_not_break_the_job(
    arm: ArmServer, vaults: ArmVaults, vault: VaultId
) -> None:
    """The year 1, without a zone, and a duration of another notation."""
    task = {
        "taskId": "Take Snapshot",
        "status": "InProgress",
        "startTime": "2026-11-20T12:00:00Z",
        "endTime": "0001-01-01T00:00:00",
        "duration": "00:35:25.06",
    }
    extended = {"tasksList": [task], "dynamicErrorMessage": "agent said no"}

    job = _job(arm, vaults, vault, _running(duration="00:35:25.06", extendedInfo=extended))

    assert job.tasks == {"Take Snapshot": "InProgress"}
    assert job.dynamic_message == "agent said no"


def test_an_end_in_the_year_one_is_no_end(
    arm: ArmServer, vaults: ArmVaults, vault: VaultId
) -> None:
    """It means: not yet, or never."""
    body = _running(status="Failed", endTime="0001-01-01T00:00:00")

    assert _job(arm, vaults, vault, body).ended is None


def test_a_job_without_a_container_still_names_its_machine(
    arm: ArmServer, vaults: ArmVaults, vault: VaultId
) -> None:
    """Some lists leave the container out."""
    body = _running(containerName=None, entityFriendlyName="VM01")

    (job,) = _listed(arm, vaults, vault, body).jobs

    assert job.machine == ("", "vm01")


def test_what_is_no_backup_of_a_machine_is_left_out_of_the_list(
    arm: ArmServer, vaults: ArmVaults, vault: VaultId
) -> None:
    """Restores, databases, classic machines, and jobs that ended in a state of no known name."""
    found = _listed(
        arm,
        vaults,
        vault,
        _running("restore", operation="Restore"),
        _running("sql", backupManagementType="AzureWorkload"),
        _running("classic", containerName="iaasvmcontainer;rg;vm"),
        _running("odd", status="Strange", endTime="2026-11-20T13:00:00Z"),
        _running("kept"),
    )

    assert [job.key.job for job in found.jobs] == ["kept"]


def test_a_job_in_a_state_of_no_known_name_that_has_not_ended_counts_as_running(
    arm: ArmServer, vaults: ArmVaults, vault: VaultId
) -> None:
    """Something works on the machine: no second backup beside it."""
    (job,) = _listed(arm, vaults, vault, _running(status="Pausing")).jobs

    assert job.running


def test_the_filter_uses_eq_and_a_twelve_hour_clock() -> None:
    """Midnight is 12 AM and noon 12 PM; other zones are written in UTC."""
    midnight = datetime(2026, 1, 1, 0, 0, 5, tzinfo=UTC)
    noon = datetime.fromisoformat("2026-01-02T13:30:00+01:00")

    assert jobs_filter(midnight, noon) == (
        "operation eq 'Backup' and backupManagementType eq 'AzureIaasVM' "
        "and startTime eq '2026-01-01 12:00:05 AM' and endTime eq '2026-01-02 12:30:00 PM'"
    )


def test_jobs_are_listed_over_all_pages_with_what_is_left_to_read(
    arm: ArmServer, vaults: ArmVaults, vault: VaultId
) -> None:
    """The last page's header counts; the filter goes on the first request."""
    header = "x-ms-ratelimit-remaining-subscription-resource-requests"
    following = f"{arm.url}{_JOBS}?api-version=2026-10-01&$skipToken=x"
    arm.on(
        "GET",
        _JOBS,
        Answer(body={"value": [_running("j1")], "nextLink": following}, headers={header: "149"}),
        Answer(body={"value": [_running("j2")], "nextLink": None}, headers={header: "148"}),
    )

    found = vaults.jobs(vault, _SINCE)

    assert isinstance(found, JobsRead)
    assert [job.key.job for job in found.jobs] == ["j1", "j2"]
    assert found.remaining == 148
    assert "startTime eq '2026-11-13 12:00:07 AM'" in arm.seen[0].query
    ahead = NOW + timedelta(days=1)
    assert f"endTime eq '{ahead:%Y-%m-%d} 01:05:09 PM'" in arm.seen[0].query


def test_a_missing_header_leaves_the_remaining_reads_open(
    arm: ArmServer, vaults: ArmVaults, vault: VaultId
) -> None:
    """None, not nought: nobody said anything."""
    assert _listed(arm, vaults, vault).remaining is None


def test_a_page_that_cannot_be_read_makes_the_list_unreadable(
    arm: ArmServer, vaults: ArmVaults, vault: VaultId
) -> None:
    """Half a list would hide a running job."""
    following = f"{arm.url}{_JOBS}?api-version=2026-10-01&$skipToken=x"
    arm.on(
        "GET",
        _JOBS,
        Answer(body={"value": [_running()], "nextLink": following}),
        Answer(status=429, body={"error": {"code": "T"}}, headers={"Retry-After": "324"}),
    )

    found = vaults.jobs(vault, _SINCE)

    assert isinstance(found, Unreadable)
    assert found.retry_after == timedelta(seconds=324)
    assert len(arm.seen) == 2


def test_a_job_that_is_not_there_is_gone(vaults: ArmVaults, vault: VaultId) -> None:
    """Resource Manager's own 404."""
    assert isinstance(vaults.job(JobKey(vault, "nobody")), Gone)


def test_a_job_without_a_start_is_unreadable_and_says_why(
    arm: ArmServer, vaults: ArmVaults, vault: VaultId
) -> None:
    """Nothing is made up."""
    arm.on("GET", f"{_JOBS}/j1", Answer(body=_running(startTime=None)))

    found = vaults.job(JobKey(vault, "j1"))

    assert isinstance(found, Unreadable)
    assert "startTime" in found.reason


def _item(vault_path: str, policy: str, **properties: Any) -> Any:
    name = "iaasvmcontainerv2;rg-app;vm01"
    machine = "/resourceGroups/RG-App/providers/Microsoft.Compute/virtualMachines/VM01"
    return {
        "id": f"{vault_path}/backupFabrics/Azure/protectionContainers/IaasVMContainer;{name}"
        f"/protectedItems/VM;{name}",
        "name": f"VM;{name}",
        "properties": {
            "protectedItemType": "Microsoft.Compute/virtualMachines",
            "backupManagementType": "AzureIaasVM",
            "workloadType": "VM",
            "sourceResourceId": f"/Subscriptions/{SUBSCRIPTION}{machine}",
            "policyId": f"{vault_path}/backuppolicies/{policy}".upper(),
            "protectionState": "Protected",
            "lastBackupStatus": "Failed",
            "lastRecoveryPoint": "2026-11-18T22:31:00.5Z",
        }
        | properties,
    }


def _items(arm: ArmServer, *items: Any) -> None:
    arm.on("GET", f"{_VAULT}/backupPolicies", Answer(body=recorded("policies.json")))
    arm.on("GET", f"{_VAULT}/backupProtectedItems", Answer(body={"value": list(items)}))


def test_a_protected_item_is_joined_with_its_policy_in_any_casing(
    arm: ArmServer, vaults: ArmVaults, vault: VaultId, item: ItemId
) -> None:
    """The SDK hands a machine's item over as a bare base model: it is read by name."""
    _items(arm, _item(_VAULT, "enhanced"))

    found = vaults.items(vault)

    assert not isinstance(found, Unreadable)
    (one,) = found
    assert one.item == item
    assert one.id.container == "IaasVMContainer;iaasvmcontainerv2;rg-app;vm01"
    assert one.id.name == "VM;iaasvmcontainerv2;rg-app;vm01"
    assert one.schedule is not None
    assert one.schedule.zone == "Asia/Kolkata"
    assert (one.snapshot_days, one.group_prefix, one.group_suffix) == (7, "snapshots-", "-we")
    assert one.last_point == datetime(2026, 11, 18, 22, 31, 0, 500000, tzinfo=UTC)
    assert one.active


@pytest.mark.parametrize("never", ["2001-01-01T00:00:00Z", "0001-01-01T00:00:00", None])
def test_a_machine_that_was_never_backed_up_has_no_last_point(
    never: str | None, arm: ArmServer, vaults: ArmVaults, vault: VaultId
) -> None:
    """Azure writes never as a date long ago, or as nothing."""
    _items(arm, _item(_VAULT, "standard", lastBackupStatus="", lastRecoveryPoint=never))

    found = vaults.items(vault)

    assert not isinstance(found, Unreadable)
    assert found[0].last_point is None


def test_items_of_other_kinds_are_left_out(
    arm: ArmServer, vaults: ArmVaults, vault: VaultId
) -> None:
    """Classic machines are nothing that can be repaired through Resource Manager."""
    classic = "/subscriptions/x/resourceGroups/providers/Microsoft.ClassicCompute/virtualMachines/a"
    _items(arm, _item(_VAULT, "standard", sourceResourceId=classic), {"id": "/x", "properties": {}})

    assert vaults.items(vault) == ()


def test_an_item_whose_policy_is_not_listed_has_no_schedule(
    arm: ArmServer, vaults: ArmVaults, vault: VaultId
) -> None:
    """Nothing is guessed for it."""
    _items(arm, _item(_VAULT, "removed"))

    found = vaults.items(vault)

    assert not isinstance(found, Unreadable)
    assert found[0].schedule is None


@pytest.mark.parametrize("broken", ["backupPolicies", "backupProtectedItems"])
def test_items_are_unreadable_where_either_list_is(
    broken: str, arm: ArmServer, vaults: ArmVaults, vault: VaultId
) -> None:
    """Items without their schedules would look as if none were due."""
    _items(arm, _item(_VAULT, "standard"))
    arm.on("GET", f"{_VAULT}/{broken}", Answer(status=502, body="<html>"))

    assert isinstance(vaults.items(vault), Unreadable)

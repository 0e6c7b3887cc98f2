"""The real SDKs speak to the simulated Azure over HTTP, and meet the traps that they have."""

from collections.abc import Callable
from typing import Any

import pytest
from azure.core.exceptions import (
    HttpResponseError,
    ResourceExistsError,
    ServiceResponseError,
)
from azure.core.pipeline.policies import RetryPolicy
from azure.core.rest import HttpRequest
from azure.mgmt.recoveryservicesbackup import RecoveryServicesBackupClient
from azure.mgmt.recoveryservicesbackup.models import (
    AzureIaaSVMJob,
    AzureIaaSVMJobV2,
    AzureIaaSVMProtectionPolicy,
    IaasVMRecoveryPoint,
)

from local.worlds import Misbehaviour, World
from tests.local.azure.building import (
    RESTART_SCRIPT,
    SUBSCRIPTION,
    a_fault,
    a_lock,
    a_vault,
    a_vm,
    a_world,
)
from tests.local.azure.conftest import Azure, Credential

type Starter = Callable[[World], Azure]

NAMES = (
    "Azure",
    "IaasVMContainer;iaasvmcontainerv2;rg-app;vm-1",
    "VM;iaasvmcontainerv2;rg-app;vm-1",
)
REQUEST: Any = {"properties": {"objectType": "IaasVMBackupRequest"}}
BACKUP_GROUP = "AzureBackupRG_westeurope_1"
CLIENT_ID = "0b87cf40-2b18-11eb-b808-001a7dda7111"
RAW: dict[str, Any] = {
    "polling": False,
    "retry_total": 0,
    "cls": lambda response, _, __: response.http_response,
}


def trigger(azure: Azure, **options: Any) -> Any:
    """Start an on-demand backup as the product does."""
    return azure.backup.backups.trigger(
        "rsv-1",
        "rg-vault",
        *NAMES,
        REQUEST,
        request_id=CLIENT_ID,
        retry_total=0,
        cls=lambda response, _, __: response.http_response.headers,
        **options,
    )


def test_a_backup_is_started_polled_and_found_again_by_its_request_id(azure_of: Starter) -> None:
    """The signed polling URL survives the way there and back."""
    azure = azure_of(a_world())
    headers = trigger(azure)
    azure.clock.wait(seconds=61)
    status = azure.compute.send_request(_get(headers["Azure-AsyncOperation"])).json()
    job = azure.backup.job_details.get("rsv-1", "rg-vault", status["properties"]["jobId"])
    assert job.properties is not None
    assert job.properties.activity_id == CLIENT_ID
    done = azure.compute.send_request(_get(headers["Location"]))
    assert done.status_code == 204


def _get(url: str) -> Any:
    """Ask for a polling URL as it is."""
    return HttpRequest("GET", url)


def test_a_machine_s_item_is_known_by_its_properties_alone(azure_of: Starter) -> None:
    """The SDK has no type of its own for it."""
    azure = azure_of(a_world())
    item = next(iter(azure.backup.backup_protected_items.list("rsv-1", "rg-vault")))
    assert item.properties is not None
    assert item.properties["lastBackupStatus"] == "Completed"


@pytest.mark.parametrize(("enhanced", "kind"), [(False, AzureIaaSVMJob), (True, AzureIaaSVMJobV2)])
def test_jobs_come_in_two_types(azure_of: Starter, enhanced: bool, kind: type) -> None:
    """The second is no subclass of the first."""
    azure = azure_of(a_world(vaults=(a_vault(enhanced=enhanced),)))
    jobs = list(azure.backup.backup_jobs.list("rsv-1", "rg-vault", filter="status eq 'Completed'"))
    assert {type(job.properties) for job in jobs} == {kind}


def test_points_policies_and_views_are_read(azure_of: Starter) -> None:
    """Everything that evidence is made of."""
    azure = azure_of(a_world())
    point = next(iter(azure.backup.recovery_points.list("rsv-1", "rg-vault", *NAMES)))
    assert isinstance(point.properties, IaasVMRecoveryPoint)
    policy = next(iter(azure.backup.backup_policies.list("rsv-1", "rg-vault")))
    assert isinstance(policy.properties, AzureIaaSVMProtectionPolicy)
    assert policy.properties.time_zone == "W. Europe Standard Time"
    view = azure.compute.virtual_machines.instance_view("rg-app", "vm-1")
    assert view.vm_agent is not None
    groups = azure.compute.restore_point_collections
    name = next(iter(groups.list(BACKUP_GROUP))).name
    shown = groups.get(BACKUP_GROUP, str(name), expand="restorePoints")
    assert shown.restore_points is not None
    assert len(shown.restore_points) == 2


def test_machine_operations_are_accepted_with_headers(azure_of: Starter) -> None:
    """Reapply, restart and the removal of an extension; the first body is empty."""
    azure = azure_of(a_world(a_vm(fault=a_fault("reinstall_extension"))))
    machines, extensions = azure.compute.virtual_machines, azure.compute.virtual_machine_extensions
    answers = [
        machines.begin_reapply("rg-app", "vm-1", **RAW).result(),
        machines.begin_restart("rg-app", "vm-1", **RAW).result(),
        extensions.begin_delete("rg-app", "vm-1", "VMSnapshotLinux", **RAW).result(),
    ]
    assert [answer.status_code for answer in answers] == [202] * 3
    assert all("monitor=true" in answer.headers["Location"] for answer in answers)
    azure.clock.wait(minutes=3)
    status = azure.compute.send_request(_get(answers[0].headers["Azure-AsyncOperation"])).json()
    assert status["status"] == "Succeeded"


def test_a_managed_run_command_prints_the_line_of_the_script(azure_of: Starter) -> None:
    """Put, read by name with its instance view, deleted."""
    azure = azure_of(a_world())
    commands = azure.compute.virtual_machine_run_commands
    body = {
        "location": "westeurope",
        "properties": {
            "source": {"script": RESTART_SCRIPT},
            "parameters": [{"name": "attempt", "value": "i-1.2"}],
        },
    }
    put = commands.begin_create_or_update("rg-app", "vm-1", "abr-1", body, **RAW).result()
    assert (put.status_code, "Location" in put.headers) == (201, False)
    with pytest.raises(ResourceExistsError):
        commands.begin_create_or_update("rg-app", "vm-1", "abr-2", body, **RAW).result()
    azure.clock.wait(minutes=2)
    view = commands.get_by_virtual_machine(
        "rg-app", "vm-1", "abr-1", expand="instanceView"
    ).instance_view
    assert view is not None
    assert (view.execution_state, view.exit_code) == ("Succeeded", 0)
    assert view.output == '{"attempt":"i-1.2","action":"restart_agent","scheduled":true}\n'
    gone = commands.begin_delete("rg-app", "vm-1", "abr-1", **RAW).result()
    assert gone.status_code == 202


def test_a_lock_is_removed_and_put_back(azure_of: Starter) -> None:
    """At the level of the group."""
    azure = azure_of(a_world(locks=(a_lock(notes="ours"),)))
    locks = azure.locks.management_locks
    kept = locks.get_at_resource_group_level(BACKUP_GROUP, "keep")
    locks.delete_at_resource_group_level(BACKUP_GROUP, "keep", retry_total=0)
    assert list(locks.list_at_resource_group_level(BACKUP_GROUP)) == []
    body = {"properties": {"level": kept.level, "notes": kept.notes}}
    locks.create_or_update_at_resource_group_level(BACKUP_GROUP, "keep", body, retry_total=0)
    assert [lock.notes for lock in locks.list_at_resource_group_level(BACKUP_GROUP)] == ["ours"]


def test_the_sdk_sees_the_code_of_a_refusal(azure_of: Starter) -> None:
    """And none where the answer has the older envelope."""
    azure = azure_of(a_world())
    for _ in range(9):
        trigger(azure)
    with pytest.raises(HttpResponseError) as limit:
        trigger(azure)
    assert limit.value.error is not None
    assert limit.value.error.code == "CloudDosAbsoluteLimitReached"
    with pytest.raises(HttpResponseError) as unknown:
        azure.backup.job_details.get("rsv-1", "rg-vault", "nothing")
    assert unknown.value.status_code == 404
    assert unknown.value.response is not None
    assert "BMSUserErrorJobNotFound" in unknown.value.response.text()


def test_a_lost_answer_closes_the_connection_or_times_out_though_the_backup_starts(
    azure_of: Starter,
) -> None:
    """Nothing is re-sent: each of the changes was made once."""
    azure = azure_of(a_world(misbehaviour=Misbehaviour(lost_answer=1)))
    seen = set()
    for _ in range(8):
        with pytest.raises((ServiceResponseError, HttpResponseError)) as lost:
            trigger(azure)
        seen.add(lost.type)
        if isinstance(lost.value, HttpResponseError):
            assert lost.value.status_code == 504
    assert seen == {ServiceResponseError, HttpResponseError}
    truth = azure.world("GET", "truth").json()
    assert [change["what"] for change in truth["vms"][0]["changed"]] == ["backup"] * 8


def test_the_default_retry_sends_a_backup_again(azure_of: Starter) -> None:
    """A 504 to a trigger is what makes several backups of one: the trap is there."""
    azure = azure_of(a_world(misbehaviour=Misbehaviour(lost_answer=1)))
    retrying = [RetryPolicy() if isinstance(p, RetryPolicy) else p for p in azure.policies]
    client = RecoveryServicesBackupClient(
        Credential(), SUBSCRIPTION, base_url=azure.base, policies=retrying
    )
    with client, pytest.raises((ServiceResponseError, HttpResponseError)):
        client.backups.trigger(
            "rsv-1", "rg-vault", *NAMES, REQUEST, retry_total=3, retry_backoff_factor=0
        )
    sent = [e for e in azure.world("GET", "requests").json() if e["method"] == "POST"]
    assert len(sent) > 1

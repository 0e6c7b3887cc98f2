"""Every body is one that the OpenAPI files allow, field by field."""

import re
from collections.abc import Iterator

import pytest

from tests.local.azure import openapi
from tests.local.azure.building import (
    BACKUP_GROUP,
    GROUP,
    RESTART_SCRIPT,
    SUBSCRIPTION,
    VAULT_ID,
    Caller,
    a_fault,
    a_lock,
    a_vault,
    a_vm,
    a_world,
)

KNOWN = re.compile(r"actionsInfo\[0\]: 1 is not")
"""Real answers have the number of the action where the definition wants its name."""

PAGES = {
    "backup": (
        (f"{VAULT_ID}/backupJobs", "JobResourceList"),
        (f"{VAULT_ID}/backupProtectedItems", "ProtectedItemResourceList"),
        (f"{VAULT_ID}/backupPolicies", "ProtectionPolicyResourceList"),
    ),
    "vaults": (
        (f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.RecoveryServices/vaults", "VaultList"),
    ),
    "virtual_machines": (
        (f"{GROUP}/rg-app/providers/Microsoft.Compute/virtualMachines", "VirtualMachineListResult"),
    ),
    "restore_points": (
        (
            f"{BACKUP_GROUP}/providers/Microsoft.Compute/restorePointCollections",
            "RestorePointCollectionListResult",
        ),
    ),
    "locks": (
        (f"{BACKUP_GROUP}/providers/Microsoft.Authorization/locks", "ManagementLockListResult"),
    ),
}


def a_varied_caller(*, enhanced: bool) -> Caller:
    """Return a caller of a world in which a night has passed and everything has been touched."""
    shows = ("failed", "transfer_failed", "crash_consistent")
    vms = [a_vm(name=f"bad-{n}", fault=a_fault(shows=shows[n % 3])) for n in range(9)]
    vms += [a_vm(name=f"off-{n}", power="deallocated", os="windows") for n in range(4)]
    vms += [a_vm(name="mute", agent="not_ready"), a_vm(name="bare", agent="absent")]
    vms += [
        a_vm(name="failed", fault=a_fault(code="UserErrorVmProvisioningStateFailed")),
        a_vm(name="coded", fault=a_fault(code=None, message="words")),
        a_vm(name="paired", partner="mute"),
        a_vm(name="scaled", scale_set="flex", zones=("1",), extensions=("sql_agent",)),
    ]
    lock = a_lock(notes="ours", owners=("22222222-2222-4222-8222-222222222222",))
    caller = Caller(a_world(*vms, vaults=(a_vault(enhanced=enhanced),), locks=(lock,)))
    caller.simulation.begin(caller.now)
    caller.wait(minutes=45)
    return caller


def bodies(caller: Caller) -> Iterator[tuple[str, str, object]]:
    """Return every kind of body with the definition that it should follow."""
    for file, pages in PAGES.items():
        for path, definition in pages:
            yield file, definition, caller.call("GET", path).body
    for machine in caller.simulation.estate.machines.values():
        view = caller.call("GET", f"{machine.id}/instanceView").body
        yield "virtual_machines", "VirtualMachineInstanceView", view
        yield "virtual_machines", "VirtualMachine", caller.call("GET", machine.id).body
        for job in machine.jobs[-2:]:
            path = f"{VAULT_ID}/backupJobs/{job.id}"
            yield "backup", "JobResource", caller.call("GET", path).body
        points = caller.call("GET", f"{machine.item_id}/recoveryPoints").body
        yield "backup", "RecoveryPointResourceList", points
        shown = caller.call("GET", machine.collection_id, query={"$expand": "restorePoints"}).body
        yield "restore_points", "RestorePointCollection", shown
    extensions = caller.call("GET", f"{caller.machine.id}/extensions").body
    yield "virtual_machines", "VirtualMachineExtensionsListResult", extensions
    yield "backup", "OperationStatus", caller.poll(caller.backup())
    yield "run_commands", "VirtualMachineRunCommand", caller.run_script(RESTART_SCRIPT).body
    caller.wait(minutes=2)
    path = f"{caller.machine.id}/runCommands"
    listed = caller.call("GET", path).body
    yield "run_commands", "VirtualMachineRunCommandsListResult", listed
    ran = caller.call("GET", f"{path}/abr-1", query={"$expand": "instanceView"}).body
    yield "run_commands", "VirtualMachineRunCommand", ran


@pytest.mark.parametrize("enhanced", [False, True])
def test_every_answer_follows_its_definition(enhanced: bool) -> None:
    """No field that the API does not have, and none of another type."""
    found = {
        f"{definition}: {problem}"
        for file, definition, body in bodies(a_varied_caller(enhanced=enhanced))
        for problem in openapi.problems(file, definition, body)
        if not KNOWN.search(problem)
    }
    assert not found


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"status": 3}, "3 is not"),
        ({"stautus": "Failed"}, "stautus"),
        ({"jobType": "Unheard"}, "Unheard"),
    ],
)
def test_the_check_would_notice(change: dict[str, object], said: str) -> None:
    """A wrong type, a misspelt field, an unknown kind."""
    caller = Caller()
    body = caller.call("GET", f"{VAULT_ID}/backupJobs").body["value"][0]
    body["properties"]["actionsInfo"] = ["Cancellable"]
    assert openapi.problems("backup", "JobResource", body) == []
    body["properties"] |= change
    assert any(said in problem for problem in openapi.problems("backup", "JobResource", body))

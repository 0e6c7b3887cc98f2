"""Reading and refusing: every resource by its own path, and what is said when it is not there."""

from typing import Any

import pytest

from tests.local.azure.building import (
    BACKUP_GROUP,
    GROUP,
    SUBSCRIPTION,
    VAULT_ID,
    Caller,
    a_lock,
    a_vm,
    a_world,
)

LOCK = f"{BACKUP_GROUP}/providers/Microsoft.Authorization/locks/x"
COMPUTE = "/providers/Microsoft.Compute"


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (VAULT_ID, "rsv-1"),
        (f"{VAULT_ID}/backupPolicies/defaultpolicy", "DefaultPolicy"),
        (f"{GROUP}/rg-app", "rg-app"),
        (BACKUP_GROUP, "AzureBackupRG_westeurope_1"),
        (
            f"{GROUP}/rg-app{COMPUTE}/virtualMachines/vm-1/extensions/networkwatcher",
            "NetworkWatcher",
        ),
    ],
)
def test_a_resource_is_read_by_its_path(path: str, name: str) -> None:
    """And has its own name, whatever the casing of the path."""
    reply = Caller().call("GET", path)
    assert (reply.status, reply.body["name"]) == (200, name)


@pytest.mark.parametrize(
    ("path", "count"),
    [
        ("/subscriptions", 1),
        (f"/subscriptions/{SUBSCRIPTION}/resourceGroups", 3),
        (f"/subscriptions/{SUBSCRIPTION}{COMPUTE}/virtualMachines", 2),
        (f"/subscriptions/{SUBSCRIPTION}{COMPUTE}/restorePointCollections", 2),
        (f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/locks", 1),
        (f"{GROUP}/other{COMPUTE}/virtualMachines", 0),
    ],
)
def test_a_list_has_what_lies_below_it(path: str, count: int) -> None:
    """The locks of a subscription are those of all scopes in it."""
    caller = Caller(a_world(a_vm(), a_vm(name="vm-2"), locks=(a_lock(),)))
    assert len(caller.call("GET", path).body["value"]) == count


@pytest.mark.parametrize(
    ("path", "code"),
    [
        (f"{VAULT_ID}x", "ResourceNotFound"),
        (f"{GROUP}/rg-app{COMPUTE}/virtualMachines/none", "ResourceNotFound"),
        (f"{GROUP}/none", "ResourceGroupNotFound"),
        ("/subscriptions/30000000-cccc-4000-8000-000000000003", "SubscriptionNotFound"),
        (f"/subscriptions/{SUBSCRIPTION}{COMPUTE}/locations/w/operations/x", "ResourceNotFound"),
        (LOCK, "LockNotFound"),
    ],
)
def test_what_is_not_there_is_named(path: str, code: str) -> None:
    """404 with the code of its provider."""
    reply = Caller().call("GET", path)
    assert (reply.status, reply.body["error"]["code"]) == (404, code)


@pytest.mark.parametrize("tail", ["backupPolicies/none", "{item}/recoveryPoints/0", "{item}x"])
def test_backup_s_own_resources_are_missing_in_the_older_envelope(tail: str) -> None:
    """Policies, points and items."""
    caller = Caller()
    relative = caller.machine.item_id.removeprefix(f"{VAULT_ID}/")
    reply = caller.call("GET", f"{VAULT_ID}/{tail.format(item=relative)}")
    assert (reply.status, "ErrorCode" in reply.body) == (404, True)


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PUT", LOCK, {"properties": {"level": "Soft"}}, 400),
        ("PUT", LOCK, None, 400),
        ("POST", "{item}/backup", {"properties": {"objectType": "Other"}}, 400),
        ("POST", "{item}/backup", None, 400),
        (
            "POST",
            "{item}/backup",
            {
                "properties": {
                    "objectType": "IaasVMBackupRequest",
                    "recoveryPointExpiryTimeInUTC": "soon",
                }
            },
            400,
        ),
        ("PUT", "{vm}/runCommands/x", {"properties": {}}, 400),
        ("POST", "{vm}/runCommand", {"commandId": "RunShellScript"}, 400),
        ("PATCH", "{vm}", {}, 405),
    ],
)
def test_a_malformed_change_is_refused(method: str, path: str, body: Any, status: int) -> None:
    """And nothing has changed."""
    caller = Caller()
    where = path.format(item=caller.machine.item_id, vm=caller.machine.id)
    assert caller.call(method, where, body=body).status == status
    assert caller.machine.changes == []
    assert caller.simulation.estate.locks == []


@pytest.mark.parametrize("action", ["restart", "runCommand"])
def test_a_machine_that_is_off_cannot_be_restarted_or_run_scripts(action: str) -> None:
    """409, as Compute says."""
    caller = Caller(a_world(a_vm(power="deallocated")))
    reply = caller.call("POST", f"{caller.machine.id}/{action}", body={"script": ["true"]})
    assert (reply.status, reply.body["error"]["code"]) == (409, "OperationNotAllowed")


def test_the_retention_of_an_on_demand_backup_is_the_one_asked_for() -> None:
    """It stands in the job's bag."""
    caller = Caller()
    body = {
        "properties": {
            "objectType": "IaasVMBackupRequest",
            "recoveryPointExpiryTimeInUTC": "2026-11-09T00:00:00Z",
        }
    }
    caller.call("POST", f"{caller.machine.item_id}/backup", body=body)
    caller.wait(seconds=61)
    shown = caller.call("GET", f"{VAULT_ID}/backupJobs/{caller.last_job.id}").body
    bag = shown["properties"]["extendedInfo"]["propertyBag"]
    assert bag["Recovery Point Expiry Time in UTC"] == "11/09/2026 12:00:00 AM"


def test_a_cancellation_is_202_with_a_location_alone_and_ends_with_204() -> None:
    """A job that has ended cannot be cancelled."""
    caller = Caller()
    caller.simulation.run_backup(caller.machine.id, caller.now)
    path = f"{VAULT_ID}/backupJobs/{caller.last_job.id}"
    reply = caller.call("POST", f"{path}/cancel")
    assert (reply.status, "Azure-AsyncOperation" in reply.headers) == (202, False)
    poll = reply.headers["Location"].removeprefix("http://127.0.0.1").partition("?")[0]
    assert caller.call("GET", poll).status == 202
    caller.wait(minutes=3)
    assert caller.call("GET", poll).status == 204
    assert caller.call("POST", f"{path}/cancel").status == 400


def test_recovery_points_are_filtered_by_their_dates() -> None:
    """In the same 12-hour form as jobs."""
    caller = Caller(a_world(history_days=5))
    text = "startDate eq '2026-10-30 12:00:00 AM' and endDate eq '2026-10-31 12:00:00 AM'"
    found = caller.call("GET", f"{caller.machine.item_id}/recoveryPoints", query={"$filter": text})
    (point,) = found.body["value"]
    assert point["properties"]["recoveryPointTime"].startswith("2026-10-30T21")
    single = caller.call("GET", f"{caller.machine.item_id}/recoveryPoints/{point['name']}")
    assert single.body == point


def test_a_page_that_does_not_exist_is_refused() -> None:
    """A skip token names an entry of the list."""
    reply = Caller().call("GET", f"{VAULT_ID}/backupJobs", query={"$skipToken": "none"})
    assert (reply.status, reply.body["error"]["code"]) == (400, "InvalidSkipToken")


def test_the_older_run_command_has_two_statuses_on_windows() -> None:
    """One for each stream."""
    caller = Caller(a_world(a_vm(os="windows")))
    reply = caller.call("POST", f"{caller.machine.id}/runCommand", body={"script": ["Get-Date"]})
    caller.wait(minutes=2)
    path = reply.headers["Location"].removeprefix("http://127.0.0.1").partition("?")[0]
    shown = caller.call("GET", path, query={"monitor": "true"}).body["value"]
    assert [status["code"] for status in shown] == [
        "ComponentStatus/StdOut/succeeded",
        "ComponentStatus/StdErr/succeeded",
    ]


def test_partners_share_an_availability_set() -> None:
    """Which both of them name alike."""
    caller = Caller(
        a_world(a_vm(partner="vm-2"), a_vm(name="vm-2", partner="vm-1"), a_vm(name="c"))
    )
    sets = [
        caller.call("GET", m.id).body["properties"].get("availabilitySet", {}).get("id")
        for m in caller.simulation.estate.machines.values()
    ]
    assert sets[0] == sets[1]
    assert sets[0] is not None
    assert sets[2] is None

"""Restore points of a machine in the backup service's group."""

from datetime import UTC, datetime
from typing import Any

import pytest

from remediation.arm.clients import ArmClients
from remediation.arm.machines import ArmMachines
from remediation.ids import ItemId
from remediation.messages import Outcome, Refused, Succeeded, Transient
from remediation.roles import Role
from remediation.views import RestorePoints, Unreadable
from tests.remediation.arm.arm_server import Answer, ArmServer, recorded
from tests.remediation.arm.conftest import REQUEST_ID, SUBSCRIPTION

_GROUP = "AzureBackupRG_westeurope_1"
_COLLECTIONS = (
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{_GROUP}"
    "/providers/Microsoft.Compute/restorePointCollections"
)


def _collection(name: str, source: str, points: int | None = None) -> Any:
    properties: dict[str, Any] = {"source": {"id": source, "location": "westeurope"}}
    if points is not None:
        one = recorded("restore-point-collection.json")["properties"]["restorePoints"][0]
        properties["restorePoints"] = [one | {"name": f"p{number}"} for number in range(points)]
    return {"name": name, "id": f"{_COLLECTIONS}/{name}", "properties": properties}


def test_points_of_all_the_machines_collections_are_counted(
    arm: ArmServer, clients: ArmClients, item: ItemId
) -> None:
    """Found by the whole id in ``source.id``, in any casing, over all pages."""
    ours = item.shown.upper()
    other = item.shown.replace("rg-app", "rg-other")
    arm.on(
        "GET",
        _COLLECTIONS,
        Answer(
            body={
                "value": [_collection("AzureBackup_vm01_1", ours), _collection("b", other)],
                "nextLink": f"{arm.url}{_COLLECTIONS}?api-version=1&page=2",
            }
        ),
        Answer(body={"value": [_collection("AzureBackup_vm01_2", item.shown)]}),
    )
    first, second = f"{_COLLECTIONS}/AzureBackup_vm01_1", f"{_COLLECTIONS}/AzureBackup_vm01_2"
    arm.on("GET", first, Answer(body=_collection("AzureBackup_vm01_1", ours, 11)))
    arm.on("GET", second, Answer(body=_collection("AzureBackup_vm01_2", ours, 7)))

    found = ArmMachines(clients).restore_points(item, _GROUP)

    names = ("AzureBackup_vm01_1", "AzureBackup_vm01_2")
    assert isinstance(found, RestorePoints)
    assert (found.group, found.collections, found.count) == (_GROUP, names, 18)
    assert found.taken == (datetime(2021, 1, 27, 20, 35, 5, 840151, tzinfo=UTC),) * 18
    assert all("$expand=restorePoints" in one.query for one in arm.seen[2:])


def test_points_of_which_one_says_no_time_have_none(
    arm: ArmServer, clients: ArmClients, item: ItemId
) -> None:
    """What cannot be told of every point is told of none."""
    name = "AzureBackup_vm01_1"
    body = _collection(name, item.shown, 2)
    body["properties"]["restorePoints"][1]["properties"] = {"provisioningState": "Succeeded"}
    arm.on("GET", _COLLECTIONS, Answer(body={"value": [_collection(name, item.shown)]}))
    arm.on("GET", f"{_COLLECTIONS}/{name}", Answer(body=body))

    found = ArmMachines(clients).restore_points(item, _GROUP)

    assert isinstance(found, RestorePoints)
    assert (found.count, found.taken) == (2, None)


def test_a_backup_group_that_is_not_there_holds_no_points(
    clients: ArmClients, item: ItemId
) -> None:
    """The service makes it with the first snapshot."""
    found = ArmMachines(clients).restore_points(item, _GROUP)

    assert found == RestorePoints(group=_GROUP, collections=(), count=0, taken=(), there=False)


def test_a_collection_that_cannot_be_read_makes_the_count_unreadable(
    arm: ArmServer, clients: ArmClients, item: ItemId
) -> None:
    """Too few points counted would look like room for another."""
    arm.on("GET", _COLLECTIONS, Answer(body={"value": [_collection("c", item.shown)]}))
    arm.on("GET", f"{_COLLECTIONS}/c", Answer(status=500, body={"error": {"code": "Internal"}}))

    assert isinstance(ArmMachines(clients).restore_points(item, _GROUP), Unreadable)


def test_a_collection_that_vanished_meanwhile_is_left_out(
    arm: ArmServer, clients: ArmClients, item: ItemId
) -> None:
    """Listed, and gone when it was asked for."""
    arm.on("GET", _COLLECTIONS, Answer(body={"value": [_collection("c", item.shown)]}))

    found = ArmMachines(clients).restore_points(item, _GROUP)

    assert found == RestorePoints(group=_GROUP, collections=(), count=0, taken=())


def _delete(clients: ArmClients, item: ItemId) -> Outcome:
    return ArmMachines(clients).delete_collection(item, _GROUP, "c", request_id=REQUEST_ID)


def test_a_collection_of_the_machine_is_deleted(
    arm: ArmServer, clients: ArmClients, item: ItemId
) -> None:
    """After its source was seen to be this machine."""
    arm.on("GET", f"{_COLLECTIONS}/c", Answer(body=_collection("c", item.shown, 1)))
    headers = {"Azure-AsyncOperation": "{endpoint}/op"}
    arm.on("DELETE", f"{_COLLECTIONS}/c", Answer(status=202, headers=headers))

    assert _delete(clients, item) == Succeeded(handle=f"{arm.url}/op")


def test_a_collection_of_another_machine_is_never_deleted(
    arm: ArmServer, clients: ArmClients, item: ItemId
) -> None:
    """Two machines of one name in two groups have collections side by side."""
    other = item.shown.replace("rg-app", "rg-other")
    arm.on("GET", f"{_COLLECTIONS}/c", Answer(body=_collection("c", other, 1)))

    outcome = _delete(clients, item)

    assert isinstance(outcome, Refused)
    assert not arm.requests("DELETE")


@pytest.mark.parametrize(
    ("status", "expected"), [(404, Succeeded), (500, Transient)], ids=["gone", "unreadable"]
)
def test_a_collection_that_was_not_seen_is_not_deleted(
    status: int, expected: type, arm: ArmServer, clients: ArmClients, item: ItemId
) -> None:
    """Gone is what was wanted; unreadable is tried later."""
    body = {"error": {"code": "ResourceNotFound", "message": "."}}
    arm.on("GET", f"{_COLLECTIONS}/c", Answer(status=status, body=body))

    assert isinstance(_delete(clients, item), expected)
    assert not arm.requests("DELETE")


def test_collections_that_cannot_be_listed_are_unreadable(
    arm: ArmServer, clients: ArmClients, item: ItemId
) -> None:
    """No answer is not no points."""
    arm.on("GET", _COLLECTIONS, Answer(status=403, body={"error": {"code": "AuthorizationFailed"}}))

    found = ArmMachines(clients).restore_points(item, _GROUP)

    assert isinstance(found, Unreadable)
    assert found.role is Role.READ
    assert "role Backup Remediator Reader is not assigned" in found.reason

"""Management locks of a resource group: listed with their scopes, removed, put back."""

from typing import Any

import pytest

from remediation.arm.clients import ArmClients
from remediation.arm.locks import ArmLocks
from remediation.messages import Refused, Succeeded, Transient, Unknown
from remediation.views import Lock, Unreadable
from tests.remediation.arm.arm_server import Answer, ArmServer
from tests.remediation.arm.conftest import REQUEST_ID, SUBSCRIPTION

_GROUP = "AzureBackupRG_westeurope_1"
_SCOPE = f"/subscriptions/{SUBSCRIPTION}/resourcegroups/{_GROUP.lower()}"
_LOCKS = (
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{_GROUP}/providers/Microsoft.Authorization/locks"
)
_LOCK = Lock(
    name="Do-Not-Delete", scope=_SCOPE, level="CanNotDelete", notes="ours", owners=("app-1",)
)


def _listed(identity: str, name: str, level: str = "CanNotDelete", **more: Any) -> Any:
    properties = {"level": level} | more
    return {"id": identity, "name": name, "properties": properties}


def test_locks_are_listed_with_the_scope_they_stand_on(arm: ArmServer, clients: ArmClients) -> None:
    """The group's own, one inherited from the subscription, one of a resource; in any casing."""
    subscription = f"/Subscriptions/{SUBSCRIPTION}"
    resource = f"{subscription}/resourceGroups/{_GROUP}/providers/Microsoft.Compute/disks/d1"
    own: Any = {"notes": "ours", "owners": [{"applicationId": "app-1"}]}
    arm.on(
        "GET",
        _LOCKS,
        Answer(
            body={
                "value": [
                    _listed(f"{_LOCKS}/Do-Not-Delete", "Do-Not-Delete", **own),
                    _listed(
                        f"{subscription}/providers/microsoft.authorization/locks/all",
                        "all",
                        "ReadOnly",
                    ),
                    _listed(f"{resource}/providers/Microsoft.Authorization/locks/disk", "disk"),
                ]
            }
        ),
    )

    locks = ArmLocks(clients).at_group(SUBSCRIPTION, _GROUP)

    assert locks == (
        _LOCK,
        Lock(name="all", scope=f"/subscriptions/{SUBSCRIPTION}", level="ReadOnly"),
        Lock(name="disk", scope=resource.lower(), level="CanNotDelete"),
    )


def test_a_group_that_is_not_there_has_no_locks(clients: ArmClients) -> None:
    """Resource Manager's own 404."""
    assert ArmLocks(clients).at_group(SUBSCRIPTION, _GROUP) == ()


@pytest.mark.parametrize("status", [403, 429, 500])
def test_locks_that_cannot_be_listed_are_unreadable(
    status: int, arm: ArmServer, clients: ArmClients
) -> None:
    """Never an empty list: guards must tell the two apart."""
    arm.on("GET", _LOCKS, Answer(status=status, body={"error": {"code": "X", "message": "."}}))

    assert isinstance(ArmLocks(clients).at_group(SUBSCRIPTION, _GROUP), Unreadable)


@pytest.mark.parametrize("status", [200, 204])
def test_a_lock_of_a_group_is_removed(status: int, arm: ArmServer, clients: ArmClients) -> None:
    """204: it was not there, which is as good."""
    path = f"{_LOCKS}/Do-Not-Delete"
    arm.on("DELETE", path, Answer(status=status))

    outcome = ArmLocks(clients).remove(_LOCK, request_id=REQUEST_ID)

    detail = "was not there" if status == 204 else None
    assert outcome == Succeeded(done=True, detail=detail)
    assert arm.seen[0].headers["x-ms-client-request-id"] == REQUEST_ID
    assert arm.seen[0].path.lower() == path.lower()


@pytest.mark.parametrize(
    "scope",
    [
        f"/subscriptions/{SUBSCRIPTION}",
        "/providers/microsoft.management/managementgroups/root",
        f"{_SCOPE}/providers/microsoft.compute/disks/d1",
        f"{_SCOPE}/../other",
        "",
    ],
    ids=["subscription", "management group", "resource", "path", "empty"],
)
def test_a_lock_of_any_other_scope_is_never_touched(
    scope: str, arm: ArmServer, clients: ArmClients
) -> None:
    """Neither removed nor created: an inherited lock is somebody else's decision."""
    lock = Lock(name="l", scope=scope, level="CanNotDelete")
    locks = ArmLocks(clients)

    for outcome in (
        locks.remove(lock, request_id=REQUEST_ID),
        locks.put_back(lock, request_id=REQUEST_ID),
    ):
        assert isinstance(outcome, Refused)
        assert outcome.code == "ForeignScope"
    assert not arm.seen


@pytest.mark.parametrize("status", [200, 201])
def test_a_lock_is_put_back_with_its_whole_definition(
    status: int, arm: ArmServer, clients: ArmClients
) -> None:
    """Level, notes and owners; 201 where it was away, 200 where it was there."""
    arm.on(
        "PUT",
        f"{_LOCKS}/Do-Not-Delete",
        Answer(status=status, body=_listed(f"{_LOCKS}/Do-Not-Delete", "Do-Not-Delete")),
    )

    outcome = ArmLocks(clients).put_back(_LOCK, request_id=REQUEST_ID)

    assert outcome == Succeeded(done=True)
    assert arm.seen[0].body == {
        "properties": {
            "level": "CanNotDelete",
            "notes": "ours",
            "owners": [{"applicationId": "app-1"}],
        }
    }
    assert arm.seen[0].headers["x-ms-client-request-id"] == REQUEST_ID


@pytest.mark.parametrize(
    "answer",
    [
        Answer(body=_listed("x", "x"), hang=True),
        Answer(body=_listed("x", "x"), cut=True),
        Answer(body="<html>"),
        Answer(drop=True),
    ],
    ids=["silent", "cut", "html", "dropped"],
)
def test_a_change_whose_answer_breaks_off_is_unknown(
    answer: Answer, arm: ArmServer, clients: ArmClients
) -> None:
    """The SDK calls a silence in the middle of an answer a request that was not sent."""
    arm.on("PUT", f"{_LOCKS}/Do-Not-Delete", answer)

    assert isinstance(ArmLocks(clients).put_back(_LOCK, request_id=REQUEST_ID), Unknown)
    assert len(arm.seen) == 1


def test_a_change_that_found_no_server_was_not_sent(arm: ArmServer, clients: ArmClients) -> None:
    """Nothing is listening: surely nothing was changed, and a later try may go through."""
    nobody = ArmClients(clients._credential, "http://127.0.0.1:1", local=True)

    outcome = ArmLocks(nobody).remove(_LOCK, request_id=REQUEST_ID)
    nobody.close()

    assert isinstance(outcome, Transient)
    assert outcome.reason.startswith("not sent")


def test_a_lock_without_a_place_makes_the_list_unreadable(
    arm: ArmServer, clients: ArmClients
) -> None:
    """Where it stands decides whether it may be touched."""
    arm.on("GET", _LOCKS, Answer(body={"value": [_listed("/somewhere/else", "x")]}))

    found = ArmLocks(clients).at_group(SUBSCRIPTION, _GROUP)

    assert isinstance(found, Unreadable)
    assert "expected an id below a scope" in found.reason


def test_a_bare_lock_is_put_back_without_notes_and_owners(
    arm: ArmServer, clients: ArmClients
) -> None:
    """Nothing is added that was not there."""
    path = f"{_LOCKS}/bare"
    arm.on("PUT", path, Answer(status=201, body=_listed(path, "bare")))

    ArmLocks(clients).put_back(
        Lock(name="bare", scope=_SCOPE, level="ReadOnly"), request_id=REQUEST_ID
    )

    assert arm.seen[0].body == {"properties": {"level": "ReadOnly"}}

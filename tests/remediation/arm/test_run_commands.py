"""Managed run commands, named after the attempt that wanted them."""

from typing import Any

import pytest

from remediation.arm.clients import ArmClients
from remediation.arm.machines import ArmMachines
from remediation.ids import ItemId
from remediation.messages import (
    Absent,
    Done,
    Failed,
    Finding,
    Outcome,
    Refused,
    Running,
    Succeeded,
    Transient,
    Unknown,
    Unseen,
)
from tests.remediation.arm.arm_server import Answer, ArmServer
from tests.remediation.arm.conftest import REQUEST_ID, SUBSCRIPTION

_NAME = "abr-inc1-2"
_COMMAND = (
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-app"
    f"/providers/Microsoft.Compute/virtualMachines/vm01/runCommands/{_NAME}"
)


def _run(clients: ArmClients, item: ItemId, name: str = _NAME, attempt: str = "inc1-2") -> Outcome:
    return ArmMachines(clients).run_script(
        item,
        name,
        "#!/bin/sh\necho hello\n",
        {"attempt": attempt},
        location="westeurope",
        request_id=REQUEST_ID,
    )


@pytest.mark.parametrize("status", [201, 200])
def test_a_run_command_is_put_with_its_parameters_as_data(
    status: int, arm: ArmServer, clients: ArmClients, item: ItemId
) -> None:
    """The script's text is sent as it is; the attempt travels beside it."""
    headers = {"Azure-AsyncOperation": "{endpoint}/op"}
    body = {"name": _NAME, "properties": {"provisioningState": "Creating"}}
    arm.on("PUT", _COMMAND, Answer(status=status, body=body, headers=headers))

    outcome = _run(clients, item)

    assert outcome == Succeeded(handle=_NAME)
    (put,) = arm.requests("PUT")
    assert put.headers["x-ms-client-request-id"] == REQUEST_ID
    assert put.body["location"] == "westeurope"
    properties = put.body["properties"]
    assert properties["source"] == {"script": "#!/bin/sh\necho hello\n"}
    assert properties["parameters"] == [{"name": "attempt", "value": "inc1-2"}]
    assert properties["timeoutInSeconds"] == 600


def test_an_accepted_put_without_a_body_is_success(
    arm: ArmServer, clients: ArmClients, item: ItemId
) -> None:
    """An empty 202 breaks the SDK's other way to run a command."""
    arm.on("PUT", _COMMAND, Answer(status=202))

    assert _run(clients, item) == Succeeded(handle=_NAME)


def test_a_run_command_that_is_there_is_not_put_again(
    arm: ArmServer, clients: ArmClients, item: ItemId
) -> None:
    """A repeat after a crash finds its own, and has the same handle."""
    arm.on("GET", _COMMAND, Answer(body={"id": _COMMAND, "name": _NAME, "properties": {}}))

    outcome = _run(clients, item)

    assert isinstance(outcome, Succeeded)
    assert outcome.handle == _NAME
    assert not arm.requests("PUT")


def test_a_run_command_is_not_put_where_the_look_failed(
    arm: ArmServer, clients: ArmClients, item: ItemId
) -> None:
    """It may be there: nothing was sent, come back later."""
    arm.on("GET", _COMMAND, Answer(status=503, body={"error": {"code": "Busy"}}))

    assert isinstance(_run(clients, item), Transient)
    assert not arm.requests("PUT")


def test_a_busy_machine_is_transient(arm: ArmServer, clients: ArmClients, item: ItemId) -> None:
    """One script at a time: 409 means come back later, and is no failed attempt."""
    error = {"code": "Conflict", "message": "Run command extension execution is in progress."}
    arm.on("PUT", _COMMAND, Answer(status=409, body={"error": error}))

    assert isinstance(_run(clients, item), Transient)


def test_a_put_without_an_answer_is_unknown(
    arm: ArmServer, clients: ArmClients, item: ItemId
) -> None:
    """It was sent once; the next look tells."""
    arm.on("PUT", _COMMAND, Answer(drop=True))

    assert isinstance(_run(clients, item), Unknown)
    assert len(arm.requests("PUT")) == 1


@pytest.mark.parametrize(
    ("name", "attempt"),
    [("a/b", "1"), ("", "1"), ("..", "1"), (_NAME, "1; reboot"), (_NAME, "$(x)"), (_NAME, "")],
)
def test_a_name_or_parameter_with_other_characters_is_refused_unsent(
    name: str, attempt: str, arm: ArmServer, clients: ArmClients, item: ItemId
) -> None:
    """Parameters stay data through every shell on the way."""
    outcome = _run(clients, item, name, attempt)

    assert isinstance(outcome, Refused)
    assert outcome.code == "InvalidParameter"
    assert not arm.seen


def _look(arm: ArmServer, clients: ArmClients, item: ItemId, view: Any, **more: Any) -> Finding:
    properties = {"provisioningState": "Succeeded", "instanceView": view} | more
    arm.on("GET", _COMMAND, Answer(body={"id": _COMMAND, "name": _NAME, "properties": properties}))
    return ArmMachines(clients).script_result(item, _NAME)


def test_a_script_that_succeeded_carries_its_output(
    arm: ArmServer, clients: ArmClients, item: ItemId
) -> None:
    """One line of JSON, as our scripts print it."""
    view = {"executionState": "Succeeded", "exitCode": 0, "output": '{"scheduled":true}\n'}

    found = _look(arm, clients, item, view)

    assert found == Done(detail='{"scheduled":true}\n')
    assert "$expand=instanceView" in arm.seen[0].query


def test_the_end_of_a_long_output_is_kept(
    arm: ArmServer, clients: ArmClients, item: ItemId
) -> None:
    """At most 4 KiB, and no half character at the cut."""
    view = {"executionState": "Succeeded", "exitCode": 0, "output": "ü" * 5000 + "end"}

    found = _look(arm, clients, item, view)

    assert isinstance(found, Done)
    assert found.detail.endswith("üend")
    assert len(found.detail.encode()) <= 4096


@pytest.mark.parametrize(
    "view",
    [
        {"executionState": "Failed", "exitCode": 3, "error": "no agent"},
        {"executionState": "TimedOut", "executionMessage": "no agent"},
        {"executionState": "Succeeded", "exitCode": 3, "error": "no agent"},
        {"executionState": "Canceled", "output": "no agent"},
    ],
    ids=["failed", "timed out", "exit code", "cancelled"],
)
def test_a_script_that_ended_badly_has_failed(
    view: Any, arm: ArmServer, clients: ArmClients, item: ItemId
) -> None:
    """With the best word there is for why."""
    found = _look(arm, clients, item, view)

    assert found == Failed(reason="no agent", code=view["executionState"])


@pytest.mark.parametrize("state", ["Running", "Pending", "Unknown"])
def test_a_script_that_has_not_ended_runs(
    state: str, arm: ArmServer, clients: ArmClients, item: ItemId
) -> None:
    """Unknown is a state of its own in the service, and no end."""
    assert isinstance(_look(arm, clients, item, {"executionState": state}), Running)


def test_a_run_command_that_could_not_be_provisioned_has_failed(
    arm: ArmServer, clients: ArmClients, item: ItemId
) -> None:
    """It has no instance view and will never have one."""
    assert isinstance(_look(arm, clients, item, None, provisioningState="Failed"), Failed)


def test_a_run_command_that_is_not_there_is_absent(clients: ArmClients, item: ItemId) -> None:
    """Azure knows nothing of it."""
    assert isinstance(ArmMachines(clients).script_result(item, _NAME), Absent)


def test_a_look_that_failed_saw_nothing(arm: ArmServer, clients: ArmClients, item: ItemId) -> None:
    """A gateway's time-out is no end of the script."""
    arm.on("GET", _COMMAND, Answer(status=504, body="<html>"))

    assert isinstance(ArmMachines(clients).script_result(item, _NAME), Unseen)


@pytest.mark.parametrize("status", [202, 204, 404])
def test_a_run_command_that_was_read_is_deleted(
    status: int, arm: ArmServer, clients: ArmClients, item: ItemId
) -> None:
    """A machine keeps 25 at most; absent is success."""
    body = {"error": {"code": "ResourceNotFound", "message": "."}} if status == 404 else None
    arm.on("DELETE", _COMMAND, Answer(status=status, body=body))

    outcome = ArmMachines(clients).delete_script(item, _NAME, request_id=REQUEST_ID)

    assert isinstance(outcome, Succeeded)

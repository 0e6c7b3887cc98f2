"""Looks at long-running operations: what is found, what was not seen, and where no token goes."""

from datetime import timedelta
from typing import Any

import pytest

from remediation.arm.clients import ArmClients
from remediation.arm.machines import ArmMachines
from remediation.messages import Absent, Done, Failed, Finding, Running, Unseen
from tests.remediation.arm.arm_server import Answer, ArmServer
from tests.remediation.arm.conftest import SUBSCRIPTION

_PATH = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Compute/locations/we/operations/op-1"


def _look(arm: ArmServer, clients: ArmClients, answer: Answer) -> Finding:
    arm.on("GET", _PATH, answer)
    return ArmMachines(clients).operation(f"{arm.url}{_PATH}?api-version=1")


def test_a_failed_operation_is_an_http_200_that_says_failed(
    arm: ArmServer, clients: ArmClients
) -> None:
    """The status of the answer says nothing about the operation."""
    error = {"code": "VMExtensionProvisioningError", "message": "The agent did not answer."}

    found = _look(arm, clients, Answer(body={"status": "Failed", "error": error}))

    assert found == Failed(reason="The agent did not answer.", code="VMExtensionProvisioningError")


def test_an_operation_of_a_backup_ends_with_its_job(arm: ArmServer, clients: ArmClients) -> None:
    """It ends when the job exists, long before the backup has."""
    properties = {"objectType": "OperationStatusJobExtendedInfo", "jobId": "7ddead57"}

    found = _look(arm, clients, Answer(body={"status": "Succeeded", "properties": properties}))

    assert found == Done(detail="job 7ddead57", handle="7ddead57")


def test_an_operation_in_progress_says_when_to_look_again(
    arm: ArmServer, clients: ArmClients
) -> None:
    """Its body has an ``endTime`` all the same."""
    body = {"status": "InProgress", "endTime": "2026-11-20T12:00:00Z"}

    found = _look(arm, clients, Answer(body=body, headers={"Retry-After": "10"}))

    assert found == Running(detail="inprogress", look_after=timedelta(seconds=10))


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(status=202), Running()),
        (Answer(status=204), Done()),
        (Answer(status=200), Done()),
        (Answer(status=200, body={"id": "/a/resource"}), Done()),
        (Answer(body={"status": "Canceled"}), Failed(reason="", code="canceled")),
    ],
    ids=["accepted", "no content", "empty", "resource", "cancelled"],
)
def test_the_location_flavour_and_empty_answers_are_understood(
    answer: Answer, expected: Finding, arm: ArmServer, clients: ArmClients
) -> None:
    """202 until it is over, then 204, or 200 with nothing, or with the resource."""
    found = _look(arm, clients, answer)

    assert type(found) is type(expected)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(status=500, body={"error": {"code": "CloudInternalError"}}),
        Answer(status=502, body={"error": {"code": "InvalidGatewayHost"}}),
        Answer(status=504, body="<html>Gateway Timeout</html>"),
        Answer(status=429, body={"error": {"code": "TooManyRequests"}}),
        Answer(status=403, body={"error": {"code": "AuthorizationFailed"}}),
        Answer(status=307, headers={"Location": "http://example.invalid/"}),
        Answer(body="<html>not json</html>"),
        Answer(body={"status": "Failed"}, cut=True),
        Answer(drop=True),
        Answer(body={"status": "Succeeded"}, hang=True),
    ],
    ids=["500", "502", "504", "429", "403", "307", "html", "cut", "dropped", "silent"],
)
def test_a_failed_look_says_nothing_about_the_operation(
    answer: Answer, arm: ArmServer, clients: ArmClients
) -> None:
    """Polls answer with gateway errors, and then go on."""
    assert isinstance(_look(arm, clients, answer), Unseen)
    assert {one.method for one in arm.seen} == {"GET"}


def test_a_throttled_look_says_when_to_come_back(arm: ArmServer, clients: ArmClients) -> None:
    """The wait is handed over, not slept."""
    answer = Answer(status=429, body={}, headers={"Retry-After": "324"})

    found = _look(arm, clients, answer)

    assert isinstance(found, Unseen)
    assert found.retry_after == timedelta(seconds=324)


def test_a_date_in_retry_after_is_read_against_the_answers_own_date(
    arm: ArmServer, clients: ArmClients
) -> None:
    """No clock of ours is asked."""
    headers = {"Retry-After": "Fri, 31 Dec 2055 23:59:59 GMT"}

    found = _look(arm, clients, Answer(status=429, body={}, headers=headers))

    assert isinstance(found, Unseen)
    assert found.retry_after == timedelta(days=1)


def test_an_operation_that_azure_forgot_is_absent(clients: ArmClients, arm: ArmServer) -> None:
    """Resource Manager's own 404."""
    assert isinstance(ArmMachines(clients).operation(f"{arm.url}/unknown"), Absent)


def test_braces_in_an_operation_url_arrive_escaped(arm: ArmServer, clients: ArmClients) -> None:
    """The SDK clients' own requests take them for placeholders and die of an IndexError."""
    arm.on("GET", f"{_PATH}/{{x}}", Answer(body={"status": "Succeeded"}))

    found = ArmMachines(clients).operation(f"{arm.url}{_PATH}/{{x}}?s={{0}}")

    assert found == Done()
    assert arm.seen[0].target.endswith("/%7Bx%7D?s=%7B0%7D")


def test_a_signed_url_arrives_byte_for_byte(arm: ArmServer, clients: ArmClients) -> None:
    """A signature covers every byte of it."""
    query = "api-version=2026-10-01&t=638&c=MIIH" + "x%2Fy%2By%3D" * 300 + "&s=Ab-_~.c&h=%20"
    arm.on("GET", _PATH, Answer(body={"status": "Succeeded"}))

    ArmMachines(clients).operation(f"{arm.url}{_PATH}?{query}")

    assert arm.seen[0].target == f"{_PATH}?{query}"


def _elsewhere(arm: ArmServer) -> list[Any]:
    port = arm.url.rpartition(":")[2]
    return [
        f"http://localhost:{port}{_PATH}",
        f"https://127.0.0.1:{port}{_PATH}",
        f"http://127.0.0.1:1{_PATH}",
        f"http://127.0.0.1:{port}@example.invalid{_PATH}",
        f"http://someone@127.0.0.1:{port}{_PATH}",
        f"http://example.invalid\\@127.0.0.1:{port}{_PATH}",
        _PATH,
        "",
        "http://[",
    ]


@pytest.mark.parametrize("number", range(9))
def test_a_foreign_address_is_never_asked(number: int, arm: ArmServer, clients: ArmClients) -> None:
    """The token would go wherever the URL points: host, scheme and port must be the endpoint's."""
    found = ArmMachines(clients).operation(_elsewhere(arm)[number])

    assert isinstance(found, Unseen)
    assert "refused" in found.reason
    assert not arm.seen

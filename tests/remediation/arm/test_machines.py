"""Machines as they are read, and the changes that may be made to them."""

import copy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from remediation.arm.clients import ArmClients
from remediation.arm.machines import ArmMachines
from remediation.ids import ItemId
from remediation.messages import Outcome, Refused, Succeeded, Transient, Unknown
from remediation.roles import Role
from remediation.views import AgentState, Gone, Machine, Power, Unreadable
from tests.remediation.arm.arm_server import Answer, ArmServer, recorded
from tests.remediation.arm.conftest import REQUEST_ID, SUBSCRIPTION

_GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-app"
_VM = f"{_GROUP}/providers/Microsoft.Compute/virtualMachines/vm01"
_EXTENSION = f"{_VM}/extensions/VMSnapshot"


def _read(arm: ArmServer, clients: ArmClients, item: ItemId, body: Any) -> Machine:
    arm.on("GET", _VM, Answer(body=body))
    found = ArmMachines(clients).machine(item)
    assert isinstance(found, Machine)
    return found


@pytest.fixture
def body() -> Any:
    """Give a running machine as ARM answers it with its instance view."""
    return copy.deepcopy(recorded("machine.json"))


def _view(body: Any) -> Any:
    return body["properties"]["instanceView"]


def _power(body: Any, state: str) -> None:
    _view(body)["statuses"][1]["code"] = f"PowerState/{state}"


def test_a_machine_is_read_with_its_instance_view_in_one_call(
    arm: ArmServer, clients: ArmClients, item: ItemId, body: Any
) -> None:
    """Model, power, tags and disks; the id is the one that was asked for, in any casing."""
    machine = _read(arm, clients, item, body)

    assert machine.item == item
    assert (machine.location, machine.os, machine.disks) == ("westeurope", "windows", 3)
    assert (machine.power, machine.provisioning) == (Power.RUNNING, "succeeded")
    assert machine.tags == {"owner": "shop", "Backup-Remediation": "on"}
    (get,) = arm.seen
    assert "$expand=instanceView" in get.query
    assert "api-version=2026-04-01" in get.query


def test_a_ready_agent_carries_the_time_it_said_so(
    arm: ArmServer, clients: ArmClients, item: ItemId, body: Any
) -> None:
    """A restart is proved by a later report, so its time is kept."""
    agent = _read(arm, clients, item, body).agent

    assert agent.state is AgentState.READY
    assert agent.version == "2.7.41491.949"
    assert agent.reported_at == datetime(2026, 11, 20, 12, 11, 22, tzinfo=UTC)


@pytest.mark.parametrize("power", ["stopped", "deallocated", "stopping", "starting"])
def test_the_ready_of_a_machine_that_does_not_run_is_stale(
    power: str, arm: ArmServer, clients: ArmClients, item: ItemId, body: Any
) -> None:
    """The last report stays in the instance view long after the machine went off."""
    _power(body, power)

    assert _read(arm, clients, item, body).agent.state is AgentState.UNKNOWN


def test_a_running_machine_without_an_agent_has_none(
    arm: ArmServer, clients: ArmClients, item: ItemId, body: Any
) -> None:
    """Some running machines have no ``vmAgent`` at all."""
    del _view(body)["vmAgent"]

    assert _read(arm, clients, item, body).agent.state is AgentState.ABSENT


def test_a_deallocated_machine_without_an_agent_says_nothing_of_it(
    arm: ArmServer, clients: ArmClients, item: ItemId, body: Any
) -> None:
    """Most deallocated machines have no ``vmAgent`` in their view, and do have one."""
    del _view(body)["vmAgent"]
    _power(body, "deallocated")

    assert _read(arm, clients, item, body).agent.state is AgentState.UNKNOWN


def test_an_agent_that_is_not_ready_keeps_what_azure_says_of_it(
    arm: ArmServer, clients: ArmClients, item: ItemId, body: Any
) -> None:
    """``Unknown`` as a version is none."""
    agent = _view(body)["vmAgent"]
    agent["vmAgentVersion"] = "Unknown"
    agent["statuses"][0] |= {
        "code": "ProvisioningState/Unavailable",
        "displayStatus": "Not Ready",
        "message": "VM status blob is found but not yet populated.",
    }

    found = _read(arm, clients, item, body).agent

    assert (found.state, found.version) == (AgentState.NOT_READY, None)
    assert found.message == "VM status blob is found but not yet populated."


def test_extensions_are_merged_from_model_and_guest(
    arm: ArmServer, clients: ArmClients, item: ItemId, body: Any
) -> None:
    """One is in both, one only wanted, one only reported: each with publisher and type."""
    machine = _read(arm, clients, item, body)

    found = {one.name: (one.publisher, one.kind, one.state) for one in machine.extensions}
    assert found == {
        "VMSnapshot": ("Microsoft.Azure.RecoveryServices", "VMSnapshot", "failed"),
        "setup": ("Microsoft.Compute", "CustomScriptExtension", "failed"),
        "AzureMonitor": ("Microsoft.Azure.Monitor", "AzureMonitorWindowsAgent", "succeeded"),
    }
    snapshot = next(one for one in machine.extensions if one.is_backup)
    assert snapshot.message == "Snapshot operation failed due to COM+ error."


def test_a_bare_machine_is_read_without_inventing_anything(
    arm: ArmServer, clients: ArmClients, item: ItemId
) -> None:
    """No instance view, no tags, no disks: unknown, and not an error."""
    machine = _read(
        arm, clients, item, {"id": _VM, "location": "westeurope", "tags": None, "properties": {}}
    )

    assert machine.power is Power.UNKNOWN
    assert machine.agent.state is AgentState.UNKNOWN
    assert (machine.os, machine.disks, machine.tags, machine.extensions) == (None, None, {}, ())


def test_a_machine_that_was_deleted_is_gone(clients: ArmClients, item: ItemId) -> None:
    """Resource Manager itself says that it is not there."""
    assert isinstance(ArmMachines(clients).machine(item), Gone)


def test_a_404_that_is_not_arms_own_says_nothing(
    arm: ArmServer, clients: ArmClients, item: ItemId
) -> None:
    """An error page of something on the way is no proof that a machine was deleted."""
    arm.on("GET", _VM, Answer(status=404, body="<html>not here</html>"))

    assert isinstance(ArmMachines(clients).machine(item), Unreadable)


def test_a_subscription_we_may_not_see_is_unreadable_not_gone(
    arm: ArmServer, clients: ArmClients, item: ItemId
) -> None:
    """SubscriptionNotFound is what a missing role looks like."""
    error = {"code": "SubscriptionNotFound", "message": "could not be found"}
    arm.on("GET", _VM, Answer(status=404, body={"error": error}))

    assert isinstance(ArmMachines(clients).machine(item), Unreadable)


def test_a_missing_role_is_named(arm: ArmServer, clients: ArmClients, item: ItemId) -> None:
    """The operator reads which permission is missing, bounded."""
    error = {"code": "AuthorizationFailed", "message": "does not have authorization " * 100}
    arm.on("GET", _VM, Answer(status=403, body={"error": error}))

    found = ArmMachines(clients).machine(item)

    assert isinstance(found, Unreadable)
    assert found.role is Role.READ
    assert "role Backup Remediator Reader is not assigned" in found.reason
    assert len(found.reason) == 1000


def test_a_throttled_read_says_when_to_come_back(
    arm: ArmServer, clients: ArmClients, item: ItemId
) -> None:
    """And the call does not sleep."""
    arm.on("GET", _VM, Answer(status=429, body={"error": {}}, headers={"Retry-After": "17"}))

    found = ArmMachines(clients).machine(item)

    assert isinstance(found, Unreadable)
    assert found.retry_after == timedelta(seconds=17)
    assert len(arm.seen) == 1


@pytest.mark.parametrize(
    "answer",
    [Answer(drop=True), Answer(body={"a": 1}, cut=True), Answer(body="<html>")],
    ids=["dropped", "cut", "html"],
)
def test_a_read_without_a_readable_answer_is_unreadable(
    answer: Answer, arm: ArmServer, clients: ArmClients, item: ItemId
) -> None:
    """Whatever broke, nothing was read, and nothing is raised."""
    arm.on("GET", _VM, answer)

    assert isinstance(ArmMachines(clients).machine(item), Unreadable)


def _tags(arm: ArmServer, subscription: Any, group: Any) -> None:
    outer = f"/subscriptions/{SUBSCRIPTION}"
    arm.on("GET", outer, Answer(body={"id": outer, "tags": subscription}))
    arm.on("GET", _GROUP, Answer(body={"id": _GROUP, "tags": group}))


def test_the_groups_tags_win_over_the_subscriptions_in_any_casing(
    arm: ArmServer, clients: ArmClients, item: ItemId
) -> None:
    """Names of tags are one name in every casing."""
    _tags(arm, {"env": "prod", "Backup-Remediation": "on"}, {"backup-remediation": "off"})

    assert ArmMachines(clients).surrounding_tags(item) == {
        "env": "prod",
        "backup-remediation": "off",
    }


def test_no_tags_at_all_are_no_tags(arm: ArmServer, clients: ArmClients, item: ItemId) -> None:
    """ARM writes null, or leaves them out."""
    _tags(arm, None, None)

    assert ArmMachines(clients).surrounding_tags(item) == {}


def test_tags_are_unreadable_where_either_read_fails(
    arm: ArmServer, clients: ArmClients, item: ItemId
) -> None:
    """An exclusion may stand on the one that was not read."""
    outer = f"/subscriptions/{SUBSCRIPTION}"
    arm.on("GET", outer, Answer(body={"id": outer, "tags": {}}))
    arm.on("GET", _GROUP, Answer(status=500, body={"error": {"code": "InternalError"}}))

    assert isinstance(ArmMachines(clients).surrounding_tags(item), Unreadable)


_LOCATION = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Compute/locations/westeurope"
_OPERATION = f"{_LOCATION}/operations/op-1?p=1&t=2"


@pytest.mark.parametrize("verb", ["reapply", "restart"])
def test_a_change_of_a_machine_is_started_with_our_id_and_not_waited_for(
    verb: str, arm: ArmServer, clients: ArmClients, item: ItemId
) -> None:
    """The handle is the operation's URL; the look comes later, by a wake-up."""
    url = "{endpoint}" + _OPERATION
    headers = {"Azure-AsyncOperation": url, "Location": url + "&monitor=true"}
    arm.on("POST", f"{_VM}/{verb}", Answer(status=202, headers=headers))
    machines = ArmMachines(clients)

    outcome = (machines.reapply if verb == "reapply" else machines.restart)(
        item, request_id=REQUEST_ID
    )

    assert outcome == Succeeded(handle=arm.url + _OPERATION)
    (post,) = arm.seen
    assert post.headers["x-ms-client-request-id"] == REQUEST_ID


def _reapply(clients: ArmClients, item: ItemId) -> Outcome:
    return ArmMachines(clients).reapply(item, request_id=REQUEST_ID)


def test_a_scope_lock_refuses_with_its_code(
    arm: ArmServer, clients: ArmClients, item: ItemId
) -> None:
    """A ReadOnly lock forbids every POST."""
    error = {"code": "ScopeLocked", "message": "The scope cannot perform write operation."}
    arm.on("POST", f"{_VM}/reapply", Answer(status=409, body={"error": error}))

    outcome = _reapply(clients, item)

    assert isinstance(outcome, Refused)
    assert outcome.code == "ScopeLocked"


def test_a_missing_role_refuses_a_change(arm: ArmServer, clients: ArmClients, item: ItemId) -> None:
    """Nothing was changed, and no later try will go through by itself."""
    error = {"code": "AuthorizationFailed", "message": "no permission"}
    arm.on("POST", f"{_VM}/reapply", Answer(status=403, body={"error": error}))

    outcome = _reapply(clients, item)

    assert isinstance(outcome, Refused)
    assert outcome.role is Role.LOW
    assert outcome.reason.startswith("role Backup Remediator VM is not assigned")
    assert outcome.code == "AuthorizationFailed"


@pytest.mark.parametrize(
    "answer",
    [
        Answer(drop=True),
        Answer(status=202, body={"status": "InProgress"}, cut=True),
        Answer(status=202, body={"status": "InProgress"}, hang=True),
        Answer(status=504, body="<html>Gateway Timeout</html>"),
        Answer(status=408, body={"error": {"code": "RequestTimeout"}}),
    ],
    ids=["dropped", "cut", "silent", "gateway", "408"],
)
def test_a_change_without_an_answer_is_unknown_and_sent_once(
    answer: Answer, arm: ArmServer, clients: ArmClients, item: ItemId
) -> None:
    """Also where the SDK calls it a request that was not sent: it went silent while answering."""
    arm.on("POST", f"{_VM}/reapply", answer)

    assert isinstance(_reapply(clients, item), Unknown)
    assert len(arm.seen) == 1


def _extension(arm: ArmServer, publisher: str) -> None:
    properties = {"publisher": publisher, "type": "VMSnapshot"}
    body = {"id": _EXTENSION, "name": "VMSnapshot", "properties": properties}
    arm.on("GET", _EXTENSION, Answer(body=body))


def test_our_extension_is_deleted(arm: ArmServer, clients: ArmClients, item: ItemId) -> None:
    """The handle leads to the deletion."""
    _extension(arm, "Microsoft.Azure.RecoveryServices")
    headers = {"Azure-AsyncOperation": "{endpoint}" + _OPERATION, "Retry-After": "10"}
    arm.on("DELETE", _EXTENSION, Answer(status=202, headers=headers))

    outcome = ArmMachines(clients).delete_extension(item, "VMSnapshot", request_id=REQUEST_ID)

    assert outcome == Succeeded(handle=arm.url + _OPERATION, look_after=timedelta(seconds=10))
    assert arm.requests("DELETE")[0].headers["x-ms-client-request-id"] == REQUEST_ID


@pytest.mark.parametrize("status", [204, 404])
def test_an_extension_that_is_not_there_is_success(
    status: int, arm: ArmServer, clients: ArmClients, item: ItemId
) -> None:
    """Managed-disk machines do not list it: absent is normal."""
    body = {"error": {"code": "ResourceNotFound", "message": "."}} if status == 404 else None
    arm.on("DELETE", _EXTENSION, Answer(status=status, body=body))

    outcome = ArmMachines(clients).delete_extension(item, "VMSnapshot", request_id=REQUEST_ID)

    assert outcome == Succeeded(done=True, detail="was not there")


def test_an_extension_of_another_publisher_is_never_deleted(
    arm: ArmServer, clients: ArmClients, item: ItemId
) -> None:
    """Whatever it is called, and whoever asks."""
    _extension(arm, "Contoso.Backup")

    outcome = ArmMachines(clients).delete_extension(item, "VMSnapshot", request_id=REQUEST_ID)

    assert isinstance(outcome, Refused)
    assert outcome.code == "ForeignExtension"
    assert not arm.requests("DELETE")


def test_an_extension_whose_publisher_cannot_be_read_is_left_alone(
    arm: ArmServer, clients: ArmClients, item: ItemId
) -> None:
    """A later try may read it."""
    arm.on("GET", _EXTENSION, Answer(status=503, body={"error": {"code": "Busy"}}))

    outcome = ArmMachines(clients).delete_extension(item, "VMSnapshot", request_id=REQUEST_ID)

    assert isinstance(outcome, Transient)
    assert not arm.requests("DELETE")


def test_a_change_that_took_effect_at_once_is_done(
    arm: ArmServer, clients: ArmClients, item: ItemId
) -> None:
    """200 without an operation: nothing is left to look at."""
    arm.on("POST", f"{_VM}/reapply", Answer(status=200))

    assert _reapply(clients, item) == Succeeded(done=True)

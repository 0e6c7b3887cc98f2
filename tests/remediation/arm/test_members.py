"""Groups of partners as they are listed."""

from urllib.parse import unquote

import pytest

from remediation.arm.clients import ArmClients
from remediation.arm.machines import ArmMachines
from remediation.ids import ItemId
from remediation.partnership import Group, Kind
from remediation.views import Unreadable
from tests.remediation.arm.arm_server import Answer, ArmServer
from tests.remediation.arm.conftest import SUBSCRIPTION

_GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-app"
_COMPUTE = f"{_GROUP}/providers/Microsoft.Compute"
_SET = f"{_COMPUTE}/availabilitySets/pair"
_SCALE_SET = f"{_COMPUTE}/virtualMachineScaleSets/flex"
_MACHINES = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Compute/virtualMachines"
_TAGGED = f"/subscriptions/{SUBSCRIPTION}/resources"


def a_vm(name: str) -> dict[str, str]:
    """A machine as a list has it."""
    return {"id": f"{_COMPUTE}/virtualMachines/{name}"}


def listed(clients: ArmClients, kind: Kind, name: str, value: str = "") -> list[str]:
    """Return the names of the members."""
    group = Group(kind=kind, key=name, name=name, value=value)
    found = ArmMachines(clients).members(SUBSCRIPTION, group)
    assert isinstance(found, tuple), found
    assert all(isinstance(one, ItemId) for one in found)
    return [one.name for one in found]


def test_an_availability_set_names_its_machines(arm: ArmServer, clients: ArmClients) -> None:
    """In capitals, as Compute writes them; the id of the set may be in capitals too."""
    loud = {"id": a_vm("vm01")["id"].upper().replace("/SUBSCRIPTIONS/", "/subscriptions/")}
    body = {"id": _SET, "properties": {"virtualMachines": [loud, a_vm("vm02"), a_vm("VM02")]}}
    arm.on("GET", _SET, Answer(body=body))
    assert listed(clients, Kind.AVAILABILITY_SET, _SET) == ["VM01", "vm02"]
    (get,) = arm.seen
    assert "api-version=2026-04-01" in get.query


def test_a_set_that_is_gone_has_no_machines(arm: ArmServer, clients: ArmClients) -> None:
    """Who asks notices that the machine itself is not among them."""
    error = {"error": {"code": "ResourceNotFound", "message": "gone"}}
    arm.on("GET", _SET, Answer(status=404, body=error))
    assert listed(clients, Kind.AVAILABILITY_SET, _SET) == []


def test_a_scale_set_is_asked_for_by_a_filter(arm: ArmServer, clients: ArmClients) -> None:
    """Over the whole subscription, page by page."""
    arm.on("GET", _MACHINES, Answer(body={"value": [a_vm("vm01"), a_vm("vm02")]}))
    assert listed(clients, Kind.SCALE_SET, _SCALE_SET) == ["vm01", "vm02"]
    (get,) = arm.seen
    assert f"$filter='virtualMachineScaleSet/id' eq '{_SCALE_SET}'" in unquote(get.query)


def test_what_has_a_tag_is_asked_for_by_a_filter(arm: ArmServer, clients: ArmClients) -> None:
    """Machines alone: their disks, interfaces and extensions may have it too."""
    others = [
        {"id": f"{_COMPUTE}/disks/vm01"},
        {"id": f"{_GROUP}/providers/Microsoft.Network/networkInterfaces/vm01"},
        {"id": f"{a_vm('vm01')['id']}/extensions/one"},
    ]
    arm.on("GET", _TAGGED, Answer(body={"value": [*others, a_vm("vm01"), {}]}))
    assert listed(clients, Kind.TAG, "App", "o'shop & co") == ["vm01"]
    (get,) = arm.seen
    assert "$filter=tagName eq 'App' and tagValue eq 'o''shop & co'" in unquote(get.query)


@pytest.mark.parametrize(
    ("kind", "name", "path"),
    [
        (Kind.AVAILABILITY_SET, _SET, _SET),
        (Kind.SCALE_SET, _SCALE_SET, _MACHINES),
        (Kind.TAG, "app", _TAGGED),
    ],
)
def test_what_is_throttled_or_forbidden_tells_nothing(
    arm: ArmServer, clients: ArmClients, kind: Kind, name: str, path: str
) -> None:
    """It is no empty group."""
    error = {"error": {"code": "AuthorizationFailed", "message": "no role"}}
    arm.on("GET", path, Answer(status=403, body=error))
    group = Group(kind=kind, key=name, name=name, value="shop")
    found = ArmMachines(clients).members(SUBSCRIPTION, group)
    assert isinstance(found, Unreadable)
    assert "members of the" in found.reason


def test_a_strange_id_of_a_set_is_never_asked_for(arm: ArmServer, clients: ArmClients) -> None:
    """An address is made of what was recognised, and of nothing else."""
    group = Group(kind=Kind.AVAILABILITY_SET, key="a", name=f"{_SET}/../../x")
    found = ArmMachines(clients).members(SUBSCRIPTION, group)
    assert isinstance(found, Unreadable)
    assert "expected the ARM id of an availability set" in found.reason
    assert arm.seen == []

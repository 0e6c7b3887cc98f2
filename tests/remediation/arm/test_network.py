"""The security rules in effect: asked for, waited for, and judged for what a backup needs."""

from typing import Any

import pytest

from remediation.arm.clients import ArmClients
from remediation.arm.machines import ArmMachines
from remediation.messages import Absent, Done, Finding, Refused, Running, Succeeded, Unseen
from remediation.roles import Role
from tests.remediation.arm.arm_server import Answer, ArmServer
from tests.remediation.arm.conftest import REQUEST_ID, SUBSCRIPTION

_NIC = (
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-app/providers/Microsoft.Network"
    "/networkInterfaces/vm01-nic"
)
_GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-net/providers/Microsoft.Network"
_RESULTS = "/subscriptions/s/providers/Microsoft.Network/locations/westeurope/operationResults/1"


def _rule(name: str, priority: int, access: str, **parts: Any) -> dict[str, Any]:
    """Return a rule as Azure writes it: everything goes out, unless a part says otherwise."""
    return {
        "name": name,
        "protocol": "All",
        "sourcePortRange": "0-65535",
        "destinationPortRange": "0-65535",
        "sourceAddressPrefix": "0.0.0.0/0",
        "destinationAddressPrefix": "0.0.0.0/0",
        "access": access,
        "priority": priority,
        "direction": "Outbound",
        **parts,
    }


_DEFAULTS = [
    _rule(
        "defaultSecurityRules/AllowVnetOutBound",
        65000,
        "Allow",
        destinationAddressPrefix="VirtualNetwork",
    ),
    _rule(
        "defaultSecurityRules/AllowInternetOutBound",
        65001,
        "Allow",
        destinationAddressPrefix="Internet",
    ),
    _rule("defaultSecurityRules/DenyAllOutBound", 65500, "Deny"),
]


def _rules(*own: dict[str, Any]) -> Any:
    group = {"id": f"{_GROUP}/networkSecurityGroups/nsg-app"}
    return {
        "value": [{"networkSecurityGroup": group, "effectiveSecurityRules": [*own, *_DEFAULTS]}]
    }


def _seen(arm: ArmServer, clients: ArmClients, body: Any) -> Finding:
    arm.on("GET", _RESULTS, Answer(body=body))
    return ArmMachines(clients).worked_out_rules(f"{arm.url}{_RESULTS}")


def test_rules_are_asked_for_once(arm: ArmServer, clients: ArmClients) -> None:
    """A POST without a body under the step's id; where the rules will be is the handle."""
    location = {"Location": f"{arm.url}{_RESULTS}", "Retry-After": "10"}
    arm.on("POST", f"{_NIC}/effectiveNetworkSecurityGroups", Answer(status=202, headers=location))
    outcome = ArmMachines(clients).work_out_rules(_NIC, request_id=REQUEST_ID)
    assert isinstance(outcome, Succeeded)
    assert outcome.handle == f"{arm.url}{_RESULTS}"
    (post,) = arm.requests("POST")
    assert post.headers["x-ms-client-request-id"] == REQUEST_ID


def test_the_rules_are_where_the_location_is(arm: ArmServer, clients: ArmClients) -> None:
    """The other address tells how the operation stands, which must not be taken for rules."""
    status = _RESULTS.replace("operationResults", "operations")
    headers = {"Location": f"{arm.url}{_RESULTS}", "Azure-AsyncOperation": f"{arm.url}{status}"}
    arm.on("POST", f"{_NIC}/effectiveNetworkSecurityGroups", Answer(status=202, headers=headers))
    outcome = ArmMachines(clients).work_out_rules(_NIC, request_id=REQUEST_ID)
    assert isinstance(outcome, Succeeded)
    assert outcome.handle == f"{arm.url}{_RESULTS}"


@pytest.mark.parametrize(
    "interface",
    ["", "/subscriptions/x", f"{_NIC}/../../evil", f"{_NIC}?x=1", f"{_NIC}\n"],
)
def test_what_is_no_interface_is_refused(
    interface: str, arm: ArmServer, clients: ArmClients
) -> None:
    """Nothing is sent for it."""
    assert isinstance(
        ArmMachines(clients).work_out_rules(interface, request_id=REQUEST_ID), Refused
    )
    assert arm.seen == []


def test_a_missing_role_is_refused_by_name(arm: ArmServer, clients: ArmClients) -> None:
    """The rung is left; people read which right is missing."""
    body = {"error": {"code": "AuthorizationFailed", "message": "no effective rules for you"}}
    arm.on("POST", f"{_NIC}/effectiveNetworkSecurityGroups", Answer(status=403, body=body))
    outcome = ArmMachines(clients).work_out_rules(_NIC, request_id=REQUEST_ID)
    assert isinstance(outcome, Refused)
    assert outcome.role is Role.READ


def test_rules_that_are_not_there_yet_are_waited_for(arm: ArmServer, clients: ArmClients) -> None:
    """202 until they are."""
    arm.on("GET", _RESULTS, Answer(status=202))
    assert isinstance(ArmMachines(clients).worked_out_rules(f"{arm.url}{_RESULTS}"), Running)


def test_a_foreign_address_is_never_asked(arm: ArmServer, clients: ArmClients) -> None:
    """The token goes wherever the address points."""
    found = ArmMachines(clients).worked_out_rules("https://example.org/operationResults/1")
    assert isinstance(found, Unseen)
    assert arm.seen == []


def test_rules_that_are_gone_are_absent(arm: ArmServer, clients: ArmClients) -> None:
    """Azure keeps them for a while only."""
    body = {"error": {"code": "NotFound", "message": "no such operation"}}
    arm.on("GET", _RESULTS, Answer(status=404, body=body))
    assert isinstance(ArmMachines(clients).worked_out_rules(f"{arm.url}{_RESULTS}"), Absent)


def test_azures_own_rules_let_a_backup_pass(arm: ArmServer, clients: ArmClients) -> None:
    """The default rules deny nothing that it needs."""
    found = _seen(arm, clients, _rules())
    assert isinstance(found, Done)
    assert found.facts == {"outbound": "open"}
    assert found.findings["outbound_rules"] == "none but Azure's own"


_DENIALS = {
    "everything": (_rule("DenyAll", 100, "Deny"), {"storage", "platform_80", "platform_32526"}),
    "the internet": (
        _rule("DenyInternet", 100, "Deny", destinationAddressPrefix="Internet"),
        {"storage"},
    ),
    "storage of one region": (
        _rule("NoStorage", 100, "Deny", destinationAddressPrefix="Storage.WestEurope"),
        {"storage"},
    ),
    "one port of the platform": (
        _rule(
            "NoAgent",
            100,
            "Deny",
            destinationAddressPrefix="168.63.129.16",
            destinationPortRange="32526",
        ),
        {"platform_32526"},
    ),
    "ports as a list": (
        _rule(
            "NoWeb",
            100,
            "Deny",
            destinationPortRange=None,
            destinationPortRanges=["22", "443-444"],
        ),
        {"storage"},
    ),
}


@pytest.mark.parametrize("name", _DENIALS)
def test_a_rule_that_denies_what_a_backup_needs_is_named(
    name: str, arm: ArmServer, clients: ArmClients
) -> None:
    """With its group: its owner must be found."""
    rule, blocked = _DENIALS[name]
    found = _seen(arm, clients, _rules(rule))
    assert isinstance(found, Done)
    assert found.facts == {"outbound": "blocked"}
    told = {key for key in found.findings if key != "outbound_rules"}
    assert told == {f"outbound_{one}" for one in blocked}
    assert all(f"denied by {rule['name']} of nsg-app" == found.findings[key] for key in told)


_HARMLESS = {
    "a better rule before it": [
        _rule("Deny", 200, "Deny"),
        _rule("Allow", 100, "Allow"),
    ],
    "another protocol": [_rule("NoUdp", 100, "Deny", protocol="Udp")],
    "another port": [_rule("NoMail", 100, "Deny", destinationPortRange="25-25")],
    "another place": [_rule("NoHost", 100, "Deny", destinationAddressPrefix="10.0.0.0/8")],
    "the other direction": [_rule("NoIn", 100, "Deny", direction="Inbound")],
}


@pytest.mark.parametrize("name", _HARMLESS)
def test_a_rule_that_a_backup_does_not_meet_blocks_nothing(
    name: str, arm: ArmServer, clients: ArmClients
) -> None:
    """The first rule that matches decides, as in Azure."""
    found = _seen(arm, clients, _rules(*_HARMLESS[name]))
    assert isinstance(found, Done)
    assert found.facts == {"outbound": "open"}


def test_each_group_must_let_it_pass(arm: ArmServer, clients: ArmClients) -> None:
    """One on the interface, one on the subnet: what one of them denies is denied."""
    body = _rules(_rule("Allow", 100, "Allow"))
    other = {"networkSecurityGroup": {"id": f"{_GROUP}/networkSecurityGroups/nsg-subnet"}}
    body["value"].append({**other, "effectiveSecurityRules": [_rule("Deny", 300, "Deny")]})
    found = _seen(arm, clients, body)
    assert isinstance(found, Done)
    assert found.findings["outbound_storage"] == "denied by Deny of nsg-subnet"


@pytest.mark.parametrize("body", [{"value": []}, {"value": [{}]}])
def test_an_interface_without_any_group_blocks_nothing(
    body: Any, arm: ArmServer, clients: ArmClients
) -> None:
    """Nobody has written a rule for it."""
    found = _seen(arm, clients, body)
    assert isinstance(found, Done)
    assert found.facts == {"outbound": "open"}


@pytest.mark.parametrize("body", [{}, {"value": None}, {"status": "Succeeded"}, []])
def test_an_answer_that_holds_no_rules_tells_nothing(
    body: Any, arm: ArmServer, clients: ArmClients
) -> None:
    """Open is only what was seen to be open."""
    assert isinstance(_seen(arm, clients, body), Unseen)

"""The security rules in effect: asked for, waited for, and read by the product's own eyes."""

from datetime import timedelta
from typing import Any

import pytest

from local.azure.http.misbehaviour import Fate
from local.azure.http.service import request
from local.worlds import Misbehaviour, Nsg
from remediation.arm.security_rules import denied, rule
from tests.local.azure.building import Caller, a_vm, a_world

VERSION = {"api-version": "2024-05-01"}


def asked(caller: Caller) -> Any:
    """Ask for the rules of the first machine's interface."""
    path = f"{caller.machine.interface_id}/effectiveNetworkSecurityGroups"
    return caller.call("POST", path, query=VERSION)


def where(reply: Any, header: str = "Location") -> str:
    """Return the path to which a header leads."""
    return str(reply.headers[header].removeprefix("http://127.0.0.1").partition("?")[0])


def rules_of(caller: Caller) -> list[dict[str, Any]]:
    """Return the rules in effect as they are shown."""
    reply = asked(caller)
    caller.wait(seconds=30)
    body = caller.call("GET", where(reply), query=VERSION).body
    (group,) = body["value"]
    assert group["networkSecurityGroup"]["id"].startswith("/subscriptions/")
    assert "subnet" in group["association"]
    return list(group["effectiveSecurityRules"])


def test_the_rules_are_worked_out_on_request() -> None:
    """202 with an address, which answers 202 until it answers with the rules."""
    caller = Caller()
    reply = asked(caller)
    early = caller.call("GET", where(reply), query=VERSION)
    caller.wait(seconds=30)
    late = caller.call("GET", where(reply), query=VERSION)
    assert (reply.status, early.status, late.status) == (202, 202, 200)
    assert reply.headers["Retry-After"] == "10"


def test_the_machine_names_its_interface() -> None:
    """In the network profile, as the primary one."""
    caller = Caller()
    profile = caller.call("GET", caller.machine.id).body["properties"]["networkProfile"]
    (one,) = profile["networkInterfaces"]
    assert (one["id"], one["properties"]["primary"]) == (caller.machine.interface_id, True)


def test_azures_own_rules_are_always_there() -> None:
    """Three each way, from 65000 on."""
    shown = [one for one in rules_of(Caller()) if one["priority"] >= 65000]
    assert len(shown) == 6
    assert {one["direction"] for one in shown} == {"Inbound", "Outbound"}
    fields = {"name", "protocol", "access", "sourcePortRange", "destinationAddressPrefix"}
    assert all(fields <= set(one) for one in shown)


@pytest.mark.parametrize("closed", [False, True])
def test_a_denying_rule_blocks_what_a_backup_needs(closed: bool) -> None:
    """As the product reads the rules: storage and the platform's two ports, or nothing."""
    caller = Caller(a_world(a_vm(nsg=Nsg(deny_outbound=closed))))
    found = denied([rule(one, "group") for one in rules_of(caller)])
    assert set(found) == ({"storage", "platform_80", "platform_32526"} if closed else set())


def test_the_operation_beside_the_address_tells_its_state_alone() -> None:
    """Who polls it must not take its answer for the rules."""
    callers = (Caller(a_world(a_vm(name=f"vm-{number}"))) for number in range(20))
    replies = ((caller, asked(caller)) for caller in callers)
    caller, reply = next(one for one in replies if "Azure-AsyncOperation" in one[1].headers)
    caller.wait(seconds=30)
    state = caller.call("GET", where(reply, "Azure-AsyncOperation"), query=VERSION).body
    assert state == {"status": "Succeeded"}


def test_an_interface_of_a_machine_that_is_off_has_no_rules() -> None:
    """Refused at once, with Azure's own word for it."""
    reply = asked(Caller(a_world(a_vm(power="deallocated"))))
    code = "NicMustBeAttachedToRunningVmToGetEffectiveSecurityGroups"
    assert (reply.status, reply.body["error"]["code"]) == (400, code)


def test_an_unknown_interface_or_operation_is_not_found() -> None:
    """404, as everywhere."""
    caller = Caller()
    base = caller.machine.interface_id.rpartition("/")[0]
    unknown = caller.call("POST", f"{base}/none/effectiveNetworkSecurityGroups")
    location = where(asked(caller)).rpartition("/")[0]
    assert (unknown.status, caller.call("GET", f"{location}/none").status) == (404, 404)


@pytest.mark.parametrize(
    ("misbehaviour", "status"),
    [(Misbehaviour(throttle=1.0), 429), (Misbehaviour(lost_answer=1.0), None)],
    ids=["throttled", "lost"],
)
def test_azure_misbehaves_here_too(misbehaviour: Misbehaviour, status: int | None) -> None:
    """A throttle refuses; a lost answer was worked out all the same."""
    caller = Caller(a_world(misbehaviour=misbehaviour))
    path = f"{caller.machine.interface_id}/effectiveNetworkSecurityGroups"
    outcome = caller.service.answer(request("POST", path, now=caller.now))
    if status is not None:
        assert outcome.reply.status == status
        return
    assert outcome.fate is not Fate.ANSWERED
    assert [one.kind for one in caller.simulation.estate.operations.values()] == ["effective_rules"]


def test_the_rules_count_as_changes_against_the_subscriptions_limit() -> None:
    """They are asked for with POST: 200 at once, then ten a second."""
    caller = Caller()
    codes = [asked(caller).status for _ in range(205)]
    assert (codes[0], codes[-1]) == (202, 429)
    caller.now += timedelta(seconds=2)
    assert asked(caller).status == 202

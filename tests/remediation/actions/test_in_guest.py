"""Steps in a guest: run commands sent once, read, watched and tidied up, through the real SDK."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from remediation.actions.guest_script import GuestScript
from remediation.actions.inspect_guest import InspectGuest
from remediation.actions.inspect_network import InspectNetwork
from remediation.actions.step import Order, StepCode, Tools
from remediation.actions.table import STEPS
from remediation.arm.clients import ArmClients
from remediation.arm.machines import ArmMachines
from remediation.incident import StepName, StepState
from remediation.messages import Absent, Done, Failed, Finding, Refused, Running, Succeeded
from remediation.repertoire import ACTIONS
from remediation.scripts import script
from tests.remediation.arm.arm_server import Answer, ArmServer, Token, recorded, running
from tests.remediation.core.builders import NOW, a_step, an_incident

INCIDENT = an_incident()
ITEM = INCIDENT.item
_VM = (
    f"/subscriptions/{ITEM.subscription}/resourceGroups/{ITEM.group}"
    f"/providers/Microsoft.Compute/virtualMachines/{ITEM.name}"
)
_COMMAND = f"{_VM}/runCommands/abr-{INCIDENT.id}-1"
_NIC = f"/subscriptions/{ITEM.subscription}/resourceGroups/web/providers/Microsoft.Network"


@pytest.fixture
def arm() -> Iterator[ArmServer]:
    """Give a running server."""
    with running() as server:
        yield server


@pytest.fixture
def tools(arm: ArmServer) -> Iterator[Tools]:
    """Give the real adapter of machines; no step here uses another port."""
    clients = ArmClients(Token(), arm.url, local=True, read_seconds=1)
    none: Any = None
    yield Tools(machines=ArmMachines(clients), backups=none, locks=none, vaults=none, keeper=none)
    clients.close()


def an_order(name: StepName, system: str = "linux", **changes: Any) -> Order:
    """An order for a step that Azure took."""
    parameters = {"os": system, "location": "westeurope"}
    step = a_step(
        name, parameters=parameters, **{"state": StepState.SENT, "sent_at": NOW, **changes}
    )
    return Order(incident=INCIDENT, step=step, snapshot=None, now=NOW)


def ended(output: str, exit_code: int = 0) -> Answer:
    """A run command whose script has ended."""
    state = "Succeeded" if exit_code == 0 else "Failed"
    view = {"executionState": state, "exitCode": exit_code, "output": output, "error": ""}
    properties = {"instanceView": view, "provisioningState": "Succeeded"}
    return Answer(body={"id": _COMMAND, "properties": properties})


def a_line(**parts: object) -> str:
    """One line of a script."""
    return json.dumps({"attempt": "a", "action": "x", **parts})


def an_agent_that_reported(at: datetime) -> Answer:
    """The machine, with a Ready of that time."""
    body = recorded("machine.json")
    status = body["properties"]["instanceView"]["vmAgent"]["statuses"][0]
    status |= {"displayStatus": "Ready", "time": at.astimezone(UTC).isoformat()}
    return Answer(body=body)


def probed(arm: ArmServer, tools: Tools, code: StepCode, order: Order, answer: Answer) -> Finding:
    """Look at a step whose run command answers so."""
    arm.on("GET", _COMMAND, answer)
    arm.on("DELETE", _COMMAND, Answer(status=204))
    return code.probe(tools, order)


def test_every_step_of_the_repertoire_has_its_code() -> None:
    """And no code is there for a step that no action takes."""
    taken = {step for action in ACTIONS.values() for step in action.all_steps}
    assert taken == set(STEPS)


@pytest.mark.parametrize(
    ("name", "system"),
    [
        (action.name, system)
        for action in ACTIONS.values()
        if action.needs_agent and action.name != "reinstall_extension"
        for system in ([action.os] if action.os else ["linux", "windows"])
    ],
)
def test_every_action_in_a_guest_has_a_script_of_its_own(name: str, system: str) -> None:
    """For each system that it is for."""
    assert "attempt" in script(name, system)


def test_a_script_is_sent_under_the_attempts_name(arm: ArmServer, tools: Tools) -> None:
    """With the attempt as its only parameter: nothing of an event reaches a guest."""
    arm.on("PUT", _COMMAND, Answer(status=201, body={"properties": {}}))
    order = an_order(StepName.INSPECT_GUEST)
    assert isinstance(InspectGuest().act(tools, order), Succeeded)
    (put,) = arm.requests("PUT")
    assert put.body["properties"]["source"]["script"] == script("inspect_guest", "linux")
    parameters = put.body["properties"]["parameters"]
    assert parameters == [{"name": "attempt", "value": order.step.request_id}]


def test_an_inspection_brings_facts_and_findings_and_tidies_up(
    arm: ArmServer, tools: Tools
) -> None:
    """A machine holds 25 run commands: each is deleted once it was read."""
    line = a_line(facts={"dhcp": "off"}, findings={"adapters": "eth0: static"})
    found = probed(arm, tools, InspectGuest(), an_order(StepName.INSPECT_GUEST), ended(line))
    assert isinstance(found, Done)
    assert (found.facts, found.findings) == ({"dhcp": "off"}, {"adapters": "eth0: static"})
    assert len(arm.requests("DELETE")) == 1


@pytest.mark.parametrize("output", ["", "command not found", "[]"])
def test_a_guest_that_says_nothing_readable_is_no_evidence(
    output: str, arm: ArmServer, tools: Tools
) -> None:
    """The look has failed, and says why."""
    found = probed(arm, tools, InspectGuest(), an_order(StepName.INSPECT_GUEST), ended(output))
    assert isinstance(found, Failed)
    assert "could not be read" in found.reason


def test_a_script_that_runs_is_looked_at_again(arm: ArmServer, tools: Tools) -> None:
    """And stays on the machine."""
    view = {"executionState": "Running"}
    answer = Answer(body={"id": _COMMAND, "properties": {"instanceView": view}})
    for code, name in (
        (InspectGuest(), StepName.INSPECT_GUEST),
        (GuestScript(), StepName.RESTART_VSS_WRITERS),
    ):
        assert isinstance(probed(arm, tools, code, an_order(name), answer), Running)
    assert arm.requests("DELETE") == []


def test_an_inspection_that_was_read_and_not_written_down_is_lost(
    arm: ArmServer, tools: Tools
) -> None:
    """A worker died between the two: it is not made again under the same attempt."""
    found = InspectGuest().probe(tools, an_order(StepName.INSPECT_GUEST))
    assert isinstance(found, Failed)


def test_a_step_that_never_arrived_is_absent(arm: ArmServer, tools: Tools) -> None:
    """Only a step that Azure took can have been read already."""
    order = an_order(StepName.RESTART_VSS_WRITERS, "windows", state=StepState.UNKNOWN)
    assert isinstance(GuestScript().probe(tools, order), Absent)
    order = an_order(StepName.INSPECT_GUEST, state=StepState.UNKNOWN)
    assert isinstance(InspectGuest().probe(tools, order), Absent)


def test_a_repair_says_what_it_changed_and_what_undoes_it(arm: ArmServer, tools: Tools) -> None:
    """Both stand in the record."""
    line = a_line(result="changed", changed=["A: 1 -> 2"], undo="reg add A 1")
    order = an_order(StepName.SET_SNAPSHOT_METHOD, "windows")
    found = probed(arm, tools, GuestScript(), order, ended(line))
    assert found == Done(detail="changed: A: 1 -> 2", undo="reg add A 1")
    assert len(arm.requests("DELETE")) == 1


@pytest.mark.parametrize("result", ["unchanged", "refused", "failed"])
def test_a_repair_that_repaired_nothing_has_failed(
    result: str, arm: ArmServer, tools: Tools
) -> None:
    """No backup is spent on proving it."""
    order = an_order(StepName.RESTART_VSS_WRITERS, "windows")
    line = a_line(result=result, reason="no_bad_writer")
    found = probed(arm, tools, GuestScript(), order, ended(line))
    assert found == Failed(reason=f"{result}: no_bad_writer", code=result)


def test_a_repair_whose_script_failed_says_how(arm: ArmServer, tools: Tools) -> None:
    """Its exit code is not 0; its line says why, whatever a shell wrote beside it."""
    order = an_order(StepName.RESTART_VSS_WRITERS, "windows")
    answer = ended(a_line(result="refused", reason="writer_not_on_the_list: NTDS"), exit_code=3)
    answer.body["properties"]["instanceView"]["error"] = "At line:1 char:1"
    found = probed(arm, tools, GuestScript(), order, answer)
    assert found == Failed(reason="refused: writer_not_on_the_list: NTDS", code="refused")


def test_a_script_that_died_without_a_line_tells_what_the_shell_said(
    arm: ArmServer, tools: Tools
) -> None:
    """An interpreter that is not there, a disk that is full."""
    order = an_order(StepName.RESTART_VSS_WRITERS, "windows")
    answer = ended("", exit_code=127)
    answer.body["properties"]["instanceView"]["error"] = "sh: not found"
    found = probed(arm, tools, GuestScript(), order, answer)
    assert found == Failed(reason="sh: not found", code="Failed")


def test_a_repair_that_restarts_the_agent_waits_for_a_fresh_ready(
    arm: ArmServer, tools: Tools
) -> None:
    """That the script ran proves nothing; what it said stays readable until the agent is back."""
    line = a_line(result="changed", changed=["x"], undo="undo it", restarts_agent=True)
    order = an_order(StepName.REPAIR_AGENT_CONFIG)
    arm.on("GET", _VM, an_agent_that_reported(NOW - timedelta(minutes=1)))
    code = GuestScript(restarts_agent=True)
    assert isinstance(probed(arm, tools, code, order, ended(line)), Running)
    assert arm.requests("DELETE") == []
    arm.on("GET", _VM, an_agent_that_reported(NOW + timedelta(minutes=3)))
    found = probed(arm, tools, code, order, ended(line))
    assert isinstance(found, Done)
    assert found.undo == "undo it"
    assert len(arm.requests("DELETE")) == 1


def test_rules_are_asked_for_on_the_primary_interface(arm: ArmServer, tools: Tools) -> None:
    """The first that the machine names, or the one that says so."""
    body = recorded("machine.json")
    first, second = (f"{_NIC}/networkInterfaces/nic-{number}" for number in (1, 2))
    body["properties"]["networkProfile"] = {
        "networkInterfaces": [
            {"id": first, "properties": {"primary": False}},
            {"id": second, "properties": {"primary": True}},
        ]
    }
    arm.on("GET", _VM, Answer(body=body))
    location = {"Location": f"{arm.url}/results"}
    arm.on("POST", f"{second}/effectiveNetworkSecurityGroups", Answer(status=202, headers=location))
    outcome = InspectNetwork().act(tools, an_order(StepName.INSPECT_NETWORK))
    assert isinstance(outcome, Succeeded)
    assert outcome.handle == f"{arm.url}/results"


def test_a_machine_without_an_interface_has_no_rules(arm: ArmServer, tools: Tools) -> None:
    """The look is refused by ourselves."""
    body = recorded("machine.json")
    body["properties"].pop("networkProfile", None)
    arm.on("GET", _VM, Answer(body=body))
    assert isinstance(InspectNetwork().act(tools, an_order(StepName.INSPECT_NETWORK)), Refused)


def test_rules_whose_place_nobody_knows_are_absent(tools: Tools) -> None:
    """The answer to the request was lost: it may be asked for again."""
    assert isinstance(InspectNetwork().probe(tools, an_order(StepName.INSPECT_NETWORK)), Absent)

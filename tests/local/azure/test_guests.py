"""What scripts find and change inside a guest, and how guests misbehave."""

from pathlib import Path
from typing import Any

import pytest

from local.azure.model import faults
from local.azure.model.entities import RunCommand
from local.worlds import guests
from remediation.guest_report import UnreadableReportError, inspection, repair
from remediation.repertoire import INSPECTED
from tests.local.azure.building import Caller, a_fault, a_vm, a_world

SCRIPTS = Path(__file__).parents[3] / "remediation" / "scripts"
SHELL = '#!/bin/sh\nprintf \'{"attempt":"%s","action":"ACTION"}\' "$1"\n'
POWERSHELL = "param([string]$attempt)\n$action = 'ACTION'\nWrite-Output $action\n"


def script_of(action: str, system: str) -> str:
    """Return the script that ships for an action, or one that names it where none does."""
    suffix, text = (".ps1", POWERSHELL) if system == "windows" else (".sh", SHELL)
    path = SCRIPTS / f"{action}{suffix}"
    return path.read_text(encoding="utf-8") if path.exists() else text.replace("ACTION", action)


def a_caller(*cured_by: str, os: str = "windows", **vm: Any) -> Caller:
    """Return a caller of one broken machine."""
    code = vm.pop("code", "GuestAgentSnapshotTaskStatusError")
    return Caller(a_world(a_vm(fault=a_fault(*cured_by, code=code), os=os, **vm)))


def ran(
    caller: Caller, action: str, *, system: str | None = None, attempt: str = "a"
) -> RunCommand:
    """Run an action's script to its end; each run has a name of its own."""
    text = script_of(action, system or caller.machine.vm.os)
    name = f"abr-{len(caller.machine.run_commands)}"
    assert caller.run_script(text, attempt=attempt, name=name).status == 201
    caller.wait(minutes=8)
    return caller.machine.run_commands[name]


def looked(caller: Caller, attempt: str = "look") -> dict[str, str]:
    """Return the facts that an inspection tells."""
    return dict(inspection(ran(caller, "inspect_guest", attempt=attempt).output).facts)


def test_the_vocabulary_is_that_of_the_product() -> None:
    """Written down twice, on purpose: neither may know a word more than the other."""
    ours = {name: frozenset(fact.values) for name, fact in guests.FACTS.items()}
    assert ours | {"outbound": INSPECTED["outbound"]} == dict(INSPECTED)


@pytest.mark.parametrize("system", ["windows", "linux"])
def test_an_inspection_tells_every_fact_of_its_system(system: Any) -> None:
    """A healthy guest says so, in the one line that the product reads."""
    caller = Caller(a_world(a_vm(os=system)))
    assert looked(caller) == guests.healthy(system)


def test_an_inspection_changes_nothing_and_may_be_repeated() -> None:
    """The same attempt looks again."""
    caller = a_caller("repair_com_services")
    before = dict(caller.machine.guest)
    assert ran(caller, "inspect_guest").output == ran(caller, "inspect_guest").output
    assert (caller.machine.guest, faults.is_active(caller.machine)) == (before, True)


@pytest.mark.parametrize("action", sorted(guests.REPAIRS))
def test_a_fault_shows_inside_until_its_repair_has_run(action: str) -> None:
    """And the repair says what it changed, how to undo it, and cures."""
    known = guests.REPAIRS[action]
    caller = a_caller(action, os=known.systems[0])
    assert looked(caller).items() >= known.shows.items()

    said = repair(ran(caller, action).output)

    assert (said.result, bool(said.changed), bool(said.undo)) == ("changed", True, True)
    assert said.restarts_agent is known.restarts_agent
    assert caller.machine.cured_how == action
    assert looked(caller, "again").items() >= known.leaves.items()


def test_a_broken_vss_service_is_no_bad_writer() -> None:
    """The code of the failure decides what the same repair mends."""
    caller = a_caller("restart_vss_writers", code="ExtensionFailedVssServiceInBadState")
    facts = looked(caller)
    assert (facts["vss_service"], facts["vss_writers"]) == ("broken", "ok")


def test_a_repair_that_restarts_the_agent_cures_when_the_agent_is_back() -> None:
    """It is silent for a minute or more, and reports with a later time."""
    caller = a_caller("repair_agent_config", os="linux")
    since = caller.machine.agent_since
    caller.run_script(script_of("repair_agent_config", "linux"))
    caller.wait_until(lambda: caller.machine.quiet_until, hours=1)
    assert faults.is_active(caller.machine)
    caller.wait(minutes=4)
    assert caller.machine.cured_how == "repair_agent_config"
    assert caller.machine.agent_since > since


def test_what_is_well_is_left_unchanged() -> None:
    """A repair of another fault finds nothing to repair, and cures nothing."""
    caller = a_caller("retry_backup")
    said = repair(ran(caller, "repair_com_services").output)
    assert (said.result, said.changed) == ("unchanged", ())
    assert faults.is_active(caller.machine)


def test_a_provider_that_is_not_installed_cannot_be_enabled() -> None:
    """The script says that it does not apply."""
    caller = a_caller(guest={"provider_service": "absent"})
    command = ran(caller, "repair_provider_service")
    assert (command.exit_code, repair(command.output).result) == (3, "refused")


def test_the_symptom_of_another_cure_is_back_after_a_repair() -> None:
    """Writers that fail again after their restart need the other setting."""
    caller = a_caller("set_snapshot_without_threads")
    assert repair(ran(caller, "restart_vss_writers").output).result == "changed"
    assert looked(caller)["vss_writers"] == "bad"
    ran(caller, "set_snapshot_without_threads", attempt="b")
    assert looked(caller, "again")["vss_writers"] == "ok"


def test_the_same_attempt_repairs_once() -> None:
    """The second answer says that it has run."""
    caller = a_caller("repair_com_services")
    ran(caller, "repair_com_services")
    assert repair(ran(caller, "repair_com_services").output).result == "already_run"


def test_a_repair_refuses_an_attempt_that_cannot_name_a_file() -> None:
    """And changes nothing."""
    caller = a_caller("repair_com_services")
    command = ran(caller, "repair_com_services", attempt="../x")
    assert (command.exit_code, repair(command.output).reason) == (2, "bad_attempt")
    assert faults.is_active(caller.machine)


@pytest.mark.parametrize(("system", "other"), [("windows", "linux"), ("linux", "windows")])
def test_a_script_for_the_other_system_fails(system: str, other: str) -> None:
    """As its shell would: nothing is run."""
    caller = a_caller("restart_agent", os=system)
    command = ran(caller, "restart_agent", system=other)
    assert command.state == "Failed"
    assert command.error
    assert faults.is_active(caller.machine)


def test_an_unknown_script_fails() -> None:
    """What this world does not know, it does not pretend to have done."""
    caller = a_caller("restart_agent", os="linux")
    caller.run_script("backup-doctor --everything")
    caller.wait(minutes=2)
    assert caller.machine.run_commands["abr-1"].exit_code == 127


def test_what_the_world_says_of_a_guest_comes_before_symptoms() -> None:
    """And stays where nothing repairs it."""
    caller = a_caller("repair_com_services", guest={"system_disk": "full", "com_services": "ok"})
    facts = looked(caller)
    assert (facts["system_disk"], facts["com_services"]) == ("full", "ok")


def test_a_script_that_hangs_is_given_up_when_its_time_is_over() -> None:
    """Until then no other one may run; it has done nothing."""
    caller = a_caller("repair_com_services", scripts="hang")
    body = {
        "location": "westeurope",
        "properties": {
            "source": {"script": script_of("repair_com_services", "windows")},
            "parameters": [{"name": "attempt", "value": "a"}],
            "timeoutInSeconds": 600,
        },
    }
    path = f"{caller.machine.id}/runCommands/abr-1"
    assert caller.call("PUT", path, body=body).status == 201
    caller.wait(minutes=9)
    assert caller.run_script("systemctl restart waagent", name="abr-2").status == 409
    caller.wait(minutes=2)
    shown = caller.call("GET", path, query={"$expand": "instanceView"}).body["properties"]
    assert shown["instanceView"]["executionState"] == "TimedOut"
    assert faults.is_active(caller.machine)


@pytest.mark.parametrize("scripts", ["garble", "flood"])
def test_a_guest_may_say_what_nobody_can_read(scripts: str) -> None:
    """Noise, or more than the 4 KiB that Azure keeps: the end of a line is no line."""
    caller = a_caller("repair_com_services", scripts=scripts)
    output = ran(caller, "inspect_guest").output
    assert len(output.encode()) <= 4096
    with pytest.raises(UnreadableReportError):
        inspection(output)
    spoilt = ran(caller, "repair_com_services", attempt="b").output
    with pytest.raises(UnreadableReportError):
        repair(spoilt)


def test_an_outdated_agent_shows_its_version_to_the_platform() -> None:
    """Before anybody looks inside."""
    caller = a_caller("update_agent", os="linux")
    view = f"{caller.machine.id}/instanceView"
    before = caller.call("GET", view).body["vmAgent"]["vmAgentVersion"]
    ran(caller, "update_agent")
    after = caller.call("GET", view).body["vmAgent"]["vmAgentVersion"]
    assert (before, after) == ("2.2.10", "2.11.1.12")


def test_disks_and_keys_are_shown() -> None:
    """Sizes of all disks, and the vault of an encryption from inside."""
    caller = Caller(a_world(a_vm(encrypted=True, disk_gib=40_000)))
    shown = caller.call("GET", caller.machine.id).body["properties"]["storageProfile"]
    sizes = [shown["osDisk"]["diskSizeGB"], *(disk["diskSizeGB"] for disk in shown["dataDisks"])]
    assert max(sizes) == 40_000
    key = shown["osDisk"]["encryptionSettings"]["diskEncryptionKey"]
    assert "/Microsoft.KeyVault/vaults/" in key["sourceVault"]["id"]

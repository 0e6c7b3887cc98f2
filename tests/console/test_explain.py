"""``explain`` and ``playbooks check``: from the playbooks alone, without Azure and settings."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from console.cli import app
from console.views.explanation import explain, suggestions
from console.views.wording import condition
from remediation.playbooks.loader import SHIPPED
from tests.remediation.overrides.texts import ADDED, OURS, changed, shipped


def run(*words: str) -> Result:
    """Run a command, as wide as its longest line."""
    return CliRunner().invoke(app, list(words), env={"COLUMNS": "300"})


@pytest.mark.parametrize(
    "asked", ["400196", "usererrorguestagentstatusunavailable", " guest-agent-unavailable"]
)
def test_a_code_a_number_and_an_id_are_explained(asked: str) -> None:
    """Each leads to the same cause."""
    found = run("explain", asked)
    assert found.exit_code == 0, found.output
    for said in (
        "guest-agent-unavailable: ",
        "Class         auto: everything happens by itself up to the risk",
        "(reapply_vm, risk low)",
        "when     power is running; every other extension is ok",
        "wait     15 minutes",
        "needs    a person's approval and a maintenance window",
        "unasked  never: it waits for a person, where the policy allows risk downtime",
        "clear_lock, delete_restore_point_collection",
        "What people do",
        "https://learn.microsoft.com/",
    ):
        assert said in found.stdout


def test_the_other_systems_rungs_are_left_out_and_counted() -> None:
    """Positions stay those of the ladder."""
    windows, linux = (
        run("explain", "400196", "--os", name).stdout for name in ("windows", "linux")
    )
    assert "repair_agent_config" in linux
    assert "repair_agent_config, risk" not in windows
    assert "more for machines that do not run windows" in windows
    assert run("explain", "400196", "--os", "solaris").exit_code == 2


def test_the_explanation_as_json_has_every_field() -> None:
    """For scripts; one rung, whole."""
    tree = json.loads(run("explain", "UserErrorGuestAgentStatusUnavailable", "--json").stdout)
    assert tree["cause"] == "guest-agent-unavailable"
    assert (tree["matched_by"], tree["cause_class"], tree["status"]) == ("code", "auto", "active")
    (reapply,) = [one for one in tree["ladder"] if one["action"] == "reapply_vm"]
    assert reapply["risk"] == "low"
    assert reapply["wait"] == "15 minutes"
    assert reapply["unasked"] == "by itself, where the policy allows risk low"


def test_a_repair_of_the_guest_says_that_the_record_holds_the_undo() -> None:
    """And nothing else does: there is nothing in the guest to take back."""
    tree = json.loads(run("explain", "vss-writers-bad", "--json").stdout)
    undone = {one["action"] for one in tree["ladder"] if one["undo"]}
    assert {"restart_vss_writers", "set_vss_copy_backup"} <= undone
    assert undone.isdisjoint({"retry_backup", "inspect_guest", "restart_vm", "wait"})
    found = run("explain", "vss-writers-bad").stdout
    assert "undo     what it changed, and how to take it back, stands in the record" in found


def test_conditions_are_sentences() -> None:
    """Several things are not "is bad"."""
    assert condition("vss_writers", ("bad",)) == "VSS writers: bad"
    assert condition("database_host", ("yes",)) == "a database on the machine: yes"
    assert condition("power", ("running", "stopped")) == "power is running or stopped"


def test_a_generic_code_says_that_it_is_not_sure() -> None:
    """And what it may mean, where the playbook names that."""
    found = run("explain", "UserErrorCrpReportedUserError").stdout
    assert "not sure: it names no cause, the message beside it decides" in found
    named = run("explain", "VMRestorePointClientError").stdout
    assert "May mean      com-services-failed: " in named


@pytest.mark.parametrize(
    "asked", ["not_ours", "UserErrorSQLNoSysadminMembership", "SQLRestoreFailedNew"]
)
def test_what_is_not_ours_says_so(asked: str) -> None:
    """Also a code that is only named as such codes are."""
    assert run("explain", asked).stdout.startswith("not-ours: ")


def test_what_is_for_people_says_so() -> None:
    """No rung, and the remedy."""
    found = explain(shipped(), "PeopleOnly")
    assert found is not None
    assert found.happens == "nothing happens by itself: people are told"
    assert found.ladder == ()
    assert found.remedy == "Ask the owner of the key to grant the access."
    assert "no rung: it is handed to people" in run("explain", "crp-client-error").stdout


def test_an_unknown_code_ends_with_1_and_names_the_nearest() -> None:
    """A typing error is found."""
    found = run("explain", "UserErrorGuestAgentStatusUnavailabel")
    assert found.exit_code == 1
    assert found.stdout == ""
    assert "no playbook knows 'UserErrorGuestAgentStatusUnavailabel'" in found.stderr
    assert "near: UserErrorGuestAgentStatusUnavailable" in found.stderr


@pytest.mark.parametrize("asked", ["", "   ", "9" * 5000, "\x1b[31m", "ß" * 300, "²"])
def test_no_text_is_too_strange_to_be_unknown(asked: str) -> None:
    """Neither an exception, nor a steered terminal."""
    found = run("explain", "--", asked)
    assert found.exit_code == 1
    assert found.exception is None or isinstance(found.exception, SystemExit)
    assert "\x1b" not in found.output


def test_suggestions_are_numbers_and_ids_too() -> None:
    """Whatever is nearest."""
    assert "400900" in suggestions(shipped(), "400901")
    assert "sick-agent" in suggestions(shipped(), "sick-agnt")
    assert suggestions(shipped(), "") == ()


def test_explaining_needs_neither_azure_nor_settings() -> None:
    """A laptop without network is enough."""
    code = (
        "import sys; from typer.testing import CliRunner; from console.cli import app;"
        "r = CliRunner().invoke(app, ['explain', '400196']);"
        "print(r.exit_code, [m for m in ('azure', 'fastapi', 'local') if m in sys.modules])"
    )
    found = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": os.environ["PATH"]},
        cwd=SHIPPED.parents[1],
    )
    assert found.stdout.strip() == "0 []"


# ---------------------------------------------------------------- playbooks check


def own(folder: Path, **texts: str) -> Path:
    """Write one's own playbooks."""
    for name, text in texts.items():
        (folder / f"{name.replace('_', '-')}.yaml").write_text(text, encoding="utf-8")
    return folder


def test_the_shipped_playbooks_are_sound() -> None:
    """Without a folder those are checked, each with its digest."""
    found = run("playbooks", "check")
    assert found.exit_code == 0, found.output
    file = SHIPPED / "unknown.yaml"
    assert f"{hashlib.sha256(file.read_bytes()).hexdigest()}  unknown.yaml\n" in found.stdout
    assert len(found.stdout.splitlines()) == len(list(SHIPPED.glob("*.yaml")))


def test_ones_own_playbooks_come_with_what_the_settings_want(tmp_path: Path) -> None:
    """An addition, and a copy of ours."""
    ours = (SHIPPED / "vm-not-found.yaml").read_text(encoding="utf-8")
    found = run("playbooks", "check", str(own(tmp_path, house_rule=ADDED, vm_not_found=ours)))
    assert found.exit_code == 0, found.output
    digests = [hashlib.sha256(text.encode()).hexdigest() for text in (ADDED, ours)]
    assert f"{digests[0]}  house-rule.yaml  (addition)\n" in found.stdout
    assert f"{digests[1]}  vm-not-found.yaml  (override)\n" in found.stdout
    assert f"REMEDIATOR_OVERRIDES_SHA256={','.join(digests)}\n" in found.stdout


def test_every_fault_is_told_with_its_line_and_the_command_ends_with_1(tmp_path: Path) -> None:
    """Sound files still show their digest."""
    bold = (SHIPPED / "vm-not-found.yaml").read_text(encoding="utf-8")
    bold = changed("class: people", "class: auto", bold)
    broken = changed("class: auto", "class: brave", OURS)
    folder = own(tmp_path, house_rule=ADDED, vm_not_found=bold, sick_agent=broken)
    found = run("playbooks", "check", str(folder))
    assert found.exit_code == 1
    line = 1 + bold.splitlines().index("class: auto")
    assert f"vm-not-found.yaml:{line}: class: expected people: ours is 'people'" in found.stderr
    assert "sick-agent.yaml:3: class: expected one of auto" in found.stderr
    assert "house-rule.yaml  (addition)" in found.stdout
    assert "REMEDIATOR_OVERRIDES_SHA256" not in found.stdout


def test_the_verdicts_as_json(tmp_path: Path) -> None:
    """File, digest, kind and faults."""
    found = run("playbooks", "check", str(own(tmp_path, house_rule=ADDED)), "--json")
    assert json.loads(found.stdout) == [
        {
            "file": "house-rule.yaml",
            "sha256": hashlib.sha256(ADDED.encode()).hexdigest(),
            "kind": "addition",
            "faults": [],
        }
    ]


def test_a_folder_that_is_not_there_is_bad_input(tmp_path: Path) -> None:
    """2, and an empty one 1."""
    found = run("playbooks", "check", str(tmp_path / "nowhere"))
    assert found.exit_code == 2
    assert "DIR: expected a folder with playbooks" in found.stderr
    assert run("playbooks", "check", str(tmp_path)).exit_code == 1

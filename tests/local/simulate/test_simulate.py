"""What would happen: the real engine to its end, in lines for people and programs."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from tests.local.simulate.files import (
    PEOPLE,
    an_event_grid_event,
    lines,
    simulate,
    written,
)
from tests.remediation.intake.payloads import ITEM, JOB, SUBSCRIPTION, a_payload, an_event
from tests.remediation.overrides.texts import ADDED

RETRIED = "GuestAgentSnapshotTaskStatusError"
WORLD = {
    "vaults": [
        {
            "name": "rsv-01",
            "subscription": SUBSCRIPTION,
            "resource_group": "rg-rsv",
            "location": "westeurope",
        }
    ],
    "vms": [
        {
            "name": "vm01",
            "resource_group": "rg-app",
            "vault": "rsv-01",
            "os": "windows",
            "fault": {"code": RETRIED, "cured_by": ["retry_backup"]},
        },
        {"name": "vm02", "resource_group": "rg-app", "vault": "rsv-01", "os": "linux"},
    ],
}


def outcome(told: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the last line."""
    assert told[-1]["type"] == "Outcome"
    return told[-1]


def test_a_cure_on_the_ladder_ends_in_recovery(tmp_path: Path) -> None:
    """World, cause, the retry, the proof, and the outcome; times never go back."""
    event = written(tmp_path, an_event(code=RETRIED.lower()))
    told = lines(simulate(event, "--cured-by", "retry_backup", "--os", "windows", "--json"))
    first, opened = told[0], told[1]
    assert (first["type"], first["vm"], first["os"], first["code"]) == (
        "World", "vm01", "windows", RETRIED,
    )  # fmt: skip
    assert (opened["type"], opened["cause"], opened["matched_by"]) == (
        "IncidentOpened",
        "agent-snapshot-status",
        "code",
    )
    assert f"job {JOB} failed with {RETRIED}" in opened["what"]
    assert [one["action"] for one in told if one["type"] == "StepIntended"][-1] == "retry_backup"
    assert (outcome(told)["status"], outcome(told)["attempts"]) == ("recovered", 1)
    times = [one["at"] for one in told]
    assert times == sorted(times)


def test_what_nothing_cures_ends_with_people_and_every_rung_has_its_reason(tmp_path: Path) -> None:
    """Entered, or skipped with all reasons; then the remedy."""
    event = written(tmp_path, a_payload("alert-vm"))
    found = simulate(event, "--agent", "not_ready")
    assert found.exit_code == 0, found.output
    for said in (
        "vm01 (linux) in rsv-01",
        "what cures it: nothing",
        "policy: mode auto, risks up to guest_config, opted in: nothing",
        "cause guest-agent-unavailable (class auto), by code, confidence 1.00",
        "retry_backup skipped: agent is not_ready, not ready",
        "reapply_vm: reapply is sent",
        "restart_vm skipped: risk: risk downtime is above the allowed guest_config; approval: ",
        "Ladder",
        "Outcome: escalated after",
        "What people do",
    ):
        assert said in found.stdout, said


def test_a_cause_for_people_is_handed_over_at_once(tmp_path: Path) -> None:
    """In the schema of Event Grid; nothing is tried."""
    told = lines(simulate(written(tmp_path, an_event_grid_event(code=PEOPLE)), "--json"))
    assert outcome(told)["status"] == "escalated"
    assert outcome(told)["attempts"] == 0
    assert outcome(told)["remedy"]
    assert not [one for one in told if one["type"] == "StepIntended"]


def test_a_message_without_a_code_is_classified(tmp_path: Path) -> None:
    """The job says nothing else."""
    event = written(tmp_path, an_event())
    message = "The VM is in failed provisioning state"
    told = lines(simulate(event, "--message", message, "--cured-by", "reapply_vm", "--json"))
    assert told[1]["cause"] == "vm-provisioning-failed"
    assert told[1]["matched_by"] in {"message", "dynamic_message"}


def test_a_refused_request_is_found_by_the_sweep(tmp_path: Path) -> None:
    """No job is named: the vault is looked at."""
    event = written(tmp_path, a_payload("resource-action-failure"))
    told = lines(simulate(event, "--code", PEOPLE, "--json"))
    assert told[1]["type"] == "IncidentOpened"
    assert outcome(told)["status"] == "escalated"


def test_the_settings_of_the_environment_count(tmp_path: Path) -> None:
    """But the mode, which is auto: else nothing would happen."""
    event = written(tmp_path, an_event(code=PEOPLE))
    first = lines(simulate(event, "--json", REMEDIATOR_MAX_RISK="low", REMEDIATOR_MODE="observe"))[
        0
    ]
    assert (first["mode"], first["max_risk"]) == ("auto", "low")
    first = lines(
        simulate(
            event, "--json", "--max-risk", "none", "--opt-in", "clear_lock",
            REMEDIATOR_MAX_RISK="low",
        )
    )[0]  # fmt: skip
    assert (first["max_risk"], first["opt_in"]) == ("none", ["clear_lock"])


def test_a_world_of_a_file_is_played_with_its_own_policy(tmp_path: Path) -> None:
    """Its machine and fault; only the event's machine is told of."""
    world = tmp_path / "world.yaml"
    world.write_text(json.dumps(WORLD), encoding="utf-8")
    event = written(tmp_path, an_event(code="SomethingElse"))
    told = lines(simulate(event, "--world", str(world), "--json"))
    assert told[0]["code"] == RETRIED
    assert {one["vm"] for one in told} == {"vm01"}
    assert outcome(told)["status"] == "recovered"


def test_overrides_of_the_environment_count_and_what_does_not_is_said(tmp_path: Path) -> None:
    """As they would for the engine: a listed file counts, one that is not listed does not."""
    own = tmp_path / "own"
    own.mkdir()
    (own / "house-rule.yaml").write_text(ADDED, encoding="utf-8")
    (own / "unlisted.yaml").write_text(ADDED + "# another", encoding="utf-8")
    event = written(tmp_path, an_event(code="HouseRule"))
    digest = hashlib.sha256(ADDED.encode()).hexdigest()
    found = simulate(
        event,
        "--json",
        REMEDIATOR_OVERRIDES_FOLDER=str(own),
        REMEDIATOR_OVERRIDES_SHA256=f"{digest},xyz",
    )
    assert lines(found)[1]["cause"] == "house-rule"
    for said in (
        f"note: house-rule is your own playbook, from {own}",
        "note: unlisted.yaml (SHA-256 ",
        "note: REMEDIATOR_OVERRIDES_SHA256: expected SHA-256 digests",
        "got 'xyz'",
    ):
        assert said in found.stderr, said


def test_a_container_of_overrides_is_not_asked_for_and_that_is_said(tmp_path: Path) -> None:
    """Nothing is asked of Azure."""
    event = written(tmp_path, an_event(code=PEOPLE))
    found = simulate(event, "--json", REMEDIATOR_OVERRIDES_CONTAINER="own-playbooks")
    assert outcome(lines(found))["status"] == "escalated"
    assert "REMEDIATOR_OVERRIDES_CONTAINER is not read here" in found.stderr


def test_a_setting_that_nobody_knows_is_bad_input(tmp_path: Path) -> None:
    """As in the app: a typing error would leave a default in force."""
    event = written(tmp_path, an_event(code=PEOPLE))
    found = simulate(event, REMEDIATOR_MAXRISK="low", REMEDIATOR_API="https://x/api")
    assert found.exit_code == 2
    assert found.stderr.splitlines() == [
        "error: REMEDIATOR_MAXRISK: no such setting; is REMEDIATOR_MAX_RISK meant?"
    ]


def test_a_policy_document_is_not_read_and_that_is_said(tmp_path: Path) -> None:
    """What is simulated runs in mode auto, or under the world's own policy."""
    event = written(tmp_path, an_event(code=PEOPLE))
    found = simulate(event, "--json", REMEDIATOR_POLICY_FILE="policy.yaml")
    assert outcome(lines(found))["status"] == "escalated"
    assert found.stderr == (
        "note: REMEDIATOR_POLICY_FILE is not read here: it runs under settings in mode auto\n"
    )


def test_an_inspection_is_a_look_and_no_attempt(tmp_path: Path) -> None:
    """Whatever its number; and what is recovered needs no advice."""
    event = written(tmp_path, an_event(code="ExtensionFailedVssWriterInBadState"))
    told = lines(
        simulate(
            event, "--json", "--os", "windows", "--cured-by",
            "restart_vss_writers", "--opt-in", "restart_vss_writers", "--opt-in", "retry_backup",
        )
    )  # fmt: skip
    looks = [one for one in told if "look" in one.get("what", "")]
    assert looks
    assert not [one for one in looks if "attempt" in one["what"]]
    assert outcome(told)["status"] == "recovered"
    assert outcome(told)["advice"] == []


@pytest.mark.parametrize(
    ("event", "words", "fault"),
    [
        (an_event(), (), "code: the event names none: expected --code or --message beside it"),
        (
            an_event(code=PEOPLE),
            ("--cured-by", "prayer"),
            "error: --cured-by: expected one of collect_evidence, retry_backup",
        ),
        (
            an_event(code=PEOPLE),
            ("--cured-by", "restart_vss_writers", "--os", "linux"),
            "got 'restart_vss_writers'",
        ),
        (an_event(code=PEOPLE), ("--max-risk", "huge"), "error: --max-risk: expected one of none"),
        (an_event(code=PEOPLE), ("--opt-in", "luck"), "error: --opt-in: expected names of"),
        (an_event(code=PEOPLE), ("--world", "nowhere.yaml"), "nowhere.yaml: expected a readable"),
        (an_event(code=PEOPLE), ("--world", "WORLD", "--os", "linux"), None),
        (
            an_event(itemId=ITEM.replace("vm01", "vm09")),
            ("--world", "WORLD"),
            "itemId: expected a machine of the world (/subscriptions/",
        ),
        (
            an_event(itemId=ITEM.replace("vm01", "vm02")),
            ("--world", "WORLD"),
            "code: the event names none",
        ),
    ],
)
def test_bad_input_ends_with_2_and_names_the_field(
    tmp_path: Path, event: dict[str, Any], words: tuple[str, ...], fault: str | None
) -> None:
    """Nothing is played."""
    world = tmp_path / "world.yaml"
    world.write_text(json.dumps(WORLD), encoding="utf-8")
    given = [str(world) if word == "WORLD" else word for word in words]
    found = simulate(written(tmp_path, event), *given)
    assert found.exit_code == (2 if fault else 0)
    assert (fault or "vm01 (linux)") in found.output

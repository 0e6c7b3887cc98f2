"""The event of a file: any that a door takes, and a clear word about any other."""

import json
from pathlib import Path
from typing import Any

import pytest

from local.simulate.event import Event, EventFault, read
from remediation.incident import Door
from tests.local.simulate.files import an_event_grid_event, simulate, written
from tests.remediation.intake.payloads import ITEM, JOB, VAULT, a_payload, an_event


def of(tree: object) -> Event:
    """Read a document."""
    return read(json.dumps(tree).encode())


def test_an_alert_names_machine_job_code_and_time() -> None:
    """The recorded payload."""
    found = of(a_payload("alert-vm"))
    (target,) = found.targets
    assert found.door is Door.ALERT
    assert target.item.name == "vm01"
    assert target.code is not None
    assert found.fired is not None


@pytest.mark.parametrize("event", [an_event(code="AnyCode"), an_event_grid_event(code="AnyCode")])
def test_both_schemas_of_event_grid_are_read(event: dict[str, Any]) -> None:
    """One event, or a list of one."""
    for tree in (event, [event]):
        (target,) = of(tree).targets
        assert (target.item.shown, target.vault.shown, target.job) == (ITEM, VAULT, JOB)
        assert target.code == "AnyCode"


def test_the_code_of_diagnostic_records_counts() -> None:
    """``JobFailureCode``, as Azure's own records call it."""
    (target,) = of(an_event(JobFailureCode="UserErrorVmNotFoundV2")).targets
    assert target.code == "UserErrorVmNotFoundV2"


def test_several_events_name_several_machines() -> None:
    """As a queue delivers them."""
    other = ITEM.replace("vm01", "vm02")
    found = of([an_event(), an_event(itemId=other, jobId=JOB.replace("4", "5"))])
    assert [one.item.name for one in found.targets] == ["vm01", "vm02"]


def test_an_event_without_a_machine_gets_one() -> None:
    """The vault's job would name it."""
    event = an_event()
    del event["data"]["itemId"]
    (target,) = of(event).targets
    assert target.item.name == "the-machine"


def test_a_refused_request_names_its_machine_and_no_job() -> None:
    """It only nudges the sweep."""
    (target,) = of(a_payload("resource-action-failure")).targets
    assert target.job is None
    assert target.item.name


@pytest.mark.parametrize(
    ("tree", "fault"),
    [
        ("{", "body: expected JSON"),
        ("[]", "body: expected at least one event"),
        ("7", "body: expected an alert (schemaId), a CloudEvent (specversion) or an event of"),
        ({"hello": "world"}, "body: expected an alert (schemaId)"),
        ([an_event(), 7], "body: expected an alert (schemaId)"),
        (an_event(jobId="seven"), "data.jobId: expected the GUID of a job, got 'seven'"),
        (an_event(vaultId=ITEM), "data.vaultId: "),
        ([an_event(), an_event(itemId="vm01")], "data.itemId: "),
        (
            an_event(itemId=ITEM.replace("00000000-0000-0000", "11111111-0000-0000")),
            "itemId: expected a machine of the vault's subscription",
        ),
        (a_payload("subscription-validation"), "eventType: expected 'BackupRemediator."),
        (a_payload("alert-sql"), "data.alertContext.protectedItemId: expected the ARM id of a vi"),
        ({**a_payload("alert-vm"), "schemaId": "other"}, "schemaId: expected 'azureMonitorCommon"),
    ],
)
def test_anything_else_is_refused_with_its_field(tmp_path: Path, tree: object, fault: str) -> None:
    """2, and one line."""
    found = simulate(written(tmp_path, tree))
    assert found.exit_code == 2
    assert fault in found.stderr
    assert found.stdout == ""


@pytest.mark.parametrize("body", [b"\xff\xfe", b"\x00", b"[" * 100_000, b"{}" * 600_000])
def test_no_bytes_are_too_strange(body: bytes) -> None:
    """Each is refused by a sentence."""
    with pytest.raises(EventFault, match=r"expected|decode"):
        read(body)


def test_a_file_that_is_not_there_is_bad_input(tmp_path: Path) -> None:
    """It is named."""
    found = simulate(str(tmp_path / "nowhere.json"))
    assert found.exit_code == 2
    assert "nowhere.json: expected a file that can be read" in found.stderr

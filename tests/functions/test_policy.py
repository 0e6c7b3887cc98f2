"""The composition root puts the policy document over the app settings."""

from pathlib import Path

import pytest

from functions.wiring import Services, build
from remediation.model import Mode
from remediation.settings import SettingsError
from state import layout
from state.account import StorageAccount
from tests.azurite import fresh_name

AUTO = b"version: 1\ndefaults: {mode: auto, limits: {attempts: 2}}\n"
BROKEN = b"version: 1\ndefaults: {mood: auto}\n"


def built(connection: str, **named: str) -> Services:
    """The services of a process with these settings."""
    settings = {f"REMEDIATOR_{name.upper()}": value for name, value in named.items()}
    return build({"AzureWebJobsStorage": connection, "REMEDIATOR_LOCAL": "true", **settings})


def test_without_a_document_the_settings_hold(azurite: str) -> None:
    """And nothing more is read."""
    found = built(azurite, mode="approve").engine.policies
    assert found.everything().policy.mode is Mode.APPROVE
    assert found.standing().source is None


def test_a_document_in_a_file_lies_over_the_settings(azurite: str, tmp_path: Path) -> None:
    """What it does not say comes from them."""
    path = tmp_path / "policy.yaml"
    path.write_bytes(AUTO)
    services = built(azurite, policy_file=str(path), mode="observe", max_risk="platform")
    found = services.engine.policies.everything()
    assert (found.policy.mode, found.policy.attempts) == (Mode.AUTO, 2)
    assert found.origin("max_risk") == "setting REMEDIATOR_MAX_RISK"
    kept = StorageAccount(azurite).container(layout.POLICIES).get_blob_client("last-good.yaml")
    with kept:
        assert kept.download_blob().readall() == AUTO


def test_a_document_does_not_lift_an_off_of_the_settings(azurite: str, tmp_path: Path) -> None:
    """It is the stop from outside: one command, whatever the document says."""
    path = tmp_path / "policy.yaml"
    path.write_bytes(AUTO)
    found = built(azurite, policy_file=str(path), mode="off").engine.policies.everything()
    assert (found.policy.mode, found.policy.attempts) == (Mode.OFF, 2)
    assert found.origin("mode") == "setting REMEDIATOR_MODE"


def test_a_broken_blob_raises_an_alarm_and_the_last_good_document_holds(azurite: str) -> None:
    """Over a restart, and told once."""
    name = fresh_name("own")
    with StorageAccount(azurite).container(name) as container:
        container.create_container()
        container.upload_blob("policy.yaml", AUTO)
        place = f"{name}/policy.yaml"
        assert built(azurite, policy_blob=place).engine.policies.everything().policy.attempts == 2
        container.upload_blob("policy.yaml", BROKEN, overwrite=True)
        services = [built(azurite, policy_blob=place) for _ in range(2)]
        assert [one.engine.policies.everything().policy.attempts for one in services] == [2, 2]
        told = [one.text for one in services[0].ledger.alarms() if place in one.text]
        (text,) = told
        assert f"{place}:2: defaults.mood: unknown key" in text
        assert "stays in force" in text


def test_a_document_that_is_not_there_lets_nothing_happen(azurite: str, tmp_path: Path) -> None:
    """The settings alone were never meant to hold."""
    services = built(azurite, policy_file=str(tmp_path / "none.yaml"), mode="auto")
    found = services.engine.policies
    assert found.everything().policy.mode is Mode.OFF
    assert not found.standing().acts


@pytest.mark.parametrize(
    ("named", "told"),
    [
        ({"policy_file": "a", "policy_blob": "own/b"}, "REMEDIATOR_POLICY_FILE: expected nothing"),
        ({"policy_blob": "policy.yaml"}, "REMEDIATOR_POLICY_BLOB: expected container/name"),
        ({"policy_blob": "No/policy.yaml"}, "REMEDIATOR_POLICY_BLOB: expected container/name"),
        ({"windows": "weekends"}, "REMEDIATOR_WINDOWS: expected days, times and a zone"),
        ({"closed_dates": "24.12."}, "REMEDIATOR_CLOSED_DATES: expected a date"),
        (
            {"windows": "sat 22:00-04:00 UTC; sun 03:00-05:00 UTC"},
            "'sat 22:00-04:00 UTC' and 'sun 03:00-05:00 UTC' do",
        ),
    ],
)
def test_settings_that_cannot_be_used_are_told_at_once(named: dict[str, str], told: str) -> None:
    """Before anything starts."""
    with pytest.raises(SettingsError, match="REMEDIATOR_") as fault:
        built("", **named)
    assert told in str(fault.value)

"""An operator's playbooks, from app settings to the library that the engine asks."""

import hashlib
from pathlib import Path

import pytest

from functions.wiring import Services, build
from remediation.settings import SettingsError
from state.account import StorageAccount
from tests.azurite import fresh_name
from tests.remediation.overrides.texts import ADDED, changed

DIGEST = hashlib.sha256(ADDED.encode()).hexdigest()


def built(connection: str, **overrides: str) -> Services:
    """Build the services with settings of overrides."""
    named = {f"REMEDIATOR_OVERRIDES_{name.upper()}": text for name, text in overrides.items()}
    return build({"AzureWebJobsStorage": connection, "REMEDIATOR_LOCAL": "true", **named})


def test_a_listed_file_of_a_container_is_in_force_and_another_raises_an_alarm(azurite: str) -> None:
    """The file is read when the library is first asked, not with the services."""
    name = fresh_name("own")
    services = built(azurite, container=name, sha256=DIGEST)
    library = services.engine.eyes.library
    unlisted = changed("HouseRule", fresh_name("Rule"), ADDED)
    with StorageAccount(azurite).container(name) as container:
        container.create_container()
        container.upload_blob("house-rule.yaml", ADDED.encode())
        container.upload_blob("other-rule.yaml", unlisted.encode())
    entry = library.by_code("HouseRule")
    assert entry is not None
    assert entry.playbook.digest == DIGEST
    digest = hashlib.sha256(unlisted.encode()).hexdigest()
    said = [one.text for one in services.ledger.alarms() if digest in one.text]
    assert len(said) == 1
    assert said[0].startswith("other-rule.yaml (SHA-256 ")


def test_a_folder_of_the_app_counts_alike(azurite: str, tmp_path: Path) -> None:
    """Deployed with it; what ships is there, too."""
    (tmp_path / "house-rule.yaml").write_text(ADDED, encoding="utf-8")
    library = built(azurite, folder=str(tmp_path), sha256=DIGEST).engine.eyes.library
    assert library.playbook("house-rule").digest == DIGEST
    assert library.unknown.id == "unknown"


def test_without_settings_what_ships_is_in_force(azurite: str) -> None:
    """And nothing is asked of any container."""
    library = built(azurite).engine.eyes.library
    assert library.by_code("HouseRule") is None
    assert library.by_code("UserErrorGuestAgentStatusUnavailable") is not None


def test_a_mistyped_digest_stops_nothing_but_itself(azurite: str, tmp_path: Path) -> None:
    """The services are built, the other entry counts, and the alarm names the bad one."""
    (tmp_path / "house-rule.yaml").write_text(ADDED, encoding="utf-8")
    typo = fresh_name("xyz")
    services = built(azurite, folder=str(tmp_path), sha256=f"{typo},{DIGEST}")
    assert services.engine.eyes.library.playbook("house-rule").digest == DIGEST
    (alarm,) = [one for one in services.ledger.alarms() if typo in one.text]
    assert alarm.text.startswith("REMEDIATOR_OVERRIDES_SHA256: ")


def test_a_place_that_cannot_be_one_is_named_at_the_start(azurite: str) -> None:
    """With the others."""
    with pytest.raises(SettingsError, match="REMEDIATOR_OVERRIDES_CONTAINER"):
        built(azurite, container="Own Playbooks")

"""Settings of overrides: read as they are written, every fault by name."""

import pytest

from remediation.overrides.settings import Overrides, read_overrides
from remediation.settings import SettingsError

DIGEST = "ab" * 32


def read(**settings: str) -> Overrides:
    """Read settings by the ends of their names."""
    return read_overrides(
        {f"REMEDIATOR_OVERRIDES_{name.upper()}": text for name, text in settings.items()}
    )


def test_without_settings_nothing_is_overridden() -> None:
    """Neither place nor digest."""
    assert read() == Overrides()


def test_settings_are_read() -> None:
    """Digests in any casing, with blanks."""
    found = read(folder=" own ", sha256=f"{DIGEST.upper()}, {'cd' * 32},")
    assert found == Overrides(folder="own", digests=frozenset({DIGEST, "cd" * 32}))
    assert read(container="own-playbooks").container == "own-playbooks"


def test_an_entry_that_is_no_digest_stops_no_other() -> None:
    """It is kept, so that the alarm can name it."""
    assert read(sha256=f"xyz,{DIGEST}").digests == frozenset({"xyz", DIGEST})


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        ({"container": "Own Playbooks"}, "REMEDIATOR_OVERRIDES_CONTAINER: expected the name of a"),
        ({"container": "own", "folder": "own"}, "REMEDIATOR_OVERRIDES_CONTAINER: expected nothing"),
    ],
)
def test_a_fault_names_the_setting(settings: dict[str, str], fault: str) -> None:
    """And what was expected."""
    with pytest.raises(SettingsError) as caught:
        read(**settings)
    assert caught.value.faults[0].startswith(fault)

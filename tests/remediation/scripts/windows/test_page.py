"""The page on guest scripts is held to the scripts, and says what was not tried."""

from pathlib import Path

import pytest

from remediation.repertoire import INSPECTED
from tests.remediation.scripts.windows.syntax import FOLDER, LINED_REPAIRS, functions, said

ROOT = Path(__file__).parents[4]
PAGE = (ROOT / "docs" / "guest-scripts.md").read_text("utf-8")
SCRIPTS = sorted([*FOLDER.glob("*.ps1"), *FOLDER.glob("*.sh")], key=lambda path: path.name)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_every_script_stands_on_the_page(path: Path) -> None:
    """Who runs a text in other people's machines says what it does."""
    assert path.name in PAGE


def test_the_page_and_the_readme_say_what_was_not_tried() -> None:
    """A reader must not take parsed for proved."""
    readme = " ".join((ROOT / "README.md").read_text("utf-8").split())

    assert "The Windows scripts were not run on Windows." in PAGE
    assert "they were not run on Windows" in readme


def test_every_fact_of_windows_is_explained() -> None:
    """A playbook may ask for it, so a person must be able to look up what it rests on."""
    linux = {"agent_config", "mounts", "selinux", "freeze_config", "python", "outbound"}

    assert not [name for name in INSPECTED.keys() - linux if f"`{name}`" not in PAGE]


@pytest.mark.parametrize("name", LINED_REPAIRS)
def test_the_line_has_the_fields_of_the_page(name: str) -> None:
    """The reader of the line, the page and the script name the same fields."""
    body = said(functions(name)["Write-Answer"])

    for field in ("attempt", "action", "result", "reason", "changed", "undo", "restarts_agent"):
        assert f"{field} = " in body
        assert f'"{field}":' in PAGE

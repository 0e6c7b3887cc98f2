"""The command line of the local machine: bad input ends with 2 and says what was expected."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from local.child import ROOT
from local.cli import app
from local.worlds.loading import DEFAULT

BAD_WORLD = "vaults: []\nvms: [{name: vm, os: beos}]\n"


def run(*words: str) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(app, words)


@pytest.fixture
def bad_world(tmp_path: Path) -> Path:
    """Give a world file with more than one fault."""
    path = tmp_path / "world.yaml"
    path.write_text(BAD_WORLD, encoding="utf-8")
    return path


@pytest.mark.parametrize("speed", ["0", "-1", "nan", "inf", "fast"])
def test_a_speed_that_is_none_is_refused(speed: str) -> None:
    """Nothing is started."""
    result = run("demo", "--exit", "--speed", speed)

    assert result.exit_code == 2
    assert "--speed" in result.stderr


@pytest.mark.parametrize("path", [".", "nowhere/at/all/report.json"])
def test_a_report_that_cannot_be_written_is_refused(path: str) -> None:
    """Before the work, not after it."""
    result = run("demo", "--exit", "--report", path)

    assert result.exit_code == 2
    assert "--report" in result.stderr


@pytest.mark.parametrize("command", [("demo", "--exit"), ("local", "up", "--json")])
def test_a_bad_world_is_refused_with_all_its_faults(
    command: tuple[str, ...], bad_world: Path
) -> None:
    """By everything that would run it."""
    result = subprocess.run(
        [sys.executable, "-m", "local", *command, "--world", str(bad_world)],
        capture_output=True,
        text=True,
        check=False,
        cwd=bad_world.parent,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )

    assert result.returncode == 2, result.stderr
    assert "vaults" in result.stderr
    assert "vms[0].os" in result.stderr
    assert result.stdout == ""


def test_a_world_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """With its name."""
    result = run("world", "check", str(tmp_path / "none.yaml"))

    assert result.exit_code == 2
    assert "none.yaml" in result.stderr


def test_a_world_is_checked_fault_by_fault(bad_world: Path) -> None:
    """Each on its own line."""
    result = run("world", "check", str(bad_world))

    assert result.exit_code == 2
    assert len(result.stderr.strip().splitlines()) > 1


def test_a_good_world_is_told_with_what_is_expected_of_it() -> None:
    """Who recovers, who does not, and why."""
    result = run("world", "check", str(DEFAULT))

    assert result.exit_code == 0
    assert "in 3 vaults" in result.stdout
    assert "recovers" in result.stdout
    assert "needs a person's approval" in result.stdout
    assert "excluded by its tag" in result.stdout


@pytest.mark.parametrize("words", [("demo", "--seed", "x"), ("world", "check"), ("nothing",)])
def test_a_misspelt_command_is_bad_input(words: tuple[str, ...]) -> None:
    """And never a traceback."""
    assert run(*words).exit_code == 2


def test_a_world_whose_policy_document_has_a_fault_is_told(tmp_path: Path) -> None:
    """By the check of worlds, with the path of the field."""
    path = tmp_path / "world.yaml"
    document = (
        "\npolicy_document: {version: 1, scopes: [{name: a, match: {vault: v}, mode: bold}]}\n"
    )
    path.write_text(DEFAULT.read_text(encoding="utf-8") + document, encoding="utf-8")

    result = run("world", "check", str(path))

    assert result.exit_code == 2
    assert ": policy_document.scopes.0.mode: expected one of off" in result.stderr


def test_what_should_become_of_a_world_is_told_by_its_document() -> None:
    """Not by the settings below it alone."""
    result = run("world", "check", "mixed-policy")

    assert result.exit_code == 0
    assert "machines by mode: 3 approve" in result.stdout

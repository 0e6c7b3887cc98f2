"""The Linux scripts as texts: clean, static, alike where they do alike, read by each shell."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from remediation.repertoire import ACTIONS
from remediation.scripts import script
from tests.remediation.scripts.linux.guest import FOLDER

NAMES = sorted(path.stem for path in FOLDER.glob("*.sh"))
REPAIRS = ("repair_agent_config", "set_verbose_logging", "update_agent")
_SHARED = re.compile(
    r"^# ---- the same in each repair: (\w+)\n(.*?)^# ----$", re.MULTILINE | re.DOTALL
)

every_script = pytest.mark.parametrize("name", NAMES)


@every_script
def test_a_script_is_clean_for_shellcheck(name: str) -> None:
    """POSIX sh, whatever shell a distribution brings."""
    checker = shutil.which("shellcheck", path=str(Path(sys.executable).parent))
    assert checker is not None, "shellcheck comes with the development dependencies"

    done = subprocess.run(
        [checker, "--norc", "--shell=sh", "--severity=style", str(FOLDER / f"{name}.sh")],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 0, done.stdout


@every_script
@pytest.mark.parametrize("shell", ["dash", "bash", "busybox"])
def test_a_script_is_parsed_by(name: str, shell: str) -> None:
    """Each shell here reads the whole text, also the parts that no test comes to."""
    found = shutil.which(shell)
    if found is None:
        pytest.skip(f"no {shell} here")
    command = [found, "sh"] if shell == "busybox" else [found]

    done = subprocess.run(
        [*command, "-n", str(FOLDER / f"{name}.sh")], capture_output=True, check=False, timeout=10
    )

    assert (done.returncode, done.stderr) == (0, b"")


@every_script
def test_a_script_is_static_and_evaluates_nothing(name: str) -> None:
    """What varies comes as a parameter, is checked, and is never a command."""
    text = script(name, "linux")

    assert text.isascii()
    assert text.startswith("#!/bin/sh\n")
    for word in (r"\beval\b", r"\{\{", r"(?m)^\s*source ", r"github", r"\bwget\b", r"\bpip\b"):
        assert not re.search(word, text, re.IGNORECASE), word


@every_script
def test_a_script_fetches_nothing_by_itself(name: str) -> None:
    """Packages come through the package manager; the one address asked is the platform's own."""
    addresses = re.findall(r"https?://[^\s\"']+", script(name, "linux"))

    assert addresses in ([], ["http://168.63.129.16:$1/"])


def test_what_repairs_share_is_the_same_in_each() -> None:
    """A script is one text, so they cannot share a file; they must not drift apart either."""
    found: dict[str, set[str]] = {}
    for name in REPAIRS:
        for part, text in _SHARED.findall(script(name, "linux")):
            found.setdefault(part, set()).add(text)

    assert {"answer", "parameters", "service", "marker", "later"} <= found.keys()
    assert [part for part, texts in found.items() if len(texts) > 1] == []


def test_each_linux_action_in_the_guest_has_a_script() -> None:
    """And each script an action: nothing lies there that nobody sends."""
    wanted = {
        action.name
        for action in ACTIONS.values()
        if action.needs_agent and action.os in {None, "linux"} and action.name in NAMES
    }

    assert wanted == set(NAMES)
    assert set(REPAIRS) <= wanted


@pytest.mark.parametrize("name", REPAIRS)
def test_a_repair_names_its_parameters_in_its_head(name: str) -> None:
    """Who reads it finds what it takes and how it ends."""
    head = script(name, "linux").split("\nset -eu\n", maxsplit=1)[0]

    for word in ("attempt", "delay", "state_dir", "etc_dir", "Exit codes: 0 ", "2 ", "3 ", "4 "):
        assert word in head

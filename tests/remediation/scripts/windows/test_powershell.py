"""Where a PowerShell is installed, the scripts' refusals are run; elsewhere that is said aloud."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.remediation.scripts.windows.syntax import FOLDER, LINED_REPAIRS, NAMES

PWSH = shutil.which("pwsh") or shutil.which("powershell")

pytestmark = pytest.mark.skipif(
    PWSH is None, reason="no PowerShell here: the Windows scripts are parsed and reviewed, not run"
)


def _run(name: str, *arguments: str) -> tuple[int, dict[str, object]]:
    assert PWSH is not None
    done = subprocess.run(
        [PWSH, "-NoProfile", "-NonInteractive", "-File", str(FOLDER / f"{name}.ps1"), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    (line,) = done.stdout.splitlines()
    answer: dict[str, object] = json.loads(line)
    return done.returncode, answer


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("attempt", ["", "a b", "../up", "$(x)", ".hidden"])
def test_an_attempt_of_other_characters_is_refused(name: str, attempt: str, tmp_path: Path) -> None:
    """Nothing else is looked at, and nothing is left behind."""
    state = tmp_path / "state"
    where = () if name == "inspect_guest" else ("-stateDir", str(state))

    code, answer = _run(name, "-attempt", attempt, *where)

    assert code == 2
    assert (answer["attempt"], answer["action"], answer["reason"]) == ("", name, "bad_attempt")
    assert not state.exists()


@pytest.mark.parametrize("name", LINED_REPAIRS)
def test_a_state_folder_of_another_form_is_refused(name: str) -> None:
    """A folder of another machine would be somebody else's."""
    code, answer = _run(name, "-attempt", "a1", "-stateDir", r"\\server\share")

    assert (code, answer["result"], answer["reason"]) == (2, "refused", "bad_state_dir")

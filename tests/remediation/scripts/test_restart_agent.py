"""The guest scripts: the Linux one is run for real, by each shell here, among stand-in commands.

The stand-ins replace the machine's init system, which no test may touch: small programs on ``PATH``
that write down how they were called.
"""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from remediation.scripts import script

_SHELLS = [shell for shell in ("dash", "bash", "busybox") if shutil.which(shell)]
_NEEDED = ("sh", "mkdir", "rm", "sleep", "nohup", "setsid", "touch")


@dataclass(frozen=True, kw_only=True)
class Guest:
    """A guest to run the script in: its commands, its state, and what was called."""

    commands: Path
    state: Path
    calls: Path
    shell: str

    def add(self, name: str, body: str = "exit 0") -> None:
        """Put a stand-in on the path that writes down its arguments."""
        path = self.commands / name
        path.write_text(f'#!/bin/sh\necho "{name} $*" >>"{self.calls}"\n{body}\n', encoding="utf-8")
        path.chmod(0o755)

    def run(self, **parameters: str) -> tuple[int, dict[str, object]]:
        """Run the script as a managed run command does: parameters in the environment."""
        found = shutil.which(self.shell)
        assert found is not None
        prefix = [found, "sh"] if self.shell == "busybox" else [found]
        done = subprocess.run(
            [*prefix, "-c", script("restart_agent", "linux")],
            env={"PATH": str(self.commands), "state_dir": str(self.state), **parameters},
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
        (line,) = done.stdout.splitlines()
        answer: dict[str, object] = json.loads(line)
        return done.returncode, answer

    def called(self, name: str) -> list[str]:
        """Return the calls of a stand-in, once it has been called."""
        lines = self.calls.read_text(encoding="utf-8").splitlines() if self.calls.exists() else []
        return [line for line in lines if line.startswith(f"{name} ")]


@pytest.fixture(params=_SHELLS)
def guest(request: pytest.FixtureRequest, tmp_path: Path) -> Guest:
    """Give a guest with plain commands and no init system."""
    made = Guest(
        commands=tmp_path / "bin",
        state=tmp_path / "state",
        calls=tmp_path / "calls",
        shell=request.param,
    )
    made.commands.mkdir()
    for name in _NEEDED:
        found = shutil.which(name)
        if found is not None:
            (made.commands / name).symlink_to(found)
    return made


def _systemd(guest: Guest, service: str) -> None:
    guest.add("systemctl", f'[ "$1" != cat ] || [ "$2" = {service}.service ]')
    guest.add("systemd-run")


def test_a_restart_is_handed_to_a_timer_of_its_own(guest: Guest) -> None:
    """Not a child of the agent: the restart would end it before it has answered."""
    _systemd(guest, "walinuxagent")

    code, answer = guest.run(attempt="inc-1.2")

    assert (code, answer) == (
        0,
        {"attempt": "inc-1.2", "action": "restart_agent", "scheduled": True},
    )
    (call,) = guest.called("systemd-run")
    assert "--on-active=30" in call
    assert call.endswith("systemctl restart walinuxagent.service")


def test_the_other_name_of_the_service_is_found(guest: Guest) -> None:
    """Some distributions call the service waagent."""
    _systemd(guest, "waagent")

    guest.run(attempt="a1", delay="5")

    (call,) = guest.called("systemd-run")
    assert "--on-active=5" in call
    assert call.endswith("systemctl restart waagent.service")


def test_an_attempt_that_has_run_is_refused(guest: Guest) -> None:
    """A run command that is delivered again restarts nothing."""
    _systemd(guest, "walinuxagent")
    guest.run(attempt="a1")

    code, answer = guest.run(attempt="a1")

    assert code == 0
    assert answer["scheduled"] is False
    assert answer["reason"] == "already_run"
    assert len(guest.called("systemd-run")) == 1


def test_another_attempt_runs(guest: Guest) -> None:
    """The marker is the attempt's own."""
    _systemd(guest, "walinuxagent")
    guest.run(attempt="a1")

    assert guest.run(attempt="a2")[1]["scheduled"] is True


@pytest.mark.parametrize(
    "attempt",
    ["", "a b", "a;reboot", "$(reboot)", "`reboot`", "../up", 'a"b', "a\nb", ".hidden"],
    ids=["empty", "space", "semicolon", "dollar", "backtick", "path", "quote", "line", "dot"],
)
def test_an_attempt_of_other_characters_is_refused_before_anything(
    guest: Guest, attempt: str
) -> None:
    """A parameter is data: it names a file and a unit, and nothing else."""
    _systemd(guest, "walinuxagent")

    code, answer = guest.run(attempt=attempt)

    assert code == 2
    assert answer["reason"] == "bad_attempt"
    assert not guest.state.exists()
    assert not guest.called("systemd-run")


@pytest.mark.parametrize("delay", ["soon", "-5", "99999", "1;reboot"])
def test_a_delay_that_is_no_number_of_seconds_is_refused(guest: Guest, delay: str) -> None:
    """At most four digits: a restart hours later would meet another attempt."""
    _systemd(guest, "walinuxagent")

    assert guest.run(attempt="a1", delay=delay)[0] == 2


def test_a_machine_without_an_agent_says_so(guest: Guest) -> None:
    """There is nothing to restart, and the attempt is not spent."""
    guest.add("systemctl", "exit 1")

    code, answer = guest.run(attempt="a1")

    assert code == 3
    assert answer["reason"] == "no_agent_service"
    assert not guest.state.exists()


def test_without_timers_the_restart_runs_in_a_session_of_its_own(guest: Guest) -> None:
    """``systemd-run`` may be missing, or refuse: the script still returns at once."""
    _systemd(guest, "walinuxagent")
    guest.add("systemd-run", "exit 1")

    _code, answer = guest.run(attempt="a1", delay="0")

    assert answer["scheduled"] is True
    assert _soon(lambda: "systemctl restart walinuxagent.service" in guest.called("systemctl"))


def test_a_restart_that_cannot_be_scheduled_leaves_the_attempt_free(guest: Guest) -> None:
    """Nothing was set going: a later try is no repeat."""
    _systemd(guest, "walinuxagent")
    (guest.commands / "systemd-run").unlink()
    (guest.commands / "setsid").unlink()

    code, answer = guest.run(attempt="a1")

    assert code == 4
    assert answer["reason"] == "not_scheduled"
    assert not list(guest.state.iterdir())


def _soon(condition: Callable[[], bool]) -> bool:
    """Wait up to five seconds for what a detached process does."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize("system", ["linux", "windows"])
def test_scripts_are_static_and_never_evaluate_a_parameter(system: str) -> None:
    """No template, no eval: what varies comes as a parameter."""
    text = script("restart_agent", system)

    assert text.isascii()
    for word in ("eval ", "Invoke-Expression", "iex ", "{{", "%s.%s"):
        assert word not in text


def test_the_windows_script_takes_its_parameters_by_name_and_detaches() -> None:
    """A scheduled task of the system restarts the agent after the script has answered."""
    text = script("restart_agent", "windows")

    assert "[string]$attempt" in text
    assert "Register-ScheduledTask" in text
    assert "FileMode]::CreateNew" in text
    assert "WindowsAzureGuestAgent" in text


def test_the_linux_script_is_clean_for_shellcheck(tmp_path: Path) -> None:
    """POSIX sh, whatever shell a distribution brings."""
    checker = shutil.which("shellcheck", path=str(_tools())) or shutil.which("shellcheck")
    if checker is None:
        pytest.skip("shellcheck is not installed")
    copy = tmp_path / "restart_agent.sh"
    copy.write_text(script("restart_agent", "linux"), encoding="utf-8")

    done = subprocess.run(
        [checker, "--shell=sh", "--severity=style", str(copy)],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )

    assert done.returncode == 0, done.stdout


def _tools() -> Path:
    """Return where the virtual environment keeps its programs."""
    return Path(sys.executable).parent


@pytest.mark.parametrize(
    ("action", "system"),
    [("restart_agent", "plan9"), ("format_disk", "linux"), ("../arm/zones", "linux")],
    ids=["system", "action", "path"],
)
def test_a_script_that_is_not_there_is_an_error_that_names_it(action: str, system: str) -> None:
    """An action without a script must not look as if it had one."""
    with pytest.raises(ValueError, match="script: no"):
        script(action, system)


def test_an_attempt_with_a_longer_name_is_refused(guest: Guest) -> None:
    """Eighty characters, as in every other script: it names a file and a unit."""
    _systemd(guest, "walinuxagent")

    assert guest.run(attempt="a" * 81)[1]["reason"] == "bad_attempt"
    assert guest.run(attempt="a" * 80)[1]["scheduled"] is True


def test_a_place_that_cannot_be_written_is_not_taken_for_a_restart(guest: Guest) -> None:
    """A full or read-only disk: nothing was set going, and the answer says so."""
    _systemd(guest, "walinuxagent")
    guest.state.write_text("a file in its place", encoding="utf-8")

    code, answer = guest.run(attempt="a1")

    assert (code, answer["scheduled"], answer["reason"]) == (4, False, "not_scheduled")

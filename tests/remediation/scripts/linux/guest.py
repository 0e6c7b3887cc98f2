"""A Linux guest to run scripts in: files under one folder, and stand-in commands on ``PATH``.

Nothing of this machine is looked at or touched: the scripts take the places of files as
parameters, and find no command but those put here, which are either the machine's own small tools
or programs that play an init system, package managers and the like, and write down how they were
called. It needs no root and no namespaces, so it works on any machine with a POSIX shell.
"""

import json
import os
import shlex
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from remediation import scripts

FOLDER = Path(scripts.__file__).parent
PLACES = ("etc", "var", "run", "proc", "sys", "usr")
_TOOLS = (
    *("awk", "cat", "chmod", "cmp", "cp", "cut", "date", "dirname", "env", "false", "find", "grep"),
    *("head", "ls", "mkdir", "mv", "nohup", "readlink", "rm", "rmdir", "sed", "setsid", "sh"),
    *("sleep", "sort", "stat", "tail", "timeout", "touch", "tr", "true", "uname", "wc"),
)

# Plays systemd: units are folders, a daemon-reload reads the drop-ins anew.
_SYSTEMCTL = r"""
units={machine}/units
unit() {{ [ -d "$units/$1" ] || [ -e {etc}/systemd/system/"$1" ]; }}
reload() {{
    for one in "$units"/*; do
        [ -e "$one/own" ] || continue
        cat "$one/own" >"$one/restart"
        for part in {etc}/systemd/system/"${{one##*/}}".d/*.conf; do
            [ -e "$part" ] && sed -n 's/^Restart=//p' "$part" >"$one/restart"
        done
    done
    return 0
}}
case $1 in
cat) unit "$2" ;;
is-active) cat "$units/$2/active" 2>/dev/null || {{ echo inactive; false; }} ;;
is-enabled) cat "$units/$2/enabled" && ! grep -Eq 'disabled|masked' "$units/$2/enabled" ;;
show) printf 'Restart=' && cat "$units/$4/restart" ;;
enable) unit "$2" && mkdir -p "$units/$2" && echo enabled >"$units/$2/enabled" ;;
disable) unit "$2" && mkdir -p "$units/$2" && echo disabled >"$units/$2/enabled" ;;
start | restart) unit "$2" && mkdir -p "$units/$2" && echo active >"$units/$2/active" ;;
stop) rm -rf "${{units:?}}/$2/active" ;;
daemon-reload) reload ;;
--failed) cat {machine}/failed 2>/dev/null ;;
*) exit 64 ;;
esac
"""
# Keeps the command for ``later``, which plays the passing of time.
_SYSTEMD_RUN = r"""
while :; do case $1 in --unit=*) name=${{1#--unit=}}; shift ;; --*) shift ;; *) break ;; esac; done
[ ! -e {machine}/jobs/"$name" ] || exit 1
mkdir -p {machine}/jobs
printf '%s\n' "$@" >{machine}/jobs/"$name"
"""


@dataclass(frozen=True, kw_only=True)
class Guest:
    """``root``: the guest's files. ``commands``: what it can run. ``shell``: runs the scripts."""

    root: Path
    commands: Path
    machine: Path
    shell: tuple[str, ...]

    @property
    def conf(self) -> Path:
        """The agent's configuration."""
        return self.root / "etc/waagent.conf"

    @property
    def state(self) -> Path:
        """Where the scripts keep attempts and copies."""
        return self.root / "state"

    def add(self, name: str, body: str = "exit 0") -> None:
        """Put a stand-in on the path that writes down its arguments; ``{machine}`` is filled in."""
        text = body.format(machine=self.machine, etc=self.root / "etc")
        path = self.commands / name
        path.unlink(missing_ok=True)
        called = shlex.quote(str(self.machine / "calls"))
        path.write_text(f'#!/bin/sh\necho "{name} $*" >>{called}\n{text}\n', encoding="utf-8")
        path.chmod(0o755)

    def drop(self, name: str) -> None:
        """Take a command away."""
        (self.commands / name).unlink()

    def write(self, path: str, text: str | bytes) -> Path:
        """Write a file of the guest, with the folders above it."""
        made = self.root / path
        made.parent.mkdir(parents=True, exist_ok=True)
        made.write_bytes(text.encode() if isinstance(text, str) else text)
        return made

    def systemd(self, service: str = "walinuxagent", **state: str) -> None:
        """Boot with systemd and the agent's service: ``active``, ``enabled``, ``restart``."""
        self.add("systemctl", _SYSTEMCTL)
        self.add("systemd-run", _SYSTEMD_RUN)
        for folder in ("run/systemd/system", "etc/systemd/system"):
            (self.root / folder).mkdir(parents=True, exist_ok=True)
        unit = self.machine / f"units/{service}.service"
        unit.mkdir(parents=True)
        known = {"active": "active", "enabled": "enabled", "restart": "always"} | state
        for name, value in (known | {"own": known["restart"]}).items():
            (unit / name).write_text(f"{value}\n", encoding="utf-8")

    def unit(self, name: str, of: str = "walinuxagent.service") -> str:
        """Return how a unit stands: ``active``, ``enabled`` or ``restart``."""
        path = self.machine / "units" / of / name
        return path.read_text(encoding="utf-8").strip() if path.exists() else ""

    def environment(self, **more: str) -> dict[str, str]:
        """Return what commands in the guest see."""
        return {"PATH": str(self.commands), **more}

    def output(self, action: str, **parameters: str) -> tuple[int, bytes]:
        """Run a script as a managed run command does, and return exit code and output."""
        places = {f"{name}_dir": str(self.root / name) for name in PLACES}
        done = subprocess.run(
            [*self.shell, str(FOLDER / f"{action}.sh")],
            env=self.environment(**(places | {"state_dir": str(self.state)} | parameters)),
            capture_output=True,
            timeout=60,
            check=False,
        )
        return done.returncode, done.stdout

    def run(self, action: str, **parameters: str) -> tuple[int, dict[str, object]]:
        """Run a script and return exit code and answer: one line of JSON within the limit."""
        code, output = self.output(action, **parameters)
        assert len(output) <= 3900
        (line,) = output.decode("ascii").splitlines()
        answer: dict[str, object] = json.loads(line)
        return code, answer

    def run_in_order(self, action: str, *parameters: str) -> tuple[int, dict[str, object]]:
        """Run a script with its parameters as arguments."""
        done = subprocess.run(
            [*self.shell, str(FOLDER / f"{action}.sh"), *parameters],
            env=self.environment(),
            capture_output=True,
            timeout=60,
            check=False,
        )
        answer: dict[str, object] = json.loads(done.stdout)
        return done.returncode, answer

    def inspect(self, **parameters: str) -> tuple[dict[str, str], dict[str, str]]:
        """Inspect the guest, and return facts and findings."""
        code, answer = self.run("inspect_guest", **({"attempt": "look-1"} | parameters))
        assert code == 0
        facts, findings = answer["facts"], answer["findings"]
        assert isinstance(facts, dict)
        assert isinstance(findings, dict)
        return facts, findings

    def sh(self, command: str) -> int:
        """Run a person's command in the guest; return its exit code."""
        return subprocess.run(
            ["/bin/sh", "-c", command], env=self.environment(), timeout=20, check=False
        ).returncode

    def later(self) -> int:
        """Run what was handed to systemd for later; return how many commands that were."""
        jobs = sorted((self.machine / "jobs").glob("*"))
        for job in jobs:
            command = job.read_text(encoding="utf-8").splitlines()
            job.unlink()
            path = shutil.which(command[0], path=str(self.commands)) or command[0]
            subprocess.run([path, *command[1:]], env=self.environment(), timeout=20, check=True)
        return len(jobs)

    def called(self, name: str) -> list[str]:
        """Return the calls of a stand-in."""
        calls = self.machine / "calls"
        lines = calls.read_text(encoding="utf-8").splitlines() if calls.exists() else []
        return [line for line in lines if line.startswith(f"{name} ")]

    def files(self) -> dict[str, bytes]:
        """Return every file of the guest but the scripts' own state, with its text."""
        return {
            str(path.relative_to(self.root)): path.read_bytes()
            for path in sorted(self.root.rglob("*"))
            if path.is_file() and self.state not in path.parents
        }


def a_guest(folder: Path, shell: tuple[str, ...]) -> Guest:
    """Return a guest with plain tools and an agent's configuration, and no init system."""
    made = Guest(
        root=folder / "root",
        commands=folder / "bin",
        machine=folder / "machine",
        shell=shell,
    )
    for path in (made.commands, made.machine, *(made.root / name for name in PLACES)):
        path.mkdir(parents=True)
    for name in _TOOLS:
        found = shutil.which(name)
        assert found is not None, f"the tests of guest scripts need {name}"
        (made.commands / name).symlink_to(Path(found).resolve())
    made.write("etc/waagent.conf", CONF)
    return made


CONF = """\
# Azure Linux Agent Configuration

Extensions.Enabled=y
Provisioning.Agent=auto
Logs.Verbose=n
  OS.RootDeviceScsiTimeout = 300
ResourceDisk.MountPoint=/mnt/resource  # a place
"""


def shells(folder: Path) -> list[tuple[str, ...]]:
    """Return the POSIX shells here; busybox counts where it looks for commands on ``PATH``."""
    found: list[tuple[str, ...]] = [
        (path,) for name in ("dash", "bash") if (path := shutil.which(name))
    ]
    busybox = shutil.which("busybox")
    if busybox is not None and _looks_on_path(busybox, folder):
        found.append((busybox, "sh"))
    return found or [("/bin/sh",)]


def _looks_on_path(busybox: str, folder: Path) -> bool:
    # Some builds prefer the programs they carry, so that no stand-in is ever called.
    mine = folder / "df"
    mine.write_text("#!/bin/sh\necho mine\n", encoding="utf-8")
    mine.chmod(0o755)
    done = subprocess.run(
        [busybox, "sh", "-c", "df"],
        env={"PATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout == "mine\n"


def soon(condition: Callable[[], bool]) -> bool:
    """Wait up to five seconds for what a detached process does."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return False


def is_root() -> bool:
    """Whether the tests run as root, whom no mode of a file keeps out."""
    return os.geteuid() == 0

"""``local up`` as outside checks use it: one line, and a clean end."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.child import ROOT
from tests.local.eventually import eventually
from tests.local.host.sample_host import SAMPLE

PROGRAM = """
import sys
from pathlib import Path
from local.stack.up import up
world = Path(sys.argv[2]) if len(sys.argv) > 2 else None
sys.exit(up(world=world, seed=3, as_json=True, app=Path(sys.argv[1]), directory=Path("run")))
"""
KEYS = {
    "alert_url",
    "topic_endpoint",
    "topic_key",
    "api_base_url",
    "page_url",
    "arm_base_url",
    "world_url",
    "azurite_connection_string",
    "events_queue",
    "wakeups_queue",
    "pid",
    "host_pid",
    "api_headers",
}


@contextmanager
def launched(directory: Path, *arguments: str) -> "Iterator[subprocess.Popen[str]]":
    """Run ``up`` in a process; it is killed at the end of the block if it still runs."""
    (directory / "run").mkdir()
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(SAMPLE), *arguments],
        cwd=directory,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def children(pid: int) -> list[int]:
    """Return the child processes of a process."""
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def command_of(pid: int) -> bytes:
    """Return the command line of a process."""
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def all_gone(pids: list[int]) -> bool:
    """Say whether none of the processes exists any more."""
    return not any(Path(f"/proc/{pid}").exists() for pid in pids)


def test_one_line_when_ready_and_a_clean_end(sample_settings: Path, tmp_path: Path) -> None:
    """Standard output is the ready document; SIGTERM ends all within ten seconds, code 0."""
    with launched(tmp_path) as process:
        assert process.stdout is not None
        document = json.loads(process.stdout.readline())
        started = [process.pid, *children(process.pid)]
        assert document.keys() >= KEYS
        assert document["pid"] == process.pid
        assert document["host_pid"] in started
        assert document["api_base_url"].endswith("/api")
        start = time.monotonic()
        process.terminate()
        assert process.wait(timeout=12) == 0
        assert time.monotonic() - start < 10
        assert all_gone(started[1:])
        assert not process.stdout.read()


def test_nothing_stays_when_the_launcher_is_killed(sample_settings: Path, tmp_path: Path) -> None:
    """SIGKILL of the launcher closes the pipes that its children watch."""
    with launched(tmp_path) as process:
        assert process.stdout is not None
        process.stdout.readline()
        started = children(process.pid)
        assert len(started) == 4
        process.kill()
        process.wait()
        eventually(lambda: all_gone(started))


def test_a_program_that_ends_by_itself_ends_the_stack(
    sample_settings: Path, tmp_path: Path
) -> None:
    """Only the host can be started again: the others hold what a restart would lose. Code 1."""
    with launched(tmp_path) as process:
        assert process.stdout is not None
        process.stdout.readline()
        started = children(process.pid)
        event_grid = next(pid for pid in started if b"local.event_grid" in command_of(pid))
        os.kill(event_grid, signal.SIGKILL)
        assert process.wait(timeout=15) == 1
        assert all_gone(started)


def test_a_world_file_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    """Exit code 2, the fault on standard error, nothing on standard output."""
    world = tmp_path / "world.json"
    world.write_text('{"vaults": 3}')
    with launched(tmp_path, str(world)) as process:
        out, err = process.communicate(timeout=20)
        assert (process.returncode, out) == (2, "")
        assert "vaults" in err

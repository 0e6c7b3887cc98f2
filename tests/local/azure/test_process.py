"""The server as a program: its ready line, its end, and what it says to bad input."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture
def process() -> Iterator["subprocess.Popen[str]"]:
    """Start the program with the default world."""
    command = [sys.executable, "-m", "local.azure", "--seed", "3"]
    running = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=ROOT,
    )
    yield running
    if running.poll() is None:
        running.kill()
    running.communicate()


def ready(process: "subprocess.Popen[str]") -> dict[str, str]:
    """Read the ready line."""
    assert process.stdout is not None
    said = json.loads(process.stdout.readline())
    assert isinstance(said, dict)
    return said


def test_it_says_where_it_listens_and_ends_with_its_input(
    process: "subprocess.Popen[str]",
) -> None:
    """Whoever started it is gone when standard input ends."""
    said = ready(process)
    truth = httpx.get(f"{said['world_url']}/truth", trust_env=False).json()
    assert len(truth["vms"]) >= 40
    assert process.stdin is not None
    process.stdin.close()
    process.stdin = None
    assert process.wait(timeout=10) == 0


def test_it_ends_when_it_is_told_to(process: "subprocess.Popen[str]") -> None:
    """SIGTERM is a clean end."""
    ready(process)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=10) == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--world", "no-such-file.yaml"], "expected a readable file"),
        (["--clock", "yesterday"], "a clock is"),
    ],
)
def test_bad_input_ends_it_with_2_and_a_reason(options: list[str], said: str) -> None:
    """Before anything listens."""
    ended = subprocess.run(
        [sys.executable, "-m", "local.azure", *options],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=30,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert ended.returncode == 2
    assert said in ended.stderr

"""The lines that a newcomer pastes."""

import json
import subprocess

from local.stack import person
from local.stack.exports import exports


def test_a_shell_takes_the_lines_as_they_are() -> None:
    """Address and headers arrive whole."""
    script = "\n".join((*exports("http://127.0.0.1:7071"), "env"))
    ran = subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True, check=True)
    found = dict(line.partition("=")[::2] for line in ran.stdout.splitlines())
    assert found["REMEDIATOR_API"] == "http://127.0.0.1:7071/api"
    assert json.loads(found["REMEDIATOR_API_HEADERS"]) == person.headers()

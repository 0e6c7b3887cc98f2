"""``remediator local up --json`` with the real functions, as an outside check starts it."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import urllib3

from local.child import ROOT
from tests.functions.doors.conftest import WORLD
from tests.local.stack.test_up import KEYS, all_gone, children

REMEDIATOR = Path(sys.executable).with_name("remediator")


def test_one_line_that_works_and_a_clean_end(tmp_path: Path, http: urllib3.PoolManager) -> None:
    """Every promised key and address; SIGTERM: exit 0 within ten seconds, and no child left."""
    with subprocess.Popen(
        [str(REMEDIATOR), "local", "up", "--json", "--world", str(WORLD), "--seed", "2"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            document = json.loads(process.stdout.readline())
            started = children(process.pid)
            assert document.keys() >= KEYS
            assert document["pid"] == process.pid
            assert document["host_pid"] in started
            headers = document["api_headers"]
            url = f"{document['api_base_url']}/incidents"
            assert http.request("GET", url, headers=headers).json() == {"items": [], "next": None}
            assert http.request("GET", document["page_url"], headers=headers).status == 200
            assert http.request("POST", document["alert_url"], body=b"{").status == 202
            truth = http.request("GET", f"{document['world_url']}/truth").json()
            assert truth.keys() >= {"vms", "locks"}
            assert {"item", "fault", "cured", "excluded"} <= truth["vms"][0].keys()
            start = time.monotonic()
            process.terminate()
            assert process.wait(timeout=15) == 0
            assert time.monotonic() - start < 10
            assert all_gone(started)
            assert not process.stdout.read()
        finally:
            process.kill()

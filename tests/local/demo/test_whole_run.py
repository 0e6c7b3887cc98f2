"""One small world from its first failure to the report, as a user would run it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from local.child import ROOT

pytestmark = pytest.mark.proof

WORLD = """
speed: 1200
vaults:
  - name: rsv-1
    subscription: 10000000-aaaa-4000-8000-000000000001
    resource_group: rg-vault
    location: westeurope
vms:
  - {name: healthy, resource_group: rg-app, vault: rsv-1, os: linux}
  - name: retried
    resource_group: rg-app
    vault: rsv-1
    os: windows
    fault: {code: GuestAgentSnapshotTaskStatusError, cured_by: [retry_backup]}
  - name: hopeless
    resource_group: rg-app
    vault: rsv-1
    os: linux
    fault: {code: UserErrorKeyVaultPermissionsNotConfigured, cured_by: []}
  - name: shut
    resource_group: rg-app
    vault: rsv-1
    os: linux
    tags: {backup-remediation: "off"}
    fault: {code: GuestAgentSnapshotTaskStatusError, cured_by: [retry_backup]}
"""


def test_a_small_world_is_repaired_and_reported(tmp_path: Path) -> None:
    """One recovers, one is for people, one is left alone, and every promise is kept."""
    world, report = tmp_path / "world.yaml", tmp_path / "report.json"
    world.write_text(WORLD, encoding="utf-8")
    words = ["demo", "--exit", "--seed", "5", "--world", str(world), "--report", str(report)]

    done = subprocess.run(
        [sys.executable, "-m", "local", *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=120,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(report.read_text(encoding="utf-8"))
    assert found["seed"] == 5
    assert found["by_status"] == {
        "recovered": 1,
        "recovered_degraded": 0,
        "escalated": 1,
        "closed": 1,
        "open": 0,
    }
    assert (found["expected"]["recoverable"], found["expected"]["recovered"]) == (1, 1)
    assert "All well" in done.stdout

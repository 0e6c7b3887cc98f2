"""SIGKILL of the host in the middle of a world: nothing is lost, and nothing done twice."""

import os
import signal
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from local.demo.run import running
from local.demo.view import Moment
from local.stack.supervisor import Stack

RETRIED = 4
WORLD = """
speed: 1200
vaults:
  - name: rsv-1
    subscription: 10000000-aaaa-4000-8000-000000000001
    resource_group: rg-vault
    location: westeurope
vms:
  - name: retried
    count: 4
    resource_group: rg-app
    vault: rsv-1
    os: windows
    fault: {code: GuestAgentSnapshotTaskStatusError, cured_by: [retry_backup]}
  - name: silent
    resource_group: rg-app
    vault: rsv-1
    os: linux
    agent: not_ready
    alert: false
    fault: {code: UserErrorGuestAgentStatusUnavailable, cured_by: [reapply_vm]}
  - name: hopeless
    resource_group: rg-app
    vault: rsv-1
    os: linux
    fault: {code: UserErrorKeyVaultPermissionsNotConfigured, cured_by: []}
"""


# A worker that dies between an intent and its call leaves a real minute in which nobody else may
# act, whatever the world's clock says; so the first kill waits until the backups are under way.
UNDER_WAY = 2


@dataclass(slots=True)
class Killer:
    """Kills the host while repairs are under way, and again when the first has succeeded.

    The supervisor starts it again.
    """

    stack: Stack
    kills: list[int] = field(default_factory=list)
    _moments: int = 0

    def __call__(self, moment: Moment) -> None:
        """Look at a moment of the run, and strike where its time has come."""
        tried = [one for one in moment.incidents if one.attempts]
        self._moments += len(tried) >= RETRIED
        done = any(one.group == "recovered" for one in moment.incidents)
        times = (self._moments >= UNDER_WAY, done)
        number = len(self.kills)
        if number < len(times) and times[number] and self.stack.host_restarts == number:
            self.kills.append(self.stack.host_pid)
            os.kill(self.stack.host_pid, signal.SIGKILL)


@pytest.mark.long
@pytest.mark.proof
def test_a_host_that_is_killed_again_and_again_loses_and_repeats_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every guarantee holds, everything recoverable is recovered, and one incident a machine."""
    monkeypatch.chdir(tmp_path)
    world = tmp_path / "world.yaml"
    world.write_text(WORLD, encoding="utf-8")
    with running(world=world, seed=11, speed=None, say=lambda _: None) as run:
        killer = Killer(run.stack)
        verdict = run.follow(killer)
        restarts = run.stack.host_restarts
    assert len(set(killer.kills)) == restarts == len(killer.kills) == 2
    assert {name: one.detail for name, one in verdict.guarantees.items() if not one.held} == {}
    assert verdict.comparison.as_expected
    assert verdict.well
    assert len(verdict.incidents) == 6

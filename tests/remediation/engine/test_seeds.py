"""Seeded scenarios: a short version of ``make simulate``, and what longer ones have found."""

import os
import subprocess
import sys
from datetime import timedelta

import pytest

from local.child import ROOT
from tests.engine_kit import scenario
from tests.engine_kit.drawing import DEAD, drawn
from tests.engine_kit.judging import judged
from tests.engine_kit.scenario import Deed, Fault, Say, Scenario, Vm
from tests.engine_kit.seeded import Played
from tests.engine_kit.shrinking import as_test, faults, shrunk
from tests.engine_kit.small import FULL, WIDE

pytestmark = pytest.mark.proof

CHUNK = 20
CHUNKS = 10


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_every_guarantee_holds_whatever_befalls(chunk: int) -> None:
    """``make simulate SEEDS=n`` plays many more."""
    found = {seed: faults(drawn(seed)) for seed in range(chunk * CHUNK, (chunk + 1) * CHUNK)}
    assert not {seed: some for seed, some in found.items() if some}


def test_who_recovered_a_moment_ago_is_not_taken_for_one_without_a_point() -> None:
    """Seed 593: the list of items is older than the backup that proved the repair.

    So the sweep found a machine past its objective, two minutes after its incident had ended, and
    called people.
    """
    fault = Fault(code=DEAD, cured_by=frozenset({"retry_backup"}))
    full = Fault(code=FULL, cured_by=frozenset({"clear_lock"}), heals_after=timedelta(hours=37))
    played = Scenario(
        seed=593,
        vms=(
            Vm(name="vm-0", resource_group="rg-app", vault="rsv-1", os="linux", fault=fault),
            Vm(name="vm-1", resource_group="rg-app", vault="rsv-2", os="windows", fault=full),
        ),
        policy={"objective": "PT26H", "mode": "approve"},
        limits=WIDE,
        says=(Say(after=9.0),),
        deeds=(Deed(at=6.15, what="retrigger", machine=None),),
    )
    run, found = judged(played)
    assert not found
    assert [one.cause for one in run.incidents if one.item.name == "vm-0"] == [
        "guest-agent-unavailable"
    ]


def trace(run: Played) -> list[str]:
    """Return every call and every stored record of a run."""
    stored = (
        one.link.hash
        for partition in run.stores.incidents.partitions()
        for one in partition.records
    )
    return [*run.mischief.calls, *stored]


@pytest.mark.parametrize("seed", [3, 8, 21])
def test_a_seed_is_the_same_run_again(seed: int) -> None:
    """Also in another process, whose sets have another order."""
    code = (
        "import hashlib;"
        "from tests.remediation.engine.test_seeds import *;"
        f"print(hashlib.sha256(repr(trace(judged(drawn({seed}))[0])).encode()).hexdigest())"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": salt},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for salt in ("1", "2")
    }
    assert len(told) == 1


def test_a_seed_has_several_workers_at_work_at_once() -> None:
    """Some lose races, which is what they are several for."""
    scenarios = [drawn(seed) for seed in range(60)]
    crowded = [one for one in scenarios if len(one.skews) > 1][:12]
    assert sum(judged(one)[0].lost_races for one in crowded) > 0


def _breaks_with_two_deeds(found: Scenario) -> list[str]:
    whats = {one.what for one in found.deeds}
    return ["G2: both"] if {"pause", "retrigger"} <= whats else []


def test_a_failing_scenario_is_made_small_and_can_be_pasted() -> None:
    """All that it does not need is gone, and its text builds the same scenario again."""
    big = next(
        one
        for one in map(drawn, range(5_000))
        if one.strikes and one.says and _breaks_with_two_deeds(one)
    )
    small = shrunk(big, _breaks_with_two_deeds)
    assert sorted(one.what for one in small.deeds) == ["pause", "retrigger"]
    assert not (small.strikes)
    assert not (small.spells)
    assert not (small.says)
    assert not (small.locked)
    assert (len(small.vms), small.skews) == (1, (0,))
    text = as_test(small, ["G2: both"]).partition("faults(")[2].rpartition(")")[0]
    names = {**vars(scenario), "timedelta": timedelta}
    assert eval(text, names) == small  # noqa: S307 - it is what is asked

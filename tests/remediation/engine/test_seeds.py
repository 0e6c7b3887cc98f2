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
from tests.engine_kit.shrinking import as_test, faults, kinds, shrunk
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


def _breaks_where_something_fails(found: Scenario) -> list[str]:
    """Break G9 as long as a machine is sick; of sound ones say what is really said."""
    sick = any(one.fault for one in found.vms)
    return ["G9: planted"] if sick else faults(found)


def test_a_failure_is_not_made_so_small_that_it_is_another() -> None:
    """A world in which nothing fails has empty checks, G9 among them: no code can pass that."""
    big = next(one for one in map(drawn, range(100)) if {bool(vm.fault) for vm in one.vms} > {True})
    sound = big.having(vms=tuple(vm for vm in big.vms if not vm.fault))
    empty = _breaks_where_something_fails(sound)
    assert any(one.startswith("G9:") for one in empty)
    assert not kinds(empty)
    small = shrunk(big, _breaks_where_something_fails)
    assert len(small.vms) == 1
    assert kinds(_breaks_where_something_fails(small)) == {"G9"}


def test_a_smaller_scenario_does_not_break_what_the_first_one_kept() -> None:
    """Here one machine alone would break G2 besides, and one without strikes G2 instead."""

    def wrong(found: Scenario) -> list[str]:
        other = ["G2: planted"] if len(found.vms) == 1 or not found.strikes else []
        return other + ["G9: planted"] * bool(found.strikes)

    big = next(one for one in map(drawn, range(100)) if one.strikes and len(one.vms) > 2)
    small = shrunk(big, wrong)
    assert (len(small.vms), len(small.strikes)) == (2, 1)
    assert wrong(small) == ["G9: planted"]
    told = as_test(small, ["G1: no failed jobs to look at", *wrong(small)])
    assert told.startswith(f"def test_seed_{small.seed}_g9()")
    assert '"""G9: planted"""' in told

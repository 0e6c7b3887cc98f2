"""What storage costs: transactions at the SDK's transport, against Azurite, by the real engine.

Counted are get, load, index, commits, put and delete of the incident's course, the host's own get
and delete included. Apart are snapshots, places for backups, duties and the ledger.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest

from local.worlds import World
from tests.engine_kit.small import WORLDS
from tests.engine_kit.tables import TableRun, Used, table_run

COURSE = frozenset({"opening", "step", "ending"})


def course(run: TableRun) -> list[Used]:
    """Return what is no extra poll and no other thing."""
    return [one for one in run.used if one.receipt.kind in COURSE]


def told(used: Sequence[Used]) -> str:
    """Return the counts for people."""
    return ", ".join(
        f"{one.receipt.kind} {one.count} (+{one.apart} apart, attempt {one.receipt.attempt})"
        for one in used
    )


def braked(action: str) -> World:
    """Return an action's world with the storm brake on, as an operator has it."""
    world = WORLDS[action]
    return replace(world, policy=replace(world.policy, storm_items=10))


def played(action: str, azurite: str, *, seed: int = 3) -> tuple[list[Used], list[Used]]:
    """Play an action's world to its end; returns the incident's course and the polls."""
    with table_run(braked(action), azurite, seed=seed) as run:
        run.begin()
        assert run.run(done=run.finished)
        print(f"{action}: {told(run.used)}")
        return course(run), [one for one in run.used if one.receipt.kind == "poll"]


def test_an_incident_cured_by_its_first_backup_takes_at_most_12(azurite: str) -> None:
    """Opening 7, ending 5."""
    used, _ = played("retry_backup", azurite)
    assert [one.receipt.kind for one in used] == ["opening", "ending"]
    assert used[0].count <= 7
    assert used[1].count <= 5
    assert sum(one.count for one in used) <= 12


@pytest.mark.parametrize("action", ["reapply_vm", "reinstall_extension"])
def test_a_first_rung_that_acts_before_its_backup_takes_at_most_18(
    azurite: str, action: str
) -> None:
    """The effect, its end, the backup, its end."""
    used, _ = played(action, azurite)
    assert {one.receipt.attempt for one in used} == {1}
    assert sum(one.count for one in used) <= 18


def test_a_further_rung_that_acts_adds_at_most_12(azurite: str) -> None:
    """After a first backup that failed, the agent is restarted and a backup proves it.

    Opening and ending are what every incident has: 12. The rung adds its steps; the look into the
    guest that comes before it has a limit of its own.
    """
    used, _ = played("restart_agent", azurite)
    look = [one for one in used if one.receipt.attempt == 2 and one.receipt.kind == "step"]
    rung = [one for one in used if one.receipt.attempt == 3 and one.receipt.kind == "step"]
    assert any(one.receipt.rung_acts for one in rung)
    assert sum(one.count for one in rung) <= 12
    assert sum(one.count for one in look) <= 6
    assert sum(one.count for one in used) <= 12 + 12 + 6


@pytest.mark.parametrize("action", ["retry_backup", "reapply_vm", "restart_agent"])
def test_an_extra_poll_takes_at_most_5(azurite: str, action: str) -> None:
    """Get, load, commit, put, delete."""
    counts = [one.count for seed in (3, 4) for one in played(action, azurite, seed=seed)[1]]
    assert max(counts, default=0) <= 5


@pytest.mark.parametrize(("action", "asked"), [("retry_backup", 1), ("restart_agent", 2)])
def test_a_lonely_failure_costs_the_storm_brake_an_insert_and_a_query(
    azurite: str, action: str, asked: int
) -> None:
    """Counted where it comes, in time for its first repair; later ones ask by a query each."""
    with table_run(braked(action), azurite, seed=3) as run:
        run.begin()
        assert run.run(done=run.finished)
        calls = [
            call.method
            for call in run.meters.by_label["apart"].calls
            if call.place.startswith("storms")
        ]
    assert Counter(calls) == {"PATCH": 1, "GET": asked}

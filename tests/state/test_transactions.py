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


def partnered(action: str) -> World:
    """Return an action's world with a healthy partner beside its machine."""
    world = braked(action)
    (vm,) = world.vms
    other = replace(vm, name="partner", fault=None, agent="ready", partner=vm.name)
    return replace(world, vms=(replace(vm, partner=other.name), other))


def taken(world: World, azurite: str) -> Counter[str]:
    """Play a world to its end; returns the requests for partners and disruptive actions."""
    with table_run(world, azurite, seed=3) as run:
        meter = run.meters.by_label["taken"]
        # The tables are made with their clients.
        meter.clear()
        run.begin()
        assert run.run(done=run.finished)
        return Counter(call.method for call in meter.calls)


@pytest.mark.parametrize("action", ["retry_backup", "reapply_vm"])
def test_a_machine_without_partners_costs_nothing_for_them(azurite: str, action: str) -> None:
    """Nor does what does not disrupt cost anything to be counted."""
    assert taken(braked(action), azurite) == {}


@pytest.mark.parametrize(
    ("action", "looks", "group"),
    [
        # Claimed, and given back: two reads and two writes.
        ("retry_backup", {"GET": 2, "POST": 1, "PUT": 1}, 4),
        # For the proof it is claimed anew, at a later position.
        ("reapply_vm", {"GET": 3, "POST": 1, "PUT": 2}, 6),
    ],
)
def test_a_group_of_partners_costs_an_attempt_4_or_with_a_proof_6(
    azurite: str, action: str, looks: dict[str, int], group: int
) -> None:
    """A second group costs as much again."""
    assert taken(partnered(action), azurite) == looks
    assert sum(looks.values()) == group
    world = partnered(action)
    tagged = tuple(replace(vm, tags={"app": "shop"}) for vm in world.vms)
    assert sum(taken(replace(world, vms=tagged), azurite).values()) == 2 * group


def test_a_disruptive_action_costs_a_read_and_a_write_to_be_counted(azurite: str) -> None:
    """Once, as it begins."""
    assert taken(braked("restart_agent"), azurite) == {"GET": 1, "POST": 1}

"""The world of partners: what it has in it, and what the checker expects of it."""

from local import worlds
from local.checker.expected import expect
from local.checker.permission import permission

WORLD = worlds.load("partners")
MAY = {vm.name: permission(WORLD, vm) for vm in WORLD.vms}
WHY = {one.vm.name: one.why for one in expect(WORLD) if one.failing and not one.recoverable}


def partners(name: str) -> set[str]:
    """Return the partners of a machine."""
    return {
        other
        for other, may in MAY.items()
        if other != name and not MAY[name].groups.isdisjoint(may.groups)
    }


def test_every_kind_of_group_is_there() -> None:
    """Sets, a scale set, tags over groups and in any casing, and one machine in two groups."""
    assert partners("front-1") == {"front-2", "front-3", "front-4"}
    assert partners("zone-1") == {"zone-2", "zone-3"}
    assert partners("shop-1") == {"shop-2"}
    assert partners("both-1") == {"both-2", "both-3"}
    assert partners("both-2") == {"both-1"}
    assert partners("lone-1") == set()


def test_what_is_held_back_is_held_by_each_guard() -> None:
    """Beside each machine that is held back one with the same fault that is not."""
    assert set(WHY) == {"half-1", "quiet-high", "tagged", "sql", "hana"}
    assert "its partner half-2 is deallocated" in WHY["half-1"]
    assert "without an agent that reports" in WHY["quiet-high"]
    for name in ("tagged", "sql", "hana"):
        assert "a database takes no backup but those of its schedule" in WHY[name]


def test_few_disruptive_actions_are_allowed_in_one_subscription() -> None:
    """For as many machines as do not all begin in one hour."""
    lone = [name for name in MAY if name.startswith("lone")]
    assert {MAY[name].policy.disruptive_per_hour for name in lone} == {2}
    assert len(lone) > 4
    assert MAY["quorum-1"].policy.disruptive_per_hour == 60

"""The world of mixed policies: what it has in it, and what the checker expects of it."""

from local import worlds
from local.checker.expected import expect
from local.checker.permission import permission

WORLD = worlds.load("mixed-policy")
MAY = {vm.name: permission(WORLD, vm) for vm in WORLD.vms}


def test_every_mode_holds_for_some_machine() -> None:
    """And some machine is excluded."""
    assert {may.policy.mode for may in MAY.values()} == {"off", "observe", "approve", "auto"}
    assert {name for name, may in MAY.items() if may.excluded} == {"shut", "guest-1", "guest-2"}


def test_every_way_to_match_is_used() -> None:
    """Scopes of each width."""
    document = WORLD.policy_document or {}
    used = {name for scope in document["scopes"] for name in scope["match"]}
    assert used == {"subscription", "resource_group", "vault", "tags", "item"}


def test_what_may_recover_is_what_the_policy_lets_be_repaired() -> None:
    """Beside each machine that is held back one with the same fault that is not."""
    recoverable = {one.vm.name for one in expect(WORLD) if one.recoverable}
    assert recoverable == {
        "web-1", "web-2", "web-3", "lab-1", "lab-2", "lab-agent", "lab-full", "agent", "night",
        "narrow", "bold", "branch-own", "pair-1", "guest-own",
    }  # fmt: skip
    held = {one.vm.name: one.why for one in expect(WORLD) if one.failing and not one.recoverable}
    assert "needs a window" in held["day"]
    assert "needs a window" in held["alone"]
    assert "above guest_io" in held["careful"]
    assert "opted in" in held["crowded"]

"""What a world holds and what should become of it: the text of ``remediator world check``. Pure."""

from collections import Counter
from collections.abc import Iterator

from local.checker.expected import Expectation, expect
from local.checker.permission import permission
from local.worlds import World


def forecast(world: World) -> Iterator[str]:
    """Return the lines: contents, counts, then each kind of fault with its outcome and why."""
    expectations = expect(world)
    systems = Counter(vm.os for vm in world.vms)
    kinds = ", ".join(f"{count} {name}" for name, count in sorted(systems.items()))
    yield f"{len(world.vms)} machines ({kinds}) in {len(world.vaults)} vaults"
    failing = [one for one in expectations if one.failing]
    recoverable = sum(one.recoverable for one in failing)
    shut = sum(one.excluded for one in failing)
    yield (
        f"{len(failing)} fail: {recoverable} should recover, {shut} are excluded, "
        f"{len(failing) - recoverable - shut} are for people"
    )
    policy = world.policy
    yield (
        f"policy: mode {policy.mode}, risks up to {policy.max_risk}, {policy.attempts} attempts, "
        f"opted in: {', '.join(sorted(policy.opt_in)) or 'nothing'}"
    )
    if world.policy_document is not None:
        modes = Counter(permission(world, vm).policy.mode for vm in world.vms)
        told = ", ".join(f"{count} {mode}" for mode, count in sorted(modes.items()))
        yield f"with document and tags, machines by mode: {told}"
    for (outcome, fault, cause, why), names in _grouped(failing).items():
        yield f"  {outcome:<9} {fault} -> {cause}: {why} ({_listed(names)})"


def _grouped(failing: list[Expectation]) -> dict[tuple[str, str, str, str], list[str]]:
    found: dict[tuple[str, str, str, str], list[str]] = {}
    for one in failing:
        outcome = "recovers" if one.recoverable else "closed" if one.excluded else "people"
        key = (outcome, one.fault, one.cause or "unknown", one.why)
        found.setdefault(key, []).append(one.vm.name)
    return dict(sorted(found.items(), key=lambda entry: entry[0][0] != "recovers"))


def _listed(names: list[str]) -> str:
    shown = 3
    more = len(names) - shown
    return ", ".join(names[:shown]) + (f" and {more} more" if more > 0 else "")

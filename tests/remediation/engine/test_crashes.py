"""A fault before and after every call on the way of each action's incident.

The worker dies there, or is told that the call failed, or loses Azure's answer. The queue brings
the message again, the sweep comes by, and in the end every guarantee holds and the machine has its
recovery point, as if nothing had been.
"""

import pytest

from remediation.repertoire import ACTIONS
from tests.engine_kit.crashes import (
    Point,
    disturbed,
    points,
    statuses,
    undisturbed,
    wrong_with,
)
from tests.engine_kit.mischief import Mode
from tests.engine_kit.scenario import Scenario
from tests.engine_kit.small import SCENARIOS

pytestmark = pytest.mark.proof

# "heals" climbs rungs that the others have, and two that share a lock do all that one does.
NAMES = [name for name in SCENARIOS if name not in {"heals", "clear_lock"}]
# Every fault at what is sent to Azure, and so many of the others for each; ``make simulate
# ARGS=--every-fault`` leaves none out.
MOST = 12


@pytest.mark.parametrize("name", NAMES)
def test_one_fault_anywhere_changes_nothing_of_the_end(name: str) -> None:
    """Single faults, one run each."""
    scenario = SCENARIOS[name]
    base = undisturbed(scenario)
    wanted, wrong = statuses(base), []
    assert not list(wrong_with(base, wanted))
    found = list(points(base))
    changes = [one for one in found if " " in one.name and not one.name.startswith("GET ")]
    others = [one for one in chosen(found) if one not in changes]
    some = [*changes, *spread(others, MOST)]
    for point in some:
        wrong += faults_of(scenario, wanted, point)
    print(f"{name}: {len(some)} faults in {len(base.mischief.calls)} calls")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("mode", Mode)
def test_what_points_leave_out_breaks_nothing_either(mode: Mode) -> None:
    """Every mode at every call, of the one world for which that is cheap.

    ``points`` says of most that another one stands for them; here none does.
    """
    scenario = SCENARIOS["retry_backup"]
    base = undisturbed(scenario)
    wanted, wrong = statuses(base), []
    for call, name in enumerate(base.mischief.calls, start=1):
        wrong += faults_of(scenario, wanted, Point(call=call, mode=mode, name=name, function=""))
    tried = {point.call for point in points(base) if point.mode is mode}
    assert len(tried) < len(base.mischief.calls), "points leave nothing out: this test can go"
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", ["clear_lock, shared", "restart_vm", "reinstall_extension"])
def test_two_faults_change_nothing_of_the_end(name: str) -> None:
    """Pairs: each fault with one that comes a third of the run later."""
    scenario = SCENARIOS[name]
    base = undisturbed(scenario)
    wanted, wrong = statuses(base), []
    some = spread(chosen(list(points(base))), MOST)
    for first, second in zip(some, some[len(some) // 3 :], strict=False):
        wrong += faults_of(scenario, wanted, first, second)
    assert not wrong, "\n".join(wrong)


def faults_of(scenario: Scenario, wanted: list[str], *some: Point) -> list[str]:
    """Return what is wrong with a run that has these faults."""
    run, settled = disturbed(scenario, *some)
    assert run.mischief.struck, f"{some[0]} was never come to"
    shown = " and ".join(map(str, some))
    found = [] if settled else ["it does not come to rest"]
    return [f"{shown}: {text}" for text in (*found, *wrong_with(run, wanted))]


def test_every_action_of_the_repertoire_is_on_the_way_of_some_incident() -> None:
    """All that is sent to Azure or into a guest is among what is disturbed here."""
    seen: set[str] = set()
    for name in NAMES:
        incidents = undisturbed(SCENARIOS[name]).incidents
        seen |= {attempt.action for one in incidents for attempt in one.attempts}
    assert seen >= {one.name for one in ACTIONS.values() if one.acts or one.inspects}


def spread(found: list[Point], most: int) -> list[Point]:
    """Return at most so many, from the first to the last."""
    return found if len(found) <= most else [found[n * len(found) // most] for n in range(most)]


def chosen(found: list[Point]) -> list[Point]:
    """Leave out what a fault of the very same kind stands for: one poll is like the next.

    ``make simulate`` leaves nothing out.
    """
    kinds: dict[tuple[str, ...], list[Point]] = {}
    for before, point in zip([None, *found], found, strict=False):
        near = before.name if before and not point.name.startswith("GET ") else ""
        kinds.setdefault((point.name, point.mode, point.function, near), []).append(point)
    return sorted({some[0] for some in kinds.values()}, key=lambda one: one.call)

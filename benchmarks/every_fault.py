"""Every single fault on the way of each action's incident, and pairs of them by chance."""

import random
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from tests.engine_kit.crashes import Point, disturbed, points, statuses, undisturbed, wrong_with
from tests.engine_kit.small import SCENARIOS, SEED

CHUNK = 20

type Task = tuple[str, tuple[tuple[Point, ...], ...], tuple[str, ...]]


def _tried(task: Task) -> list[str]:
    action, some, wanted = task
    found = []
    for faults in some:
        run, settled = disturbed(SCENARIOS[action], *faults)
        rest = [] if settled else ["it does not come to rest"]
        if wrong := [*rest, *wrong_with(run, wanted)]:
            shown = " and ".join(map(str, faults))
            found.append(f"{action}: {shown}: {'; '.join(wrong)}")
    return found


def _tasks(action: str, some: list[tuple[Point, ...]], wanted: tuple[str, ...]) -> Iterable[Task]:
    for at in range(0, len(some), CHUNK):
        yield action, tuple(some[at : at + CHUNK]), wanted


def every_fault(*, pairs: int, jobs: int) -> dict[str, int]:
    """Try them all, print what breaks something, and return the figures."""
    begun = time.perf_counter()
    singles: dict[str, int] = {}
    calls: dict[str, int] = {}
    tasks: list[Task] = []
    tried_pairs = 0
    for action, scenario in SCENARIOS.items():
        base = undisturbed(scenario)
        wanted = tuple(statuses(base))
        found = list(points(base))
        singles[action], calls[action] = len(found), len(base.mischief.calls)
        chance = random.Random(f"{SEED}/{action}")
        some = [tuple(sorted(chance.sample(found, 2), key=_at)) for _ in range(pairs)]
        tried_pairs += len(some)
        tasks += _tasks(action, [(one,) for one in found], wanted)
        tasks += _tasks(action, some, wanted)
    wrong: list[str] = []
    if jobs == 1:
        wrong += [text for task in tasks for text in _tried(task)]
    else:
        with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
            wrong += [text for texts in pool.map(_tried, tasks) for text in texts]
    for text in wrong:
        print(text)
    for action, count in singles.items():
        print(f"{action}: {count} single faults in {calls[action]} calls")
    print(
        f"{sum(singles.values())} single faults and {tried_pairs} pairs of {len(SCENARIOS)} worlds "
        f"in {time.perf_counter() - begun:.0f} s, {len(wrong)} of them broke something"
    )
    return {
        "worlds": len(SCENARIOS),
        "calls of ports": sum(calls.values()),
        "single faults": sum(singles.values()),
        "pairs": tried_pairs,
        "that broke something": len(wrong),
    }


def _at(point: Point) -> int:
    return point.call

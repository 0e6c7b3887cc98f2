"""The parts that need no network: commits and loads in memory."""

import itertools
import time
from collections.abc import Callable

from state.memory import MemoryIncidentStore
from tests.engine_kit.run import Run
from tests.engine_kit.small import WORLDS
from tests.state import values

SECONDS = 1.0


def measure() -> None:
    """Print how much is done in a second."""
    numbers = itertools.count()
    store = MemoryIncidentStore()

    def commit_and_load() -> None:
        item = values.an_item(f"vm-{next(numbers)}")
        store.commit(values.opening(store.load(item)))
        store.load(item)

    print(f"load, commit, load in memory: {_rate(commit_and_load):.0f}/s")
    begun = time.perf_counter()
    run = Run(WORLDS["retry_backup"], seed=1)
    run.begin()
    run.run_until_settled()
    took = time.perf_counter() - begun
    print(f"one incident over Microsoft's SDKs, no network: {took * 1000:.0f} ms")


def _rate(do: Callable[[], object]) -> float:
    do()
    begun, count = time.perf_counter(), 0
    while time.perf_counter() - begun < SECONDS:
        do()
        count += 1
    return count / (time.perf_counter() - begun)

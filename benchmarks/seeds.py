"""Seeds played on all cores, and what they came to."""

import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context

from tests.engine_kit.drawing import drawn
from tests.engine_kit.judging import judged
from tests.engine_kit.shrinking import as_test, faults, shrunk

CHUNK = 25


@dataclass(slots=True)
class Tally:
    """What some seeds came to; ``wrong``: seed to what is wrong with it."""

    worlds: int = 0
    calls: int = 0
    struck: int = 0
    deaths: int = 0
    lost_races: int = 0
    simulated_hours: float = 0.0
    statuses: Counter[str] = field(default_factory=Counter)
    befell: Counter[str] = field(default_factory=Counter)
    wrong: dict[int, list[str]] = field(default_factory=dict)

    def add(self, other: "Tally") -> None:
        """Take in what other seeds came to."""
        self.worlds += other.worlds
        self.calls += other.calls
        self.struck += other.struck
        self.deaths += other.deaths
        self.lost_races += other.lost_races
        self.simulated_hours += other.simulated_hours
        self.statuses.update(other.statuses)
        self.befell.update(other.befell)
        self.wrong.update(other.wrong)


def played(seeds: Iterable[int]) -> Tally:
    """Play some seeds, one after the other."""
    tally = Tally()
    for seed in seeds:
        tally.worlds += 1
        scenario = drawn(seed)
        try:
            run, found = judged(scenario)
        except Exception as fault:  # noqa: BLE001 - it is what was looked for, and the rest goes on
            tally.wrong[seed] = [f"{type(fault).__name__}: {fault}"]
            continue
        tally.calls += len(run.mischief.calls)
        tally.struck += len(run.mischief.struck)
        tally.deaths += run.deaths
        tally.lost_races += run.lost_races
        tally.simulated_hours += (run.clock.now() - run.world.start).total_seconds() / 3600
        tally.statuses.update(one.status.value for one in run.incidents)
        tally.befell.update({one.what for one in scenario.spells})
        tally.befell.update({one.what for one in scenario.deeds})
        if found:
            tally.wrong[seed] = found
    return tally


def simulated(first: int, count: int, jobs: int) -> tuple[Tally, float]:
    """Play so many seeds; return what they came to and how many seconds it took."""
    begun, whole = time.perf_counter(), Tally()
    chunks = [
        range(at, min(at + CHUNK, first + count)) for at in range(first, first + count, CHUNK)
    ]
    if jobs == 1:
        for chunk in chunks:
            whole.add(played(chunk))
    else:
        with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
            for tally in pool.map(played, chunks):
                whole.add(tally)
    return whole, time.perf_counter() - begun


def explained(seed: int) -> str:
    """Return a failing seed's small scenario, as a test."""
    small = shrunk(drawn(seed))
    return as_test(small, faults(small))


def told(tally: Tally, took: float, jobs: int) -> str:
    """Return the figures as lines."""
    per_minute = 60 * tally.worlds / took
    return (
        f"{tally.worlds} worlds in {took:.0f} s on {jobs} cores: {per_minute:.0f} a minute\n"
        f"incidents: {dict(sorted(tally.statuses.items()))}\n"
        f"{tally.calls} calls of ports, {tally.struck} faults struck, {tally.deaths} workers died, "
        f"{tally.lost_races} races were lost, {tally.simulated_hours:.0f} simulated hours\n"
        f"befell: {dict(sorted(tally.befell.items()))}\n"
        f"{len(tally.wrong)} seeds wrong"
    )

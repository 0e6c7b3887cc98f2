"""Whole worlds under seeded mischief: ``python -m benchmarks.simulate --seeds N [--first S]``.

Each seed makes a world (machines, faults, locks, Azure's misbehaviour) and what befalls those who
look after it: workers that die, are interleaved and disagree about the time, failing storage, lost
answers, a queue that doubles, delays and brings again, operators, changing policies, deployments.
When all has come to rest every guarantee is checked. Exit code 1 where one does not hold; a seed
that breaks one is made small, and printed as a test.
``--every-fault``: every single fault on the way of each action's incident instead, none left out,
and ``--pairs`` of them by chance. ``--storm``: two thousand machines that fail together instead.
``--record``: write the figures to ``docs/figures``.
"""

import argparse
import os
import sys

from benchmarks.every_fault import every_fault
from benchmarks.figures import FOLDER, commit, write
from benchmarks.seeds import explained, simulated, told
from benchmarks.storm import storms

# Where many seeds break, the first ones tell enough.
MOST_EXPLAINED = 3


def main() -> int:
    """Run what was asked for; print what each came to only where something is wrong."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.simulate", description=__doc__)
    parser.add_argument("--seeds", type=int, default=20, help="how many worlds")
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--jobs", type=int, default=os.process_cpu_count() or 1, help="processes")
    parser.add_argument("--every-fault", action="store_true", help="every single fault instead")
    parser.add_argument("--pairs", type=int, default=10, help="pairs of faults for each action")
    parser.add_argument("--storm", action="store_true", help="two storms of many machines instead")
    parser.add_argument("--machines", type=int, default=2000, help="how many fail in a storm")
    parser.add_argument("--record", action="store_true", help="write the figures to docs/figures")
    options = parser.parse_args()
    if options.storm:
        return storms(options.machines, workers=16)
    code = commit()
    if options.every_fault:
        figures = every_fault(pairs=options.pairs, jobs=options.jobs)
        if options.record:
            args = f"--every-fault --pairs {options.pairs}"
            command = f'make simulate ARGS="{args}"'
            write(FOLDER / "faults.json", command=command, figures=figures, code=code)
        return 1 if figures["that broke something"] else 0
    return _seeds(options.first, options.seeds, options.jobs, code if options.record else None)


def _seeds(first: int, count: int, jobs: int, code: str | None) -> int:
    """Play seeds; ``code`` is the commit to record the figures of, or None."""
    tally, took = simulated(first, count, jobs)
    for seed, found in sorted(tally.wrong.items()):
        print(f"seed {seed}: {'; '.join(found)}")
    for seed in sorted(tally.wrong)[:MOST_EXPLAINED]:
        print(f"\nseed {seed}, made small:\n{explained(seed)}")
    print(told(tally, took, jobs))
    if code is not None:
        figures: dict[str, float | int] = {
            "seeds": tally.worlds,
            "with a broken guarantee": len(tally.wrong),
            "incidents": sum(tally.statuses.values()),
            "calls of ports": tally.calls,
            "faults": tally.struck,
            "deaths of workers": tally.deaths,
            "lost races": tally.lost_races,
            "simulated hours": round(tally.simulated_hours),
            "seeds a minute": round(60 * tally.worlds / took),
            "processes": jobs,
        }
        command = f"make simulate SEEDS={count}"
        write(FOLDER / "simulation.json", command=command, figures=figures, code=code)
    return 1 if tally.wrong else 0


if __name__ == "__main__":
    sys.exit(main())

"""``python -m benchmarks.chaos --minutes M``: chaos over the local stack, and what came of it.

Exit code 0 where every judge is content, 1 where one is not, 2 for bad input.
"""

import argparse
import logging
import signal
import sys
from pathlib import Path

from benchmarks.chaos.run import Told, run
from benchmarks.figures import FOLDER, commit, write

NAME = "chaos"


def main() -> int:
    """Run chaos once; print what was done, what it came to, and every fault."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0, help="how long it lasts")
    parser.add_argument("--seed", type=int, default=1, help="the seed of its course")
    recording = parser.add_mutually_exclusive_group()
    recording.add_argument(
        "--record",
        action="store_const",
        const=FOLDER,
        dest="figures",
        help="write the figures to docs/figures",
    )
    recording.add_argument("--figures", type=Path, help="another folder to write the figures to")
    options = parser.parse_args()
    if not 0 < options.minutes <= 24 * 60:
        parser.error(f"--minutes: expected more than 0 and at most a day, not {options.minutes}")
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))

    def say(text: str) -> None:
        print(text, flush=True)

    code = commit()
    told = run(seconds=options.minutes * 60, seed=options.seed, say=say)
    say(summary(told))
    if options.figures is not None:
        command = f"make chaos MINUTES={options.minutes:g}"
        place = options.figures / f"{NAME}.json"
        write(place, command=command, figures=figures(told), code=code)
    return 1 if told.faults else 0


def figures(told: Told) -> dict[str, int]:
    """Return what is worth publishing of a run."""
    return {
        "workers killed": told.deeds["kill"],
        "programs frozen": told.deeds["freeze"],
        "spells of misbehaviour": told.deeds["misbehave"],
        "incidents": told.statuses.total(),
        "records": told.records,
        "requests to Azure": told.requests,
        "broken guarantees": len(told.faults),
    }


def summary(told: Told) -> str:
    """Say in lines what a run came to."""
    lines = [
        f"{told.took:.0f} s, {told.restarts} workers started again, {dict(told.deeds)}",
        f"{told.statuses.total()} incidents: {dict(told.statuses)}",
        f"{told.records} records, {told.requests} requests to Azure",
        *told.faults,
        "chaos: every guarantee held" if not told.faults else f"chaos: {len(told.faults)} faults",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())

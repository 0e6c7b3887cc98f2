"""Print the figures: ``python -m benchmarks``; 1 where an alert was lost or became two."""

import argparse
import sys

from benchmarks import classification, core, door, startup


def main() -> int:
    """Measure one thing after the other."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--alerts", type=int, default=1000, help="distinct alerts, each sent twice")
    options = parser.parse_args()
    startup.measure()
    classification.measure()
    core.measure()
    return 0 if door.measure(options.alerts) else 1


if __name__ == "__main__":
    sys.exit(main())

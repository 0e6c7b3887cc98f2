"""What mutmut found: ``python -m benchmarks.mutants [--record]``, after ``mutmut run``.

A mutant is the code with one small thing changed. It is killed where a test fails of it; one that
survives shows what no test holds. Prints what came of each file and every survivor's change, and
exits with 1 where the whole score is below what is promised. A run that was cut short has no score:
exit code 2. ``--record`` writes the figures to ``docs/figures``, and every survivor to
``docs/mutants.md``.
"""

import argparse
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

from mutmut.stats import status_by_exit_code

from benchmarks.figures import FOLDER, commit, write
from benchmarks.survivors import Survivor, page

PLACE = Path("mutants")
DOCS = FOLDER.parent
PROMISED = 90.0
# A mutant that makes tests run for ever is noticed as well.
NOTICED = {"killed", "timeout", "segfault"}
# So long as there is one of these, nobody knows the score.
UNFINISHED = {"not checked", "check was interrupted by user"}


def main() -> int:
    """Read the arguments and what mutmut left."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mutants", description=__doc__)
    parser.add_argument("--record", action="store_true", help="write figures and survivors to docs")
    options = parser.parse_args()
    return published(results(PLACE), DOCS if options.record else None, survivor)


def published(
    found: Mapping[str, Mapping[str, int | None]],
    docs: Path | None,
    shown: Callable[[str], Survivor],
) -> int:
    """Print what came of mutants and write it to ``docs``, unless None; return the exit code."""
    if not found:
        print("no mutant was tried: run `make mutants`", file=sys.stderr)
        return 2
    told = {name: Counter(map(_status, codes.values())) for name, codes in found.items()}
    for name, counts in told.items():
        print(f"{name}: {dict(counts)}")
    whole = sum(told.values(), Counter())
    if missing := unfinished(whole):
        print(
            f"\nno score: {missing} of {whole.total()} mutants were not tried to the end",
            file=sys.stderr,
        )
        return 2
    lived = [shown(mutant) for mutant in survivors(found)]
    for one in lived:
        print(f"\nsurvived: {one.function}\n- {one.was}\n+ {one.became}")
    killed = sum(whole[status] for status in NOTICED)
    score = 100 * killed / whole.total()
    print(f"\n{killed} of {whole.total()} mutants killed: {score:.1f} %")
    if docs is not None:
        figures = {"mutants": whole.total(), "killed": killed, "score in %": round(score, 1)}
        path = docs / "figures" / "mutants.json"
        write(path, command="make mutants", figures=figures, code=commit())
        (docs / "mutants.md").write_text(page(lived), encoding="utf-8")
    return 0 if score >= PROMISED else 1


def results(place: Path) -> dict[str, Mapping[str, int | None]]:
    """Return the exit code of each mutant's tests, by file; None where it was not tried."""
    return {
        str(path.relative_to(place)).removesuffix(".meta"): codes
        for path in sorted(place.rglob("*.meta"))
        if (codes := json.loads(path.read_text("utf-8"))["exit_code_by_key"])
    }


def unfinished(counts: Counter[str]) -> int:
    """Return how many mutants nobody knows anything about."""
    return sum(counts[status] for status in UNFINISHED)


def survivors(found: Mapping[str, Mapping[str, int | None]]) -> list[str]:
    """Return the names of those that no test noticed for sure; what is only suspicious lives."""
    return [
        name
        for codes in found.values()
        for name, code in codes.items()
        if _status(code) not in NOTICED | UNFINISHED
    ]


def _status(code: int | None) -> str:
    return str(status_by_exit_code[code])


def survivor(mutant: str) -> Survivor:
    """Return what a mutant changed, and where."""
    program = Path(sys.executable).with_name("mutmut")
    shown = subprocess.run([program, "show", mutant], capture_output=True, text=True, check=False)
    lines = [line for line in shown.stdout.splitlines() if line[:3] not in {"+++", "---"}]
    return Survivor(
        function=mutant.partition("__mutmut_")[0].replace(".x_", "."),
        was=_joined(lines, "-"),
        became=_joined(lines, "+"),
    )


def _joined(lines: list[str], sign: str) -> str:
    return " ".join(line[1:].strip() for line in lines if line.startswith(sign))


if __name__ == "__main__":
    raise SystemExit(main())

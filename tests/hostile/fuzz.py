"""``make fuzz SECONDS=60``: every target of ``targets`` in turn, guided by coverage.

Each target runs in a process of its own, as libFuzzer never returns. What it finds is left in
``.local/fuzz`` and ends the run with 1; the figures go to ``docs/figures/fuzzing.json``. Where
atheris cannot be installed Hypothesis does the work, blind to coverage.
"""

import argparse
import contextlib
import importlib.util
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figures import FOLDER, commit, write
from tests.hostile import texts
from tests.hostile.targets import TARGETS
from tests.upgrades.golden import PLACE, goldens, versions, written
from tests.upgrades.stored import messages

ROOT = Path(__file__).parents[2]
FOUND = ROOT / ".local" / "fuzz"
_EXECUTED = re.compile(r"stat::number_of_executed_units:\s*(\d+)")
# Longer bodies are refused by their length, which the bombs show.
_LONGEST = 20_000


def samples() -> Iterator[bytes]:
    """Yield what a fuzzer begins with: what really comes in, and what is meant to hurt."""
    for path in sorted((PLACE.parent / "payloads").rglob("*.json")):
        yield path.read_bytes()
    newest = versions()[-1]
    yield from (text.encode() for _, text in written(newest))
    for golden in goldens([newest]):
        yield from (text.encode() for text in messages(golden.lines, "wakeups"))
    yield from (one.encode() for one in (*texts.SECRETS, *texts.COMMANDS))
    yield from (one for name in texts.BOMBS if len(one := texts.bomb(name)) <= _LONGEST)


def guided(name: str, seconds: int) -> None:
    """Fuzz one target with atheris; the process ends with it."""
    import atheris  # noqa: PLC0415 - it is not everywhere

    with atheris.instrument_imports(include=["remediation", "state"]):
        for module in [one for one in sys.modules if one.startswith(("remediation", "state"))]:
            del sys.modules[module]
        targets = importlib.import_module("tests.hostile.targets")
        targets = importlib.reload(targets)
    corpus = FOUND / name / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, sample in enumerate(samples()):
        (corpus / f"sample-{number}").write_bytes(sample)
    options = [
        f"-max_total_time={seconds}", f"-max_len={_LONGEST}", "-print_final_stats=1",
        f"-artifact_prefix={FOUND / name}/", "-seed=1", "-rss_limit_mb=2048",
    ]  # fmt: skip
    atheris.Setup([sys.argv[0], *options, str(corpus)], targets.TARGETS[name])
    atheris.Fuzz()


def blind(name: str, seconds: int) -> int:
    """Feed one target from Hypothesis's strategies; returns how often."""
    from hypothesis import HealthCheck, Phase, given, settings  # noqa: PLC0415 - the other way

    end, count = time.monotonic() + seconds, 0

    @settings(
        max_examples=10**9, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(texts.bodies)
    def feed(body: bytes) -> None:
        nonlocal count
        if time.monotonic() > end:
            raise TimeoutError
        TARGETS[name](body)
        count += 1

    with contextlib.suppress(TimeoutError):
        feed()
    return count


def run(name: str, seconds: int) -> int | None:
    """Fuzz one target in a process of its own; None where it found something."""
    if importlib.util.find_spec("atheris") is None:
        return blind(name, seconds)
    command = [sys.executable, "-m", "tests.hostile.fuzz", "--seconds", str(seconds), "--target"]
    done = subprocess.run([*command, name], capture_output=True, text=True, check=False, cwd=ROOT)
    executed = _EXECUTED.search(done.stderr)
    if done.returncode != 0 or executed is None:
        print(done.stdout[-2_000:], done.stderr[-4_000:], file=sys.stderr)
        return None
    return int(executed[1])


def main() -> int:
    """Fuzz what was asked for; 1 where anything was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--target", choices=TARGETS, help="this one alone, in this process")
    asked = parser.parse_args()
    if asked.target is not None:
        guided(asked.target, asked.seconds)
        return 0
    FOUND.mkdir(parents=True, exist_ok=True)
    code = commit()
    counts: dict[str, int] = {}
    for name in TARGETS:
        count = run(name, asked.seconds)
        if count is None:
            print(f"{name}: it found something, see above and {FOUND / name}", file=sys.stderr)
            return 1
        counts[name] = count
        print(f"{name}: {count:,} executions", flush=True)
    figures = {"executions": sum(counts.values()), "doors": len(counts), "found": 0}
    by_name = {name.replace("_", " "): count for name, count in counts.items()}
    command = f"make fuzz SECONDS={asked.seconds}"
    write(FOLDER / "fuzzing.json", command=command, figures=figures | by_name, code=code)
    return 0


if __name__ == "__main__":
    sys.exit(main())

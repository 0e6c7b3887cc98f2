"""Every place where one fault can strike on the way of a world's incidents.

Dying before a read leaves in storage and in Azure exactly what dying before the next write leaves,
so of the deaths between two writes one is tried; so are a death before each write, after each
write, and after each invocation's last call, when the message is not yet deleted. A read of Azure
fails before or after it alike. What a write of storage does to a function that is told it failed is
what a death does, but in the sweep, which goes on with its other parts.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import override

from local.worlds import World
from tests.engine_kit.mischief import Mischief, Mode
from tests.engine_kit.run import Run

READS = frozenset(
    {"load", "closed", "seen", "records", "open_rows", "find", "page", "read", "job", "get", "all"}
    | {"rosters"}
    | {"at_group", "full"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One fault of one run."""

    call: int
    mode: Mode
    name: str
    function: str

    @override
    def __str__(self) -> str:
        """Say where it is."""
        return f"{self.mode} call {self.call}, {self.name}"


def undisturbed(world: World, seed: int) -> Run:
    """Return the run without any fault, to its end."""
    run = Run(world, seed=seed)
    run.begin()
    assert run.run_until_settled()
    return run


def disturbed(world: World, seed: int, point: Point) -> tuple[Run, bool]:
    """Return the run with the fault, and whether it came to an end."""
    run = Run(world, seed=seed, mischief=Mischief({point.call: point.mode}))
    run.begin()
    return run, run.run_until_settled()


def points(run: Run) -> Iterator[Point]:
    """Return every fault that may strike an undisturbed run."""
    calls, lasts = run.mischief.calls, run.lasts
    sweeping = {number for first, last in run.sweeps for number in range(first, last + 1)}
    for number, name in enumerate(calls, start=1):
        function = "sweep" if number in sweeping else "message"
        for mode in sorted(set(_modes(name, last=number in lasts, sweep=number in sweeping))):
            yield Point(call=number, mode=mode, name=name, function=function)


def _modes(name: str, *, last: bool, sweep: bool) -> Iterator[Mode]:
    azure = " " in name
    read = name.startswith("GET ") or name.rpartition(".")[2] in READS
    if last:
        yield Mode.DIE_AFTER
    if not read:
        yield Mode.DIE_BEFORE
    if azure:
        yield Mode.FAIL_AFTER
    if azure and not read:
        yield from (Mode.FAIL_BEFORE, Mode.DIE_AFTER)
    if sweep and not azure:
        yield Mode.FAIL_AFTER

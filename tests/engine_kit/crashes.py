"""Every place where one fault can strike on the way of a world's incidents.

Dying before a read leaves in storage and in Azure exactly what dying before the next write leaves,
so of the deaths between two writes one is tried; so are a death before each write, after each
write, and after each invocation's last call, when the message is not yet deleted. A read of Azure
fails before or after it alike. What a write of storage does to a function that is told it failed is
what a death does, but in the sweep, which goes on with its other parts. Of one small world a test
tries all that this leaves out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import override

from remediation.incident import Attempt, AttemptResult
from tests.engine_kit.judging import faults_of
from tests.engine_kit.mischief import Mode
from tests.engine_kit.scenario import Scenario
from tests.engine_kit.seeded import Played

READS = frozenset(
    {"load", "closed", "seen", "records", "open_rows", "find", "page", "read", "job", "get", "all"}
    | {"rosters"}
    | {"at_group", "active", "all", "full"}
)
ACCEPTED = 202
_ONCE = frozenset({"clear_lock", "restart_vm"})


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


def undisturbed(scenario: Scenario) -> Played:
    """Return the run without any fault, to its end."""
    run = Played(scenario)
    run.begin()
    assert run.run_until_settled()
    return run


def disturbed(scenario: Scenario, *some: Point) -> tuple[Played, bool]:
    """Return the run with the faults, and whether it came to an end."""
    strikes = tuple((point.call, point.mode) for point in some)
    run = Played(replace(scenario, strikes=strikes))
    run.begin()
    return run, run.run_until_settled()


def wrong_with(run: Played, wanted: Sequence[str]) -> Iterator[str]:
    """Return what is wrong with a run that came to an end as ``wanted`` before any fault.

    Guarantees, a backup sent twice, a lock left away, and an end that is a worse one.
    """
    yield from faults_of(run, settled=True)
    taken = [
        entry["client_request_id"]
        for entry in run.service.journal
        if entry["method"] == "POST" and "/backup?" in entry["url"] and entry["status"] == ACCEPTED
    ]
    if len(taken) != len(set(taken)):
        yield f"a backup was sent again under its id: {taken}"
    if any(duty.away for duty in run.stores.duties.all()):
        yield "a lock is away"
    if not _as_good(run, wanted):
        yield f"it ends as {statuses(run)}, undisturbed as {list(wanted)}"


def statuses(run: Played) -> list[str]:
    """Return how the incidents stand."""
    return sorted(one.status.value for one in run.incidents)


def _as_good(run: Played, wanted: Sequence[str]) -> bool:
    """Whether the end is the undisturbed one, or people have what nobody but they can know."""
    found = statuses(run)
    asked = any(_unknowable(attempt) for one in run.incidents for attempt in one.attempts)
    return found == list(wanted) or (asked and set(found) <= {"recovered", "escalated"})


def _unknowable(attempt: Attempt) -> bool:
    """Whether an attempt was the only one there may be, and nobody can tell what came of it.

    A lock goes away once in 30 days. Whether a restart was taken leaves no trace. A look into a
    guest is not repeated, and later rungs ask what it would have found.
    """
    ended = attempt.result in {AttemptResult.LOST, AttemptResult.FAILED, AttemptResult.REFUSED}
    once = attempt.action in _ONCE and (attempt.action != "clear_lock" or bool(attempt.steps_done))
    return ended and (once or not attempt.counts)


def points(run: Played) -> Iterator[Point]:
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

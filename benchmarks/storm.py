"""A storm: many machines fail of one cause in ten minutes, and sixteen workers look after them.

``python -m benchmarks.storm [--machines N] [--workers N]``: once with a cause that is healed after
a while, once with one that nothing cures. Azure's limits on reads hold. Exit code 1 where the brake
let more begin than it may, or where people were told more than once.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from local.worlds import Fault
from remediation.incident import Attempt, AttemptResult, Status
from remediation.storms.course import CANARIES
from remediation.storms.notice import TYPES
from remediation.storms.storm import News, Storm
from tests.engine_kit.crew import Crew, crew
from tests.engine_kit.fleet import ALL_DAY, fleet, nothing_cures

ITEMS = 10
VAULTS = 8
# The cause is healed so long after it struck, by Azure or by people: the first canary may fail of
# it, the second does not.
HEALS = timedelta(minutes=15)
# Seconds after its start at which each backup fails.
WITHIN = (60, 660)
HOUR = timedelta(hours=1)
LONGEST = timedelta(days=4)
# The last good points are a day old at the beginning; 44 hours after them people must know.
PAST_DEADLINE = timedelta(hours=52)
INCIDENT_ESCALATED = "BackupRemediator.IncidentEscalated.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a storm came to."""

    machines: int
    took: float
    processor: float
    lasted: timedelta
    statuses: Counter[str]
    notices: Counter[str]
    storms: tuple[Storm, ...]
    failed_within: timedelta
    before_verified: int
    begun: int
    most_at_once: int
    throttled: int


def played(
    machines: int,
    fault: Fault,
    *,
    workers: int = 16,
    vaults: int = VAULTS,
    until: timedelta,
    name: str = "storm",
) -> Told:
    """Play a storm to its end, or until that time has passed."""
    world = fleet(
        machines,
        fault,
        vaults=vaults,
        storm_items=ITEMS,
        at_once_vault=60,
        at_once_subscription=180,
        backup_hours=ALL_DAY,
        objective=timedelta(hours=50),
    )
    begun = time.perf_counter()
    with crew(world, workers=workers) as run:
        # They begin at the same moment, and all fail within ten minutes.
        run.simulation.estate.fails_after = WITHIN
        run.simulation.begin(run.clock.now(), spread=timedelta())
        for hours in range(1, int(until / HOUR) + 1):
            if run.run(until=world.start + hours * HOUR, done=lambda: _over(run, machines)):
                break
            _say(run, name, hours, time.perf_counter() - begun)
        return _told(run, machines, time.perf_counter() - begun, world.start)


def _say(run: Crew, name: str, hours: int, took: float) -> None:
    """Show that it goes on: thousands of machines take their time."""
    rows = run.stores.index._rows.values()  # noqa: SLF001
    open_ = sum(row.open for row in rows)
    so_far = f"{open_} of {len(rows)} open, {took:.0f} s, {time.process_time():.0f} s of processor"
    print(f"  {name}, hour {hours}: {so_far}", file=sys.stderr, flush=True)


def _over(run: Crew, machines: int) -> bool:
    rows = run.stores.index._rows.values()  # noqa: SLF001 - asked after every event: cheaply
    return len(rows) >= machines and not any(row.open for row in rows)


def _told(run: Crew, machines: int, took: float, start: datetime) -> Told:
    incidents = run.incidents
    attempts = sorted(_acting(run), key=lambda one: one.acted_at)
    permitted = [one for one in attempts if one.permit]
    verified = min(
        (one.ended_at for one in permitted if one.result is AttemptResult.CURED and one.ended_at),
        default=run.clock.now(),
    )
    failed = sorted(one.failures[0].ended for one in incidents)
    return Told(
        machines=machines,
        took=took,
        processor=time.process_time(),
        lasted=run.clock.now() - start,
        statuses=Counter(one.status.value for one in incidents),
        notices=Counter(kind for _, kind, _ in run.notices.types),
        storms=tuple(run.stores.storms.kept().book.storms.values()),
        failed_within=failed[-1] - failed[0],
        before_verified=sum(one.acted_at < verified for one in attempts),
        begun=len(attempts),
        most_at_once=_most_at_once(permitted),
        throttled=sum(1 for one in run.service.journal if one["status"] == 429),
    )


def _acting(run: Crew) -> Iterator[Attempt]:
    for incident in run.incidents:
        yield from (one for one in incident.attempts if one.counts)


def _most_at_once(attempts: list[Attempt]) -> int:
    changes = [(one.acted_at, 1) for one in attempts]
    changes += [(one.ended_at, -1) for one in attempts if one.ended_at]
    most = running = 0
    for _, change in sorted(changes):
        running += change
        most = max(most, running)
    return most


def shown(name: str, told: Told) -> str:
    """Return the numbers as text."""
    allowed = f"({ITEMS} - 1) + 1"
    spent = f"{told.took:.0f} s of our own time, {told.processor:.0f} s of processor"
    lines = [
        f"{name}: {told.machines} machines fail within {told.failed_within}",
        f"  begun before the first canary was verified: {told.before_verified} of {allowed}",
        f"  begun in all: {told.begun}, with a permit at most {told.most_at_once} at once",
        f"  told: {dict(told.notices)}",
        f"  after {told.lasted}: {dict(told.statuses)}",
        f"  {told.throttled} answers 429; {spent}",
    ]
    for one in told.storms:
        lines.append(f"  {one.id}: {one.state.value}, {one.items} items, {one.verified} verified,")
        lines.append(f"    {one.failed} failed, {one.held} held, {one.overdue} past their deadline")
    return "\n".join(lines)


def wrong(told: Told, *, healed: bool) -> Iterator[str]:
    """Say where the brake or the telling of people was not as promised."""
    if told.before_verified > ITEMS:
        yield f"{told.before_verified} actions were begun before the first canary was verified"
    if told.notices[TYPES[News.DETECTED]] != 1:
        yield "people were not told of the storm exactly once"
    if told.notices[INCIDENT_ESCALATED]:
        yield f"{told.notices[INCIDENT_ESCALATED]} incidents escalated one by one"
    if healed and told.statuses != {Status.RECOVERED.value: told.machines}:
        yield "not every machine recovered"
    if not healed and told.notices[TYPES[News.ESCALATED]] != 1:
        yield "it was not escalated exactly once"
    if not healed and told.begun > ITEMS - 1 + CANARIES:
        yield f"{told.begun} actions were begun though nothing cures"


STORMS = {
    "healed": (replace(nothing_cures(), heals_after=HEALS), LONGEST),
    "uncured": (nothing_cures(), PAST_DEADLINE),
}


def _played(name: str, machines: int, workers: int) -> Told:
    # The workers are many and the interpreter is one: it need not change hands 200 times a second.
    sys.setswitchinterval(0.05)
    fault, until = STORMS[name]
    return played(machines, fault, workers=workers, until=until, name=name)


def storms(machines: int, workers: int, only: str | None = None) -> int:
    """Play both storms, each in a process of its own; print what they came to.

    Returns 1 where something is wrong.
    """
    faults: list[str] = []
    names = [name for name in STORMS if only in {None, name}]
    with ProcessPoolExecutor(len(names)) as pool:
        running = {name: pool.submit(_played, name, machines, workers) for name in names}
        for name, found in running.items():
            told = found.result()
            print(shown(name, told), flush=True)
            faults += [f"{name}: {one}" for one in wrong(told, healed=name == "healed")]
    for one in faults:
        print(f"WRONG: {one}")
    return 1 if faults else 0


def main() -> int:
    """Read the command line and play."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.storm", description=__doc__)
    parser.add_argument("--machines", type=int, default=2000, help="how many fail")
    parser.add_argument("--workers", type=int, default=16, help="how many work at the same time")
    parser.add_argument("--only", choices=("healed", "uncured"), help="one of the two")
    options = parser.parse_args()
    return storms(options.machines, options.workers, options.only)


if __name__ == "__main__":
    sys.exit(main())

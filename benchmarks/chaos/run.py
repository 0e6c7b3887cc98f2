"""One chaos run: a stack of several workers, mayhem for a while, calm until it has settled."""

import json
import logging
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.chaos.mayhem import Mayhem
from local.checker.expected import expect
from local.checker.guarantees import verify
from local.checker.reading import Places, Reader
from local.demo.incidents import incidents
from local.demo.settled import awaited
from local.stack import person
from local.stack.subscriptions import DEAD_LETTERS, ESCALATIONS_QUEUE, QUEUES
from local.stack.supervisor import Stack
from tests.chaos.from_tables import faults

WORLD = Path(__file__).with_name("world.yaml")
WORKERS = 3
# A step whose worker died is taken over after three real minutes and more; several may follow each
# other, and what the sweep finds comes half an hour of the world later.
SETTLES_WITHIN = 20 * 60.0
LOOKS_EVERY = 3.0
LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a run came to; ``faults`` is empty where every judge is content."""

    deeds: Counter[str]
    restarts: int
    statuses: Counter[str]
    records: int
    requests: int
    waiting: tuple[str, ...]
    faults: tuple[str, ...]
    took: float


def run(*, seconds: float, seed: int, say: Callable[[str], object], world: Path = WORLD) -> Told:
    """Run chaos for so many real seconds, and calm after it; every program ends with it."""
    begun = time.monotonic()
    stack = Stack(world_path=world, seed=seed, workers=WORKERS)
    say(f"seed {seed}: {WORKERS} workers, {seconds:.0f} s of chaos; logs are in {stack.directory}")
    with stack:
        reader = Reader(_places(stack))
        try:
            stack.begin()
            with Mayhem(stack, seed=seed) as mayhem:
                stack.failed.wait(seconds)
            say(f"calm after {_sum(mayhem.done)}, {stack.host_restarts} workers started again")
            waiting = _settled(stack, reader, say)
            return _judged(stack, reader, mayhem.done, waiting, took=time.monotonic() - begun)
        finally:
            reader.close()


def _places(stack: Stack) -> Places:
    return Places(
        storage=stack.addresses.storage,
        world_url=stack.addresses.world_url,
        queues=QUEUES,
        escalations=ESCALATIONS_QUEUE,
        dead_letters=DEAD_LETTERS,
    )


def _settled(stack: Stack, reader: Reader, say: Callable[[str], object]) -> tuple[str, ...]:
    """Wait until nothing is on its way any more; returns what still is when the patience ends."""
    expectations = expect(stack.world)
    deadline, told = time.monotonic() + SETTLES_WITHIN, ""
    while True:
        truth, trails = reader.progress()
        waiting = awaited(truth, trails, incidents(trails), expectations)
        if (text := "; ".join(waiting)) != told:
            say(f"  waiting for {text}" if text else "  settled")
            told = text
        if not waiting or stack.failed.is_set() or time.monotonic() > deadline:
            return waiting
        time.sleep(LOOKS_EVERY)


def _judged(
    stack: Stack, reader: Reader, deeds: Counter[str], waiting: tuple[str, ...], *, took: float
) -> Told:
    """Ask every judge; the work has ended, so one reading is enough."""
    evidence = reader.evidence(stack.world, speed=stack.world.speed)
    broken = [f"{name}: {one.detail}" for name, one in verify(evidence).items() if not one.held]
    tables = [f"from the tables: {text}" for text in faults(stack.addresses.storage)]
    audit = _audited(f"{stack.addresses.host_url}/api", person.headers())
    ended = ["a program of the stack ended by itself"] if stack.failed.is_set() else []
    unsettled = [f"it does not come to rest: {'; '.join(waiting)}"] if waiting else []
    return Told(
        deeds=deeds,
        restarts=stack.host_restarts,
        statuses=Counter(one.status for one in incidents(evidence.items)),
        records=sum(len(trail.records) for trail in evidence.items),
        requests=len(evidence.log),
        waiting=waiting,
        faults=(*broken, *tables, *audit, *ended, *unsettled),
        took=took,
    )


def _audited(api: str, headers: Mapping[str, str]) -> list[str]:
    """Run ``remediator audit verify`` as an auditor would."""
    options = ["--api", api, "--headers", json.dumps(dict(headers))]
    command = [sys.executable, "-m", "local", "audit", "verify", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return [] if done.returncode == 0 else [f"audit verify: {done.stdout}{done.stderr}".strip()]


def _sum(deeds: Counter[str]) -> str:
    return ", ".join(f"{count} x {name}" for name, count in sorted(deeds.items())) or "nothing"

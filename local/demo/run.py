"""One run of the demo: start the stack, follow what happens, end, judge."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from local.checker.evidence import Evidence
from local.checker.expected import Expectation, expect
from local.checker.guarantees import verify
from local.checker.reading import Places, Reader
from local.checker.trail import instant
from local.demo.incidents import incidents
from local.demo.settled import LONGEST, awaited
from local.demo.verdict import Verdict, judge
from local.demo.view import Moment
from local.stack.exports import exports
from local.stack.subscriptions import DEAD_LETTERS, ESCALATIONS_QUEUE, QUEUES
from local.stack.supervisor import Stack

# Following must stay a small part of the load, however large the world is.
SHORTEST_PAUSE, PAUSES_PER_READ = 1.0, 4.0
# What is read while work goes on may be torn between two commits: a fault counts if it stays.
MORE_READINGS = 2
PAUSE_BETWEEN_READINGS = 3.0


class StackError(RuntimeError):
    """A program of the stack ended while the demo ran."""


@dataclass(slots=True, kw_only=True)
class Run:
    """A stack that is being followed."""

    stack: Stack
    speed: float
    seed: int
    reader: Reader
    expectations: tuple[Expectation, ...]
    began: datetime
    started: float

    @property
    def page(self) -> str:
        """The address of the page."""
        return f"{self.stack.addresses.host_url}/"

    @property
    def exports(self) -> tuple[str, str]:
        """The lines that let the commands ask this stack."""
        return exports(self.stack.addresses.host_url)

    def follow(self, show: Callable[[Moment], None]) -> Verdict:
        """Show what happens until it is over or the longest time has passed; return the verdict.

        Raises ``StackError`` when a program of the stack ends by itself.
        """
        while True:
            before = time.monotonic()
            moment = self._moment()
            show(moment)
            over = not moment.awaited
            if over or moment.now - self.began > LONGEST:
                return self._verdict(ended=over, until=moment.now)
            pause = max(SHORTEST_PAUSE, PAUSES_PER_READ * (time.monotonic() - before))
            if self.stack.failed.wait(pause):
                raise StackError(f"a program ended by itself; see {self.stack.directory}")

    def _moment(self) -> Moment:
        truth, trails = self.reader.progress()
        found = incidents(trails)
        return Moment(
            now=instant(truth["time"]),
            began=self.began,
            speed=self.speed,
            failing=sum(one.failing for one in self.expectations),
            incidents=found,
            awaited=awaited(truth, trails, found, self.expectations),
            page=self.page,
        )

    def _verdict(self, *, ended: bool, until: datetime) -> Verdict:
        duration = time.monotonic() - self.started
        evidence = self._evidence()
        log = self.stack.directory / "host.log"
        with log.open(encoding="utf-8", errors="replace") as lines:
            return judge(
                evidence,
                self.expectations,
                lines,
                seed=self.seed,
                ended=ended,
                duration_s=duration,
                simulated_s=(until - self.began).total_seconds(),
            )

    def _evidence(self) -> Evidence:
        evidence = self.reader.evidence(self.stack.world, speed=self.speed)
        for _ in range(MORE_READINGS):
            if all(one.held for one in verify(evidence).values()):
                break
            time.sleep(PAUSE_BETWEEN_READINGS)
            evidence = self.reader.evidence(self.stack.world, speed=self.speed)
        return evidence


@contextmanager
def running(
    *, world: Path | None, seed: int, speed: float | None, say: Callable[[str], object]
) -> Iterator[Run]:
    """Start the stack and let the world's backups fail; everything ends with the block.

    Raises ``WorldFault`` before anything is started, ``ChildError``, ``CallError`` and
    ``FileNotFoundError`` when the stack does not start.
    """
    stack = Stack(world_path=world, seed=seed, speed=speed)
    expectations = expect(stack.world)
    started = time.monotonic()
    say(f"Starting the local stack; logs are in {stack.directory}")
    with stack:
        places = Places(
            storage=stack.addresses.storage,
            world_url=stack.addresses.world_url,
            queues=QUEUES,
            escalations=ESCALATIONS_QUEUE,
            dead_letters=DEAD_LETTERS,
        )
        reader = Reader(places)
        try:
            stack.begin()
            yield Run(
                stack=stack,
                speed=stack.world.speed if speed is None else speed,
                seed=seed,
                reader=reader,
                expectations=expectations,
                began=instant(reader.world("truth")["time"]),
                started=started,
            )
        finally:
            reader.close()

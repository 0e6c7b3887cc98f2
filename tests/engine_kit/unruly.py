"""A queue at its worst, a clock that is wrong, a document that changes, ladders that are others."""

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import override

import yaml

from local.inprocess.clock import VirtualClock
from local.inprocess.queue import DelayedQueue, Delivery
from local.inprocess.run import library
from remediation.model import Playbook
from remediation.playbooks.library import Library
from remediation.policies.source import SourceError, Text
from tests.engine_kit.scenario import HOUR, Scenario, Unruly

_LATE = (1 / 60, 0.5, 5.0)


class UnrulyQueue(DelayedQueue):
    """Doubles messages, holds them up so that others overtake them, brings them again hours later.

    A double may say that it was delivered before, as after a worker's death, or not.
    """

    def __init__(self, clock: VirtualClock, manners: Unruly, chance: random.Random) -> None:
        super().__init__(clock)
        self._manners, self._chance = manners, chance

    @override
    def put(self, delivery: Delivery, due: datetime) -> None:
        manners, chance = self._manners, self._chance
        again = replace(delivery, count=delivery.count + chance.randint(0, 1))
        if chance.random() < manners.doubles:
            super().put(again, due)
        if chance.random() < manners.late:
            super().put(again, due + chance.choice(_LATE) * HOUR)
        if chance.random() < manners.delays:
            due += chance.random() * HOUR
        super().put(delivery, due)


@dataclass(frozen=True, slots=True)
class SkewedClock:
    """A worker's clock, which is ahead of the world's by so much, or behind."""

    clock: VirtualClock
    skew: timedelta

    def now(self) -> datetime:
        """Return the time as the worker has it."""
        return self.clock.now() + self.skew

    def stretch(self, real: timedelta) -> timedelta:
        """Return what a real duration measures here: itself."""
        return real

    def shrink(self, shown: timedelta) -> timedelta:
        """Return how long a duration here really takes: itself."""
        return shown


@dataclass(frozen=True, slots=True)
class ChangingSource:
    """The policy's document as it stands at a time; ``spells`` tells which hold now."""

    scenario: Scenario
    spells: Callable[[], Iterable[str]]

    @property
    def name(self) -> str:
        """What people call it."""
        return "policy.yaml"

    def fetch(self, known: str | None) -> Text | None:
        """Return the document, None where it is still ``known``; raises SourceError."""
        stamp = next((one for one in self.spells() if one in _WRITTEN), "base")
        if stamp == "unreadable":
            raise SourceError("policy.yaml: the mount is gone")
        return None if stamp == known else Text(stamp=stamp, data=self._data(stamp))

    def _data(self, stamp: str) -> bytes:
        match stamp:
            case "bad":
                return b"version: 1\ndefaults: {mode: sometimes}\n"
            case "off" | "observe" | "approve":
                document = self.scenario.document(mode=stamp)
                document["defaults"]["mode"] = stamp
            case "tight":
                document = self.scenario.document(attempts=1)
            case _:
                document = self.scenario.document()
        return yaml.safe_dump(document, sort_keys=False).encode()


_WRITTEN = frozenset({"off", "observe", "approve", "tight", "bad", "unreadable"})


@cache
def other_library(kind: str) -> Library:
    """Return the shipped playbooks with other ladders, as another version of the code has them."""
    entries = library().entries
    return Library(
        {
            name: replace(entry, playbook=_other(entry.playbook, kind))
            for name, entry in entries.items()
        }
    )


def _other(playbook: Playbook, kind: str) -> Playbook:
    ladder = playbook.ladder
    match kind:
        case "reordered":
            ladder = tuple(reversed(ladder))
        case "shortened":
            ladder = ladder[: (len(ladder) + 1) // 2]
        case _:
            raise ValueError(kind)
    return replace(playbook, ladder=ladder, digest=f"{kind}-{playbook.digest}"[:64])

"""What befalls a stack, and when: one seed, one course of events. Pure."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from local.worlds import Misbehaviour


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """SIGKILL of a worker, in the middle of whatever it does; the supervisor starts it again."""

    worker: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Freeze:
    """SIGSTOP of a program and, so many seconds later, SIGCONT."""

    program: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Misbehave:
    """Azure throttles, loses answers, times out or talks nonsense, for so many seconds."""

    levels: Misbehaviour
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """The faults of some machines strike again; each number picks one, counting round and round."""

    picks: tuple[int, ...]


type Deed = Kill | Freeze | Misbehave | Break

# Seconds between two deeds: often enough that they meet, seldom enough that work is done between.
SHORTEST, LONGEST = 1.0, 8.0
# Storage and Azure answer nothing for so long; a worker's patience with storage is 4 to 20 seconds.
_FROZEN = (0.5, 6.0)
_MISBEHAVED = (3.0, 15.0)


def deeds(
    seed: int, workers: Sequence[str], programs: Sequence[str]
) -> Iterator[tuple[float, Deed]]:
    """Yield pairs of how many seconds to wait and what to do then, for ever."""
    chance = random.Random(f"{seed}/chaos")
    while True:
        yield chance.uniform(SHORTEST, LONGEST), _deed(chance, workers, programs)


def _deed(chance: random.Random, workers: Sequence[str], programs: Sequence[str]) -> Deed:
    match chance.choices(("kill", "freeze", "misbehave", "break"), weights=(4, 3, 4, 3))[0]:
        case "kill":
            return Kill(worker=chance.choice(workers))
        case "freeze":
            return Freeze(program=chance.choice(programs), seconds=chance.uniform(*_FROZEN))
        case "misbehave":
            return Misbehave(levels=_levels(chance), seconds=chance.uniform(*_MISBEHAVED))
        case _:
            return Break(picks=tuple(chance.randrange(1000) for _ in range(chance.randint(1, 3))))


def _levels(chance: random.Random) -> Misbehaviour:
    """Return one kind of misbehaviour, often, or all of them now and then."""
    if chance.random() < 0.3:
        level = chance.uniform(0.05, 0.2)
        return Misbehaviour(throttle=level, lost_answer=level, timeout=level, nonsense=level)
    kind = chance.choice(("throttle", "lost_answer", "timeout", "nonsense"))
    return Misbehaviour(**{kind: chance.uniform(0.2, 0.8)})

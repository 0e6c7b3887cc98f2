"""Every order of the port calls of several workers, by exhaustion.

A worker is a function of ports. It is played by replay: given the answers it has had so far, it
runs to its next call, which is where another worker may come in between. What is shared is one
immutable value. So a state is that value and the answers each worker has had; states that two
orders have in common are looked at once, and nothing is left out.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

type Call = tuple[str, tuple[Any, ...]]
type Ask = Callable[..., Any]
type Worker = Callable[[Ask], object]
type Answers = tuple[Any, ...]
type Places = tuple[int, ...]

DEAD = "died"


class PausedError(BaseException):
    """The worker has come to a call that is not yet answered; no worker may take it for a fault."""

    def __init__(self, call: Call) -> None:
        super().__init__(call[0])
        self.call = call


@dataclass(frozen=True, slots=True, kw_only=True)
class Explored[S]:
    """What an exploration came to: states, transitions, and the ends with each worker's result."""

    states: int
    transitions: int
    ends: tuple[tuple[S, tuple[object, ...]], ...]


class _Life:
    """One worker's every course: a tree of the answers it may have, each place replayed once."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._answers: list[Answers] = []
        self._after: dict[tuple[int, Any], int] = {}
        self.stands: list[tuple[Call | None, object]] = []
        self._place(())

    def after(self, place: int, answer: Any) -> int:
        """Return the place to which an answer leads."""
        if (place, answer) not in self._after:
            self._after[place, answer] = self._place((*self._answers[place], answer))
        return self._after[place, answer]

    def _place(self, answers: Answers) -> int:
        left = iter(answers)

        def ask(name: str, *args: Any) -> Any:
            for answer in left:
                return answer
            raise PausedError((name, args))

        try:
            stand: tuple[Call | None, object] = (None, self._worker(ask))
        except PausedError as paused:
            stand = (paused.call, None)
        self._answers.append(answers)
        self.stands.append(stand)
        return len(self._answers) - 1


# Where a worker that has died stands.
_NOWHERE = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Exploration[S]:
    """Workers on something shared.

    ``carry_out`` answers a call: every way it may go, as the answer and what is shared after it.
    ``check`` is asked in every state, with the call at which each worker stands. ``deaths``: how
    many workers may die.
    """

    workers: Sequence[Worker]
    carry_out: Callable[[S, Call], Iterator[tuple[Any, S]]]
    check: Callable[[S, tuple[Call | None, ...]], None]
    deaths: int = 0

    def explore(self, shared: S) -> Explored[S]:
        """Go through every state."""
        lives = [_Life(worker) for worker in self.workers]
        first = (shared, (0,) * len(lives))
        seen, todo, transitions = {first}, [first], 0
        ends: list[tuple[S, tuple[object, ...]]] = []
        while todo:
            now, places = todo.pop()
            stands = [
                (None, DEAD) if place == _NOWHERE else life.stands[place]
                for life, place in zip(lives, places, strict=True)
            ]
            calls = tuple(call for call, _ in stands)
            self.check(now, calls)
            if not any(calls):
                ends.append((now, tuple(result for _, result in stands)))
                continue
            for following in self._following(lives, now, places, calls):
                transitions += 1
                if following not in seen:
                    seen.add(following)
                    todo.append(following)
        return Explored(states=len(seen), transitions=transitions, ends=tuple(ends))

    def _following(
        self, lives: list[_Life], shared: S, places: Places, calls: tuple[Call | None, ...]
    ) -> Iterator[tuple[S, Places]]:
        may_die = places.count(_NOWHERE) < self.deaths
        for number, call in enumerate(calls):
            if call is None:
                continue
            before, after = places[:number], places[number + 1 :]
            for answer, following in self.carry_out(shared, call):
                place = lives[number].after(places[number], answer)
                yield following, (*before, place, *after)
            if may_die:
                yield shared, (*before, _NOWHERE, *after)

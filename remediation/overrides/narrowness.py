"""Whether a rung, and then a whole ladder, is as careful as ours. Pure.

1. A rung may ask for more, wait longer and try less often; never the other way round.
2. A ladder may leave rungs out and change their order; it has none that ours has not. A wait that
   ours makes before an action stays before it, wherever both could be entered.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from remediation.model import Rung
from remediation.playbooks.lasting import lasting
from remediation.playbooks.located import Fault, Path
from remediation.repertoire import ACTIONS

_WAITS = frozenset({"wait", "wait_for_schedule", "wait_for_running_job"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A rung and the place that brings it into its file: itself, or ``then``."""

    rung: Rung
    path: Path

    def fault(self, fault: Fault) -> Fault:
        """Return a fault of the rung with its place in the file."""
        own = self.path[0] == "ladder"
        return Fault(path=(*self.path, *(fault.path if own else ())), text=fault.text)


def excess(theirs: Rung, ours: Rung) -> Iterator[Fault]:
    """Yield what makes one rung bolder than the other; paths begin at the rung."""
    yield from (_rarer if ours.do in _WAITS else _wider)(theirs, ours)
    if theirs.wait < ours.wait:
        text = f"expected at least {lasting(ours.wait)}, as ours, got {lasting(theirs.wait)}"
        yield Fault(path=("wait",), text=text)
    for need in sorted(ours.needs - theirs.needs):
        yield Fault(path=("needs",), text=f"expected {need.value!r}, which ours needs")
    if theirs.tries > ours.tries:
        text = f"expected at most {ours.tries}, as ours, got {theirs.tries}"
        yield Fault(path=("tries",), text=text)


def _wider(theirs: Rung, ours: Rung) -> Iterator[Fault]:
    for fact, allowed in ours.when.items():
        said = " or ".join(allowed)
        if fact not in theirs.when:
            yield Fault(path=("when",), text=f"expected the condition {fact}: {said}, as ours")
        elif more := sorted(set(theirs.when[fact]) - set(allowed)):
            text = f"expected {said}, as ours, got {' and '.join(more)} too"
            yield Fault(path=("when", fact), text=text)


def _rarer(theirs: Rung, ours: Rung) -> Iterator[Fault]:
    """A wait is the careful part: it may be made more often, and never more rarely."""
    for fact, values in theirs.when.items():
        if fact not in ours.when:
            text = f"a wait is not made rarer: ours does not ask for {fact}"
            yield Fault(path=("when", fact), text=text)
        elif missing := sorted(set(ours.when[fact]) - set(values)):
            text = f"a wait is not made rarer: ours waits on {' and '.join(missing)} too"
            yield Fault(path=("when", fact), text=text)


def bolder(theirs: Sequence[Placed], ours: Sequence[Rung]) -> Iterator[Fault]:
    """Yield why a ladder is bolder than ours, a fault a rung at least."""

    def fits(at: int, other: int) -> bool:
        return _narrow(theirs[at].rung, ours[other]) and not _unwaited(theirs, at, ours, other)

    for at in _left_over(len(theirs), len(ours), fits):
        one = theirs[at]
        same = [place for place, rung in enumerate(ours) if rung.do == one.rung.do]
        narrow = [place for place in same if _narrow(one.rung, ours[place])]
        if not same:
            text = f"ours has no rung that does {one.rung.do!r}, and an override adds none"
            yield one.fault(Fault(path=("do",), text=text))
        elif not narrow:
            yield from map(one.fault, nearest_excess(one.rung, ours))
        elif missing := _least(_unwaited(theirs, at, ours, place) for place in narrow):
            said = ", ".join(f"{wait.do} ({_when(wait)})" for wait in missing)
            text = f"expected before {one.rung.do!r}, as in ours: {said}"
            yield one.fault(Fault(path=(), text=text))
        else:
            text = f"{one.rung.do!r} stands here more often than in ours"
            yield one.fault(Fault(path=("do",), text=text))


def nearest_excess(theirs: Rung, ours: Sequence[Rung]) -> list[Fault]:
    """Return what makes a rung bolder than each of ours that does the same; empty if one is not.

    What no rung of ours does is compared with nothing.
    """
    found = [list(excess(theirs, rung)) for rung in ours if rung.do == theirs.do]
    return min(found, key=len, default=[])


def acts(rung: Rung) -> bool:
    """Whether the rung changes anything."""
    return ACTIONS[rung.do].acts


def _least(found: Iterable[tuple[Rung, ...]]) -> tuple[Rung, ...]:
    return min(found, key=len)


def _narrow(theirs: Rung, ours: Rung) -> bool:
    return theirs.do == ours.do and not any(excess(theirs, ours))


def _unwaited(
    theirs: Sequence[Placed], at: int, ours: Sequence[Rung], other: int
) -> tuple[Rung, ...]:
    """Return the waits that ours makes before its rung and theirs does not."""
    if not acts(theirs[at].rung):
        return ()
    wanted = [
        rung for rung in ours[:other] if rung.do in _WAITS and _together(rung, theirs[at].rung)
    ]
    made = [one.rung for one in theirs[:at] if one.rung.do in _WAITS]
    missing = _left_over(len(wanted), len(made), lambda one, two: _narrow(made[two], wanted[one]))
    return tuple(wanted[one] for one in missing)


def _together(one: Rung, other: Rung) -> bool:
    """Whether the conditions of both can hold at a time."""
    return all(
        set(allowed) & set(other.when.get(fact, allowed)) for fact, allowed in one.when.items()
    )


def _left_over(count: int, others: int, fits: Callable[[int, int], bool]) -> list[int]:
    """Return which of ``count`` find no partner of their own among ``others``: as few as can be."""
    partner: dict[int, int] = {}

    def place(one: int, tried: set[int]) -> bool:
        for other in range(others):
            if other in tried or not fits(one, other):
                continue
            tried.add(other)
            if other not in partner or place(partner[other], tried):
                partner[other] = one
                return True
        return False

    return [one for one in range(count) if not place(one, set())]


def _when(rung: Rung) -> str:
    conditions = [f"{fact}: {' or '.join(allowed)}" for fact, allowed in rung.when.items()]
    return ", ".join([*conditions, *([f"for {lasting(rung.wait)}"] if rung.wait else [])]) or "once"

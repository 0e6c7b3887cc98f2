"""The evidence for a promotion: occasions counted, with what observing cannot show. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from remediation.ids import ItemId
from remediation.policy import Policy
from remediation.promotion.seen import Fate, Occasion

# A storm is counted over this long (docs/storms.md).
HALF_AN_HOUR = timedelta(minutes=30)
MOST_MACHINES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineSeen:
    """A machine with occasions: ``free`` of them would have run, ``guards`` held the others."""

    item: str
    occasions: int
    free: int
    guards: tuple[str, ...]
    fates: Mapping[str, int]
    newest: datetime
    incident: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What was seen of an action in a place, from ``since`` to ``until``.

    ``incidents`` of ``machines`` were looked at, the newest first, all of them unless ``cut``. Of
    the ``occasions``, on ``affected`` machines, ``free`` would have run at once, ``later`` when
    time lifts what else held them, and ``never`` not at all; ``guards`` counts what else held.
    ``fates``: what came after, without the action. ``spaced``: of the free ones so many come closer
    to another than cool-down and the item's attempts allow, which observing does not spend.
    ``peak``: the most that would have begun within half an hour; ``brake`` machines that fail
    together are a storm. ``excluded`` and ``owned``: machines that are excluded, or whose owner
    asks for watching.
    """

    since: datetime
    until: datetime
    incidents: int
    machines: int
    cut: bool
    occasions: int
    affected: int
    first: datetime | None
    last: datetime | None
    free: int
    later: int
    never: int
    guards: Mapping[str, int]
    fates: Mapping[str, int]
    asked: int
    approved: int
    denied: int
    ran: Mapping[str, int]
    spaced: int
    peak: int
    brake: int
    excluded: int
    owned: int
    seen: tuple[MachineSeen, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """How far the trail was looked at; ``excluded``: machines left alone by their tag."""

    since: datetime
    until: datetime
    incidents: int
    machines: int
    cut: bool
    brake: int
    excluded: int = 0


def evidence(
    found: Sequence[Occasion], looked: Looked, policies: Mapping[ItemId, Policy]
) -> Evidence:
    """Count the occasions; ``policies`` say how far apart attempts of each machine must lie."""
    free = [one for one in found if one.free is not None]
    later = [one for one in found if one.free is None and one.lifts]
    times = sorted(one.first for one in found)
    return Evidence(
        since=looked.since,
        until=looked.until,
        incidents=looked.incidents,
        machines=looked.machines,
        cut=looked.cut,
        occasions=len(found),
        affected=len({one.item for one in found}),
        first=times[0] if times else None,
        last=times[-1] if times else None,
        free=len(free),
        later=len(later),
        never=len(found) - len(free) - len(later),
        guards=_counted(guard for one in found if one.free is None for guard in sorted(one.guards)),
        fates=_counted(one.fate.value for one in found if one.free is not None),
        asked=sum(one.asked for one in found),
        approved=sum(one.yes is True for one in found),
        denied=sum(one.yes is False for one in found),
        ran=_counted(one.ran.value for one in found if one.ran is not None),
        spaced=sum(_spaced(times, policies[item]) for item, times in _by_item(free).items()),
        peak=_peak([one.free for one in free if one.free is not None]),
        brake=looked.brake,
        excluded=looked.excluded,
        owned=len({one.item for one in found if one.by_owner}),
        seen=_machines(found),
    )


def _counted(words: Iterable[str]) -> dict[str, int]:
    return dict(Counter(words).most_common())


def _by_item(free: Iterable[Occasion]) -> dict[ItemId, list[datetime]]:
    times: dict[ItemId, list[datetime]] = {}
    for one in free:
        if one.free is not None:
            times.setdefault(one.item, []).append(one.free)
    return times


def _spaced(times: Iterable[datetime], policy: Policy) -> int:
    """Return how many would have had to wait for the ones before them."""
    begun: list[datetime] = []
    held = 0
    for at in sorted(times):
        near = bool(begun) and at < begun[-1] + policy.cool_down
        recent = [one for one in begun if one > at - policy.item_window]
        if near or len(recent) >= max(policy.item_attempts, policy.attempts):
            held += 1
        else:
            begun.append(at)
    return held


def _peak(times: Iterable[datetime]) -> int:
    ordered = sorted(times)
    return max((sum(at <= one < at + HALF_AN_HOUR for one in ordered) for at in ordered), default=0)


def _machines(found: Iterable[Occasion]) -> tuple[MachineSeen, ...]:
    mine: dict[ItemId, list[Occasion]] = {}
    for one in found:
        mine.setdefault(one.item, []).append(one)
    rows = [_machine(item, its) for item, its in mine.items()]
    rows.sort(key=lambda one: (-one.occasions, one.item.lower()))
    return tuple(rows[:MOST_MACHINES])


def _machine(item: ItemId, its: Sequence[Occasion]) -> MachineSeen:
    newest = max(its, key=lambda one: one.first)
    return MachineSeen(
        item=item.shown,
        occasions=len(its),
        free=sum(one.free is not None for one in its),
        guards=tuple(sorted({guard for one in its if one.free is None for guard in one.guards})),
        fates=_counted(one.fate.value for one in its if one.free is not None),
        newest=newest.first,
        incident=newest.incident,
    )


def fate_words() -> Mapping[Fate, str]:
    """Return each fate as words for people."""
    return {
        Fate.RECOVERED_AT_ONCE: "the next good backup came without it and without another failure",
        Fate.RECOVERED_LATER: "it failed again, and recovered later without it",
        Fate.FAILED_AGAIN: "it failed again, and has not recovered",
        Fate.CLOSED: "the incident was closed without another failure",
        Fate.NOTHING_YET: "nothing has come after it yet",
        Fate.ACTED: "something was done there after it, so it does not tell",
    }

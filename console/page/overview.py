"""What the first page shows: everything that is open, and what ended lately, in four groups."""

import itertools
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from console.api.handling import complained
from console.page.reach import Reach
from console.services import Services
from console.views.incident import IncidentLine
from remediation.incident import Incident, Status
from remediation.ports import IndexRow

# Open incidents are shown whole up to this many; of those that ended, the newest of some days.
MOST_OPEN = 500
MOST_ENDED = 100
# So many rows are gone through for those that are wanted: five requests for a storm's open ones, a
# page each for what ended.
MOST_PICKED_FROM = 5_000
_PAGE = 200
LATELY = timedelta(days=14)
_LAST = datetime(9999, 1, 1, tzinfo=UTC)


class Group(StrEnum):
    """Who has to do something about an incident."""

    NEEDS_YOU = "needs-you"
    ACTING = "acting"
    WAITING = "waiting"
    ENDED = "ended"


TITLES = {
    Group.NEEDS_YOU: "Needs you",
    Group.ACTING: "Acting",
    Group.WAITING: "Waiting",
    Group.ENDED: "Recovered or closed",
}
MEANINGS = {
    Group.NEEDS_YOU: "Handed to people, or waiting for a yes; the nearest deadline first.",
    Group.ACTING: "Being assessed, repaired or proved.",
    Group.WAITING: "Held back by a guard, or given time.",
    Group.ENDED: "In the last two weeks, the newest first.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the reader asked to see; empty texts ask for everything, ``reach`` for a storm's."""

    group: Group | None = None
    cause: str = ""
    vault: str = ""
    vm: str = ""
    reach: Reach | None = None

    def has(self, incident: Incident) -> bool:
        """Whether the incident is the wanted storm's, where one is wanted."""
        return self.reach is None or self.reach.has(incident)

    def matches(self, line: IncidentLine) -> bool:
        """Whether the incident is wanted, whatever its group."""
        return (
            self.cause in {"", line.cause}
            and self.vault.lower() in {"", line.vault.rpartition("/")[2].lower()}
            and self.vm.lower() in line.vm.lower()
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A group and its incidents; ``count`` says how many there are, shown or not."""

    group: Group
    title: str
    meaning: str
    count: int
    lines: tuple[IncidentLine, ...]
    shown: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The first page. ``cut``: there is more open than is shown; ``stuck``: what does not move."""

    sections: tuple[Section, ...]
    causes: tuple[tuple[str, str, int], ...]
    vaults: tuple[str, ...]
    total: int
    cut: bool
    stuck: tuple[tuple[IncidentLine, tuple[str, ...]], ...]


def overview(services: Services, wanted: Wanted) -> Overview:
    """Read what is open and what ended lately, and group it."""
    rows, cut = _open_rows(services, wanted.reach)
    opened = [one for one in _heads(services, rows) if one.open and wanted.has(one)]
    lately = _lately_ended(services, wanted.reach)
    ended = [one for one in _heads(services, lately) if not one.open and wanted.has(one)]
    everything = {one.id: IncidentLine.of(one) for one in (*opened, *ended)}
    lines = [line for line in everything.values() if wanted.matches(line)]
    counted = Counter((line.cause, line.title) for line in everything.values())
    return Overview(
        sections=tuple(_section(group, lines, wanted) for group in Group),
        causes=tuple((cause, title, count) for (cause, title), count in sorted(counted.items())),
        vaults=tuple(sorted({line.vault.rpartition("/")[2] for line in everything.values()})),
        total=len(lines),
        cut=cut,
        stuck=tuple(
            (everything[one.id], said) for one in opened if (said := complained(services, one))
        ),
    )


def group_of(line: IncidentLine) -> Group:
    """Return the group of an incident."""
    if line.status is Status.ESCALATED or line.asks:
        return Group.NEEDS_YOU
    if line.status.final:
        return Group.ENDED
    return Group.WAITING if line.status is Status.WAITING else Group.ACTING


def _open_rows(services: Services, reach: Reach | None) -> tuple[list[IndexRow], bool]:
    """Return the rows of what is open, and whether there are more; a storm's come first."""
    if reach is None:
        rows = list(itertools.islice(services.index.open_rows(), MOST_OPEN + 1))
        return rows[:MOST_OPEN], len(rows) > MOST_OPEN
    rows = list(itertools.islice(services.index.open_rows(), MOST_PICKED_FROM))
    likely = [row for row in rows if reach.likely(row)]
    others = [row for row in rows if not reach.likely(row)]
    cut = len(likely) > MOST_OPEN or len(rows) == MOST_PICKED_FROM
    return [*likely, *others][:MOST_OPEN], cut


def _lately_ended(services: Services, reach: Reach | None) -> list[IndexRow]:
    now = services.clock.now()
    since, until = now - LATELY, now + timedelta(days=1)
    if reach is not None:
        until = reach.until(until)
    taken: list[IndexRow] = []
    cursor: str | None = None
    looked_at = 0
    while len(taken) < MOST_ENDED and looked_at < MOST_PICKED_FROM:
        rows, cursor = services.index.page(since=since, until=until, cursor=cursor, size=_PAGE)
        taken += [row for row in rows if not row.open and (reach is None or reach.likely(row))]
        if cursor is None:
            break
        looked_at += len(rows)
    return taken[:MOST_ENDED]


def _heads(services: Services, rows: Iterable[IndexRow]) -> Iterable[Incident]:
    for row in rows:
        head = services.reader.partitions.incident(row.item, row.incident)
        # An orphan, whose opening never came, has no head.
        if head is not None:
            yield head


def _section(group: Group, lines: list[IncidentLine], wanted: Wanted) -> Section:
    mine = [line for line in lines if group_of(line) is group]
    if group is Group.NEEDS_YOU:
        mine.sort(key=lambda line: (line.act_by or _LAST, line.vm))
    elif group is Group.ENDED:
        mine.sort(key=lambda line: (line.ended_at or _LAST, line.vm), reverse=True)
    else:
        mine.sort(key=lambda line: (line.looked_at_again or _LAST, line.vm))
    return Section(
        group=group,
        title=TITLES[group],
        meaning=MEANINGS[group],
        count=len(mine),
        lines=tuple(mine),
        shown=wanted.group in {None, group},
    )

"""Who goes first: the order of work, and the line of those who wait for one place. Pure.

1. By deadline, in steps of an hour; within an hour by criticality; then to the second. A deadline
   is a fixed time: who waits is passed by those only whose deadline is earlier, never by all who
   come later, so everybody's turn comes.
2. A place goes to the most urgent who waits for it. Who is less urgent and asks while one is free
   is refused, and those before are called; one who does not come soon has lost its turn.
3. A line is short: only the most urgent stand in it, each for a while. Who dies in it blocks
   nobody.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from remediation.ids import ItemId
from remediation.incident import Incident
from remediation.policy import Policy

# A deadline an hour later is no less urgent to people; a critical machine is.
STEP = timedelta(hours=1)
# So many stand in a line. The others ask again, and join it when there is room.
MOST = 32
# Who was called comes within a minute or not at all.
COMES_WITHIN = timedelta(minutes=5)
# How long somebody stands in a line after the time at which it meant to ask again.
GRACE = timedelta(minutes=5)
CRITICALITY = "criticality"
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)


def rank(incident: Incident, policy: Policy) -> int:
    """Return the place of the machine's criticality in the policy's order, 0 the first.

    What no tag tells, or one that is not in the order, stands in the middle.
    """
    order = [one.lower() for one in policy.criticality_values]
    told = incident.findings.get(CRITICALITY, "").lower()
    return order.index(told) if told in order else len(order) // 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiter:
    """An incident in a line.

    ``where``: what else it needs room in (a vault, of which ``most`` hold a place at once).
    ``until``: it stands in the line no longer. ``called``: a place is kept for it.
    """

    incident: str
    item: ItemId
    act_by: datetime | None
    rank: int
    until: datetime
    where: str = ""
    most: int = 0
    called: bool = False

    @property
    def urgency(self) -> tuple[datetime, int, datetime, str]:
        """What is compared: smaller is more urgent."""
        return urgency(self.act_by, self.rank, self.incident)


def urgency(
    act_by: datetime | None, rank: int, incident: str
) -> tuple[datetime, int, datetime, str]:
    """Return what is compared of two incidents: smaller is more urgent."""
    due = act_by or _NEVER
    hour = due.replace(minute=0, second=0, microsecond=0)
    return hour, rank, due, incident


def by_urgency(incidents: Iterable[Incident], policy: Policy) -> list[Incident]:
    """Return the incidents in their order."""
    return sorted(incidents, key=lambda one: urgency(one.act_by, rank(one, policy), one.id))


def standing(line: Iterable[Waiter], now: datetime) -> tuple[Waiter, ...]:
    """Return who still waits, the most urgent first."""
    return tuple(sorted((one for one in line if one.until > now), key=lambda one: one.urgency))


def in_line(line: Iterable[Waiter], new: Waiter, now: datetime) -> tuple[Waiter, ...]:
    """Return the line with one more, or with its stay prolonged; only the most urgent stay."""
    others = (one for one in standing(line, now) if one.incident != new.incident)
    return tuple(sorted((*others, new), key=lambda one: one.urgency))[:MOST]


def without(line: Iterable[Waiter], incident: str) -> tuple[Waiter, ...]:
    """Return the line without an incident."""
    return tuple(one for one in line if one.incident != incident)


def before(line: Iterable[Waiter], me: Waiter, now: datetime) -> tuple[Waiter, ...]:
    """Return those who wait and are more urgent."""
    waits = standing(line, now)
    return tuple(one for one in waits if one.urgency < me.urgency and one.incident != me.incident)


def calling(
    line: Iterable[Waiter], chosen: Iterable[Waiter], now: datetime
) -> tuple[tuple[Waiter, ...], tuple[Waiter, ...]]:
    """Call those for whom a place is kept; returns the line, and who is called newly."""
    names = {one.incident for one in chosen}
    new = tuple(one for one in line if one.incident in names and not one.called)
    called = {
        one.incident: replace(one, called=True, until=min(one.until, now + COMES_WITHIN))
        for one in new
    }
    return tuple(called.get(one.incident, one) for one in line), new

"""A storm and its permits, and the book of all storms. Pure values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from remediation.ids import ItemId
from remediation.storms.scopes import Scope
from remediation.urgency import Waiter


class StormState(StrEnum):
    """``cooling`` holds nobody back, and opens again rather than a new storm.

    ``joined``: it has become part of another.
    """

    OPEN = "open"
    ESCALATED = "escalated"
    COOLING = "cooling"
    ENDED = "ended"
    JOINED = "joined"


class News(StrEnum):
    """What people are told of a storm, each once."""

    DETECTED = "detected"
    ESCALATED = "escalated"
    ENDED = "ended"


class Verdict(StrEnum):
    """How an attempt with a permit ended; ``none``: it says nothing about the cause."""

    VERIFIED = "verified"
    FAILED = "failed"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """What one running action holds. ``canary``: it was the only one that was allowed.

    ``position``: the last at which it was asked for, as a ``Claim`` has it.
    """

    incident: str
    attempt: int
    item: ItemId
    since: datetime
    until: datetime
    canary: bool
    position: int = 0

    @property
    def holder(self) -> tuple[str, int]:
        """Who holds it: an attempt of an incident."""
        return self.incident, self.attempt


@dataclass(frozen=True, slots=True, kw_only=True)
class Storm:
    """One fleet incident.

    ``owner`` is the widest of ``scopes``. ``items`` counts those that failed, ``first_items`` and
    ``codes`` are examples. ``level``: how many actions may run at once; ``line``: the most urgent
    who wait for a permit. ``canaries_failed`` counts those in a row. ``held``, ``waiting`` and
    ``overdue`` are the last sweep's: incidents that the storm holds back, that are on their way to
    a first action, and of those held the ones past their deadline, some of them by name. ``told``:
    what a channel took.
    """

    id: str
    owner: Scope
    scopes: tuple[Scope, ...]
    opened_at: datetime
    last_failure_at: datetime
    items: int
    first_items: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    state: StormState = StormState.OPEN
    level: int = 1
    permits: tuple[Permit, ...] = ()
    line: tuple[Waiter, ...] = ()
    verified: int = 0
    failed: int = 0
    canaries_failed: int = 0
    held: int = 0
    waiting: int = 0
    overdue: int = 0
    overdue_items: tuple[str, ...] = ()
    escalated_at: datetime | None = None
    ended_at: datetime | None = None
    joined: str | None = None
    told: frozenset[News] = frozenset()

    def covers(self, scopes: frozenset[Scope]) -> bool:
        """Whether what falls into these scopes falls into one of the storm's."""
        return not scopes.isdisjoint(self.scopes)

    @property
    def brakes(self) -> bool:
        """Whether it holds anybody back."""
        return self.state in {StormState.OPEN, StormState.ESCALATED}

    @property
    def over(self) -> bool:
        """Whether nothing opens it again."""
        return self.state in {StormState.ENDED, StormState.JOINED}

    @property
    def unsaid(self) -> tuple[News, ...]:
        """What people should know by now and no channel has taken, in order."""
        known = [News.DETECTED]
        if self.escalated_at is not None:
            known.append(News.ESCALATED)
        if self.over:
            known.append(News.ENDED)
        if self.state is StormState.JOINED and not self.told:
            # Nobody has heard of it: the storm that it has become part of speaks for it.
            return ()
        return tuple(one for one in known if one not in self.told)

    @property
    def doing(self) -> str:
        """What is being done about it, in words that do not change from look to look."""
        match self.state:
            case StormState.ESCALATED:
                return "escalated: nothing is begun until people have healed the cause"
            case StormState.OPEN if self.level == 1:
                return "one repair at a time, until one is verified"
            case StormState.OPEN:
                return "more repairs at a time with each that is verified"
            case StormState.COOLING:
                return "over, if nothing follows"
            case StormState.ENDED | StormState.JOINED:
                return "over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """Every storm by its id: those that stand, and the last that ended."""

    storms: Mapping[str, Storm] = field(default_factory=dict)

    def braking(self, scopes: frozenset[Scope]) -> tuple[Storm, ...]:
        """Return the storms that hold back what falls into these scopes, oldest first."""
        return tuple(one for one in self.standing if one.brakes and one.covers(scopes))

    @property
    def standing(self) -> tuple[Storm, ...]:
        """Every storm that is not over, oldest first."""
        found = (one for one in self.storms.values() if not one.over)
        return tuple(sorted(found, key=lambda one: (one.opened_at, one.id)))

    def having(self, *storms: Storm) -> "Book":
        """Return the book with these storms as they are now."""
        return Book(storms={**self.storms, **{one.id: one for one in storms}})

"""Messages that nobody could take: what they are, and what may be done with them.

They lie in poison queues and in Event Grid's container of dead letters until a person has them
replayed or discards them; the sweep raises the alarm.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from remediation.incident import Door


@dataclass(frozen=True, slots=True, kw_only=True)
class Undeliverable:
    """A message that no function could take; ``key`` says where it lies.

    ``text`` is what it says, decoded where it was encoded and never redacted here. ``goes_to`` is
    the queue that a replay puts it on, ``reason`` why it was given up, ``at`` when, ``door`` by
    which it came.
    """

    key: str
    text: str
    goes_to: str = ""
    reason: str = ""
    at: datetime | None = None
    door: Door = Door.EVENT_GRID


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Some of what lies there, and about how many messages are not shown.

    ``more`` lie behind those that are; ``hidden`` are in somebody's hand this moment.
    """

    entries: tuple[Undeliverable, ...]
    more: int = 0
    hidden: int = 0


class UnfitError(ValueError):
    """A message that no queue would take: replaying it is no way; the text says why."""


class Undelivered(Protocol):
    """Poison queues and dead letters, looked at."""

    def peek(self) -> Iterable[Undeliverable]:
        """Look at what lies there; nothing is removed."""


class Undeliveries(Undelivered, Protocol):
    """Poison queues and dead letters, for people who deal with what lies there."""

    def listed(self) -> Listing:
        """Look at the first of every place, without hiding them from anybody."""

    def find(self, key: str) -> Undeliverable | None:
        """Return what lies under a key."""

    def put_back(self, one: Undeliverable) -> int:
        """Send it to its queue again, in the right encoding; return how many messages it became.

        Raises UnfitError, before anything is sent, where the queue would not take it.
        """

    def remove(self, key: str) -> bool:
        """Remove what lies under a key; False where it is gone."""

"""Deeds: what persons do to what belongs to no incident, kept in a chain of its own. Pure values.

What persons do to an incident stands in the incident's own records.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class DeedKind(StrEnum):
    """What a person had done to an undelivered message."""

    REPLAY = "replay"
    DISCARD = "discard"


class DeedState(StrEnum):
    """How far it came; ``intended`` without another after it: nobody knows, and a repeat is safe.

    ``unfit``: it could not be done, and nothing was changed.
    """

    INTENDED = "intended"
    DONE = "done"
    UNFIT = "unfit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One line: who did what to which message, why, and what came of it.

    ``text`` is the message, bounded and redacted: what was discarded can still be read.
    """

    kind: DeedKind
    state: DeedState
    key: str
    by: str
    reason: str
    at: datetime
    detail: str = ""
    text: str = ""


class Deeds(Protocol):
    """Deeds in their order."""

    def add(self, deed: Deed) -> None:
        """Keep a deed: its texts bounded and redacted."""

    def newest(self, most: int) -> tuple[Deed, ...]:
        """Return the newest, the last one first."""

    def of(self, key: str) -> tuple[Deed, ...]:
        """Return what was done to a message, in its order."""

"""The port of storms: where failures are counted, and where the book of storms stands."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from remediation.storms.scopes import Estate, FailureRow
from remediation.storms.storm import Book


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The book as it stands; ``version`` is None where none was written."""

    book: Book = field(default_factory=Book)
    version: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One read: the book, the estate, and the failures, newest first; they are read once."""

    kept: Kept
    estate: Estate
    rows: Iterable[FailureRow]


class Storms(Protocol):
    """Rows of failures and the book, in one partition. Whoever inserts and then reads sees it."""

    def insert(self, row: FailureRow) -> None:
        """Insert a failure's row; the same row once more changes nothing."""

    def read(self, since: datetime) -> Sheet:
        """Read everything since then: one query, and as many pages as are asked for."""

    def kept(self) -> Kept:
        """Read the book alone."""

    def write(self, book: Book, version: str | None) -> str | None:
        """Replace the book under its version; None where somebody else was first."""

    def note(self, estate: Estate) -> None:
        """Replace what is known of the estate."""

    def forget(self, before: datetime) -> int:
        """Remove rows of failures older than that, some at a time; returns how many."""

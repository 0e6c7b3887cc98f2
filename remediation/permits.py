"""Permits: who may begin an action while a storm stands; the brake, tied to storage and people.

What cannot be counted or read holds back: an answer is then an objection with a time. What cannot
be returned or told here, the sweep returns and tells.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from remediation.incident import Attempt, AttemptResult, Objection
from remediation.line import call
from remediation.messages import Succeeded
from remediation.ports import Clock, Notifier, Wakeups
from remediation.storms.brake import WINDOW, fronts
from remediation.storms.course import Asking, granted, grown, healed, lined, returned, told
from remediation.storms.holding import held_back, unread
from remediation.storms.notice import notification
from remediation.storms.port import Sheet, Storms
from remediation.storms.scopes import FailureRow, Scope, scopes_of
from remediation.storms.storm import Book, News, Storm, Verdict

# Each lost try is somebody else's success, so this many workers may write at the same instant.
TRIES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A failure was counted. ``calm``: no storm stands in any of its scopes."""

    calm: bool = False
    objection: Objection | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """The answer to who asks: the storm whose permit it has, or none is needed."""

    storm: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Permits:
    """Counts failures, grants permits and takes them back."""

    storms: Storms
    notifier: Notifier
    wakeups: Wakeups
    clock: Clock

    def count(self, row: FailureRow, limit: int) -> Counted:
        """Insert a failure's row, then count; nothing of it where the limit is 0."""
        if limit <= 0:
            return Counted(calm=True)
        try:
            self.storms.insert(row)
            return Counted(calm=not self._count(row, limit))
        except Exception as fault:  # noqa: BLE001 - what is not counted must not be begun
            return Counted(objection=unread(_said(fault), row.item.key, self.clock.now()))

    def ask(self, asking: Asking, row: FailureRow | None, limit: int) -> Permit | Objection:
        """Ask for a permit; ``row`` is the failure where it should be among those counted."""
        if limit <= 0:
            return Permit()
        try:
            return self._ask(asking, row, limit)
        except Exception as fault:  # noqa: BLE001 - what cannot be read holds back
            return unread(_said(fault), asking.incident, self.clock.now())

    def look(self, asking: Asking, limit: int, *, stays: bool = False) -> Objection | None:
        """Return what holds back who asks, without taking a permit: one read.

        ``stays``: it waits on, and stands in line where it is among the most urgent.
        """
        if limit <= 0:
            return None
        now = self.clock.now()
        try:
            _, storm, may = granted(self.storms.kept().book, asking, now)
        except Exception as fault:  # noqa: BLE001 - as in ask
            return unread(_said(fault), asking.incident, now)
        if storm is None or may:
            return None
        if stays:
            # Whoever cannot stand in line asks again all the same.
            with suppress(Exception):
                self.change(lambda book: lined(book, asking, now))
        return held_back(storm, asking.incident, now)

    def back(self, incident: str, attempt: int, verdict: Verdict, upto: int) -> None:
        """Take back a permit that was asked for up to a position that has been committed over.

        One that cannot be is taken back by the sweep.
        """
        with suppress(Exception):
            holder = incident, attempt
            self.change(lambda book: returned(book, holder, verdict, upto, self.clock.now()))

    def healed(self, found: frozenset[Scope], incident: str = "") -> None:
        """Note that something recovered which a storm held back."""
        with suppress(Exception):
            self.change(lambda book: healed(book, found, incident))

    def change(self, make: Callable[[Book], Book]) -> Book:
        """Change the book under its version, and tell people what is new."""
        for _ in range(TRIES):
            kept = self.storms.kept()
            made = make(kept.book)
            if made == kept.book:
                return made
            if self.storms.write(made, kept.version) is not None:
                self._tell(kept.book, made)
                return made
        raise RuntimeError("the storms could not be written: too many write at once")

    def tell(self, storm: Storm, news: News) -> None:
        """Tell people; at least once, and recognised by its key."""
        outcome = self.notifier.publish(notification(storm, news, self.clock.now()))
        if isinstance(outcome, Succeeded):
            self.change(lambda book: told(book, storm.id, news))

    # ------------------------------------------------------------ inside

    def _count(self, row: FailureRow, limit: int) -> bool:
        """Let the brake see what stands there now; returns whether a storm holds this one back."""
        for _ in range(TRIES):
            now = self.clock.now()
            sheet = self.storms.read(now - WINDOW)
            mine = scopes_of(row, sheet.estate)
            if sheet.kept.book.braking(mine):
                return True
            book = grown(sheet.kept.book, fronts(sheet.rows, sheet.estate, limit, now), now)
            if self._keep(sheet, book):
                return bool(book.braking(mine))
        raise RuntimeError("the storms could not be written: too many write at once")

    def _ask(self, asking: Asking, row: FailureRow | None, limit: int) -> Permit | Objection:
        for _ in range(TRIES):
            now = self.clock.now()
            sheet = self.storms.read(now - WINDOW)
            book = sheet.kept.book
            if not book.braking(asking.scopes):
                rows = tuple(sheet.rows)
                if row is not None and all(one.item != asking.item for one in rows):
                    # It could not be counted when it came.
                    self.storms.insert(row)
                    row = replace(row, at=now)
                    continue
                book = grown(book, fronts(rows, sheet.estate, limit, now), now)
            book, storm, may = granted(book, asking, now)
            if not self._keep(sheet, book):
                continue
            if storm is None:
                return Permit()
            return Permit(storm=storm.id) if may else held_back(storm, asking.incident, now)
        raise RuntimeError("the storms could not be written: too many write at once")

    def _keep(self, sheet: Sheet, book: Book) -> bool:
        if book == sheet.kept.book:
            return True
        if self.storms.write(book, sheet.kept.version) is None:
            return False
        self._tell(sheet.kept.book, book)
        return True

    def _tell(self, before: Book, after: Book) -> None:
        """Tell what this write has made news; whoever dies here leaves it to the sweep."""
        for storm in after.storms.values():
            known = before.storms.get(storm.id)
            called = {one.incident for one in known.line if one.called} if known else set()
            new = (one for one in storm.line if one.called and one.incident not in called)
            call(self.wakeups, new, self.clock.now())
            for news in storm.unsaid:
                if known is None or news not in known.unsaid:
                    self.tell(storm, news)


def verdict_of(attempt: Attempt) -> Verdict | None:
    """Return what an attempt's end says about the cause; None while it has not ended."""
    match attempt.result:
        case None:
            return None
        case AttemptResult.CURED:
            return Verdict.VERIFIED
        case AttemptResult.FAILED:
            return Verdict.FAILED
        case AttemptResult.ABANDONED if attempt.steps_done:
            # It changed something and cannot be proved.
            return Verdict.FAILED
        case _:
            return Verdict.NONE


def _said(fault: Exception) -> str:
    return f"{type(fault).__name__}: {fault}"[:300]

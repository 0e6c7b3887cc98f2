"""Pauses beside the policy: how often they are read, whom they cover, and what when they cannot."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import override

import pytest

from remediation.pauses import Lifted, Pause, PausesError
from remediation.policies.book import PolicyBook
from remediation.policies.effective import Ground
from remediation.policies.watch import LOOK_EVERY
from state.memory import MemoryPauses
from tests.remediation.policies.policies import ITEM, OTHER, START, VAULT, Hands

EVERYTHING = Pause(
    id="p-1",
    scope="*",
    by="Ada (1)",
    reason="network change",
    at=START,
    until=START + timedelta(hours=1),
)
SECOND = timedelta(seconds=1)


@dataclass(slots=True)
class Counted(MemoryPauses):
    """``Pauses`` that counts how often it is read, and may be out of reach."""

    reached: bool = True
    asked: list[datetime] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin with none."""
        MemoryPauses.__init__(self)

    @override
    def active(self, now: datetime) -> tuple[Pause, ...]:
        """Read them."""
        self.asked.append(now)
        if not self.reached:
            raise PausesError("storage does not answer")
        return MemoryPauses.active(self, now)


def a_book(pauses: MemoryPauses, clock: Hands) -> PolicyBook:
    """A book without a document."""
    return PolicyBook(Ground(), clock=clock, pauses=pauses)


def paused(book: PolicyBook) -> Pause | None:
    """What holds for the machine."""
    return book.effective(ITEM, VAULT, {}).policy.pause


def test_without_pauses_nothing_is_paused() -> None:
    """Neither where there are none, nor where nobody keeps any."""
    assert paused(a_book(MemoryPauses(), Hands())) is None
    assert paused(PolicyBook(Ground())) is None


def test_a_pause_holds_within_ten_seconds_of_real_time() -> None:
    """However often the policy is asked for, it is read once in that time."""
    clock, pauses = Hands(), Counted()
    book = a_book(pauses, clock)
    assert paused(book) is None
    pauses.put(EVERYTHING)
    for _ in range(9):
        clock.at += SECOND
        assert paused(book) is None
    assert len(pauses.asked) == 1
    clock.at += SECOND
    assert paused(book) == EVERYTHING
    assert len(pauses.asked) == 2
    # A read takes at most eight seconds (connect, answer); thirty were promised.
    assert timedelta(seconds=30) >= LOOK_EVERY + timedelta(seconds=8)


def test_ten_seconds_are_real_ones_on_a_fast_clock() -> None:
    """A world that runs a hundred times as fast does not read a hundred times as often."""
    clock, pauses = Hands(speed=100), Counted()
    book = a_book(pauses, clock)
    paused(book)
    clock.at += 999 * SECOND
    paused(book)
    assert len(pauses.asked) == 1
    clock.at += SECOND
    paused(book)
    assert len(pauses.asked) == 2


def test_a_pause_is_over_at_its_very_end_without_another_look() -> None:
    """And a lifted one with the next look."""
    clock, pauses = Hands(), Counted()
    pauses.put(replace(EVERYTHING, until=START + 5 * SECOND))
    book = a_book(pauses, clock)
    assert paused(book) is not None
    clock.at += 5 * SECOND
    assert paused(book) is None
    assert len(pauses.asked) == 1
    pauses.put(replace(EVERYTHING, id="p-2"))
    clock.at += LOOK_EVERY
    assert paused(book) is not None
    pauses.lift("p-2", Lifted(by="Bob (2)", reason="done", at=clock.at))
    clock.at += LOOK_EVERY
    assert paused(book) is None


@pytest.mark.parametrize(
    ("scope", "holds"),
    [
        ("*", True),
        (VAULT.shown, True),
        (ITEM.shown, True),
        (f"/subscriptions/{OTHER}", False),
    ],
)
def test_a_machines_policy_says_which_pause_holds_for_it(scope: str, *, holds: bool) -> None:
    """With a note for whoever asks why; the policy of everything minds pauses of everything."""
    clock, pauses = Hands(), MemoryPauses()
    pauses.put(replace(EVERYTHING, scope=scope))
    book = a_book(pauses, clock)
    found = book.effective(ITEM, VAULT, {})
    assert (found.policy.pause is not None) is holds
    said = ("paused by Ada (1) until 2026-11-21T13:00:00+00:00: network change",)
    assert found.notes == (said if holds else ())
    assert (book.everything().policy.pause is not None) is (scope == "*")


def test_what_was_worked_out_before_the_pause_is_paused_too() -> None:
    """The policy is cached, pauses are not part of it."""
    clock, pauses = Hands(), MemoryPauses()
    book = a_book(pauses, clock)
    before = book.effective(ITEM, VAULT, {})
    pauses.put(EVERYTHING)
    clock.at += LOOK_EVERY
    assert book.effective(ITEM, VAULT, {}).policy == replace(before.policy, pause=EVERYTHING)
    clock.at = EVERYTHING.until
    assert book.effective(ITEM, VAULT, {}) is before


def test_pauses_that_cannot_be_read_pause_everything_until_the_next_look() -> None:
    """Nobody knows what was stopped meanwhile, also where some were known before."""
    clock, pauses = Hands(), Counted()
    book = a_book(pauses, clock)
    assert paused(book) is None
    pauses.reached = False
    clock.at += LOOK_EVERY
    found = paused(book)
    assert found is not None
    assert found.reason == "pauses cannot be read: storage does not answer"
    assert book.everything().policy.pause == found
    pauses.reached = True
    clock.at += LOOK_EVERY - SECOND
    assert paused(book) is not None
    clock.at += SECOND
    assert paused(book) is None


def test_pauses_that_stay_unreadable_are_asked_for_no_more_often() -> None:
    """Storage that is in trouble is left alone."""
    clock, pauses = Hands(), Counted(reached=False)
    book = a_book(pauses, clock)
    for _ in range(60):
        assert paused(book) is not None
        clock.at += SECOND
    assert len(pauses.asked) == 6

"""The course of a storm, and that it never grants more than it may."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from remediation.storms.brake import WINDOW, fronts
from remediation.storms.course import (
    CANARIES,
    COOL_DOWN,
    KEPT,
    PERMIT_LASTS,
    Asking,
    Left,
    granted,
    grown,
    healed,
    recounted,
    returned,
    settled,
    told,
)
from remediation.storms.scopes import Estate, FailureRow
from remediation.storms.storm import Book, News, Storm, StormState, Verdict
from remediation.urgency import COMES_WITHIN, MOST, Waiter
from tests.remediation.storms.building import (
    EAST,
    FAR,
    MINUTE,
    NOON,
    WEST,
    a_row,
    an_asking,
    an_estate,
    vault_scope,
)

HOUR = timedelta(hours=1)
TEN = [a_row(number) for number in range(10)]


def a_book(rows: list[FailureRow] = TEN, estate: Estate | None = None) -> Book:
    """The book after these failures."""
    return grown(Book(), fronts(rows, estate or Estate(), 10, NOON), NOON)


def the_storm(book: Book) -> Storm:
    """The one storm that stands."""
    (storm,) = book.standing
    return storm


def asked(book: Book, number: int, now: datetime = NOON) -> tuple[Book, bool]:
    """Whether the machine may begin."""
    book, _, may = granted(book, an_asking(number), now)
    return book, may


def after(book: Book, *verdicts: Verdict) -> Book:
    """The book after as many canaries, one after the other."""
    for number, verdict in enumerate(verdicts, start=100):
        book, may = asked(book, number)
        assert may
        book = returned(book, (f"inc-{number}", 1), verdict, 0, NOON)
    return book


def test_without_a_storm_nobody_needs_a_permit() -> None:
    """A lonely failure is repaired at once."""
    book, storm, may = granted(Book(), an_asking(), NOON)
    assert (book, storm, may) == (Book(), None, True)


def test_a_storm_lets_one_canary_begin() -> None:
    """And nobody else, until it is known what became of it."""
    book, first = asked(a_book(), 1)
    book, second = asked(book, 2)
    assert (first, second) == (True, False)
    assert the_storm(book).permits[0].canary


def test_who_has_a_permit_keeps_it() -> None:
    """A redelivery takes no second one."""
    book, _ = asked(a_book(), 1)
    again, may = asked(book, 1)
    assert may
    assert again == book


def test_items_outside_its_scopes_need_no_permit() -> None:
    """Another subscription goes on."""
    _, storm, may = granted(a_book(), an_asking(1, FAR), NOON)
    assert storm is None
    assert may


def test_verified_canaries_double_what_runs_at_once() -> None:
    """One, then two; when both are verified, four."""
    book = after(a_book(), Verdict.VERIFIED)
    assert the_storm(book).level == 2
    for number in (1, 2):
        book, may = asked(book, number)
        assert may
    assert not asked(book, 3)[1]
    for number in (1, 2):
        book = returned(book, (f"inc-{number}", 1), Verdict.VERIFIED, 0, NOON)
    assert the_storm(book).level == 4


def a_waiter(number: int, hours: float, **changes: Any) -> Asking:
    """A machine that asks, whose deadline is so many hours away."""
    asking = an_asking(number)
    waiter = Waiter(
        incident=asking.incident,
        item=asking.item,
        act_by=NOON + timedelta(hours=hours),
        rank=2,
        until=NOON,
    )
    return replace(asking, waiter=replace(waiter, **changes))


def line_of(book: Book) -> list[tuple[str, bool]]:
    """Who waits, and whether it was called."""
    return [(one.incident, one.called) for one in the_storm(book).line]


def test_a_permit_that_is_returned_goes_to_the_most_urgent_who_waits() -> None:
    """It is called; who asks before it came is refused."""
    book, _ = asked(a_book(), 1)
    for number, hours in ((2, 30), (3, 10), (4, 20)):
        book, _, may = granted(book, a_waiter(number, hours), NOON)
        assert not may
    assert [name for name, _ in line_of(book)] == ["inc-3", "inc-4", "inc-2"]
    book = returned(book, ("inc-1", 1), Verdict.FAILED, 0, NOON)
    assert line_of(book) == [("inc-3", True), ("inc-4", False), ("inc-2", False)]
    book, _, may = granted(book, a_waiter(2, 30), NOON)
    assert not may
    book, _, may = granted(book, a_waiter(3, 10), NOON)
    assert may
    assert [name for name, _ in line_of(book)] == ["inc-4", "inc-2"]


def test_a_permit_asked_for_anew_is_no_older_than_that() -> None:
    """A sweep leaves the young alone: the commit that uses it may still be on its way."""
    book, _ = asked(a_book(), 1)
    later = NOON + timedelta(hours=1)
    again, _, may = granted(book, replace(an_asking(1), position=9), later)
    assert may
    (permit,) = the_storm(again).permits
    assert (permit.since, permit.until, permit.position) == (later, later + PERMIT_LASTS, 9)
    assert granted(again, replace(an_asking(1), position=8), later)[0] == again


def test_as_many_are_called_as_there_are_permits() -> None:
    """A verified canary frees two."""
    book, _ = asked(a_book(), 1)
    for number in range(2, 6):
        book, _, _ = granted(book, a_waiter(number, number), NOON)
    book = returned(book, ("inc-1", 1), Verdict.VERIFIED, 0, NOON)
    assert [called for _, called in line_of(book)] == [True, True, False, False]


def test_who_is_called_and_does_not_come_blocks_nobody() -> None:
    """It has lost its turn, and whoever asks next has the permit."""
    book, _ = asked(a_book(), 1)
    book, _, _ = granted(book, a_waiter(3, 10), NOON)
    book = returned(book, ("inc-1", 1), Verdict.NONE, 0, NOON)
    _, _, may = granted(book, a_waiter(2, 30), NOON)
    assert not may
    _, _, may = granted(book, a_waiter(2, 30), NOON + COMES_WITHIN)
    assert may


def test_who_asks_while_a_permit_is_free_has_those_before_it_called() -> None:
    """A call may have been lost with the worker that was to make it."""
    book, _, _ = granted(a_book(), a_waiter(3, 10), NOON)
    (storm,) = book.standing
    line = (replace(a_waiter(4, 1).waiter or missing(), until=NOON + HOUR),)
    book = book.having(replace(storm, permits=(), line=line))
    book, _, may = granted(book, a_waiter(2, 30), NOON)
    assert not may
    assert line_of(book) == [("inc-4", True), ("inc-2", False)]


def missing() -> Waiter:
    """Never called."""
    raise AssertionError


def test_a_line_is_as_short_as_it_may_be() -> None:
    """The book is not written for those who are not among the most urgent."""
    book, _ = asked(a_book(), 1)
    for number in range(100, 100 + MOST):
        book, _, _ = granted(book, a_waiter(number, 10), NOON)
    same, _, _ = granted(book, a_waiter(99, 40), NOON)
    assert same == book
    book, _, _ = granted(book, a_waiter(98, 1), NOON)
    assert len(line_of(book)) == MOST
    assert line_of(book)[0] == ("inc-98", False)


def test_an_escalated_storm_has_no_line() -> None:
    """There is nothing to wait for but people."""
    book = after(a_book(), *[Verdict.FAILED] * CANARIES)
    same, _, may = granted(book, a_waiter(3, 10), NOON)
    assert not may
    assert same == book


def test_who_recovered_waits_no_more() -> None:
    """By its schedule, say."""
    book, _ = asked(a_book(), 1)
    book, _, _ = granted(book, a_waiter(3, 10), NOON)
    assert line_of(healed(book, frozenset(), "inc-3")) == []


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 3), st.booleans()), max_size=60))
def test_nobody_waits_for_ever(course: list[tuple[int, int, bool]]) -> None:
    """Whatever others do: who keeps asking has a permit in the end, and none is ever lost.

    Each event is somebody who asks, after so many minutes; some of those that were called or have
    a permit are never heard of again, and the sweep takes their permits back.
    """
    book, now = a_book(), NOON
    for number, minutes, dies in course:
        now += minutes * MINUTE
        book, _, may = granted(book, a_waiter(number, number), now)
        if may and not dies:
            book = returned(book, (f"inc-{number}", 1), Verdict.NONE, 0, now)
    for permit in the_storm(book).permits:
        book = returned(book, permit.holder, Verdict.NONE, 0, now)
    # The least urgent of all: it asks every ten minutes, nobody else does any more.
    for _ in range(2 + len(the_storm(book).line)):
        now += 2 * COMES_WITHIN
        book, _, may = granted(book, a_waiter(99, 99), now)
        if may:
            return
    raise AssertionError(line_of(book))


def test_a_failure_halves_what_runs_at_once() -> None:
    """Down to one, never to none."""
    book = after(a_book(), *[Verdict.VERIFIED] * 7)
    assert the_storm(book).level == 8
    levels = []
    for number in (1, 2, 3, 4):
        book, _ = asked(book, number)
        book = returned(book, (f"inc-{number}", 1), Verdict.FAILED, 0, NOON)
        levels.append(the_storm(book).level)
    assert levels == [4, 2, 1, 1]


def test_a_canary_that_says_nothing_is_replaced() -> None:
    """Refused, lost or held: neither up nor down."""
    book = after(a_book(), *[Verdict.NONE] * 5)
    assert the_storm(book).level == 1
    assert the_storm(book).state is StormState.OPEN
    assert asked(book, 1)[1]


def test_three_failed_canaries_in_a_row_escalate_and_nobody_begins() -> None:
    """It is for people now."""
    book = after(a_book(), *[Verdict.FAILED] * CANARIES)
    assert the_storm(book).state is StormState.ESCALATED
    assert the_storm(book).escalated_at == NOON
    assert not asked(book, 1)[1]


def test_a_verified_canary_between_begins_the_count_anew() -> None:
    """In a row means in a row."""
    failed, verified = Verdict.FAILED, Verdict.VERIFIED
    book = after(a_book(), failed, failed, verified, failed, failed)
    assert the_storm(book).state is StormState.OPEN


def test_repairs_that_fail_at_a_higher_level_are_no_failed_canaries() -> None:
    """Some machines are broken for themselves: the brake slows down first."""
    book = after(a_book(), *[Verdict.VERIFIED] * 7)
    for number in (1, 2, 3):
        book, _ = asked(book, number)
        book = returned(book, (f"inc-{number}", 1), Verdict.FAILED, 0, NOON)
    assert the_storm(book).state is StormState.OPEN


def test_something_that_recovers_by_itself_lets_a_canary_try_again() -> None:
    """The cause was healed: no person need say so."""
    book = after(a_book(), *[Verdict.FAILED] * CANARIES)
    book = healed(book, an_asking(1).scopes)
    assert the_storm(book).state is StormState.OPEN
    assert asked(book, 1)[1]
    # People were told that it escalated; it does not become untold.
    assert the_storm(book).escalated_at == NOON


def test_a_wider_scope_over_its_threshold_takes_the_storm_over() -> None:
    """The vault's storm is the subscription's now, with the same name and the same canary."""
    estate = an_estate(west=40, far=4000, east=4000)
    small = a_book([a_row(n) for n in range(3)], estate)
    small, _ = asked(small, 1)
    rows = [a_row(n) for n in range(3)] + [a_row(n, EAST) for n in range(3, 10)]
    book = grown(small, fronts(rows, estate, 10, NOON), NOON)
    assert the_storm(small).owner == vault_scope()
    assert the_storm(book).id == the_storm(small).id
    assert the_storm(book).owner.kind.value == "subscription"
    assert the_storm(book).permits == the_storm(small).permits


def test_more_failures_in_the_same_scopes_do_not_change_the_book() -> None:
    """Two thousand failures are not two thousand writes."""
    book = a_book()
    more = [*TEN, *(a_row(n) for n in range(10, 200))]
    assert grown(book, fronts(more, Estate(), 10, NOON), NOON) == book


def test_storms_that_grow_together_become_one() -> None:
    """The oldest goes on, with the permits of both and no more than the slower would allow."""
    estate = an_estate(west=40, east=40)
    west = grown(Book(), fronts([a_row(n) for n in range(3)], estate, 10, NOON), NOON)
    rows = [a_row(n, EAST) for n in range(20, 23)]
    both = grown(west, fronts(rows, estate, 10, NOON + MINUTE), NOON + MINUTE)
    assert len(both.standing) == 2
    for number, vault in ((1, WEST), (20, EAST)):
        both, _, may = granted(both, an_asking(number, vault), NOON)
        assert may
    everything = [a_row(n) for n in range(5)] + [a_row(n, EAST) for n in range(20, 25)]
    one = grown(both, fronts(everything, estate, 10, NOON + MINUTE), NOON + MINUTE)
    assert the_storm(one).opened_at == NOON
    assert len(the_storm(one).permits) == 2
    assert not asked(one, 3)[1]
    (joined,) = [storm for storm in one.storms.values() if storm.joined]
    assert joined.state is StormState.JOINED
    # Nobody had heard of it yet: nobody is told that it is over.
    assert joined.unsaid == ()
    assert told(both, joined.id, News.DETECTED).storms[joined.id].told == {News.DETECTED}


def quiet(book: Book, left: Left | None = None) -> Book:
    """The book after a sweep that found nothing new, long after."""
    now = NOON + WINDOW + MINUTE
    storm = recounted(the_storm(book), TEN, Estate(), left or Left())
    return settled(book.having(storm), now)


def test_it_ends_when_nothing_fails_and_nobody_is_held() -> None:
    """First it cools down, then it is over."""
    book = quiet(a_book())
    assert the_storm(book).state is StormState.COOLING
    assert asked(book, 1)[1]
    later = settled(book, NOON + WINDOW + MINUTE + COOL_DOWN)
    (storm,) = later.storms.values()
    assert storm.state is StormState.ENDED
    assert storm.unsaid == (News.DETECTED, News.ENDED)


@pytest.mark.parametrize("left", [Left(held=1), Left(waiting=1)])
def test_it_does_not_end_while_somebody_is_held_or_on_its_way(left: Left) -> None:
    """Those who wait for hours on their ladder would all begin at once."""
    assert the_storm(quiet(a_book(), left)).state is StormState.OPEN


def test_it_does_not_end_while_something_runs() -> None:
    """The permit is taken back first."""
    book, _ = asked(a_book(), 1)
    assert the_storm(quiet(book)).state is StormState.OPEN


def test_while_it_cools_down_the_same_storm_opens_again() -> None:
    """No second notification for what is the same trouble."""
    book = quiet(a_book())
    now = NOON + WINDOW + 2 * MINUTE
    rows = [a_row(n, at=now) for n in range(10)]
    again = grown(book, fronts(rows, Estate(), 10, now), now)
    assert the_storm(again).id == the_storm(book).id
    assert the_storm(again).state is StormState.OPEN
    assert not asked(asked(again, 1)[0], 2)[1]


def test_old_storms_are_forgotten_once_they_are_told() -> None:
    """The book stays small."""
    ended = replace(the_storm(a_book()), state=StormState.ENDED, ended_at=NOON)
    many = {f"s{n}": replace(ended, id=f"s{n}", told=frozenset(News)) for n in range(KEPT + 5)}
    untold = replace(ended, id="untold", told=frozenset({News.DETECTED}))
    book = settled(Book(storms={**many, "untold": untold}), NOON + timedelta(days=9))
    assert len(book.storms) == KEPT + 1
    assert "untold" in book.storms


class Permits(RuleBasedStateMachine):
    """Whatever comes, no more run at once than the level allows when the last of them began."""

    def __init__(self) -> None:
        """Begin in a storm."""
        super().__init__()
        self.book = a_book()
        self.running: dict[tuple[str, int], None] = {}
        self.failed_in_a_row = 0

    @rule(number=st.integers(1, 30))
    def ask(self, number: int) -> None:
        """A machine wants to begin."""
        before = the_storm(self.book)
        holder = (f"inc-{number}", 1)
        self.book, may = asked(self.book, number)
        room = before.state is StormState.OPEN and len(before.permits) < before.level
        assert may == (room or holder in self.running)
        if may:
            self.running[holder] = None
            assert holder in {one.holder for one in the_storm(self.book).permits}

    @precondition(lambda self: self.running)
    @rule(data=st.data(), verdict=st.sampled_from(Verdict))
    def end(self, data: st.DataObject, verdict: Verdict) -> None:
        """An attempt ends; a second answer about it changes nothing."""
        holder = data.draw(st.sampled_from(sorted(self.running)))
        canary = next(one.canary for one in the_storm(self.book).permits if one.holder == holder)
        del self.running[holder]
        if verdict is Verdict.VERIFIED:
            self.failed_in_a_row = 0
        elif verdict is Verdict.FAILED:
            self.failed_in_a_row += canary
        self.book = returned(self.book, holder, verdict, 0, NOON)
        assert returned(self.book, holder, Verdict.VERIFIED, 0, NOON) == self.book

    @rule()
    def recover(self) -> None:
        """Something recovers by itself."""
        if the_storm(self.book).state is StormState.ESCALATED:
            self.failed_in_a_row = 0
        self.book = healed(self.book, an_asking(1).scopes)

    @invariant()
    def permits_are_those_of_who_runs(self) -> None:
        """One a running action, and none besides."""
        assert {one.holder for one in the_storm(self.book).permits} == set(self.running)

    @invariant()
    def it_is_escalated_exactly_after_three_failed_canaries(self) -> None:
        """In a row."""
        escalated = the_storm(self.book).state is StormState.ESCALATED
        assert escalated == (self.failed_in_a_row >= CANARIES)


TestPermits = Permits.TestCase

"""The contract of ``Storms``."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest

from remediation.ids import VaultId
from remediation.messages import Outcome, Succeeded, Woken
from remediation.permits import Permit, Permits
from remediation.ports import Notification
from remediation.storms.course import Asking
from remediation.storms.port import Storms
from remediation.storms.scopes import Estate, FailureRow, Scope, ScopeKind, Site, scopes
from remediation.storms.storm import Book, News, Storm, Verdict
from remediation.urgency import Waiter
from state.memory import MemoryWakeups
from tests.state import values
from tests.state.conftest import Kit

SCOPE = Scope(kind=ScopeKind.VAULT, name=values.VAULT.key)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def a_row(number: int = 1, **changes: Any) -> FailureRow:
    """A failure of the machine of that number."""
    made = FailureRow(
        at=values.NOON,
        item=values.an_item(f"vm-{number}"),
        vault=values.VAULT,
        policy="daily",
        cause="internal-error",
        code="InternalError",
    )
    return replace(made, **changes)


def a_storm(name: str = "storm-1") -> Storm:
    """A storm that was just opened."""
    return Storm(
        id=name,
        owner=SCOPE,
        scopes=(SCOPE,),
        opened_at=values.NOON,
        last_failure_at=values.NOON,
        items=3,
        told=frozenset({News.DETECTED}),
    )


def a_book(*names: str) -> Book:
    """A book of storms."""
    return Book(storms={name: a_storm(name) for name in names or ("storm-1",)})


def test_whoever_inserts_and_then_reads_sees_it(kit: Kit) -> None:
    """Also what others inserted before: the brake rests on it."""
    one, other = kit.storms(), kit.storms()
    one.insert(a_row(1))
    other.insert(a_row(2))
    assert set(other.read(values.NOON - HOUR).rows) == {a_row(1), a_row(2)}


def test_a_row_once_more_changes_nothing(kit: Kit) -> None:
    """A repeat of the SDK, or of a delivery, in the same moment."""
    storms = kit.storms()
    for _ in range(2):
        storms.insert(a_row())
    assert list(storms.read(values.NOON).rows) == [a_row()]


def test_only_failures_since_then_are_read_newest_first(kit: Kit) -> None:
    """To the microsecond; one of a clock that is ahead is read, too."""
    storms = kit.storms()
    tick = timedelta(microseconds=1)
    times = [values.NOON + offset for offset in (-tick, timedelta(), HOUR, tick)]
    for number, at in enumerate(times):
        storms.insert(a_row(number, at=at))
    read = [row.at for row in storms.read(values.NOON).rows]
    assert read == [values.NOON + HOUR, values.NOON + tick, values.NOON]


def test_more_rows_than_a_page_are_all_read(kit: Kit) -> None:
    """A page of a table holds a thousand; here, as many as show that none is lost between."""
    storms = kit.storms()
    for number in range(60):
        storms.insert(a_row(number, at=values.NOON + number * MINUTE))
    assert len(list(storms.read(values.NOON).rows)) == 60


def test_the_book_is_read_as_it_was_written(kit: Kit) -> None:
    """Alone, and together with the rows."""
    storms = kit.storms()
    assert storms.kept().book == Book()
    storms.insert(a_row())
    version = storms.write(a_book(), None)
    assert version is not None
    sheet = kit.storms().read(values.NOON)
    assert sheet.kept == kit.storms().kept()
    assert sheet.kept.book == a_book()
    assert sheet.kept.version == version
    assert list(sheet.rows) == [a_row()]


def test_the_book_is_written_under_its_version(kit: Kit) -> None:
    """Of two who read the same, the second is told so."""
    one, other = kit.storms(), kit.storms()
    version = one.write(a_book("a"), None)
    assert other.write(a_book("b"), None) is None
    assert other.write(a_book("b"), version) is not None
    assert one.write(a_book("c"), version) is None
    assert one.kept().book == a_book("b")


def test_a_large_book_is_kept_whole(kit: Kit) -> None:
    """More than one property of a row holds."""
    storms = kit.storms()
    book = a_book(*(f"storm-{number}" for number in range(100)))
    assert storms.write(book, None) is not None
    assert kit.storms().kept().book == book


def test_the_estate_is_replaced_as_a_whole(kit: Kit) -> None:
    """A vault that is gone is gone."""
    storms = kit.storms()
    assert storms.read(values.NOON).estate == Estate()
    storms.note(Estate(sites={"a": Site(region="west", policies={"p": 2}), "b": Site(region="x")}))
    storms.note(Estate(sites={"a": Site(region="west", policies={"p": 3})}))
    found = kit.storms().read(values.NOON).estate
    assert found == Estate(sites={"a": Site(region="west", policies={"p": 3})})


def test_old_rows_are_forgotten_and_nothing_else(kit: Kit) -> None:
    """Some at a time, until none is left."""
    storms = kit.storms()
    storms.write(a_book(), None)
    storms.note(Estate(sites={"a": Site(region="west")}))
    for number in range(103):
        storms.insert(a_row(number, at=values.NOON - HOUR - number * MINUTE))
    storms.insert(a_row(1, at=values.NOON))
    forgotten = []
    while count := storms.forget(values.NOON):
        forgotten.append(count)
    assert sum(forgotten) == 103
    sheet = storms.read(values.NOON - 24 * HOUR)
    assert list(sheet.rows) == [a_row(1)]
    assert sheet.kept.book == a_book()
    assert sheet.estate.sites


# ---------------------------------------------------------------- the brake over real storage


class Channel:
    """A channel to people, and a clock that stands still."""

    def __init__(self) -> None:
        self.keys: list[str] = []

    def publish(self, notification: Notification) -> Outcome:
        """Take a notice."""
        self.keys.append(notification.key)
        return Succeeded()

    def now(self) -> Any:
        """Return noon."""
        return values.NOON

    def stretch(self, real: timedelta) -> timedelta:
        """Return it."""
        return real

    def shrink(self, shown: timedelta) -> timedelta:
        """Return it."""
        return shown


def an_asking(number: int, vault: VaultId = values.VAULT) -> Asking:
    """A machine wants to begin."""
    return Asking(
        incident=f"inc-{number}",
        attempt=1,
        item=values.an_item(f"vm-{number}"),
        scopes=scopes(vault, region=None, policy=None, cause=None),
    )


def permits_of(storms: Any, channel: Channel) -> Permits:
    """Permits over a store."""
    return Permits(storms=storms, notifier=channel, wakeups=MemoryWakeups(), clock=channel)


def test_many_workers_at_once_let_no_more_begin_than_the_brake_allows(kit: Kit) -> None:
    """Forty fail at the same instant, sixteen workers: four lonely ones and a canary at most."""
    channel, workers, limit = Channel(), 16, 5
    made: list[Storms] = [kit.storms() for _ in range(workers)]
    start = Barrier(workers)

    def work(worker: int) -> list[int]:
        permits = permits_of(made[worker], channel)
        start.wait()
        begun = []
        for number in range(worker, 40, workers):
            counted = permits.count(a_row(number), limit)
            assert counted.objection is None
            may = counted.calm or isinstance(permits.ask(an_asking(number), None, limit), Permit)
            begun += [number] if may else []
        return begun

    with ThreadPoolExecutor(workers) as pool:
        begun = [number for found in pool.map(work, range(workers)) for number in found]
    assert 1 <= len(begun) <= (limit - 1) + 1
    (storm,) = made[0].kept().book.standing
    assert len(storm.permits) == 1
    assert len(channel.keys) == 1
    assert storm.told == {News.DETECTED}


def waiting(number: int, hours: float) -> Asking:
    """A machine that wants to begin, and whose deadline is so many hours away."""
    asking = an_asking(number)
    waiter = Waiter(
        incident=asking.incident,
        item=asking.item,
        act_by=values.NOON + hours * HOUR,
        rank=2,
        until=values.NOON,
    )
    return replace(asking, waiter=waiter)


class Lost:
    """A queue that takes nothing."""

    def send(self, message: object, *, at: object) -> None:
        """Fail."""
        raise ConnectionError("no queue")


@pytest.mark.parametrize("queue", [MemoryWakeups, Lost])
def test_a_permit_that_is_returned_calls_the_most_urgent(kit: Kit, queue: Any) -> None:
    """It is woken, and has the permit; a call that is lost loses nothing else."""
    channel, wakeups = Channel(), queue()
    permits = Permits(storms=kit.storms(), notifier=channel, wakeups=wakeups, clock=channel)
    for number in range(3):
        permits.count(a_row(number), 3)
    assert isinstance(permits.ask(an_asking(0), None, 3), Permit)
    for number, hours in ((1, 30), (2, 10)):
        assert not isinstance(permits.ask(waiting(number, hours), None, 3), Permit)
    permits.back("inc-0", 1, Verdict.NONE, 0)
    assert not isinstance(permits.ask(waiting(1, 30), None, 3), Permit)
    assert isinstance(permits.ask(waiting(2, 10), None, 3), Permit)
    if isinstance(wakeups, MemoryWakeups):
        due = wakeups.pop_due(values.NOON)
        assert [one.incident for one in due if isinstance(one, Woken)] == ["inc-2"]


def test_a_permit_asked_for_again_at_a_later_position_stays_with_who_asked_last(kit: Kit) -> None:
    """Two workers act for one attempt by one name: what the later took may be in use."""
    channel, storms = Channel(), kit.storms()
    permits = permits_of(storms, channel)
    for number in range(3):
        permits.count(a_row(number), 3)
    # Whoever is late takes no position back.
    for position in (7, 7, 9, 8):
        mine = replace(an_asking(0), position=position)
        assert isinstance(permits.ask(mine, None, 3), Permit)
    for late in (7, 8):
        permits.back("inc-0", 1, Verdict.NONE, late)
        assert not isinstance(permits.ask(an_asking(1), None, 3), Permit)
    permits.back("inc-0", 1, Verdict.NONE, 9)
    assert isinstance(permits.ask(an_asking(1), None, 3), Permit)


def test_who_looks_and_is_held_back_stands_in_line_without_a_permit(kit: Kit) -> None:
    """So a look, which reads nothing of Azure, keeps its turn; a preview changes nothing."""
    channel, storms = Channel(), kit.storms()
    permits = permits_of(storms, channel)
    for number in range(3):
        permits.count(a_row(number), 3)
    permits.ask(an_asking(0), None, 3)
    assert permits.look(waiting(1, 10), 3) is not None
    (storm,) = storms.kept().book.standing
    assert storm.line == ()
    assert permits.look(waiting(1, 10), 3, stays=True) is not None
    (storm,) = storms.kept().book.standing
    assert [one.incident for one in storm.line] == ["inc-1"]
    assert len(storm.permits) == 1


def test_what_cannot_be_counted_or_read_holds_back(kit: Kit) -> None:
    """Fail closed, with a time to look again."""

    class Down:
        def __getattr__(self, name: str) -> Callable[..., Any]:
            raise ConnectionError("storage is down")

    channel, down = Channel(), Down()
    permits = permits_of(down, channel)
    counted = permits.count(a_row(), 10)
    asked = permits.ask(an_asking(1), None, 10)
    assert counted.objection is not None
    assert not isinstance(asked, Permit)
    for objection in (counted.objection, asked, permits.look(an_asking(1), 10)):
        assert objection is not None
        assert objection.guard == "storm"
        assert "storage is down" in objection.reason
        assert objection.until is not None
        assert objection.until > values.NOON


def test_who_could_not_be_counted_when_it_came_is_counted_when_it_asks(kit: Kit) -> None:
    """Insert, then count, whenever that may be."""
    channel = Channel()
    permits = permits_of(kit.storms(), channel)
    for number in range(2):
        permits.count(a_row(number), 3)
    answer = permits.ask(an_asking(2), a_row(2), 3)
    # The third: it closes the brake, and is its canary.
    assert isinstance(answer, Permit)
    assert answer.storm is not None
    assert len(list(kit.storms().read(values.NOON).rows)) == 3

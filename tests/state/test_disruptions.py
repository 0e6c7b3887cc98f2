"""The contract of ``Disruptions``."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from tests.state import values
from tests.state.conftest import Kit

HOME, FAR = values.SUBSCRIPTION, "99999999-2222-3333-4444-55555555AAAA"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def test_so_many_begin_an_hour_and_the_next_when_the_first_is_an_hour_old(kit: Kit) -> None:
    """The answer to one too many is when."""
    counted = kit.disruptions()
    for number in range(2):
        now = values.NOON + number * MINUTE
        assert counted.take(HOME, f"h{number}", now=now, limit=2) is None
    soon = values.NOON + 2 * MINUTE
    assert kit.disruptions().take(HOME, "h2", now=soon, limit=2) == values.NOON + HOUR
    assert counted.take(HOME, "h2", now=values.NOON + HOUR, limit=2) is None
    assert counted.take(HOME, "h3", now=values.NOON + HOUR, limit=2) == values.NOON + HOUR + MINUTE


def test_a_limit_that_was_lowered_waits_for_as_many_as_are_too_many(kit: Kit) -> None:
    """Three have begun, one is allowed: the last of them must be an hour old."""
    counted = kit.disruptions()
    for number in range(3):
        counted.take(HOME, f"h{number}", now=values.NOON + number * MINUTE, limit=3)
    now = values.NOON + 3 * MINUTE
    assert counted.take(HOME, "h3", now=now, limit=1) == values.NOON + 2 * MINUTE + HOUR
    assert counted.take(HOME, "h3", now=now, limit=0) == now + HOUR


def test_who_is_counted_is_counted_once(kit: Kit) -> None:
    """A redelivery is neither refused nor counted again."""
    counted = kit.disruptions()
    for _ in range(3):
        assert counted.take(HOME, "a", now=values.NOON, limit=1) is None
    assert counted.take(HOME, "b", now=values.NOON, limit=2) is None


def test_who_begins_later_than_it_was_counted_counts_from_then(kit: Kit) -> None:
    """It lost a race, or its step was withdrawn: its hour begins anew."""
    counted = kit.disruptions()
    for later in (0, 50):
        now = values.NOON + later * MINUTE
        assert counted.take(HOME, "a", now=now, limit=1) is None
    again = values.NOON + 50 * MINUTE + HOUR
    assert counted.take(HOME, "b", now=values.NOON + HOUR, limit=1) == again
    assert counted.take(HOME, "b", now=again, limit=1) is None


def test_subscriptions_count_for_themselves(kit: Kit) -> None:
    """In any casing of their ids."""
    counted = kit.disruptions()
    assert counted.take(HOME, "a", now=values.NOON, limit=1) is None
    assert counted.take(FAR, "b", now=values.NOON, limit=1) is None
    assert counted.take(FAR.lower(), "c", now=values.NOON, limit=1) is not None


def test_looking_counts_nothing(kit: Kit) -> None:
    """It says what taking would."""
    counted = kit.disruptions()
    assert counted.full(HOME, "a", now=values.NOON, limit=1) is None
    assert counted.full(HOME, "a", now=values.NOON, limit=0) == values.NOON + HOUR
    counted.take(HOME, "a", now=values.NOON, limit=1)
    assert counted.full(HOME, "a", now=values.NOON, limit=1) is None
    assert counted.full(HOME, "b", now=values.NOON, limit=1) == values.NOON + HOUR


def test_many_workers_at_once_never_begin_too_many(kit: Kit) -> None:
    """Twelve ask at the same instant for five."""
    workers = [kit.disruptions() for _ in range(6)]

    def ask(number: int) -> bool:
        worker = workers[number % 6]
        return worker.take(HOME, f"h{number}", now=values.NOON, limit=5) is None

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(ask, range(12))) == 5

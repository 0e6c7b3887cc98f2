"""The brake: it never ends too early, and lets go the more slowly the more often it is needed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from remediation.rates.brake import AGAIN_WITHIN, SPREAD, SPREAD_MOST, Brake, raised
from remediation.rates.family import Family

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def a_brake(**changes: Any) -> Brake:
    """A brake for a minute."""
    made = Brake(subscription="s", family=Family.ARM_READS, until=NOON + MINUTE)
    return replace(made, **changes)


def test_the_first_brake_is_as_azure_said() -> None:
    """Until then, and those who wait come back within half a minute."""
    assert raised(None, a_brake(), NOON) == a_brake()
    assert a_brake().spread == SPREAD


def test_several_who_are_told_at_once_are_one_strike() -> None:
    """Sixteen workers meet the same limit in the same second."""
    brake = a_brake()
    for _ in range(16):
        brake = raised(brake, a_brake(until=NOON + MINUTE + SECOND), NOON + SECOND)
    assert brake == a_brake(until=NOON + MINUTE + SECOND)


def test_a_brake_that_is_needed_again_soon_lets_go_more_slowly() -> None:
    """Twice as slowly each time, up to sixteen minutes."""
    brake, now, spreads = a_brake(), NOON, []
    for _ in range(8):
        now = brake.until + MINUTE
        brake = raised(brake, a_brake(until=now + MINUTE), now)
        spreads.append(brake.spread)
    assert spreads[:4] == [SPREAD * 2, SPREAD * 4, SPREAD * 8, SPREAD * 16]
    assert spreads[-1] == SPREAD_MOST


def test_after_a_while_all_is_forgotten() -> None:
    """What was yesterday says nothing of today."""
    old, now = a_brake(strikes=4), NOON + MINUTE + AGAIN_WITHIN
    told = a_brake(until=now + MINUTE)
    assert raised(old, told, now) == told


@given(st.lists(st.tuples(st.integers(0, 900), st.integers(1, 600)), max_size=20))
def test_a_brake_never_ends_earlier_than_anybody_was_told(calls: list[tuple[int, int]]) -> None:
    """Whatever order the workers come in."""
    brake: Brake | None = None
    now = NOON
    for passed, wait in calls:
        now += passed * SECOND
        told = a_brake(until=now + wait * SECOND)
        before = brake
        brake = raised(before, told, now)
        assert brake.until >= told.until
        assert before is None or before.until <= now or brake.until >= before.until
        assert SPREAD <= brake.spread <= SPREAD_MOST

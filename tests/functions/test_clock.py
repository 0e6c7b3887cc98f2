"""The wall's clock, and one that runs faster for a simulated world."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from functions.clock import ScaledClock, SystemClock

START = datetime(2026, 3, 3, 22, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_the_wall_is_in_utc_and_stretches_nothing() -> None:
    """A real duration is a real duration."""
    clock = SystemClock()
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)
    assert clock.now().tzinfo is UTC
    assert clock.stretch(HOUR) == clock.shrink(HOUR) == HOUR


def test_a_scaled_clock_begins_at_its_start_and_runs_faster() -> None:
    """At 3600 a second is an hour."""
    clock = ScaledClock.starting(START, speed=3600)
    assert START <= clock.now() < START + 5 * HOUR
    earlier = ScaledClock(epoch=clock.epoch - 10, start=START, speed=3600)
    assert timedelta(hours=9.9) < earlier.now() - clock.now() < timedelta(hours=10.1) + HOUR


def test_a_scaled_clock_measures_real_durations_and_the_other_way_round() -> None:
    """Sixty real seconds are two and a half days at this speed."""
    clock = ScaledClock.starting(START, speed=3600)
    assert clock.stretch(timedelta(minutes=1)) == 60 * HOUR
    assert clock.shrink(60 * HOUR) == timedelta(minutes=1)


def test_every_process_of_a_stack_reads_the_same_clock() -> None:
    """Its text leads back to it, also with another zone."""
    clock = ScaledClock.starting(START.astimezone(timezone(HOUR)), speed=0.5)
    assert ScaledClock.parse(str(clock)) == clock


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "a clock is"),
        ("1;2", "a clock is"),
        ("now;2026-03-03T22:00:00+00:00;1", "a clock is"),
        ("1;yesterday;1", "a clock is"),
        ("1;2026-03-03T22:00:00;1", "a start with a zone"),
        ("1;2026-03-03T22:00:00+00:00;0", "a speed above 0"),
        ("1;2026-03-03T22:00:00+00:00;-2", "a speed above 0"),
    ],
)
def test_a_specification_that_is_none_is_refused(text: str, expected: str) -> None:
    """With what was expected."""
    with pytest.raises(ValueError, match=expected):
        ScaledClock.parse(text)

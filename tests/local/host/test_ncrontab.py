"""Six-field schedules."""

from datetime import UTC, datetime

import pytest

from local.host.ncrontab import Schedule


def moment(text: str) -> datetime:
    """Return a time in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "after", "due"),
    [
        ("0 */30 * * * *", "2026-01-01 00:00:00", "2026-01-01 00:30:00"),
        ("0 */30 * * * *", "2026-01-01 23:59:59", "2026-01-02 00:00:00"),
        ("*/15 * * * * *", "2026-01-01 00:00:15.5", "2026-01-01 00:00:30"),
        ("0 0 8-10,20 * * *", "2026-01-01 10:00:00", "2026-01-01 20:00:00"),
        ("0 5/20 * * * *", "2026-01-01 00:25:00", "2026-01-01 00:45:00"),
        ("0 0 0 * * mon-fri", "2026-01-02 12:00:00", "2026-01-05 00:00:00"),
        ("0 0 0 31 * *", "2026-01-31 00:00:00", "2026-03-31 00:00:00"),
        ("0 0 0 29 feb *", "2026-01-01 00:00:00", "2028-02-29 00:00:00"),
        ("0 0 0 13 * 5", "2026-01-01 00:00:00", "2026-02-13 00:00:00"),
    ],
    ids=lambda value: value,
)
def test_the_next_moment_fits_all_six_fields(expression: str, after: str, due: str) -> None:
    """Lists, ranges, steps, names and month ends; day and day of week must both agree."""
    assert Schedule.parse(expression).after(moment(after)) == moment(due)


@pytest.mark.parametrize(
    ("expression", "fault"),
    [
        ("*/30 * * * *", "six fields"),
        ("0 60 * * * *", "minute '60'"),
        ("0 0 0 * * mo", "day of week 'mo'"),
        ("0 0 9-8 * * *", "hour '9-8'"),
        ("0 */0 * * * *", "minute '\\*/0'"),
        ("0 0 0 0 * *", "day '0'"),
    ],
)
def test_a_wrong_schedule_is_refused_by_its_field(expression: str, fault: str) -> None:
    """The text names the field."""
    with pytest.raises(ValueError, match=fault):
        Schedule.parse(expression)


def test_a_day_that_never_comes_is_refused_and_not_searched_for_ever() -> None:
    """30 February."""
    with pytest.raises(ValueError, match="does not exist"):
        Schedule.parse("0 0 0 30 2 *").after(moment("2026-01-01"))

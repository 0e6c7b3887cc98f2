"""Maintenance windows: read from text, open while the wall clock says so, over clock changes."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from remediation.windows import Window, Windows, overlapping, read_window

ZONES = (
    "UTC",
    "Europe/Berlin",
    "Europe/London",
    "America/New_York",
    "America/Havana",  # clocks change at midnight
    "America/Sao_Paulo",
    "Australia/Lord_Howe",  # by half an hour
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "Asia/Beirut",
    "Africa/Casablanca",
)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

windows = st.builds(
    Window,
    days=st.frozensets(st.integers(0, 6), min_size=1),
    start=st.integers(0, 95).map(lambda one: one * 15),
    end=st.integers(1, 96).map(lambda one: one * 15),
    zone=st.sampled_from(ZONES),
).filter(lambda one: one.start != one.end)
moments = st.datetimes(
    min_value=datetime(2017, 1, 1),  # noqa: DTZ001 - the zone comes from the third argument
    max_value=datetime(2032, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
# Days around clock changes of the zones above: chance alone would miss most.
changes = st.sampled_from(
    [
        datetime(2026, 3, 29, tzinfo=UTC),
        datetime(2026, 10, 25, tzinfo=UTC),
        datetime(2026, 3, 8, tzinfo=UTC),
        datetime(2026, 11, 1, tzinfo=UTC),
        datetime(2026, 4, 4, tzinfo=UTC),
        datetime(2026, 10, 3, tzinfo=UTC),
        datetime(2018, 11, 4, tzinfo=UTC),
        datetime(2018, 2, 18, tzinfo=UTC),
    ]
)
near_changes = st.builds(
    lambda day, minutes: day + minutes * MINUTE, changes, st.integers(-24 * 60, 48 * 60)
)
times = moments | near_changes


def at(text: str, zone: str = "Europe/Berlin", fold: int = 0) -> datetime:
    """A moment by the wall clock of a zone."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)


def weekly(*texts: str, closed: tuple[str, ...] = ()) -> Windows:
    """Windows by their texts."""
    return Windows(
        weekly=tuple(map(read_window, texts)), closed=frozenset(map(date.fromisoformat, closed))
    )


# ---------------------------------------------------------------- the text


@pytest.mark.parametrize(
    ("text", "days", "start", "end"),
    [
        ("sat,sun 22:00-04:00 Europe/Berlin", {5, 6}, 1320, 240),
        ("SAT,Sun 22:00-04:00 europe/BERLIN", {5, 6}, 1320, 240),
        ("mon-fri 00:00-24:00 Europe/Berlin", {0, 1, 2, 3, 4}, 0, 1440),
        ("sat-mon 1:30-2:45 Europe/Berlin", {5, 6, 0}, 90, 165),
        (" daily  02:00-03:00  Europe/Berlin ", set(range(7)), 120, 180),
    ],
)
def test_a_window_is_read_from_its_text(text: str, days: set[int], start: int, end: int) -> None:
    """Case and spaces do not matter."""
    expected = Window(days=frozenset(days), start=start, end=end, zone="Europe/Berlin")
    assert read_window(text) == expected


@given(window=windows)
def test_a_window_is_written_as_it_is_read(window: Window) -> None:
    """What people are shown, they can set."""
    assert read_window(window.text) == window


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "expected days, times and a zone"),
        ("sat 22:00-04:00", "expected days, times and a zone"),
        ("sat 22-04 Europe/Berlin", "expected a time such as 22:00, got '22'"),
        ("sat 25:00-04:00 Europe/Berlin", "got '25:00'"),
        ("sat 22:60-04:00 Europe/Berlin", "got '22:60'"),
        ("sat 24:00-04:00 Europe/Berlin", "expected a beginning before 24:00"),
        ("sat 22:00-22:00 Europe/Berlin", "a whole day is 00:00-24:00"),
        ("caturday 22:00-04:00 Europe/Berlin", "got 'caturday'"),
        ("sat, 22:00-04:00 Europe/Berlin", "expected days of mon"),
        ("sat 22:00-04:00 Europe/Atlantis", "expected an IANA time zone"),
        ("sat 22:00-04:00 ../etc/passwd", "expected an IANA time zone"),
    ],
)
def test_a_window_that_cannot_be_is_refused_with_what_was_expected(text: str, said: str) -> None:
    """No guess is made: a window that opens at the wrong hour restarts a machine at work."""
    with pytest.raises(ValueError, match="expected") as fault:
        read_window(text)
    assert said in str(fault.value)


# ---------------------------------------------------------------- examples


def test_a_window_over_midnight_belongs_to_the_day_it_begins_on() -> None:
    """Saturday's is open on Sunday morning, and Sunday evening is not."""
    found = weekly("sat 22:00-04:00 Europe/Berlin")
    assert not found.contains(at("2026-11-21T21:59"))
    assert found.contains(at("2026-11-21T22:00"))
    assert found.contains(at("2026-11-22T03:59"))
    assert not found.contains(at("2026-11-22T04:00"))
    assert not found.contains(at("2026-11-22T22:00"))


def test_the_next_opening_is_now_inside_and_the_beginning_outside() -> None:
    """It is never in the past."""
    found = weekly("sat 22:00-04:00 Europe/Berlin")
    inside, outside = at("2026-11-22T01:00"), at("2026-11-22T05:00")
    assert found.next_opening(inside) == inside
    assert found.next_opening(outside) == at("2026-11-28T22:00")


def test_without_windows_nothing_is_open_and_nothing_will_be() -> None:
    """An empty set is no permission."""
    assert not Windows()
    assert not Windows().contains(at("2026-11-22T01:00"))
    assert Windows().next_opening(at("2026-11-22T01:00")) is None


def test_a_window_that_begins_in_the_hour_that_is_left_out_opens_when_clocks_went_forward() -> None:
    """02:30 does not exist on 29 March 2026: it opens at 03:00 summer time, which is 01:00 UTC."""
    found = weekly("sun 02:30-04:00 Europe/Berlin")
    change = datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    assert found.next_opening(change - DAY) == change
    assert not found.contains(change - MINUTE)
    assert found.contains(change)
    assert not found.contains(datetime(2026, 3, 29, 2, 0, tzinfo=UTC))


def test_a_window_that_lies_in_the_hour_that_is_left_out_does_not_open_that_day() -> None:
    """There is no such time; the next is a week later."""
    found = weekly("sun 02:10-02:50 Europe/Berlin")
    assert found.next_opening(at("2026-03-28T12:00")) == at("2026-04-05T02:10")


def test_a_window_that_ends_in_the_hour_that_comes_twice_ends_with_its_first_coming() -> None:
    """It is no longer than its wall clock says."""
    found = weekly("sun 01:00-02:30 Europe/Berlin")
    assert found.contains(at("2026-10-25T02:29", fold=0))
    assert not found.contains(at("2026-10-25T02:30", fold=0))
    assert not found.contains(at("2026-10-25T02:10", fold=1))


def test_a_window_that_begins_in_the_hour_that_comes_twice_begins_with_its_second_coming() -> None:
    """Before it the clock would show 02:10 again, while the window is open from 02:30."""
    found = weekly("sun 02:30-04:00 Europe/Berlin")
    assert not found.contains(at("2026-10-25T02:40", fold=0))
    assert found.contains(at("2026-10-25T02:30", fold=1))


def test_a_window_inside_the_hour_that_comes_twice_opens_once() -> None:
    """At its first coming."""
    found = weekly("sun 02:10-02:50 Europe/Berlin")
    assert found.contains(at("2026-10-25T02:20", fold=0))
    assert not found.contains(at("2026-10-25T02:20", fold=1))


def test_lord_howe_moves_its_clocks_by_half_an_hour() -> None:
    """4 October 2026, 02:00 to 02:30: a window from 02:15 opens at 02:30."""
    found = weekly("sun 02:15-03:00 Australia/Lord_Howe")
    opening = found.next_opening(at("2026-10-03T12:00", "Australia/Lord_Howe"))
    assert opening == at("2026-10-04T02:30", "Australia/Lord_Howe")


def test_a_closed_day_is_closed_from_midnight_to_midnight_of_the_zone() -> None:
    """Also for the window of the evening before."""
    found = weekly("thu,fri 22:00-04:00 Europe/Berlin", closed=("2026-12-25",))
    assert found.contains(at("2026-12-24T23:59"))
    assert not found.contains(at("2026-12-25T00:00"))
    assert not found.contains(at("2026-12-25T23:00"))
    assert found.contains(at("2026-12-26T00:00"))
    assert found.next_opening(at("2026-12-25T00:00")) == at("2026-12-26T00:00")


def test_windows_that_never_open_have_no_next_opening() -> None:
    """Every Sunday of the next sixty weeks is closed."""
    sundays = tuple((date(2026, 11, 22) + week * 7 * DAY).isoformat() for week in range(-2, 70))
    found = weekly("sun 10:00-11:00 UTC", closed=sundays)
    assert found.next_opening(datetime(2026, 11, 21, tzinfo=UTC)) is None


@pytest.mark.parametrize(
    ("texts", "places"),
    [
        (("sat 22:00-04:00 UTC", "sun 03:00-05:00 UTC"), (0, 1)),
        (("sun 03:00-05:00 UTC", "sat 22:00-04:00 UTC"), (1, 0)),
        (("mon 10:00-11:00 UTC", "sat 22:00-04:00 UTC", "sat 23:00-23:30 UTC"), (1, 2)),
        # Only in summer.
        (("mon 07:00-08:00 UTC", "mon 09:30-10:30 Europe/Berlin"), (0, 1)),
    ],
)
def test_windows_that_overlap_are_named(texts: tuple[str, ...], places: tuple[int, int]) -> None:
    """Also where only the clocks of half a year make them."""
    found = overlapping(weekly(*texts).weekly)
    assert found is not None
    assert found[:2] == places
    assert all(weekly(texts[place]).contains(found[2]) for place in places)


@pytest.mark.parametrize(
    "texts",
    [
        ("sat 22:00-04:00 UTC", "sun 04:00-05:00 UTC"),
        ("daily 00:00-24:00 Europe/Berlin",),
        ("mon 08:00-09:00 UTC", "mon 11:00-12:00 Europe/Berlin"),
    ],
)
def test_windows_side_by_side_do_not_overlap(texts: tuple[str, ...]) -> None:
    """The end of one may be the beginning of the next."""
    assert overlapping(weekly(*texts).weekly) is None


# ---------------------------------------------------------------- every zone, every hour


def shows(window: Window, moment: datetime) -> bool:
    """Whether the wall clock of the zone shows a day and a time of the window."""
    local = moment.astimezone(ZoneInfo(window.zone))
    minute = local.hour * 60 + local.minute
    today, before = local.weekday(), (local.weekday() - 1) % 7
    if window.start < window.end:
        return today in window.days and window.start <= minute < window.end
    return (today in window.days and minute >= window.start) or (
        before in window.days and minute < window.end
    )


def settled(zone: str, moment: datetime) -> bool:
    """Whether no clock change of the zone is near."""
    where = ZoneInfo(zone)
    offsets = {(moment + hours * HOUR).astimezone(where).utcoffset() for hours in range(-30, 31)}
    return len(offsets) == 1


@given(window=windows, moment=times)
@example(
    window=Window(days=frozenset({6}), start=150, end=240, zone="Europe/Berlin"),
    moment=datetime(2026, 10, 25, 0, 40, tzinfo=UTC),
)
def test_a_window_is_open_only_while_the_wall_clock_shows_one_of_its_times(
    window: Window, moment: datetime
) -> None:
    """In every zone, also on the days on which clocks change."""
    if Windows(weekly=(window,)).contains(moment):
        assert shows(window, moment)


@given(window=windows, moment=times)
def test_a_window_is_open_whenever_the_wall_clock_shows_one_of_its_times(
    window: Window, moment: datetime
) -> None:
    """Wherever no clock change is near."""
    assume(settled(window.zone, moment))
    assert Windows(weekly=(window,)).contains(moment) == shows(window, moment)


@given(found=st.lists(windows, min_size=1, max_size=3), moment=times)
def test_the_next_opening_is_open_and_nothing_before_it_is(
    found: list[Window], moment: datetime
) -> None:
    """Nothing is missed, and nobody is told to come when it is closed."""
    every = Windows(weekly=tuple(found))
    opening = every.next_opening(moment)
    assert opening is not None
    assert opening >= moment
    assert every.contains(opening)
    gap = opening - moment
    assert not any(every.contains(moment + gap * part / 40) for part in range(40) if gap)


@given(window=windows, moment=times, offsets=st.sets(st.integers(-3, 10), max_size=8))
def test_closed_days_are_closed_in_the_zone_of_the_window(
    window: Window, moment: datetime, offsets: set[int]
) -> None:
    """And the next opening lies on none of them."""
    where = ZoneInfo(window.zone)
    day = moment.astimezone(where).date()
    closed = frozenset(day + offset * DAY for offset in offsets)
    found = Windows(weekly=(window,), closed=closed)
    assert not (found.contains(moment) and day in closed)
    opening = found.next_opening(moment)
    assert opening is not None
    assert found.contains(opening)
    assert opening.astimezone(where).date() not in closed

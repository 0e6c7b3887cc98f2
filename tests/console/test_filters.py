"""How moments and spans are written on the page."""

from datetime import datetime, timedelta, timezone

import pytest

from console.page.filters import away, moment
from tests.console.estate import EVENING


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(seconds=30), "now"),
        (timedelta(minutes=-50), "50 min ago"),
        (timedelta(minutes=119), "in 119 min"),
        (timedelta(hours=3), "in 3 h"),
        (timedelta(hours=-47), "47 h ago"),
        (timedelta(days=9), "in 9 days"),
    ],
    ids=str,
)
def test_a_moment_says_how_far_away_it_is(span: timedelta, text: str) -> None:
    """In its greatest unit that still tells apart."""
    assert away(EVENING + span, EVENING) == text


def test_a_moment_is_written_in_utc_for_people_and_programs() -> None:
    """Whatever zone it came in."""
    there = datetime(2026, 11, 20, 23, 30, tzinfo=timezone(timedelta(hours=-2)))
    wanted = '<time datetime="2026-11-21T01:30:00+00:00">21 Nov 2026 01:30 UTC</time>'
    assert moment(there) == wanted


def test_a_moment_that_is_not_known_is_a_dash() -> None:
    """And is no distance away."""
    assert (moment(None), away(None, EVENING)) == ("&ndash;", "")

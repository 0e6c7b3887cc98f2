"""Times in sentences are for people: to the second, in UTC; nothing else is touched."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from remediation.moments import short, shortened


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("until 2026-11-03T11:35:17.363691+00:00: mode", "until 2026-11-03T11:35:17Z: mode"),
        ("of 2026-11-03T11:35:17+00:00.", "of 2026-11-03T11:35:17Z."),
        ("(2026-11-03T11:35:17.3636914Z)", "(2026-11-03T11:35:17Z)"),
        ("at 2026-11-03T01:35:17+02:00, then", "at 2026-11-02T23:35:17Z, then"),
        ("2026-11-03T11:35:17Z and 2026-11-03T11:35:18+00:00", None),
        ("a time without a zone: 2026-11-03T11:35:17.5", None),
        ("no such day: 2026-13-41T11:35:17.5Z", None),
        ("before all years: 0001-01-01T00:00:00+05:00", None),
        ("an id x-2026-11-03T11:35:17.5Z-y, a day 2026-11-03", None),
        ("", None),
    ],
)
def test_times_that_name_their_zone_are_shortened(text: str, wanted: str | None) -> None:
    """None: what stands there is what is shown, but for the zone's sign."""
    expected = text.replace("18+00:00", "18Z") if wanted is None else wanted
    assert shortened(text) == expected
    assert shortened(expected) == expected


def test_a_moment_is_written_in_utc() -> None:
    """To the second, whatever zone it came in."""
    there = datetime(2026, 11, 3, 1, 35, 17, 999999, tzinfo=timezone(timedelta(hours=2)))
    assert short(there) == "2026-11-02T23:35:17Z"
    assert short(datetime(26, 1, 1, tzinfo=UTC)) == "0026-01-01T00:00:00Z"

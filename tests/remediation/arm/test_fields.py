"""Reading Azure's JSON: what is absent, null or of another type is None."""

from datetime import UTC, datetime

import pytest

from remediation.arm.fields import labels, moment, node, nodes, strings, text, whole


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2020-11-20T10:06:24.9136585Z", datetime(2020, 11, 20, 10, 6, 24, 913658, tzinfo=UTC)),
        ("2021-01-27T20:35:05.8401519+02:00", datetime(2021, 1, 27, 18, 35, 5, 840151, tzinfo=UTC)),
        ("2026-11-20T12:00:00", datetime(2026, 11, 20, 12, tzinfo=UTC)),
        ("0001-01-01T00:00:00", None),
        ("11/20/2026 12:00:00 PM", None),
        ("", None),
        (None, None),
        (1700000000, None),
    ],
)
def test_times_are_read_in_utc_and_never_is_none(
    written: object, expected: datetime | None
) -> None:
    """Seven digits of a second, other zones, no zone, the year 1, and what is no time."""
    assert moment({"at": written}, "at") == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [(3, 3), ("400136", 400136), (True, None), ("x", None), (None, None), (1.5, None), ("", None)],
)
def test_whole_numbers_are_read_also_from_strings(written: object, expected: int | None) -> None:
    """A truth value is no number."""
    assert whole({"n": written}, "n") == expected


def test_what_has_another_type_than_expected_is_absent() -> None:
    """A string where a list should be, a list where an object should be."""
    body = {"list": "text", "object": ["x"], "text": {"a": 1}, "mixed": [1, "a", {"b": 2}]}

    assert nodes(body, "list") == []
    assert strings(body, "list") == []
    assert strings(body, "nothing") == []
    assert node(body, "object") == {}
    assert text(body, "text") is None
    assert text(body, "object", "deeper", "still") is None
    assert strings(body, "mixed") == ["a"]
    assert nodes(body, "mixed") == [{"b": 2}]


def test_tags_that_are_no_strings_are_left_out() -> None:
    """Azure's tags are strings; anything else is not one."""
    assert labels({"tags": {"a": "1", "b": 2, "c": None}}, "tags") == {"a": "1"}

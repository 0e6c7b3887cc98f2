"""Advice: one remedy for every fact that is bad news."""

import pytest

from remediation.advice import ADVICE, advice
from remediation.repertoire import CONDITIONS, INSPECTED

# Values that call for nothing: all is well, or it only tells which rung fits.
_FINE = frozenset(
    {
        *("current", "disabled", "host_first", "no", "none", "off", "ok", "on", "open"),
        *("permissive", "reachable", "running", "set", "default", "not_set", "yes"),
    }
)


def test_every_piece_of_advice_is_about_a_fact_that_exists() -> None:
    """Its name, and its value."""
    assert all(value in CONDITIONS[name] for name, value in ADVICE)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (name, value)
        for name, values in sorted(INSPECTED.items())
        for value in sorted(values)
        if value not in _FINE
    ],
)
def test_bad_news_come_with_advice(name: str, value: str) -> None:
    """An operator who reads it knows what to type."""
    assert len(ADVICE[name, value]) > 40


def test_advice_follows_the_facts() -> None:
    """What is fine needs none."""
    assert advice({"dhcp": "on", "system_disk": "full", "something": "else"}) == (
        ADVICE["system_disk", "full"],
    )

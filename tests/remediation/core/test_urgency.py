"""What goes first, and the line of those who wait."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remediation.incident import Incident
from remediation.policy import Policy
from remediation.records import EvidenceCollected
from remediation.urgency import (
    COMES_WITHIN,
    CRITICALITY,
    MOST,
    Waiter,
    before,
    calling,
    in_line,
    rank,
    standing,
    without,
)
from tests.remediation.core.builders import ITEM, NOW, a_picture, an_incident
from tests.remediation.core.story import Story

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def a_waiter(name: str = "inc-1", **changes: Any) -> Waiter:
    """Somebody in line for an hour, due in ten."""
    made = Waiter(incident=name, item=ITEM, act_by=NOW + 10 * HOUR, rank=2, until=NOW + HOUR)
    return replace(made, **changes)


def tagged(value: str) -> Incident:
    """An incident of a machine with that tag."""
    return an_incident(findings={CRITICALITY: value})


@pytest.mark.parametrize(
    ("value", "place"),
    [("mission-critical", 0), ("Low", 4), ("medium", 3), ("not told", 2), ("whatever", 2)],
)
def test_the_order_of_values_is_the_policys(value: str, place: int) -> None:
    """In any case; what it does not name stands in the middle."""
    assert rank(tagged(value), Policy()) == place


def test_another_order_of_values_counts_instead() -> None:
    """A company has words of its own."""
    policy = Policy(criticality_values=("gold", "silver", "bronze"))
    found = [rank(tagged(one), policy) for one in ("gold", "silver", "bronze", "high")]
    assert found == [0, 1, 2, 1]


def test_the_nearer_deadline_goes_first_whatever_the_machine_is() -> None:
    """A critical machine with time does not make another one late."""
    near = a_waiter("near", act_by=NOW + HOUR, rank=4)
    far = a_waiter("far", act_by=NOW + 2 * HOUR, rank=0)
    assert standing((far, near), NOW) == (near, far)


def test_within_an_hour_the_more_critical_goes_first() -> None:
    """Minutes of a deadline make no difference to people."""
    low = a_waiter("low", act_by=NOW + MINUTE, rank=4)
    high = a_waiter("high", act_by=NOW + 20 * MINUTE, rank=1)
    assert standing((low, high), NOW) == (high, low)


def test_without_a_deadline_it_is_the_last() -> None:
    """And yet it is in the line."""
    never = a_waiter("never", act_by=None, rank=0)
    assert standing((never, a_waiter()), NOW) == (a_waiter(), never)


def test_who_stands_there_is_there_once() -> None:
    """Asking again prolongs its stay."""
    later = a_waiter(until=NOW + 2 * HOUR)
    assert in_line((a_waiter(),), later, NOW) == (later,)


def test_who_was_called_and_came_in_vain_waits_like_anybody() -> None:
    """The room was gone again: it is called anew."""
    line, _ = calling((a_waiter(),), (a_waiter(),), NOW)
    assert line[0].called
    assert not in_line(line, a_waiter(), NOW)[0].called


def test_who_is_called_stays_a_few_minutes_more_and_is_called_once() -> None:
    """Then the next one has its place."""
    line, called = calling((a_waiter(), a_waiter("b")), (a_waiter(),), NOW)
    assert [one.incident for one in called] == ["inc-1"]
    assert line[0].until == NOW + COMES_WITHIN
    again, called = calling(line, (a_waiter(),), NOW + MINUTE)
    assert (again, called) == (line, ())
    assert [one.incident for one in standing(line, NOW + COMES_WITHIN)] == ["b"]


def test_nobody_is_before_itself() -> None:
    """Else it would wait for ever."""
    assert before((a_waiter(), a_waiter("a")), a_waiter("b"), NOW) == (a_waiter("a"),)
    assert before((a_waiter(),), a_waiter(), NOW) == ()
    assert without((a_waiter(),), "inc-1") == ()


WAITERS = st.builds(
    a_waiter,
    st.sampled_from([f"inc-{number}" for number in range(60)]),
    act_by=st.none() | st.integers(-5, 90).map(lambda hours: NOW + hours * HOUR),
    rank=st.integers(0, 4),
    until=st.integers(-5, 300).map(lambda minutes: NOW + minutes * MINUTE),
)


@given(st.lists(WAITERS, max_size=80))
def test_a_line_is_in_order_and_short(waiters: list[Waiter]) -> None:
    """However they come: each once, the most urgent of them, nobody whose time is over."""
    line: tuple[Waiter, ...] = ()
    for one in waiters:
        line = in_line(line, one, NOW)
    assert len(line) <= MOST
    assert list(line) == sorted(line, key=lambda one: one.urgency)
    assert len({one.incident for one in line}) == len(line)


def test_the_tag_is_evidence_and_a_tag_that_is_gone_is_told() -> None:
    """People read it in the bundle, and the order of work needs no tag read again."""
    story = Story()
    story.fails(picture=a_picture(tags={"criticality": "high"}))
    assert story.open.findings[CRITICALITY] == "high"
    story.wakes(a_picture(tags={}))
    assert story.open.findings[CRITICALITY] == "not told"


def test_a_machine_without_the_tag_has_no_such_evidence() -> None:
    """Most have none: nothing is written for it."""
    story = Story()
    story.fails(picture=a_picture(tags={}))
    assert all(CRITICALITY not in one.findings for one in story.all(EvidenceCollected))

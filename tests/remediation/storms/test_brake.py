"""The brake as a pure function of the rows."""

import random
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remediation.storms.brake import WINDOW, Front, fronts, threshold
from remediation.storms.scopes import Estate, FailureRow, ScopeKind
from tests.remediation.storms.building import (
    EAST,
    FAR,
    MINUTE,
    NOON,
    WEST,
    a_row,
    an_estate,
    an_item,
    vault_scope,
)

ROWS = st.lists(
    st.builds(
        a_row,
        st.integers(1, 15),
        st.sampled_from([WEST, EAST, FAR]),
        at=st.integers(-40, 2).map(lambda minutes: NOON + minutes * MINUTE),
        cause=st.sampled_from([None, "internal-error", "unknown"]),
        policy=st.sampled_from([None, "daily"]),
    ),
    max_size=60,
)


def braked(rows: list[FailureRow], estate: Estate | None = None, limit: int = 10) -> list[Front]:
    """The fronts at noon."""
    return list(fronts(rows, estate or Estate(), limit, NOON))


def test_as_many_items_as_the_limit_close_the_brake_and_no_fewer() -> None:
    """Ten is a storm, nine are ten lonely failures less one."""
    rows = [a_row(number) for number in range(10)]
    assert braked(rows[:9]) == []
    (front,) = braked(rows)
    assert front.owner.kind is ScopeKind.SUBSCRIPTION
    assert vault_scope() in front.scopes


def test_an_item_counts_once() -> None:
    """A machine that fails all the time is one machine."""
    assert braked([a_row(1, at=NOON - n * MINUTE) for n in range(20)]) == []


def test_what_failed_before_the_window_no_longer_counts() -> None:
    """Nine now and one half an hour ago are no storm."""
    rows = [a_row(number) for number in range(9)]
    assert braked([*rows, a_row(9, at=NOON - WINDOW)]) == []
    assert braked([*rows, a_row(9, at=NOON - WINDOW + MINUTE)])


def test_a_limit_of_none_is_off() -> None:
    """As the setting says."""
    assert braked([a_row(number) for number in range(50)], limit=0) == []


@pytest.mark.parametrize(
    ("limit", "size", "expected"),
    [
        (10, None, 10),
        (10, 200, 10),
        (10, 199, 9),
        (10, 100, 5),
        (10, 40, 3),
        (10, 3, 3),
        (2, 40, 2),
        (4, 199, 4),
    ],
)
def test_small_scopes_have_a_lower_threshold(limit: int, size: int | None, expected: int) -> None:
    """Five per cent, at least three, and never more than the limit itself."""
    assert threshold(limit, size) == expected


def test_a_small_vault_closes_its_own_brake() -> None:
    """Three of forty, in a subscription of thousands."""
    rows = [a_row(number) for number in range(3)]
    (front,) = braked(rows, an_estate(west=40, far=4000, east=4000))
    assert front.owner == vault_scope()


def test_a_region_is_counted_over_subscriptions() -> None:
    """Azure's trouble ends at no subscription."""
    rows = [a_row(n) for n in range(6)] + [a_row(n, FAR) for n in range(6, 12)]
    (front,) = braked(rows, an_estate(west=1000, far=1000))
    assert (front.owner.kind, front.owner.name) == (ScopeKind.REGION, "westeurope")


def test_a_cause_is_counted_wherever_it_strikes() -> None:
    """Where it is known: the same machines without it are no storm."""
    where = [WEST, FAR] * 6
    rows = [a_row(n, vault, cause="internal-error") for n, vault in enumerate(where)]
    (front,) = braked(rows)
    assert (front.owner.kind, front.owner.name) == (ScopeKind.CAUSE, "internal-error")
    assert braked([a_row(n, vault) for n, vault in enumerate(where)]) == []


def test_what_shares_no_item_is_two_storms() -> None:
    """Two subscriptions in two regions."""
    rows = [a_row(n) for n in range(10)] + [a_row(n, FAR) for n in range(10, 20)]
    assert len(braked(rows)) == 2


@given(ROWS, st.integers(0, 2**32), st.integers(1, 12))
def test_order_and_repeats_of_rows_do_not_matter(
    rows: list[FailureRow], seed: int, limit: int
) -> None:
    """So neither does the order of arrival, nor how many workers there are."""
    estate = an_estate(west=30, east=400, far=90)
    shuffled = [*rows, *rows[: len(rows) // 2]]
    random.Random(seed).shuffle(shuffled)
    assert braked(shuffled, estate, limit) == braked(rows, estate, limit)


@given(ROWS, st.integers(1, 12))
def test_more_rows_never_open_the_brake(rows: list[FailureRow], limit: int) -> None:
    """What is over its threshold stays so, whoever else fails."""
    estate = an_estate(west=30, east=400)
    before = {scope for front in braked(rows, estate, limit) for scope in front.scopes}
    more = [*rows, *(a_row(100 + n, EAST) for n in range(3))]
    after = {scope for front in braked(more, estate, limit) for scope in front.scopes}
    assert before <= after


@given(ROWS, st.integers(1, 12))
def test_fronts_share_neither_scopes_nor_items(rows: list[FailureRow], limit: int) -> None:
    """What belongs together is one; every scope is over its threshold by its own items."""
    found = braked(rows, limit=limit)
    scopes = [scope for front in found for scope in front.scopes]
    items = [item for front in found for item in {row.item for row in front.rows}]
    assert len(scopes) == len(set(scopes))
    assert len(items) == len(set(items))
    assert all(count >= limit for front in found for count in front.counts.values())


@given(st.integers(2, 12), st.integers(1, 30), st.randoms())
def test_fewer_than_the_limit_ever_see_the_brake_open(
    limit: int, items: int, chance: random.Random
) -> None:
    """Whoever inserts before it counts is among the counted, in any order of inserts and counts."""
    calls = [(n, step) for n in range(items) for step in ("insert", "count")]
    chance.shuffle(calls)
    table: list[FailureRow] = []
    inserted: set[int] = set()
    open_for = set()
    for number, step in calls:
        if step == "insert" or number not in inserted:
            table.append(a_row(number, at=NOON - timedelta(seconds=chance.randint(0, 600))))
            inserted.add(number)
        if step == "count" and not braked(table, limit=limit):
            open_for.add(an_item(number))
    assert len(open_for) < limit

"""G8: whoever comes in between, a lock that was taken away is promised back, and comes back.

Every order of the port calls of two incidents that share a lock, and of a sweep between them, is
looked at; so is every place where they may die, and every answer of Azure that may get lost.
"""

from collections.abc import Mapping, Sequence
from typing import cast

import pytest

from remediation.messages import Succeeded
from tests.engine_kit.interleaving import Exploration, Explored, Worker
from tests.remediation.engine.locks_model import (
    LATER,
    LOCK,
    Group,
    carry_out,
    incident,
    promised,
    sweep,
)

pytestmark = pytest.mark.proof

type Ways = Mapping[str, tuple[str, ...]]
CERTAIN: Ways = {}


def explored(
    workers: Sequence[Worker], *, ways: Ways = CERTAIN, deaths: int = 0, undisturbed: bool = True
) -> Explored[Group]:
    """Look at every state; ``undisturbed``: nothing may put the lock back before all have left."""

    def check(group: Group, calls: tuple[tuple[str, tuple[object, ...]] | None, ...]) -> None:
        assert promised(group) is None
        if undisturbed and any(call is not None and call[0] == "holds" for call in calls):
            assert group.stands is None, "the lock stands while one works that has it away"

    return Exploration(
        workers=workers,
        carry_out=lambda group, call: carry_out(group, call, ways),
        check=check,
        deaths=deaths,
    ).explore(Group())


def outcomes(found: Explored[Group]) -> list[tuple[object, object]]:
    """Return what taking away and leaving came to, for each incident and end."""
    ended = (result for _, results in found.ends for result in results)
    return [cast("tuple[object, object]", result) for result in ended]


def swept(group: Group) -> Group:
    """Return what a sweep a day later makes of what was left."""
    ends = Exploration(
        workers=[sweep(live=False, now=LATER)],
        carry_out=lambda now, call: carry_out(now, call, CERTAIN),
        check=lambda _now, _calls: None,
    ).explore(group)
    ((end, _),) = ends.ends
    return end


def brings_back(found: Explored[Group]) -> None:
    """Assert that from every end the lock comes back, as it was, and its duty is over."""
    print(f"{found.states} states, {found.transitions} transitions, {len(found.ends)} ends")
    for end in {group for group, _ in found.ends}:
        back = swept(end)
        assert back.stands == LOCK
        assert back.duty is None or not back.duty.away


def test_two_incidents_in_every_order_bring_the_lock_back_by_themselves() -> None:
    """Without faults no sweep is needed: the last to leave puts the lock back."""
    found = explored([incident("a"), incident("b")])
    assert found.states > 10_000
    assert all(group.stands == LOCK for group, _ in found.ends)
    assert all(isinstance(left, Succeeded) for _, left in outcomes(found))


def test_no_order_refuses_one_of_two_who_share_a_lock() -> None:
    """Who comes in between may have to come again, and never loses its attempt over it."""
    found = explored([incident("a"), incident("b")])
    taken = {type(first).__name__ for first, _ in outcomes(found)}
    assert "Refused" not in taken


@pytest.mark.parametrize("deaths", [1, 2])
def test_a_death_at_any_place_leaves_the_lock_promised_and_it_comes_back(deaths: int) -> None:
    """A worker may die before and after every one of its calls."""
    brings_back(explored([incident("a"), incident("b")], deaths=deaths))


@pytest.mark.parametrize(
    "ways",
    [
        {"remove request-a": ("done", "lost", "never arrived")},
        {"remove request-a": ("done", "throttled", "refused")},
        {"put_back": ("done", "lost", "never arrived")},
    ],
    ids=["a removal's answer", "a removal's refusal", "a restoring's answer"],
)
def test_an_answer_of_azure_that_is_lost_or_a_refusal_breaks_no_promise(ways: Ways) -> None:
    """Each call of Azure goes every way it can."""
    one = incident("a", tries=1), incident("b", tries=1)
    brings_back(explored(one, ways=ways))


@pytest.mark.parametrize("live", [True, False], ids=["alive", "dead"])
def test_a_sweep_at_any_moment_breaks_no_promise(live: bool) -> None:
    """A sweep may take one who is at work for dead: then it puts a lock back under a removal."""
    brings_back(explored([incident("a", tries=1), sweep(live=live)], undisturbed=live, deaths=1))


def test_a_lock_that_a_person_changed_comes_back_as_it_was_last() -> None:
    """The definition in the duty is the one read before the removal."""
    found = explored([incident("a")])
    assert all(group.duty is not None and group.duty.lock == LOCK for group, _ in found.ends)

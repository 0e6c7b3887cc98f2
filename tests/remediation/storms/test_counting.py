"""The brake closes in time however many workers count at once: insert first, then count."""

from collections.abc import Callable
from datetime import datetime
from typing import override

from hypothesis import given
from hypothesis import strategies as st

from local.inprocess.clock import VirtualClock
from local.inprocess.notices import Notices
from remediation.permits import Counted, Permits
from remediation.storms.port import Sheet, Storms
from remediation.storms.scopes import FailureRow
from state.memory import MemoryStorms, MemoryWakeups
from tests.remediation.storms.building import NOON, a_row

LIMIT = 10


class Overtaken(MemoryStorms):
    """Storage under which other workers do all of theirs between two calls of one."""

    meanwhile: Callable[[], None] = staticmethod(lambda: None)

    @override
    def insert(self, row: FailureRow) -> None:
        self.meanwhile()
        super().insert(row)

    @override
    def read(self, since: datetime) -> Sheet:
        self.meanwhile()
        return super().read(since)


def counted(storms: Storms, number: int) -> Counted:
    """Count one failure more, as a worker does before it may commit an intent."""
    permits = Permits(
        storms=storms, notifier=Notices(), wakeups=MemoryWakeups(), clock=VirtualClock(NOON)
    )
    return permits.count(a_row(number), LIMIT)


def test_one_after_the_other_one_less_than_the_limit_sees_the_brake_open() -> None:
    """The tenth failure is a storm, and its own worker knows."""
    storms = MemoryStorms()

    calm = [counted(storms, number).calm for number in range(2 * LIMIT)]

    assert calm == [True] * (LIMIT - 1) + [False] * (LIMIT + 1)


@given(st.lists(st.integers(0, 4), min_size=1, max_size=60))
def test_whoever_is_overtaken_no_more_than_that_see_it_open(turns: list[int]) -> None:
    """Between any two calls of a worker any number of others may count, each overtaken in turn."""
    storms, begun, calm = Overtaken(), 0, 0
    waiting = list(turns)

    def one() -> None:
        nonlocal begun, calm
        number, begun = begun, begun + 1
        calm += counted(storms, number).calm

    def meanwhile() -> None:
        for _ in range(waiting.pop() if waiting else 0):
            if begun < 3 * LIMIT:
                one()

    storms.meanwhile = meanwhile
    while begun < 3 * LIMIT:
        one()

    assert calm < LIMIT

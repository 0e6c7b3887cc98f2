"""The contract of ``Claims``."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from remediation.ids import ItemId
from remediation.partnership import LASTS, Claim, Claims
from remediation.urgency import MOST, Waiter
from tests.state import values
from tests.state.conftest import Kit

HOME = values.SUBSCRIPTION
PAIR = "availability_set|/subscriptions/s/resourcegroups/g/providers/x/availabilitysets/pair"
APP = "tag|app|shop ö/#?"
LATER = values.NOON + LASTS


def a_claim(name: str = "vm-1", holder: str = "inc-1-1", **changes: Any) -> Claim:
    """A claim of a machine's attempt."""
    made: dict[str, Any] = {
        "holder": holder,
        "item": ItemId.of(HOME, "Web", name),
        "action": "reapply_vm",
        "since": values.NOON,
        "until": LATER,
    }
    return Claim(**(made | changes))


def test_a_group_is_taken_once(kit: Kit) -> None:
    """The answer to the second is who has it."""
    mine, theirs = a_claim(), a_claim("vm-2", "inc-2-1")
    claims = kit.claims()
    assert claims.take(HOME, PAIR, mine, values.NOON) is None
    assert claims.take(HOME, PAIR, theirs, values.NOON) == mine
    assert kit.claims().find(HOME, PAIR) == mine


def test_groups_and_subscriptions_stand_for_themselves(kit: Kit) -> None:
    """A casing of the subscription's id is none of them."""
    claims = kit.claims()
    far = "99999999-2222-3333-4444-55555555AAAA"
    assert claims.take(HOME, PAIR, a_claim(), values.NOON) is None
    assert claims.take(HOME, APP, a_claim("vm-2", "inc-2-1"), values.NOON) is None
    assert claims.take(far, PAIR, a_claim("vm-3", "inc-3-1"), values.NOON) is None
    assert [one.group for one in claims.all(far.lower())] == [PAIR]
    assert {one.group for one in claims.all(HOME)} == {PAIR, APP}


def test_who_has_a_group_keeps_it_when_asking_again(kit: Kit) -> None:
    """It is lengthened only when half of its time is over: until then nothing is written."""
    claims = kit.claims()
    first = a_claim()
    claims.take(HOME, PAIR, first, values.NOON)
    soon = values.NOON + timedelta(hours=1)
    assert claims.take(HOME, PAIR, a_claim(since=soon, until=soon + LASTS), soon) is None
    assert claims.find(HOME, PAIR) == first
    late = values.NOON + LASTS / 2
    again = a_claim(since=late, until=late + LASTS)
    assert claims.take(HOME, PAIR, again, late) is None
    assert claims.find(HOME, PAIR) == again


def test_an_earlier_attempt_on_the_same_machine_is_no_partner(kit: Kit) -> None:
    """What it left is taken over; giving it back late takes nothing away."""
    claims = kit.claims()
    claims.take(HOME, PAIR, a_claim(), values.NOON)
    newer = a_claim(holder="inc-1-2")
    assert claims.take(HOME, PAIR, newer, values.NOON) is None
    claims.free(HOME, PAIR, "inc-1-1", 0)
    assert claims.find(HOME, PAIR) == newer


def test_a_group_given_back_can_be_taken(kit: Kit) -> None:
    """Giving back what one has not is nothing."""
    claims = kit.claims()
    claims.free(HOME, PAIR, "inc-1-1", 0)
    claims.take(HOME, PAIR, a_claim(), values.NOON)
    claims.free(HOME, PAIR, "inc-9-1", 0)
    claims.free(HOME, PAIR, "inc-1-1", 0)
    claims.free(HOME, PAIR, "inc-1-1", 0)
    assert claims.find(HOME, PAIR) is None
    assert claims.all(HOME) == ()
    assert claims.take(HOME, PAIR, a_claim("vm-2", "inc-2-1"), values.NOON) is None


def test_asked_for_again_at_a_later_position_it_cannot_be_given_back_by_who_asked_before(
    kit: Kit,
) -> None:
    """Two workers act for one attempt by one name: what the later took may be in use."""
    claims = kit.claims()
    claims.take(HOME, PAIR, a_claim(position=7), values.NOON)
    claims.take(HOME, PAIR, a_claim(position=7), values.NOON)
    claims.take(HOME, PAIR, a_claim(position=9), values.NOON)
    # Whoever is late takes no position back.
    claims.take(HOME, PAIR, a_claim(position=8), values.NOON)
    for late in (7, 8):
        claims.free(HOME, PAIR, "inc-1-1", late)
        assert claims.find(HOME, PAIR) == a_claim(position=9)
    claims.free(HOME, PAIR, "inc-1-1", 9)
    assert claims.find(HOME, PAIR) is None


def a_waiter(number: int, hours: int, **changes: Any) -> Waiter:
    """An incident that waits for a partner; its deadline is so many hours away."""
    made: dict[str, Any] = {
        "incident": f"inc-{number}",
        "item": ItemId.of(HOME, "Web", f"vm-{number}"),
        "act_by": values.NOON + timedelta(hours=hours),
        "rank": 2,
        "until": values.NOON,
    }
    return Waiter(**(made | changes))


def waited(found: tuple[Waiter, ...]) -> list[str]:
    """Return who waited."""
    return [one.incident for one in found]


def test_who_gives_a_group_back_is_told_who_waits_for_it(kit: Kit) -> None:
    """The most urgent first, each once; also where it was claimed anew in between."""
    claims = kit.claims()
    claims.take(HOME, PAIR, a_claim(), values.NOON)
    for number, hours in ((2, 20), (3, 10), (2, 20)):
        claims.wait(HOME, PAIR, a_waiter(number, hours), values.NOON)
    claims.take(HOME, PAIR, a_claim(position=9), values.NOON)
    claims.take(HOME, PAIR, a_claim(holder="inc-1-2"), values.NOON)
    assert claims.free(HOME, PAIR, "inc-1-1", 9) == ()
    assert waited(kit.claims().free(HOME, PAIR, "inc-1-2", 0)) == ["inc-3", "inc-2"]
    assert claims.free(HOME, PAIR, "inc-1-2", 0) == ()


def test_nobody_waits_for_what_is_free_or_its_own(kit: Kit) -> None:
    """Nor for a claim whose time has passed; who takes that over finds nobody in line."""
    claims = kit.claims()
    claims.wait(HOME, PAIR, a_waiter(2, 10), values.NOON)
    assert claims.find(HOME, PAIR) is None
    claims.take(HOME, PAIR, a_claim(), values.NOON)
    claims.wait(HOME, PAIR, a_waiter(1, 10), values.NOON)
    claims.wait(HOME, PAIR, a_waiter(2, 10), LATER)
    assert claims.find(HOME, PAIR) == a_claim()
    claims.wait(HOME, PAIR, a_waiter(2, 10), values.NOON)
    late = a_claim("vm-3", "inc-3-1", since=LATER, until=LATER + LASTS)
    assert claims.take(HOME, PAIR, late, LATER) is None
    assert claims.find(HOME, PAIR) == late


def test_a_line_keeps_only_the_most_urgent(kit: Kit) -> None:
    """The row stays small however large the group."""
    claims = kit.claims()
    claims.take(HOME, PAIR, a_claim(), values.NOON)
    for number in range(MOST + 2):
        claims.wait(HOME, PAIR, a_waiter(number + 2, 100 - number), values.NOON)
    found = waited(claims.free(HOME, PAIR, "inc-1-1", 0))
    assert found == [f"inc-{number + 2}" for number in reversed(range(2, MOST + 2))]


def test_a_claim_whose_time_has_passed_holds_nobody(kit: Kit) -> None:
    """A worker that died gives nothing back."""
    claims = kit.claims()
    claims.take(HOME, PAIR, a_claim(), values.NOON)
    late = a_claim("vm-2", "inc-2-1", since=LATER, until=LATER + LASTS)
    assert claims.take(HOME, PAIR, late, LATER) is None
    assert claims.find(HOME, PAIR) == late


def test_of_many_workers_at_once_one_has_the_group(kit: Kit) -> None:
    """Twelve ask at the same instant, each for a machine of its own."""
    workers = [kit.claims() for _ in range(6)]
    wanted = [a_claim(f"vm-{number}", f"inc-{number}-1") for number in range(12)]

    def ask(number: int) -> Callable[[], Claim | None]:
        return lambda: workers[number % 6].take(HOME, PAIR, wanted[number], values.NOON)

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda ask: ask(), [ask(number) for number in range(12)]))
    winner = workers[0].find(HOME, PAIR)
    assert winner is not None
    assert [one for one, answer in zip(wanted, answers, strict=True) if answer is None] == [winner]


def test_given_back_by_one_it_is_not_lost_by_another(kit: Kit) -> None:
    """While some give back others take: the last who was told yes has it."""
    workers: list[Claims] = [kit.claims() for _ in range(4)]

    def course(number: int) -> list[int]:
        had: list[int] = []
        for turn in range(5):
            mine = a_claim(f"vm-{number}", f"inc-{number}-{turn}")
            if workers[number].take(HOME, PAIR, mine, values.NOON) is None:
                had.append(turn)
                assert workers[number].find(HOME, PAIR) == mine
                workers[number].free(HOME, PAIR, mine.holder, 0)
        return had

    with ThreadPoolExecutor(4) as pool:
        assert any(pool.map(course, range(4)))
    assert workers[0].find(HOME, PAIR) is None

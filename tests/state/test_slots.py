"""The contract of ``Slots``."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

from remediation.ids import VaultId
from remediation.ports import Slots, Turn
from remediation.urgency import COMES_WITHIN, Waiter
from state import codec
from state.slots import Place, Places
from tests.state import values
from tests.state.conftest import Kit

OTHER = VaultId.of(values.SUBSCRIPTION, "Vaults", "Vault-North")
FAR = VaultId.of("99999999-2222-3333-4444-555555555555", "Vaults", "Vault-Far")
LATER = values.NOON + timedelta(hours=3)


def a_waiter(name: str, **changes: Any) -> Waiter:
    """An incident as it stands in line: of all these, the earlier letter is the more urgent."""
    made = Waiter(
        incident=name,
        item=values.an_item(name),
        act_by=values.NOON + timedelta(hours=ord(name[0])),
        rank=2,
        until=values.NOON + timedelta(minutes=20),
    )
    return replace(made, **changes)


def ask(slots: Slots, holder: str, vault: VaultId = values.VAULT, **changes: Any) -> Turn:
    """Ask for a place where two a vault and three a subscription are allowed."""
    limits: dict[str, Any] = {
        "until": LATER,
        "now": values.NOON,
        "per_vault": 2,
        "per_subscription": 3,
        "waiter": a_waiter(holder),
        "position": 0,
    }
    return slots.take(vault, holder, **(limits | changes))


def take(slots: Slots, holder: str, vault: VaultId = values.VAULT, **changes: Any) -> bool:
    """Whether there was a place."""
    return ask(slots, holder, vault, **changes).taken


def free(slots: Slots, holder: str, vault: VaultId = values.VAULT, upto: int = 0) -> list[str]:
    """Give a place back; returns who is called."""
    return [one.incident for one in slots.free(vault, holder, upto=upto, now=values.NOON)]


def test_a_vault_takes_as_many_as_it_may(kit: Kit) -> None:
    """The third has to wait."""
    assert [take(kit.slots(), holder) for holder in "abc"] == [True, True, False]


def test_a_subscription_takes_as_many_as_it_may_over_its_vaults(kit: Kit) -> None:
    """Other subscriptions count for themselves."""
    slots = kit.slots()
    assert [take(slots, holder) for holder in "ab"] == [True, True]
    assert [take(slots, holder, OTHER) for holder in "cd"] == [True, False]
    assert take(slots, "e", FAR)


def test_who_holds_a_place_keeps_it_when_asking_again(kit: Kit) -> None:
    """A redelivery must not take a second one, nor be refused in a full vault."""
    slots = kit.slots()
    assert [take(slots, holder) for holder in "abab"] == [True] * 4
    assert not take(slots, "c")


def test_asking_again_lengthens_the_time(kit: Kit) -> None:
    """The newest promise counts."""
    slots = kit.slots()
    take(slots, "a", per_vault=1)
    take(slots, "a", until=LATER + timedelta(hours=3), per_vault=1)
    assert not take(slots, "b", now=LATER + timedelta(hours=1), per_vault=1)


def test_a_place_given_back_can_be_taken(kit: Kit) -> None:
    """Giving back what one has not is nothing."""
    slots = kit.slots()
    assert [take(slots, holder) for holder in "ab"] == [True, True]
    free(slots, "a")
    free(slots, "a")
    free(slots, "a", FAR)
    assert take(slots, "c")


def test_asked_for_again_at_a_later_position_a_place_stays_with_who_asked_last(kit: Kit) -> None:
    """Two workers act for one attempt by one name: what the later took may be in use."""
    slots = kit.slots()
    # Whoever is late takes no position back.
    asked = [take(slots, "a", per_vault=1, position=position) for position in (7, 7, 9, 8)]
    assert asked == [True] * 4
    assert not take(slots, "b", per_vault=1)
    for late in (7, 8):
        assert free(slots, "a", upto=late) == []
        assert not take(slots, "b", per_vault=1)
    assert free(slots, "a", upto=9) == ["b"]
    assert take(slots, "b", per_vault=1)


def test_a_place_that_an_older_version_took_can_be_given_back() -> None:
    """It wrote no position."""
    text = codec.encode(Places(taken={"a": Place(vault="v", until=LATER, position=7)}))
    older = codec.decode(Places, text.replace('"position":7,', ""))
    assert older.without("a", 1, values.NOON)[0] == Places(taken={})
    assert older.taken["a"].position == 0


def test_a_place_whose_time_has_passed_is_free(kit: Kit) -> None:
    """A worker that died gives nothing back."""
    slots = kit.slots()
    assert [take(slots, holder) for holder in "ab"] == [True, True]
    assert take(slots, "c", now=LATER)


def test_a_place_that_was_lost_is_not_simply_kept(kit: Kit) -> None:
    """Whoever comes back after the time has passed queues like anybody."""
    slots = kit.slots()
    take(slots, "a", per_vault=1)
    assert take(slots, "b", now=LATER, until=LATER + timedelta(hours=1), per_vault=1)
    assert not take(slots, "a", now=LATER, per_vault=1)


def test_many_workers_at_once_never_take_too_many(kit: Kit) -> None:
    """Twelve ask at the same instant for five places."""
    workers: list[Slots] = [kit.slots() for _ in range(6)]

    def asks(number: int) -> Callable[[], bool]:
        return lambda: take(workers[number % 6], f"h{number}", per_vault=5, per_subscription=5)

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda one: one(), [asks(number) for number in range(12)]))
    assert sum(answers) == 5


def test_places_are_given_back_by_many_at_once(kit: Kit) -> None:
    """No one's giving back undoes another's."""
    workers = [kit.slots() for _ in range(5)]
    for number in range(5):
        take(workers[0], f"h{number}", per_vault=5, per_subscription=5)
    with ThreadPoolExecutor(5) as pool:
        list(pool.map(lambda n: free(workers[n], f"h{n}"), range(5)))
    assert all(take(workers[0], f"n{n}", per_vault=5, per_subscription=5) for n in range(5))


def test_a_place_that_is_free_again_goes_to_the_most_urgent(kit: Kit) -> None:
    """Not to who asks first; who asks before it is told for whom the place is kept."""
    slots = kit.slots()
    assert [take(slots, name) for name in ("x", "y", "f", "d", "e")] == [True, True] + [False] * 3
    assert free(slots, "x") == ["d"]
    turn = ask(slots, "f")
    assert (turn.taken, [one.incident for one in turn.before]) == (False, ["d"])
    assert take(slots, "d")
    assert not take(slots, "e")
    assert free(slots, "y") == ["e"]


def test_who_is_called_and_does_not_come_blocks_nobody(kit: Kit) -> None:
    """A worker that died in line has lost its turn after some minutes."""
    slots = kit.slots()
    assert [take(slots, name) for name in ("x", "y", "d")] == [True, True, False]
    assert free(slots, "x") == ["d"]
    assert not take(slots, "f")
    assert take(slots, "f", now=values.NOON + COMES_WITHIN)


def test_who_left_the_line_blocks_nobody(kit: Kit) -> None:
    """Each stands in it as long as it takes to ask again."""
    slots = kit.slots()
    assert [take(slots, name) for name in ("x", "y", "d")] == [True, True, False]
    late = values.NOON + timedelta(minutes=20)
    assert slots.free(values.VAULT, "x", upto=0, now=late) == ()
    assert take(slots, "f", now=late)


def test_who_waits_for_a_full_vault_keeps_nobody_from_another(kit: Kit) -> None:
    """The most urgent cannot use the subscription's third place: somebody else does."""
    slots = kit.slots()
    assert [take(slots, name) for name in ("x", "y", "a")] == [True, True, False]
    assert take(slots, "f", OTHER)


def test_a_waiter_in_another_vault_is_called_when_the_subscription_has_room(kit: Kit) -> None:
    """It is the subscription that was full for it."""
    slots = kit.slots()
    assert [take(slots, name) for name in ("x", "y")] == [True, True]
    assert take(slots, "z", OTHER)
    assert not take(slots, "a", OTHER)
    assert free(slots, "y") == ["a"]


def test_within_an_hour_the_more_critical_goes_first(kit: Kit) -> None:
    """An hour of a deadline is no difference; a critical machine is."""
    slots = kit.slots()
    assert [take(slots, name) for name in ("x", "y")] == [True, True]
    due = values.NOON + timedelta(hours=9)
    late, early = due + timedelta(minutes=50), due + timedelta(minutes=5)
    assert not take(slots, "low", waiter=a_waiter("low", act_by=early, rank=4))
    assert not take(slots, "high", waiter=a_waiter("high", act_by=late, rank=0))
    assert free(slots, "x") == ["high"]


def test_a_place_given_back_twice_calls_nobody_twice(kit: Kit) -> None:
    """A redelivery frees nothing."""
    slots = kit.slots()
    assert [take(slots, name) for name in ("x", "y", "d", "e")] == [True, True, False, False]
    assert free(slots, "x") == ["d"]
    assert free(slots, "x") == []

"""The contract of ``Slots``."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from remediation.ids import VaultId
from remediation.ports import Slots
from tests.state import values
from tests.state.conftest import Kit

OTHER = VaultId.of(values.SUBSCRIPTION, "Vaults", "Vault-North")
FAR = VaultId.of("99999999-2222-3333-4444-555555555555", "Vaults", "Vault-Far")
LATER = values.NOON + timedelta(hours=3)


def take(slots: Slots, holder: str, vault: VaultId = values.VAULT, **changes: Any) -> bool:
    """Take a place where two a vault and three a subscription are allowed."""
    limits: dict[str, Any] = {
        "until": LATER,
        "now": values.NOON,
        "per_vault": 2,
        "per_subscription": 3,
    }
    return slots.take(vault, holder, **(limits | changes))


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
    slots.free(values.VAULT, "a")
    slots.free(values.VAULT, "a")
    slots.free(FAR, "a")
    assert take(slots, "c")


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

    def ask(number: int) -> Callable[[], bool]:
        return lambda: take(workers[number % 6], f"h{number}", per_vault=5, per_subscription=5)

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda ask: ask(), [ask(number) for number in range(12)]))
    assert sum(answers) == 5


def test_places_are_given_back_by_many_at_once(kit: Kit) -> None:
    """No one's giving back undoes another's."""
    workers = [kit.slots() for _ in range(5)]
    for number in range(5):
        take(workers[0], f"h{number}", per_vault=5, per_subscription=5)
    with ThreadPoolExecutor(5) as pool:
        list(pool.map(lambda n: workers[n].free(values.VAULT, f"h{n}"), range(5)))
    assert all(take(workers[0], f"n{n}", per_vault=5, per_subscription=5) for n in range(5))

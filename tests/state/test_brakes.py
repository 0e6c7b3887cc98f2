"""The contract of ``Brakes``."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

from remediation.rates.brake import Brake
from remediation.rates.family import Family
from remediation.rates.port import Brakes
from tests.state import values
from tests.state.conftest import Kit

MINUTE = timedelta(minutes=1)
TOLD = Brake(subscription=values.SUBSCRIPTION, family=Family.ARM_READS, until=values.NOON + MINUTE)


def test_what_one_worker_puts_on_the_others_read(kit: Kit) -> None:
    """As it was told."""
    one, other = kit.brakes(), kit.brakes()
    assert other.known() == ()
    assert one.put_on(TOLD, values.NOON) == TOLD
    assert other.known() == (TOLD,)


def test_each_family_of_each_subscription_has_its_own(kit: Kit) -> None:
    """All are read at once."""
    brakes = kit.brakes()
    told = {TOLD, replace(TOLD, family=Family.VAULT_READS), replace(TOLD, subscription="other")}
    for one in told:
        brakes.put_on(one, values.NOON)
    assert set(brakes.known()) == told


def test_a_brake_is_never_shortened(kit: Kit) -> None:
    """The one who was told to wait longest is believed."""
    brakes = kit.brakes()
    brakes.put_on(TOLD, values.NOON)
    shorter = replace(TOLD, until=values.NOON + MINUTE / 2)
    assert brakes.put_on(shorter, values.NOON) == TOLD
    assert brakes.known() == (TOLD,)


def test_a_brake_put_on_again_soon_counts_its_strikes(kit: Kit) -> None:
    """So it lets go more slowly."""
    brakes = kit.brakes()
    brakes.put_on(TOLD, values.NOON)
    later = values.NOON + 2 * MINUTE
    again = brakes.put_on(replace(TOLD, until=later + MINUTE), later)
    assert again.strikes == 1
    assert brakes.known() == (again,)


def test_many_workers_at_once_leave_the_longest(kit: Kit) -> None:
    """Eight are told different times in the same second; none undoes another's."""
    workers: list[Brakes] = [kit.brakes() for _ in range(8)]
    told = [replace(TOLD, until=values.NOON + (n + 1) * MINUTE) for n in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: workers[n].put_on(told[n], values.NOON), range(8)))
    assert workers[0].known() == (told[-1],)

"""Which vaults know a machine: told by all vaults' rosters, without reading their snapshots."""

from dataclasses import replace
from datetime import timedelta

import pytest

from remediation.ids import ItemId, VaultId
from remediation.views import Protected, VaultSnapshot
from state.rosters import roster_of, unpacked
from tests.state import values
from tests.state.conftest import Kit
from tests.state.vault import HOUR, MINUTE, OTHER, World, a_job

ITEM = values.an_item()
STRANGER = ItemId.of(values.SUBSCRIPTION, "Web", "VM-99")
ELSEWHERE = ItemId.of(values.SUBSCRIPTION.replace("1", "9"), "Web", "VM-01")


@pytest.fixture
def world(kit: Kit) -> World:
    """A world at noon."""
    return World(kit)


def test_a_vault_that_was_never_read_knows_nobody(world: World) -> None:
    """Nothing is stored of it, not even where somebody is reading it now."""
    assert world.worker().knowing(ITEM) == ()
    shelves = world.kit.shelves()
    shelves.claim(OTHER, shelves.read(OTHER), until=values.NOON + MINUTE)
    assert world.worker().knowing(ITEM) == ()


def test_every_vault_that_lists_the_machine_knows_it(world: World) -> None:
    """Of its subscription, in any casing; other machines are not taken for it."""
    world.read()
    world.worker().snapshot(OTHER, not_before=world.clock.at)
    worker = world.worker()
    assert set(worker.knowing(ITEM)) == {values.VAULT, OTHER}
    assert len(worker.knowing(ItemId.parse(ITEM.shown.upper()))) == 2
    assert worker.knowing(STRANGER) == ()
    assert worker.knowing(ELSEWHERE) == ()


def test_a_vault_that_only_has_jobs_of_the_machine_knows_it(world: World) -> None:
    """Its protection was taken away, and its last backup may still run."""
    world.vault.protected = ()
    world.vault.listed = [a_job("a", running=True)]
    world.read()
    assert world.worker().knowing(ITEM) == (values.VAULT,)


def test_a_process_asks_for_rosters_every_five_minutes(world: World) -> None:
    """They are of use for a rare thing, and every look asks."""
    worker = world.worker()
    assert worker.knowing(ITEM) == ()
    world.read()
    world.clock.at += 4 * MINUTE
    assert worker.knowing(ITEM) == ()
    world.clock.at += MINUTE
    assert worker.knowing(ITEM) == (values.VAULT,)


def test_what_a_vault_knew_a_day_ago_says_nothing_of_now(world: World) -> None:
    """A vault that was deleted is never read again, and would know its machines for ever."""
    world.read()
    world.clock.at += 23 * HOUR
    assert world.worker().knowing(ITEM) == (values.VAULT,)
    world.clock.at += HOUR
    assert world.worker().knowing(ITEM) == ()


def test_a_machine_that_was_moved_is_known_by_both_its_names() -> None:
    """Its container still has the group in which it was protected."""
    moved = ItemId.of(values.SUBSCRIPTION, "New", "VM-01")
    one = Protected(id=values.a_protected(), item=moved, state="Protected")
    roster = roster_of(VaultSnapshot(taken_at=values.NOON, jobs=(), items=(one,)))
    assert roster.knows(moved)
    assert roster.knows(ITEM)
    assert not roster.knows(STRANGER)


def test_a_roster_is_stored_in_eight_bytes_a_machine() -> None:
    """And read back as it was."""
    jobs = tuple(replace(a_job(str(n)), machine=("web", f"vm-{n}")) for n in range(50))
    roster = roster_of(VaultSnapshot(taken_at=values.NOON, jobs=jobs, items=()))
    assert len(roster.packed()) == 50 * 8
    assert unpacked(values.NOON, roster.packed()) == roster


def test_rosters_are_of_one_subscription(world: World) -> None:
    """A machine is backed up by vaults of its own subscription only."""
    far = VaultId.of(ELSEWHERE.subscription, "Vaults", "Vault-Far")
    world.worker().snapshot(far, not_before=world.clock.at)
    world.clock.at += timedelta(minutes=1)
    assert world.worker().knowing(ITEM) == ()

"""``Vaults`` near the limit of reads: the shared brake, lists before single jobs, details kept."""

from dataclasses import replace
from datetime import timedelta

import pytest

from remediation.ids import JobKey
from remediation.views import Gone, Job, Unreadable, VaultSnapshot
from state.snapshots import SCARCE_PAUSE
from tests.state import values
from tests.state.conftest import Kit
from tests.state.vault import HOUR, MINUTE, OTHER, World, a_job


@pytest.fixture
def world(kit: Kit) -> World:
    """A world at noon."""
    return World(kit)


def test_a_throttle_is_a_brake_for_everybody(world: World) -> None:
    """All vaults of the subscription, lists and single jobs, until the time Azure named."""
    world.vault.refusal = Unreadable(reason="429", retry_after=324 * MINUTE / 60)
    world.snapshot()
    world.vault.refusal = None
    world.clock.at += 5 * MINUTE
    for answer in (
        world.snapshot(),
        world.worker().snapshot(OTHER, not_before=world.clock.at),
        world.worker().job(values.a_job("a")),
    ):
        assert isinstance(answer, Unreadable)
        assert answer.retry_after == timedelta(seconds=24)
    assert len(world.vault.asked) == 1
    world.clock.at += timedelta(seconds=24)
    world.read()


def test_a_snapshot_that_is_new_enough_is_given_also_under_the_brake(world: World) -> None:
    """What is stored costs no read."""
    world.read()
    world.clock.at += MINUTE
    world.vault.refusal = Unreadable(reason="429", retry_after=HOUR)
    assert isinstance(world.snapshot(), Unreadable)
    assert isinstance(world.snapshot(age=2 * MINUTE), VaultSnapshot)


def test_near_the_limit_a_vault_is_listed_every_ten_minutes(world: World) -> None:
    """Whoever needs a newer look waits."""
    world.vault.remaining = 19
    world.read()
    world.clock.at += 4 * MINUTE
    answer = world.snapshot()
    assert isinstance(answer, Unreadable)
    assert answer.retry_after == 6 * MINUTE
    world.clock.at += 6 * MINUTE
    world.read()


def test_near_the_limit_a_vault_never_read_is_listed(world: World) -> None:
    """It has nothing to fall back on."""
    world.vault.remaining = 5
    world.read()
    assert isinstance(world.worker().snapshot(OTHER, not_before=world.clock.at), VaultSnapshot)


def test_what_was_left_an_hour_ago_counts_no_more(world: World) -> None:
    """Azure counts by the hour."""
    world.vault.remaining = 0
    world.read()
    world.clock.at += HOUR
    world.vault.remaining = 149
    world.vault.listed = [a_job("a")]
    assert isinstance(world.worker().job(values.a_job("a")), Job)


def test_near_the_limit_single_jobs_are_not_read(world: World) -> None:
    """Lists serve more."""
    world.vault.remaining = 29
    world.read()
    answer = world.worker().job(values.a_job("a"))
    assert isinstance(answer, Unreadable)
    assert answer.retry_after == SCARCE_PAUSE
    assert world.vault.count("job") == 0


def test_single_jobs_count_against_what_is_left(world: World) -> None:
    """Also while no list tells how much that is."""
    world.vault.remaining = 31
    world.vault.listed = [a_job("a", running=True)]
    world.read()
    answers = [world.worker().job(values.a_job("a")) for _ in range(4)]
    assert [isinstance(answer, Job) for answer in answers] == [True, True, False, False]
    assert world.kit.shelves().read(values.VAULT).budget.reads == 3


def test_a_job_that_ended_is_read_once(world: World) -> None:
    """It changes no more; the sweep looks at it every half hour."""
    world.vault.listed = [a_job("a")]
    first = world.worker().job(values.a_job("a"))
    assert isinstance(first, Job)
    assert first.tasks == {"Take Snapshot": "Completed"}
    assert world.worker().job(values.a_job("A")) == first
    assert world.vault.count("job") == 1


def test_a_job_under_way_or_gone_is_read_anew(world: World) -> None:
    """Its state is what is asked for."""
    world.vault.listed = [a_job("a", running=True)]
    for _ in range(2):
        assert isinstance(world.worker().job(values.a_job("a")), Job)
        assert isinstance(world.worker().job(values.a_job("b")), Gone)
    assert world.vault.count("job") == 4


def test_details_of_old_jobs_are_forgotten(world: World) -> None:
    """Four days after their end nobody asks; those of other vaults stay until theirs is read."""
    world.vault.listed = [a_job("a"), replace(a_job("b"), key=JobKey(OTHER, "b"))]
    for job in world.vault.listed:
        world.worker().job(job.key)
    world.clock.at += timedelta(days=5)
    world.read()
    for job in world.vault.listed:
        world.worker().job(job.key)
    assert world.vault.count("job") == 3

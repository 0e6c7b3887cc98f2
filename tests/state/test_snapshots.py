"""``Vaults`` over stored snapshots: who reads Azure anew, what is listed, what is kept."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from remediation.ids import VaultId
from remediation.ports import JobsRead
from remediation.views import Job, Unreadable, VaultSnapshot
from state import layout
from tests.state import values
from tests.state.conftest import Kit
from tests.state.vault import HOUR, MINUTE, World, a_job


@pytest.fixture
def world(kit: Kit) -> World:
    """A world at noon."""
    return World(kit)


def test_a_vault_never_read_is_listed_for_three_days(world: World) -> None:
    """Jobs and items, once each."""
    world.vault.listed = [a_job("a")]
    found = world.read()
    assert found == VaultSnapshot(
        taken_at=values.NOON, jobs=(a_job("a"),), items=world.vault.protected
    )
    assert world.vault.asked[0] == ("jobs", values.NOON - timedelta(days=3))
    assert world.vault.count("items") == 1


def test_a_snapshot_that_is_new_enough_serves_every_worker(world: World) -> None:
    """One read for all incidents of a vault."""
    first = world.read()
    world.clock.at += MINUTE
    assert world.read(age=MINUTE) == first
    assert world.vault.count("jobs") == 1


def test_nothing_can_be_newer_than_now(world: World) -> None:
    """A time in the future asks for a read now, not for one at every look."""
    world.read(age=-HOUR)
    world.read(age=-HOUR)
    assert world.vault.count("jobs") == 1


def test_only_what_can_have_changed_is_listed_again(world: World) -> None:
    """An hour of overlap; what was known stays."""
    world.vault.listed = [a_job("old", values.NOON - 20 * HOUR)]
    world.read()
    world.clock.at += 10 * MINUTE
    world.vault.listed = [a_job("new")]
    assert [job.key.job for job in world.read().jobs] == ["old", "new"]
    assert world.vault.asked[-1] == ("jobs", values.NOON - HOUR)


def test_a_job_that_had_not_ended_is_listed_again(world: World) -> None:
    """However long ago it began: its end is what is waited for."""
    began = values.NOON - 5 * HOUR
    world.vault.listed = [a_job("long", began, running=True)]
    world.read()
    world.clock.at += 10 * MINUTE
    world.vault.listed = [a_job("long", began)]
    assert world.read().jobs == (a_job("long", began),)
    assert world.vault.asked[-1] == ("jobs", began)


def test_jobs_older_than_four_days_are_dropped(world: World) -> None:
    """Also one that never ends, which would make every list a long one."""
    world.vault.listed = [a_job("stuck", values.NOON - HOUR, running=True)]
    world.read()
    world.clock.at += timedelta(days=5)
    world.vault.listed = []
    assert world.read().jobs == ()
    assert world.vault.asked[-2] == ("jobs", world.clock.at - timedelta(days=4))


def test_items_are_listed_again_after_half_an_hour(world: World) -> None:
    """They change seldom."""
    for _ in range(4):
        world.read()
        world.clock.at += 10 * MINUTE
    assert world.vault.count("items") == 2
    assert world.vault.count("jobs") == 4


def test_while_one_worker_reads_another_waits(world: World) -> None:
    """The claim is in storage."""
    shelves = world.kit.shelves()
    shelf = shelves.read(values.VAULT)
    assert shelves.claim(values.VAULT, shelf, until=values.NOON + MINUTE)
    answer = world.snapshot()
    assert isinstance(answer, Unreadable)
    assert "another worker" in answer.reason
    assert answer.retry_after == timedelta(seconds=10)
    assert world.vault.asked == []


def test_the_claim_of_a_worker_that_died_runs_out(world: World) -> None:
    """Somebody else reads."""
    shelves = world.kit.shelves()
    shelves.claim(values.VAULT, shelves.read(values.VAULT), until=values.NOON + MINUTE)
    world.clock.at += MINUTE
    world.read()


def test_of_two_claims_on_one_version_one_is_given(world: World) -> None:
    """On a vault never read, and on one that was."""
    one, other = world.kit.shelves(), world.kit.shelves()
    for _ in range(2):
        seen = other.read(values.VAULT)
        claimed = one.claim(values.VAULT, one.read(values.VAULT), until=values.NOON + MINUTE)
        assert claimed is not None
        assert other.claim(values.VAULT, seen, until=values.NOON + MINUTE) is None
        assert not other.put(values.VAULT, seen)
        assert one.put(values.VAULT, replace(claimed, refreshing_until=None))


def test_many_workers_at_once_read_once(world: World) -> None:
    """The others are told to come again, or find what was read."""
    workers = [world.worker() for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        answers = list(
            pool.map(lambda one: one.snapshot(values.VAULT, not_before=values.NOON), workers)
        )
    assert world.vault.count("jobs") == 1
    assert any(isinstance(answer, VaultSnapshot) for answer in answers)


def test_a_failed_read_is_told_and_gives_the_claim_back(world: World) -> None:
    """The next one may try at once where Azure named no time."""
    world.vault.refusal = Unreadable(reason="500 CloudInternalError")
    assert world.snapshot() == world.vault.refusal
    world.vault.refusal = None
    world.read()


def test_items_that_cannot_be_read_make_the_vault_unreadable(world: World) -> None:
    """Never a vault without items."""
    world.vault.items_refusal = Unreadable(reason="500", retry_after=MINUTE)
    assert world.snapshot() == world.vault.items_refusal
    assert world.kit.shelves().read(values.VAULT).snapshot is None


def test_the_claim_is_measured_in_real_time(world: World) -> None:
    """HTTP does not run faster in a world that does."""
    world.clock.speed = 1000
    claims: list[datetime | None] = []
    listing = world.vault.jobs

    def spying(vault: VaultId, since: datetime) -> JobsRead | Unreadable:
        claims.append(world.kit.shelves().read(vault).refreshing_until)
        return listing(vault, since)

    world.vault.jobs = spying  # type: ignore[method-assign]
    world.read()
    assert claims == [values.NOON + timedelta(seconds=30_000)]


def many_jobs(count: int) -> list[Job]:
    """Jobs whose ids cannot be compressed."""
    ids = (hashlib.sha256(str(number).encode()).hexdigest() for number in range(count))
    jobs = [replace(a_job(text), activity_id=text[::-1]) for text in ids]
    return sorted(jobs, key=lambda job: job.key.job)


@pytest.mark.parametrize("count", [2_000, 15_000], ids=str)
def test_a_large_vault_comes_back_whole(world: World, count: int) -> None:
    """Over several properties, and beyond a row's size in a blob."""
    world.vault.listed = many_jobs(count)
    assert world.read() == world.read(age=HOUR)
    assert world.vault.count("jobs") == 1


def test_a_snapshot_whose_blob_was_cleaned_up_is_read_anew(tables: Kit) -> None:
    """Old blobs are deleted by age."""
    world = World(tables)
    world.vault.listed = many_jobs(15_000)
    world.read()
    row = tables.table(layout.VAULTS).get_entity(
        values.SUBSCRIPTION, layout.snapshot_row(values.VAULT)
    )
    tables.blobs.remove(row["blob"])
    world.read(age=HOUR)
    assert world.vault.count("jobs") == 2

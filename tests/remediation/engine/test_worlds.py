"""Whole worlds in one process, by the real engine, adapters and SDKs."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from local import worlds
from local.checker.comparison import compare
from local.checker.costs import job_reads
from local.checker.expected import expect
from local.checker.guarantees import verify
from local.worlds import Fault
from remediation.incident import AttemptResult, Status
from tests.engine_kit.fleet import ALL_DAY, first_backup_cures, fleet
from tests.engine_kit.run import Run
from tests.engine_kit.small import WORLDS
from tests.local.azure.building import a_vm, a_world

pytestmark = pytest.mark.proof


def broken(run: Run) -> dict[str, str]:
    """Return the guarantees that do not hold."""
    found = verify(run.evidence())
    return {name: one.detail for name, one in found.items() if not one.held}


@pytest.mark.parametrize("seed", [1, 2])
def test_every_recoverable_machine_of_the_default_world_recovers(seed: int) -> None:
    """And nothing else is touched; all guarantees hold, with Azure on its ordinary bad day."""
    world = worlds.default()
    run = Run(world, seed=seed)
    run.begin()
    assert run.run_until_settled()
    found = compare(run.evidence(), expect(world))
    assert found.as_expected, found
    assert found.recovered == found.recoverable > 20
    assert not broken(run)


def test_half_of_all_alerts_lost_and_the_sweep_finds_the_rest() -> None:
    """What no alert tells, the sweep reports."""
    world = fleet(8, first_backup_cures(), vaults=2)
    run = Run(world)
    run.copies = lambda: 0
    run.begin()
    assert run.run_until_settled()
    assert Counter(one.status for one in run.incidents) == {Status.RECOVERED: 8}
    assert not broken(run)


def test_thirty_nights_of_one_unfixable_failure_are_one_incident() -> None:
    """One incident, one ladder, one escalation, three reminders; every failure is on file."""
    fault = Fault(code="GuestAgentSnapshotTaskStatusError", number=400039)
    world = a_world(a_vm(fault=fault), history_days=1)
    policy = replace(world.policy, objective=timedelta(hours=50))
    run = Run(replace(world, policy=policy))
    run.begin()
    run.run(until=world.start + timedelta(days=30))
    (incident,) = run.incidents
    assert incident.status is Status.ESCALATED
    kinds = Counter(key.removeprefix(incident.id).split("-")[1] for _, _, key in run.notices.types)
    assert kinds == {"escalated": 1, "reminder": 3}
    first_day = world.start + timedelta(days=2)
    assert all(attempt.acted_at < first_day for attempt in incident.attempts)
    rungs = [attempt.rung for attempt in incident.attempts]
    assert rungs == sorted(rungs)
    assert incident.failures_seen >= 30
    assert not broken(run)


def test_360_incidents_recover_in_twelve_hours_under_azures_read_limits() -> None:
    """Three vaults of a subscription, 60 backups at once a vault; no attempt is lost to a read."""
    world = fleet(
        360,
        first_backup_cures(),
        vaults=3,
        at_once_vault=60,
        at_once_subscription=180,
        backup_hours=ALL_DAY,
        storm_items=0,
    )
    run = Run(world)
    run.begin()
    assert run.run(until=world.start + timedelta(hours=12), done=_all_recovered(run, 360))
    assert Counter(one.status for one in run.incidents) == {Status.RECOVERED: 360}
    attempts = [attempt for one in run.incidents for attempt in one.attempts]
    assert {(one.action, one.result) for one in attempts} == {("retry_backup", AttemptResult.CURED)}
    assert len(attempts) == 360
    reads = job_reads(run.evidence())
    throttled = sum(1 for one in run.service.journal if one["status"] == 429)
    took = run.clock.now() - world.start
    print(f"360 incidents in {took}: {reads}, {throttled} answers 429")
    assert reads.per_hour_max <= 150


def test_a_thousand_failures_and_their_duplicates_are_a_thousand_incidents() -> None:
    """1,000 distinct failures of 1,000 machines and 1,000 duplicates: none lost, none twice."""
    world = fleet(1000, first_backup_cures(), vaults=40, mode="observe", storm_items=0)
    run = Run(world, latency=timedelta(milliseconds=5))
    posted: list[bytes] = []
    door = run.alert

    def post_twice(body: bytes) -> None:
        posted.append(body)
        door(body)
        door(body)

    run.alert = post_twice  # type: ignore[method-assign]
    run.begin()
    assert run.run(
        until=world.start + timedelta(hours=12), done=lambda: not_one_is_missing(run, posted)
    )
    assert len(set(posted)) == 1000
    assert len(run.incidents) == 1000
    failures = [one.job for incident in run.incidents for one in incident.failures]
    assert len(failures) == len(set(failures)) == 1000
    assert len({row.incident for row in run.stores.index.open_rows()}) == 1000


def not_one_is_missing(run: Run, posted: list[bytes]) -> bool:
    """Whether a thousand alerts were posted, and none waits to be looked at any more."""
    if len(posted) < 1000 or len(run.stores.index._rows) < 1000:
        return False
    return not any(one.door == "events" or "report" in one.text for one in run.queue.waiting)


def _all_recovered(run: Run, count: int) -> Callable[[], bool]:
    def done() -> bool:
        # A look at the index is enough, and cheap: it is asked after every event.
        rows = run.stores.index._rows.values()
        return len(rows) == count and not any(row.open for row in rows)

    return done


@pytest.mark.parametrize("action", ["retry_backup", "reapply_vm", "restart_agent"])
def test_everything_delivered_twice_changes_nothing_of_the_end(action: str) -> None:
    """Alerts, events: each at least once, here always more than once (G10)."""
    once, twice = Run(WORLDS[action]), Run(WORLDS[action])
    twice.copies = lambda: 2
    for run in (once, twice):
        run.begin()
        assert run.run_until_settled()
    assert not broken(twice)
    (first,), (second,) = once.incidents, twice.incidents
    assert [one.action for one in first.attempts] == [one.action for one in second.attempts]
    assert first.status is second.status

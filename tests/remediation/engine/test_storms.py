"""Whole storms: sixteen workers on one storage, the real engine, Azure's limits on reads."""

from dataclasses import replace
from datetime import timedelta

import pytest

from benchmarks.storm import HEALS, ITEMS, Told, played
from local.worlds import Fault
from remediation.incident import Status
from remediation.storms.storm import News, StormState
from tests.engine_kit.fleet import ALL_DAY, fleet, nothing_cures
from tests.engine_kit.mischief import Mischief, Mode
from tests.engine_kit.run import Run
from tests.local.azure.building import SUBSCRIPTION

HOUR = timedelta(hours=1)
START = fleet(1, nothing_cures(), vaults=1).start
SOON_HEALED = replace(nothing_cures(), heals_after=HEALS)


def a_run(machines: int, fault: Fault, *, mischief: Mischief | None = None, items: int = 3) -> Run:
    """A small storm, one worker."""
    world = fleet(
        machines, fault, vaults=1, storm_items=items, backup_hours=ALL_DAY,
        objective=timedelta(hours=50),
    )  # fmt: skip
    run = Run(world, mischief=mischief)
    run.begin()
    return run


def within(run: Run, hours: float) -> None:
    """Let so many hours pass since the beginning."""
    run.run(until=START + hours * HOUR)


def told(run: Run) -> list[str]:
    """What people were told of storms."""
    return [kind.split(".")[1] for _, kind, _ in run.notices.types if "Storm" in kind]


def acting(run: Run) -> int:
    """How many actions were begun."""
    return sum(one.counts for incident in run.incidents for one in incident.attempts)


@pytest.mark.proof
def test_60_failures_whose_cause_is_healed_recover_without_a_human() -> None:
    """One fleet incident, one notification; few begin before the first canary is verified."""
    found: Told = played(60, SOON_HEALED, vaults=4, until=timedelta(days=3))
    assert found.statuses == {Status.RECOVERED.value: 60}
    assert found.notices["BackupRemediator.StormDetected.v1"] == 1
    assert found.before_verified <= ITEMS - 1 + 1
    assert found.most_at_once > 1
    assert not found.notices["BackupRemediator.IncidentEscalated.v1"]
    assert len(found.storms) == 1


@pytest.mark.proof
def test_60_failures_without_a_cure_are_one_escalation() -> None:
    """Never more than the brake allows, and nobody is called for a single machine."""
    found = played(60, nothing_cures(), vaults=4, until=timedelta(hours=52))
    assert found.begun <= ITEMS - 1 + 3
    assert found.most_at_once == 1
    assert found.notices["BackupRemediator.StormDetected.v1"] == 1
    assert found.notices["BackupRemediator.StormEscalated.v1"] == 1
    assert not found.notices["BackupRemediator.IncidentEscalated.v1"]
    (storm,) = found.storms
    assert storm.state is StormState.ESCALATED
    assert storm.overdue >= 60 - found.begun
    assert storm.overdue_items


def test_a_storm_that_is_over_ends_by_itself_and_says_so_once() -> None:
    """The last who is held goes on, the storm cools down, people hear of it."""
    run = a_run(6, replace(nothing_cures(), cured_by=frozenset({"retry_backup"})))
    within(run, 12)
    assert {one.status for one in run.incidents} == {Status.RECOVERED}
    assert told(run) == ["StormDetected", "StormEnded"]
    (storm,) = run.stores.storms.kept().book.storms.values()
    assert storm.state is StormState.ENDED
    assert storm.items == 6
    assert storm.told == {News.DETECTED, News.ENDED}


@pytest.mark.proof
def test_the_fleet_recovers_by_its_schedule_after_an_escalation() -> None:
    """No permits any more, and yet no human: the next scheduled backups prove it healed."""
    run = a_run(8, replace(nothing_cures(), heals_after=8 * HOUR))
    within(run, 20)
    assert told(run) == ["StormDetected", "StormEscalated"]
    assert acting(run) <= 2 + 3
    within(run, 40)
    assert {one.status for one in run.incidents} == {Status.RECOVERED}
    assert told(run) == ["StormDetected", "StormEscalated", "StormEnded"]


def test_a_held_incident_says_which_storm_holds_it_and_until_when() -> None:
    """What ``why`` shows."""
    run = a_run(6, nothing_cures())
    within(run, 1)
    (storm,) = run.stores.storms.kept().book.standing
    held = [one for one in run.open if one.hold and one.attempt is None]
    assert held
    for one in held:
        assert one.hold is not None
        assert one.wake is not None
        (objection,) = one.hold.objections
        assert objection.guard == "storm"
        assert storm.id in objection.reason
        assert storm.owner.shown in objection.reason
        assert one.wake.at > run.clock.now() - HOUR


def test_who_is_excluded_is_no_canary_however_urgent() -> None:
    """Whoever asks for a permit would begin right now: a blocked canary is none."""
    cured = replace(nothing_cures(), cured_by=frozenset({"retry_backup"}))
    world = fleet(6, cured, vaults=1, storm_items=3, backup_hours=ALL_DAY)
    tags = {"criticality": "mission-critical", "backup-remediation": "off"}
    blocked = tuple(replace(one, tags=tags) for one in world.vms[:3])
    run = Run(replace(world, vms=(*blocked, *world.vms[3:])))
    run.begin()
    within(run, 14)
    names = {one.name for one in blocked}
    for incident in run.incidents:
        if incident.item.name in names:
            assert not incident.attempts
        else:
            assert incident.status is Status.RECOVERED


def test_a_canary_that_is_held_back_is_replaced_and_is_no_failed_one() -> None:
    """Azure takes no changes for three hours: permits go round, and nobody is escalated for it."""
    run = a_run(6, replace(nothing_cures(), cured_by=frozenset({"retry_backup"})))
    run.service.limits.close("writes", SUBSCRIPTION, START + 3 * HOUR)
    within(run, 16)
    assert {one.status for one in run.incidents} == {Status.RECOVERED}
    (storm,) = run.stores.storms.kept().book.storms.values()
    assert storm.permits == ()
    assert storm.failed == 0
    assert told(run) == ["StormDetected", "StormEnded"]


def test_the_estate_is_learnt_by_the_sweep() -> None:
    """Regions, and how large a small scope is."""
    run = a_run(6, nothing_cures(), items=10)
    within(run, 0.6)
    estate = run.stores.storms.read(run.clock.now()).estate
    (site,) = estate.sites.values()
    assert site.region == "westeurope"
    assert sum(site.policies.values()) == 6


@pytest.mark.proof
def test_a_worker_that_dies_with_a_permit_does_not_stop_the_storm() -> None:
    """The sweep takes back what nobody uses, and the next canary begins."""
    cured = replace(nothing_cures(), cured_by=frozenset({"retry_backup"}))
    quiet = a_run(6, cured, mischief=(calls := Mischief()))
    within(quiet, 2)
    writes = [n for n, name in enumerate(calls.calls, start=1) if name == "storms.write"]
    for number in writes[:6]:
        run = a_run(6, cured, mischief=Mischief({number: Mode.DIE_AFTER}))
        within(run, 14)
        assert run.deaths == 1
        assert {one.status for one in run.incidents} == {Status.RECOVERED}, number
        (storm,) = run.stores.storms.kept().book.storms.values()
        assert storm.permits == ()
        # Told by the sweep where the worker died of it: at least once, under one key.
        keys = {key for _, kind, key in run.notices.types if "StormDetected" in kind}
        assert len(keys) == 1


@pytest.mark.proof
def test_while_failures_cannot_be_counted_nothing_begins() -> None:
    """Fail closed; when storage is back, the incidents go on by themselves."""
    cured = replace(nothing_cures(), cured_by=frozenset({"retry_backup"}))
    calls = Mischief()
    quiet = a_run(2, cured, mischief=calls)
    within(quiet, 1)
    counting = {"storms.insert", "storms.read"}
    numbers = [n for n, name in enumerate(calls.calls, start=1) if name in counting]
    reasons = set()
    for number in numbers[:6]:
        run = a_run(2, cured, mischief=Mischief({number: Mode.FAIL_BEFORE}))
        run.run(done=lambda run=run: bool(run.mischief.struck))  # type: ignore[misc]
        reasons |= {one.hold.objections[0].reason for one in run.open if one.hold}
        within(run, 6)
        assert {one.status for one in run.incidents} == {Status.RECOVERED}, number
    (reason,) = reasons
    assert reason.startswith("failures cannot be counted: OutOfOrderError")

"""The world of partners, played by the real engine and SDKs: each guard at work."""

from collections.abc import Iterator
from datetime import timedelta
from functools import cache

import pytest

from local import worlds
from local.checker.comparison import compare
from local.checker.expected import expect
from local.checker.guarantees import verify
from remediation.incident import Incident, Status
from remediation.records import Held, ProofLeftToSchedule, RungSkipped
from tests.engine_kit.crew import crew
from tests.engine_kit.run import Run

pytestmark = pytest.mark.proof

WORLD = worlds.load("partners")


@cache
def played() -> Run:
    """Play the world once, until what the schedule proves is proved."""
    run = Run(WORLD, seed=3)
    run.begin()
    run.run(until=WORLD.start + timedelta(hours=52))
    return run


def machine(name: str) -> Incident:
    """Return the incident of a machine."""
    (found,) = (one for one in played().incidents if one.item.name.lower() == name)
    return found


def reasons(name: str) -> Iterator[str]:
    """Return why a machine was held back or a rung skipped, guard by guard."""
    incident = machine(name)
    for record in played().stores.incidents.records(incident.item, incident.id):
        match record.body:
            case Held(objections=objections):
                yield from (f"{one.guard}: {one.reason}" for one in objections)
            case RungSkipped(reasons=told) | ProofLeftToSchedule(reasons=told):
                yield from told
            case _:
                pass


def test_everything_ends_as_the_guards_let_it() -> None:
    """What may be repaired is; nothing is done beside a partner; all guarantees hold."""
    run = played()
    evidence = run.evidence()
    found = compare(evidence, expect(WORLD))
    assert found.as_expected, found
    assert found.recovered == found.recoverable == 26
    assert {name: one.detail for name, one in verify(evidence).items() if not one.held} == {}


def test_a_held_partner_says_who_is_at_work() -> None:
    """By name, by group, and what is done there."""
    told = "\n".join(text for number in range(1, 5) for text in reasons(f"front-{number}"))
    assert "is its partner (availability set avset-front): retry_backup is under way" in told
    told = "\n".join((*reasons("shop-1"), *reasons("shop-2")))
    assert "is its partner (tag app: shop): retry_backup is under way" in told


def test_nothing_is_done_beside_a_partner_that_cannot_stand_in() -> None:
    """One is switched off; the agent of another does not report: that objects to what disrupts."""
    half = machine("half-1")
    assert {one.action for one in half.attempts if one.counts} <= {"retry_backup"}
    assert machine("half-3").status is Status.RECOVERED
    assert any("its power state is deallocated" in one for one in reasons("half-1"))
    loud = machine("quiet-high")
    assert {one.action for one in loud.attempts if one.counts} == {"retry_backup"}
    assert any("its agent is not_ready" in one for one in reasons("quiet-high"))


def test_a_database_takes_no_extra_backup() -> None:
    """By tag and by extension; what repaired it is proved by the schedule."""
    for name in ("tagged", "sql", "hana"):
        assert machine(name).status is Status.ESCALATED, name
        assert any(one.startswith("database: ") for one in reasons(name)), name
    proved = machine("sql-agent")
    assert proved.status is Status.RECOVERED
    assert [one.action for one in proved.attempts if one.counts] == ["restart_agent"]


def test_disruptive_actions_wait_for_the_hour() -> None:
    """Two an hour: the rest say so."""
    told = [text for number in range(1, 6) for text in reasons(f"lone-{number}")]
    assert any(one.startswith("disruptive: 2 disruptive actions an hour") for one in told)


def test_nothing_is_left_claimed() -> None:
    """Whatever became of the attempts."""
    claims = played().stores.claims
    assert [one for vault in WORLD.vaults for one in claims.all(vault.subscription)] == []


@pytest.mark.parametrize("seed", [4])
def test_sixteen_workers_never_work_on_two_partners_at_once(seed: int) -> None:
    """Real threads, each with an engine of its own."""
    with crew(WORLD, workers=16, seed=seed) as run:
        run.begin()
        run.run(until=WORLD.start + timedelta(hours=12))
        evidence = run.evidence()
    found = compare(evidence, expect(WORLD))
    assert found.changed_without_permission == ()
    assert {name: one.detail for name, one in verify(evidence).items() if not one.held} == {}

"""The world of mixed policies, played by the real engine and SDKs: each guard at work."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any, override

import pytest
import requests

from local import worlds
from local.azure.http.message import Reply
from local.checker.comparison import compare
from local.checker.expected import expect
from local.checker.guarantees import verify
from local.checker.permitted import unpermitted
from local.demo.incidents import incidents
from local.inprocess.wire import Wire
from local.worlds import Misbehaviour
from remediation.incident import Incident, Status
from remediation.records import Held, RungSkipped
from tests.engine_kit.run import Run

pytestmark = pytest.mark.proof

WORLD = worlds.load("mixed-policy")
WATCHED = {"unnamed", "payroll", "frozen", "watched", "branch", "typo", "weekends"}
ASKING = {"sql", "postgres", "asks"}


def settled(run: Run) -> Callable[[], bool]:
    """Whether whatever is open goes no further by itself, and the night's window has come."""

    def done() -> bool:
        shown = incidents(run.evidence().items)
        held = all(one.held or one.group != "open" for one in shown)
        return held and len(shown) > len(WORLD.vms) - 4 and run.clock.now() > after_the_night

    after_the_night = WORLD.start + timedelta(hours=34)
    return done


@cache
def played() -> Run:
    """Play the world once, until nothing goes on by itself."""
    run = Run(WORLD, seed=3)
    run.begin()
    run.run(until=WORLD.start + timedelta(hours=34))
    assert run.run(until=WORLD.start + timedelta(days=3), done=settled(run))
    return run


def machine(name: str) -> Incident:
    """Return the first incident of a machine."""
    found = [one for one in played().incidents if one.item.name.lower() == name]
    return min(found, key=lambda one: one.opened_at)


def reasons(name: str) -> str:
    """Return why a machine was held back, guard by guard."""
    incident = machine(name)
    records = played().stores.incidents.records(incident.item, incident.id)
    told = [
        f"{one.guard}: {one.reason}"
        for record in records
        if isinstance(record.body, Held)
        for one in record.body.objections
    ]
    skipped = [
        reason
        for record in records
        if isinstance(record.body, RungSkipped)
        for reason in record.body.reasons
    ]
    return "\n".join([*told, *skipped])


def test_everything_ends_as_the_policy_lets_it() -> None:
    """What may be repaired is, the rest is held, and all guarantees are."""
    run = played()
    evidence = run.evidence()
    found = compare(evidence, expect(WORLD))
    assert found.as_expected, found
    assert found.recovered == found.recoverable == 14
    assert {name: one.detail for name, one in verify(evidence).items() if not one.held} == {}


def test_what_is_only_watched_stays_open_and_says_why() -> None:
    """By scope, by the machine itself, by an owner's tag, and by one that makes no sense."""
    for name in WATCHED:
        assert machine(name).ending is None
        assert machine(name).attempts == ()
        assert "would have run retry_backup" in reasons(name), name
    assert "mode is off" in reasons("frozen")
    assert "the tag backup-remediation cannot be read" in reasons("typo")
    assert "the tag backup-remediation-window cannot be read" in reasons("weekends")


def test_what_needs_a_yes_asks_for_it() -> None:
    """And changes nothing without one; looking needs none."""
    for name in ASKING:
        attempts = {one.action for one in machine(name).attempts}
        assert attempts <= {"inspect_guest", "inspect_network"}, name
        assert "approval" in reasons(name)


def test_what_disrupts_waits_for_its_window() -> None:
    """Not in the first night, which is closed by its date; the owner's is narrower still."""
    for name in ("night", "narrow"):
        incident = machine(name)
        assert incident.status is Status.RECOVERED
        (restart,) = (one for one in incident.attempts if one.action == "restart_agent")
        assert restart.acted_at is not None
        assert f"{restart.acted_at:%Y-%m-%d}" == "2026-11-04"
        assert 0 <= restart.acted_at.hour < 4
        if name == "narrow":
            assert restart.acted_at.hour >= 2
        assert "restart_agent needs a maintenance window" in reasons(name)
    assert "none is set" in reasons("day")
    assert "none is set" in reasons("alone")


def test_what_owner_and_policy_do_not_allow_goes_to_people() -> None:
    """Risks and opt-ins, each by its name."""
    assert "risk guest_service is above the allowed guest_io" in reasons("careful")
    assert "runs only where the policy names it" in reasons("crowded")
    for name in ("careful", "crowded", "day", "alone"):
        assert machine(name).status is Status.ESCALATED, name


class WithoutTags(Wire):
    """Azure whose subscriptions and resource groups cannot be read: there the tags are."""

    @override
    def carry(self, method: str, path: str, **asked: Any) -> Reply:
        parts = path.lower().strip("/").split("/")[1:]
        if len(parts) == 1 or (len(parts) == 3 and parts[1] == "resourcegroups"):
            raise requests.exceptions.ReadTimeout("the read timed out")
        return super().carry(method, path, **asked)


class Blind(Run):
    """A run whose worker can read no tags around a machine."""

    @override
    def wire(self, latency: timedelta) -> Wire:
        return WithoutTags(self.service, self.clock, latency)


def test_while_tags_cannot_be_read_nothing_is_changed() -> None:
    """Not even where the policy is auto: somebody may have said no."""
    run = Blind(WORLD, seed=4)
    run.begin()
    run.run(until=WORLD.start + timedelta(hours=4))
    assert len(run.incidents) > 20
    evidence = run.evidence()
    assert [one.path for one in evidence.requests if one.mutating] == []
    assert not [one for one in run.incidents if one.status is Status.CLOSED]


@pytest.mark.parametrize("seed", [5])
def test_time_outs_of_every_third_read_let_nothing_forbidden_happen(seed: int) -> None:
    """Also of the reads of tags: what could not be read is no permission."""
    bad = Misbehaviour(throttle=0.05, lost_answer=0.05, timeout=0.35)
    run = Run(replace(WORLD, misbehaviour=bad), seed=seed)
    run.begin()
    run.run(until=WORLD.start + timedelta(hours=12))
    evidence = run.evidence()
    assert unpermitted(evidence) == ()
    assert verify(evidence)["G7"].held
    assert any(one.mutating for one in evidence.requests)

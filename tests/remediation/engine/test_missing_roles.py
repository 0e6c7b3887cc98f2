"""A role that nobody assigned, by the real engine, adapters and SDKs on a simulated Azure."""

from datetime import timedelta

import pytest

from local.checker.guarantees import verify
from remediation.incident import AttemptResult, Incident, Status
from tests.engine_kit.run import Run
from tests.local.azure.building import a_fault, a_vm, a_world

pytestmark = pytest.mark.proof


def a_run(role: str) -> Run:
    """Begin a world in which reinstalling the extension is the cure, and a role is missing."""
    run = Run(a_world(a_vm(fault=a_fault("reinstall_extension")), missing_roles=frozenset({role})))
    run.begin()
    return run


def until_blocked(run: Run) -> Incident:
    """Run until the incident is held for want of a role."""
    for _ in range(200):
        run.run(until=run.clock.now() + timedelta(minutes=15))
        for incident in run.incidents:
            if any(one.result is AttemptResult.BLOCKED for one in incident.attempts):
                return incident
    raise AssertionError("it was never blocked")


def held(run: Run) -> bool:
    """Whether every guarantee holds of the run."""
    return all(one.held for one in verify(run.evidence()).values())


@pytest.mark.parametrize(("role", "name"), [("low", "VM"), ("backup", "Backup")])
def test_the_rung_is_blocked_by_name_and_goes_on_once_the_role_is_there(
    role: str, name: str
) -> None:
    """No attempt is spent on it, and nothing was changed meanwhile."""
    run = a_run(role)
    incident = until_blocked(run)
    assert incident.hold is not None
    (objection,) = [one for one in incident.hold.objections if one.guard == "role"]
    assert objection.reason.startswith(f"role Backup Remediator {name} is not assigned: 403")
    assert objection.until is not None
    run.service.access.missing = frozenset()
    assert run.run_until_settled()
    (incident,) = run.incidents
    assert incident.status is Status.RECOVERED
    assert held(run)


def test_a_role_that_stays_missing_is_named_to_people() -> None:
    """The ladder has gone on with what needs other roles, and nothing was sent with this one."""
    run = a_run("low")
    assert run.run_until_settled()
    (incident,) = run.incidents
    assert incident.status is Status.ESCALATED
    assert "role Backup Remediator VM is not assigned" in " ".join(run.notices.texts)
    refused = [one for one in run.service.journal if one["status"] == 403]
    assert refused
    assert not [
        one
        for one in run.service.journal
        if one["method"] == "DELETE" and "/extensions/" in one["url"] and one["status"] < 300
    ]
    assert held(run)

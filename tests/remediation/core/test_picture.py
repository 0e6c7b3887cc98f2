"""The picture: the facts that rungs ask for, and the evidence that people read."""

from dataclasses import replace
from typing import Any

import pytest

from remediation.evidence import described
from remediation.picture import facts, own_locks
from remediation.views import AgentState, Gone, JobStatus, Power, Unreadable
from tests.remediation.core.builders import (
    NIGHT,
    NOW,
    SUBSCRIPTION,
    a_duty,
    a_job,
    a_lock,
    a_machine,
    a_picture,
    a_protected,
    a_snapshot,
    an_agent,
    an_extension,
    an_incident,
    some_restore_points,
)


def known(**picture: Any) -> dict[str, str]:
    """The facts of a picture."""
    return facts(a_picture(**picture), an_incident(), 18)


def seen(**picture: Any) -> dict[str, str]:
    """The evidence of a picture."""
    return described(a_picture(**picture), an_incident(), 18)


def test_the_standard_night_has_all_facts() -> None:
    """Each in a word that a rung's condition can name."""
    assert known() == {
        "os": "linux",
        "power": "running",
        "agent": "ready",
        "provisioning": "succeeded",
        "backup_extension": "ok",
        "other_extension": "ok",
        "lock": "none",
        "restore_points": "below",
        "running_job": "no",
        "protection": "active",
        "encryption": "none",
    }


def test_what_was_not_read_is_no_fact() -> None:
    """Neither for what was not asked for nor for what could not be read."""
    for part in (None, Unreadable(reason="429")):
        assert known(machine=part, locks=part, restore_points=part, snapshot=part) == {}


def test_what_azure_does_not_tell_is_no_fact() -> None:
    """A stale Ready, an unknown power state, a provisioning state nobody knows."""
    machine = a_machine(
        os=None, power=Power.UNKNOWN, provisioning="migrating", agent=an_agent(AgentState.UNKNOWN)
    )
    assert not {"os", "power", "provisioning", "agent"} & known(machine=machine).keys()


@pytest.mark.parametrize(
    ("extensions", "ours", "others"),
    [
        ((), "absent", "ok"),
        ((an_extension(state="failed"),), "failed", "ok"),
        ((an_extension(publisher="microsoft.azure.recoveryservices"),), "ok", "ok"),
        ((an_extension(publisher="Contoso", state="failed"),), "absent", "failed"),
        ((an_extension(), an_extension(publisher="Contoso", state="failed")), "ok", "failed"),
    ],
)
def test_the_backup_extension_is_told_from_others(
    extensions: tuple[Any, ...], ours: str, others: str
) -> None:
    """By its publisher, in any casing."""
    found = known(machine=a_machine(extensions=extensions))
    assert (found["backup_extension"], found["other_extension"]) == (ours, others)


@pytest.mark.parametrize(
    ("locks", "duties", "fact"),
    [
        ((), (), "none"),
        ((a_lock(),), (), "own"),
        ((), (a_duty(),), "own"),
        ((), (a_duty(state="restored"),), "none"),
        ((a_lock(scope=f"/subscriptions/{SUBSCRIPTION}"),), (), "inherited"),
        ((a_lock(), a_lock("Estate", scope=f"/subscriptions/{SUBSCRIPTION}")), (), "inherited"),
    ],
)
def test_a_lock_is_own_inherited_or_none(
    locks: tuple[Any, ...], duties: tuple[Any, ...], fact: str
) -> None:
    """One that is kept away is the group's own; an inherited one decides."""
    assert known(locks=locks, duties=duties)["lock"] == fact


def test_restore_points_are_at_the_limit_from_it_on() -> None:
    """Eighteen of eighteen."""
    assert known(restore_points=some_restore_points(17))["restore_points"] == "below"
    assert known(restore_points=some_restore_points(18))["restore_points"] == "at_limit"


def test_a_running_job_and_paused_protection_are_facts() -> None:
    """Of the vault's list."""
    running = a_job("job-7", status=JobStatus.IN_PROGRESS, ended=None)
    snapshot = a_snapshot(a_job(), running, protected=a_protected(state="ProtectionPaused"))
    found = known(snapshot=snapshot)
    assert (found["running_job"], found["protection"]) == ("yes", "paused")
    assert known(snapshot=replace(snapshot, items=()))["protection"] == "paused"


def test_evidence_tells_what_people_look_for() -> None:
    """Agent, failing extensions by name, locks, and the count of restore points."""
    failed = an_extension(
        name="script", publisher="Contoso", kind="Custom", state="failed", message="exit 1"
    )
    silent = an_extension(name="log", publisher="Contoso", kind="Log", state="failed")
    agent = an_agent(message="no heartbeat", reported_at=NIGHT, version="2.9")
    found = seen(machine=a_machine(agent=agent, extensions=(failed, silent)), locks=(a_lock(),))
    assert found["installed_agent"] == "2.9"
    assert found["agent_reported_at"] == NIGHT.isoformat()
    assert found["agent_message"] == "no heartbeat"
    assert found["failed_extensions"] == (
        "Contoso/Custom (script): exit 1; Contoso/Log (log): failed"
    )
    assert found["locks"] == f"CanNotDelete CanNotDelete-Backup on {a_lock().scope}"
    assert found["restore_point_count"] == "5"


def test_an_agent_that_never_reported_is_told_so() -> None:
    """And one without a version."""
    found = seen(machine=a_machine(agent=an_agent()))
    assert (found["agent_reported_at"], found["installed_agent"]) == ("never", "not told")


def test_a_healthy_agents_reports_are_no_news() -> None:
    """It reports every few minutes; the trail would grow by each."""
    assert "agent_reported_at" not in seen()


def test_a_machine_that_is_gone_is_evidence() -> None:
    """And one that could not be read is none."""
    assert seen(machine=Gone(what="VM-01"))["machine"] == "does not exist"
    assert "machine" not in seen(machine=Unreadable(reason="429"))


def test_a_machines_jobs_are_its_own_oldest_first() -> None:
    """The vault lists newest first, and many machines."""
    late = a_job("late", started=NOW)
    other = a_job("other", machine=("web", "vm-02"))
    snapshot = a_snapshot(late, other, a_job())
    picture = a_picture(snapshot=snapshot)
    assert [one.key.job for one in picture.jobs(an_incident())] == ["job-1", "late"]
    assert snapshot.job(late.key) is late
    assert snapshot.job(a_job("none").key) is None


@pytest.mark.parametrize("part", ["locks", "restore_points"])
def test_without_locks_or_group_no_lock_is_known_to_be_own(part: str) -> None:
    """A lock is the group's own only where both were read."""
    assert own_locks(a_picture(locks=(a_lock(),))) == (a_lock(),)
    assert own_locks(a_picture(**{"locks": (a_lock(),), part: Unreadable(reason="429")})) == ()

"""A machine with a database takes no backup but those of its schedule, unless opted in."""

from dataclasses import replace
from typing import Any

import pytest

from remediation.guardrails import objections
from remediation.incident import Objection, StepName
from remediation.messages import Succeeded
from remediation.model import DatabaseBackup, Mode, Rung
from remediation.picture import Picture
from remediation.plan import Plan
from remediation.records import ApprovalRequested, RungSkipped, StepIntended
from remediation.repertoire import ACTIONS
from remediation.views import Schedule
from tests.remediation.core.builders import (
    DAY,
    HOUR,
    NIGHT,
    NOW,
    a_failure,
    a_failure_seen,
    a_machine,
    a_picture,
    a_playbook,
    a_policy,
    a_protected,
    a_schedule,
    a_snapshot,
    an_extension,
    an_incident,
)
from tests.remediation.core.story import Story, kinds

TAGGED = a_picture(tags={"role": "Database"})
SQL_AGENT = an_extension(
    name="SqlIaasExtension", publisher="Microsoft.SqlServer.Management", kind="SqlIaaSAgent"
)
WORKLOAD = an_extension(
    name="AzureBackupLinuxWorkload",
    publisher="Microsoft.Azure.RecoveryServices.WorkloadBackup",
    kind="AzureBackupLinuxWorkload",
)


def told(action: str = "retry_backup", step: StepName | None = None, **changes: Any) -> list[str]:
    """Who objects, and why."""
    return [f"{one.guard}: {one.reason}" for one in found(action, step, **changes)]


def found(
    action: str = "retry_backup", step: StepName | None = None, **changes: Any
) -> tuple[Objection, ...]:
    """Everything that objects."""
    plan = Plan(
        action=ACTIONS[action],
        rung=Rung(do=action),
        step=step or ACTIONS[action].all_steps[0],
        incident=an_incident(),
        history=Story().history,
        picture=TAGGED,
        policy=a_policy(),
        now=NOW,
    )
    return objections(replace(plan, **changes))


def having(*extensions: Any) -> Picture:
    """A machine with these extensions."""
    return a_picture(machine=a_machine(extensions=extensions))


@pytest.mark.parametrize(
    ("picture", "why"),
    [
        (TAGGED, "it is a database (tag role: Database)"),
        (a_picture(tags={" ROLE ": " sql "}), "it is a database (tag role: sql)"),
        (having(SQL_AGENT), "a database runs on it (extension SqlIaasExtension)"),
        (having(WORKLOAD), "a database runs on it (extension AzureBackupLinuxWorkload)"),
    ],
)
def test_a_database_takes_no_extra_backup(picture: Picture, why: str) -> None:
    """By a tag in any casing, by Azure's extension for SQL Server, by that of a workload backup."""
    assert told(picture=picture) == [f"database: {why}: no backup but those of its schedule"]


def test_what_was_seen_inside_counts() -> None:
    """A look into the guest found an engine running."""
    seen = an_incident(inspected={"database_host": "yes"})
    assert told(incident=seen, picture=a_picture()) == [
        "database: a database runs on it (seen inside): no backup but those of its schedule"
    ]
    none = an_incident(inspected={"database_host": "no"})
    assert told(incident=none, picture=a_picture()) == []


def test_what_is_seen_counts_though_a_tag_says_something_else() -> None:
    """The more careful of the two holds."""
    picture = replace(having(SQL_AGENT), tags={"role": "web"})
    assert told(picture=picture) != []


@pytest.mark.parametrize(
    "picture",
    [
        a_picture(tags={"role": "web"}),
        a_picture(tags={"tier": "database"}),
        having(an_extension(publisher="Microsoft.Azure.RecoveryServices", kind="VMSnapshot")),
        having(an_extension(publisher="Contoso", kind="SqlIaaSAgent")),
    ],
)
def test_what_is_no_database_is_retried(picture: Picture) -> None:
    """Other values, other tags, other extensions: Azure Backup's own above all."""
    assert told(picture=picture) == []


def test_names_and_values_of_the_tag_are_those_of_the_policy() -> None:
    """No value at all: only what is seen counts."""
    named = a_policy(database_tag="tier", database_values=frozenset({"data"}))
    assert told(policy=named) == []
    assert told(policy=named, picture=a_picture(tags={"Tier": "DATA"})) != []
    assert told(policy=a_policy(database_values=frozenset())) == []


def test_the_policy_may_opt_in() -> None:
    """For a scope, say."""
    assert told(policy=a_policy(database_backup=DatabaseBackup.ON_DEMAND)) == []


@pytest.mark.parametrize(
    ("action", "step"),
    [
        ("clean_up_restore_points", StepName.CLEAN_UP),
        ("clear_lock", StepName.REMOVE_LOCK),
        ("reapply_vm", StepName.BACKUP),
    ],
)
def test_every_backup_of_ours_is_an_extra_one(action: str, step: StepName) -> None:
    """A clean-up, what a lock is taken away for, a proof."""
    assert [one.until for one in found(action, step)] == [None]
    assert told("reapply_vm") == []


def test_a_retry_waits_for_the_run_that_does_what_it_would_have_done() -> None:
    """After that run the ladder goes on without it."""
    story = Story()
    bodies = story.fails(picture=TAGGED)
    assert kinds(bodies) == ["IncidentOpened", "Held"]
    assert story.due == NIGHT + DAY + 2 * HOUR
    again = a_failure("job-2", started=NIGHT + DAY, ended=NIGHT + DAY + HOUR)
    story.waits(DAY + HOUR)
    assert kinds(story.fails(a_failure_seen(failure=again), TAGGED)) == ["FailureAttached"]
    assert [one.action for one in story.wakes(TAGGED) if isinstance(one, RungSkipped)] == [
        "retry_backup"
    ]


@pytest.mark.parametrize("schedule", [None, a_schedule(times=())])
def test_without_a_schedule_nothing_is_waited_for(schedule: Schedule | None) -> None:
    """The rung is skipped."""
    unscheduled = a_snapshot(protected=a_protected(schedule=schedule))
    bodies = Story().fails(picture=replace(TAGGED, snapshot=unscheduled))
    assert "RungSkipped" in kinds(bodies)


def test_nobody_is_asked_for_what_the_schedule_does() -> None:
    """Where every change needs a yes."""
    story = Story(policy=a_policy(mode=Mode.APPROVE))
    bodies = story.fails(picture=TAGGED)
    assert not any(isinstance(one, ApprovalRequested | StepIntended) for one in bodies)


def test_a_promoted_retry_waits_for_the_run_as_in_auto() -> None:
    """It asks nobody, whatever the mode of all others."""
    story = Story(policy=a_policy(mode=Mode.APPROVE, promoted=frozenset({"retry_backup"})))
    assert kinds(story.fails(picture=TAGGED)) == ["IncidentOpened", "Held"]
    assert story.due == NIGHT + DAY + 2 * HOUR


def test_a_repair_of_a_database_is_proved_by_its_schedule() -> None:
    """The repair itself runs."""
    story = Story()
    story.fails(a_failure_seen(a_playbook("reapply_vm")), TAGGED)
    assert story.performed == [StepName.REAPPLY]
    bodies = story.hears(Succeeded(done=True), TAGGED)
    assert kinds(bodies)[-1] == "ProofLeftToSchedule"
    assert story.due == NIGHT + DAY + 2 * HOUR

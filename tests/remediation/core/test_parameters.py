"""What a step is sent with: chosen when it is intended, from what was read."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from remediation.history import History
from remediation.incident import StepName
from remediation.model import Rung
from remediation.parameters import parameters
from remediation.plan import Plan
from remediation.repertoire import ACTIONS
from tests.remediation.core.builders import (
    BACKUP_GROUP,
    DAY,
    MINUTE,
    NOW,
    a_duty,
    a_lock,
    a_machine,
    a_picture,
    a_policy,
    a_protected,
    a_snapshot,
    an_agent,
    an_incident,
)


def chosen(step: StepName, **picture: Any) -> dict[str, str]:
    """The parameters of a step."""
    return parameters(
        Plan(
            action=ACTIONS["clear_lock"],
            rung=Rung(do="clear_lock"),
            step=step,
            incident=an_incident(),
            history=History(),
            picture=a_picture(**picture),
            policy=a_policy(retention=timedelta(days=7)),
            now=NOW,
        )
    )


def test_a_step_knows_the_machine_and_its_restore_points() -> None:
    """Names, counts and times."""
    assert chosen(StepName.REAPPLY) == {
        "location": "westeurope",
        "os": "linux",
        "agent_reported_at": (NOW - MINUTE).isoformat(),
        "backup_group": BACKUP_GROUP,
        "restore_points": "5",
        "collections": "AzureBackup_VM-01_1",
    }


def test_what_was_not_read_is_no_parameter() -> None:
    """Nothing is guessed."""
    assert chosen(StepName.REAPPLY, machine=None, restore_points=None) == {}
    machine = a_machine(os=None, agent=an_agent())
    assert chosen(StepName.REAPPLY, machine=machine, restore_points=None) == {
        "location": "westeurope"
    }


@pytest.mark.parametrize("step", [StepName.BACKUP, StepName.CLEAN_UP])
@pytest.mark.parametrize(("snapshots", "days"), [(2, 7), (7, 7), (30, 30), (None, 7)])
def test_a_backup_is_kept_no_shorter_than_the_policy_keeps_snapshots(
    step: StepName, snapshots: int | None, days: int
) -> None:
    """A shorter retention may be refused."""
    snapshot = a_snapshot(protected=a_protected(snapshot_days=snapshots))
    found = chosen(step, snapshot=snapshot)
    assert datetime.fromisoformat(found["keep_until"]) == NOW + days * DAY


@pytest.mark.parametrize(
    ("system", "name"), [("windows", "VMSnapshot"), ("linux", "VMSnapshotLinux")]
)
def test_the_operating_system_names_the_extension(system: str, name: str) -> None:
    """Azure Backup's own, and no other."""
    found = chosen(StepName.DELETE_EXTENSION, machine=a_machine(os=system))
    assert found["extension"] == name


def test_a_lock_that_stands_and_one_that_is_away_are_named_once() -> None:
    """Both own locks are taken away or joined; an inherited one never is named."""
    second = a_lock("Second")
    inherited = a_lock("Estate", scope="/subscriptions/s")
    found = chosen(
        StepName.REMOVE_LOCK,
        locks=(second, inherited),
        duties=(a_duty(), a_duty(lock=second), a_duty(lock=a_lock("Back"), state="restored")),
    )
    assert found["locks"] == "Second,CanNotDelete-Backup"

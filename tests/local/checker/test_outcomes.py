"""G8 and G9, held and broken: locks come back, and recovered is proved."""

from typing import Any

import pytest

from local.checker.evidence import Evidence
from tests.local.azure.building import BACKUP_GROUP, a_fault, a_lock, a_vm, a_world
from tests.local.checker.runs import (
    LOCK,
    Story,
    a_duty,
    a_job,
    a_machine,
    a_request,
    a_run,
    at,
    held,
    opened,
    our_job,
)


def a_lock_told(**changes: Any) -> dict[str, Any]:
    """Return a lock as the truth tells it, taken away and back again."""
    told: dict[str, Any] = {
        "id": LOCK,
        "scope": BACKUP_GROUP,
        "name": "keep",
        "level": "CanNotDelete",
        "notes": None,
        "owners": [],
        "present": True,
        "removed_at": at(20),
        "restored_at": at(200),
    }
    return told | changes


def a_locked_run(lock: dict[str, Any], *stories: Story, **changes: Any) -> Evidence:
    """Return a run in which a lock was removed by a rung."""
    removal = a_request(method="DELETE", url=LOCK, status=200)
    world = a_world(a_vm(fault=a_fault("clear_lock")), locks=(a_lock(),))
    duties = changes.pop("duties", (a_duty(LOCK),))
    return a_run(*stories, world=world, locks=[lock], log=[removal], duties=duties, **changes)


class TestG8:
    """Locks come back."""

    def test_a_lock_that_is_back_in_time_holds_it(self) -> None:
        """Removed, and put back as it was."""
        assert held("G8", a_locked_run(a_lock_told()))

    def test_a_lock_that_is_away_after_its_time_breaks_it(self) -> None:
        """Its duty was due."""
        away = a_lock_told(present=False, restored_at=None)

        assert not held("G8", a_locked_run(away, duties=(a_duty(LOCK, minutes=100),)))
        assert held("G8", a_locked_run(away, duties=(a_duty(LOCK, state="removed"),)))

    def test_a_lock_that_is_away_and_told_of_holds_it(self) -> None:
        """It stands in an open escalation."""
        away = a_lock_told(present=False, restored_at=None)
        story = opened().add("Escalated", 12, reason="keep is away", ladder_goes_on=False)
        duties = (a_duty(LOCK, minutes=100),)

        assert held("G8", a_locked_run(away, story, duties=duties))

    def test_a_removal_without_a_duty_breaks_it(self) -> None:
        """Nobody has promised to put it back."""
        assert not held("G8", a_locked_run(a_lock_told(), duties=()))

    @pytest.mark.parametrize(
        "changes",
        [{"restored_at": at(60 * 30)}, {"level": "ReadOnly"}, {"notes": "changed"}],
        ids=["too late", "another level", "other notes"],
    )
    def test_a_lock_that_is_not_as_it_was_breaks_it(self, changes: dict[str, Any]) -> None:
        """In time, and whole."""
        assert not held("G8", a_locked_run(a_lock_told(**changes)))


class TestG9:
    """Recovered is proved."""

    @pytest.mark.parametrize(
        "point",
        [
            {"time": at(5), "job": "j2", "in_vault_tier": True},
            {"time": at(15), "job": "j2", "in_vault_tier": False},
            {"time": at(15), "job": "j1", "in_vault_tier": True},
            {"time": at(80), "job": "j2", "in_vault_tier": True},
        ],
        ids=["before the failure ended", "not in the vault", "of a failed job", "after the end"],
    )
    def test_a_point_that_proves_nothing_breaks_it(self, point: dict[str, Any]) -> None:
        """Each way in which a point is none."""
        assert not held("G9", a_run(machines=[a_machine(recovery_points=[point])]))

    def test_a_crash_consistent_point_counts(self) -> None:
        """A warning that is only 400446 is a success."""
        jobs = [a_job(), our_job(status="CompletedWithWarnings", number=400446)]

        assert held("G9", a_run(machines=[a_machine(jobs=jobs)]))

"""What must be proved before restore points are deleted. Nothing else stands between them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remediation.actions.deletion import objections
from remediation.views import RestorePoints, Tier
from tests.remediation.core.builders import DAY, HOUR, MINUTE, NOW, a_point

OBJECTIVE = 50 * HOUR
BOTH = frozenset({Tier.SNAPSHOT, Tier.VAULT})
ONLY_SNAPSHOT = frozenset({Tier.SNAPSHOT})


def kept(*ages: timedelta, names: tuple[str, ...] = ("AzureBackup_VM-01_1",)) -> RestorePoints:
    """Restore points of these ages."""
    return RestorePoints(
        group="AzureBackupRG_westeurope_1",
        collections=names,
        count=len(ages),
        taken=tuple(NOW - age for age in ages),
    )


def reasons(
    found: RestorePoints,
    *ages: timedelta,
    tiers: frozenset[Tier] = BOTH,
    restoring: bool = False,
) -> tuple[str, ...]:
    """Objections with recovery points of these ages."""
    points = tuple(a_point(NOW - age, tiers=tiers) for age in ages)
    return objections(found, points, restoring=restoring, objective=OBJECTIVE, now=NOW)


def test_points_that_are_all_in_the_vault_may_go() -> None:
    """Each has its copy; the newest is within the objective."""
    assert reasons(kept(1 * DAY, 2 * DAY), 1 * DAY, 2 * DAY) == ()


def test_a_point_that_is_only_in_the_snapshot_tier_is_never_deleted() -> None:
    """It is the only copy of that day."""
    found = objections(
        kept(1 * DAY, 2 * DAY),
        (a_point(NOW - 1 * DAY, tiers=BOTH), a_point(NOW - 2 * DAY, tiers=ONLY_SNAPSHOT)),
        restoring=False,
        objective=OBJECTIVE,
        now=NOW,
    )
    assert len(found) == 1
    assert "the only copy" in found[0]


def test_a_restore_point_that_the_vault_does_not_know_stays() -> None:
    """Somebody else's, or one whose transfer is still under way."""
    assert any("the only copy" in one for one in reasons(kept(1 * DAY, 3 * DAY), 1 * DAY))


def test_one_copy_does_not_stand_for_two_points() -> None:
    """Each restore point is matched with a recovery point of its own."""
    close = kept(1 * DAY, 1 * DAY + 10 * MINUTE)
    assert any("the only copy" in one for one in reasons(close, 1 * DAY))


def test_nothing_goes_without_a_vault_point_within_the_objective() -> None:
    """What would be left is too old to restore from."""
    old = reasons(kept(3 * DAY), 3 * DAY)
    assert any("within the objective" in one for one in old)
    assert any("none" in one for one in reasons(kept(), tiers=ONLY_SNAPSHOT))


def test_a_restore_under_way_keeps_everything() -> None:
    """It may be reading from these very points."""
    assert reasons(kept(1 * DAY), 1 * DAY, restoring=True) == (
        "a restore of the machine is under way",
    )


@pytest.mark.parametrize("name", ["MyPoints", "backup_VM-01", "AzureBackup"])
def test_a_collection_of_another_name_is_somebody_elses(name: str) -> None:
    """Azure Backup names its own."""
    found = reasons(kept(1 * DAY, names=("AzureBackup_VM-01_1", name)), 1 * DAY)
    assert found == (f"the collection {name} is not named as Azure Backup names its own",)


@pytest.mark.parametrize("name", ["AzureBackup_VM-01_211", "azurebackuprg_vm-01_1"])
def test_both_spellings_of_the_service_are_its_own(name: str) -> None:
    """In any casing."""
    assert reasons(kept(1 * DAY, names=(name,)), 1 * DAY) == ()


def test_points_of_unknown_age_stay() -> None:
    """What cannot be matched cannot be proved."""
    unknown = RestorePoints(group="g", collections=("AzureBackup_VM-01_1",), count=2)
    assert reasons(unknown, 1 * DAY) == ("it is not known when each restore point was taken",)


@given(
    st.lists(st.integers(0, 400), max_size=12, unique=True),
    st.lists(st.booleans(), min_size=12, max_size=12),
)
def test_whatever_stands_there_the_only_copy_is_never_deleted(
    hours: list[int], vaulted: list[bool]
) -> None:
    """For any mixture of tiers: no objection means that every point has a copy in the vault."""
    ages = [HOUR * one for one in hours]
    points = tuple(
        a_point(NOW - age, tiers=BOTH if safe else ONLY_SNAPSHOT)
        for age, safe in zip(ages, vaulted, strict=False)
    )
    found = objections(kept(*ages), points, restoring=False, objective=OBJECTIVE, now=NOW)
    copies = [point.time for point in points if Tier.VAULT in point.tiers]
    if not found:
        assert len(copies) == len(ages)
        assert max(copies) >= NOW - OBJECTIVE

"""The contract of ``Duties``."""

from dataclasses import replace

import pytest

from remediation.duties import Duty, DutyState
from remediation.race import LostRace
from tests.state import values
from tests.state.conftest import Kit


def test_a_duty_comes_back_whole_by_its_lock(kit: Kit) -> None:
    """Definition, holders, times; the key in any casing."""
    put = kit.duties().put(values.a_duty())
    assert isinstance(put, Duty)
    assert replace(put, version=None) == values.a_duty()
    assert kit.duties().get(put.lock.key.upper()) == put


def test_a_lock_without_a_duty_has_none(kit: Kit) -> None:
    """Nothing is made by looking."""
    assert kit.duties().get(values.a_lock().key) is None


def test_a_key_that_is_no_lock_is_refused(kit: Kit) -> None:
    """The error says what was expected."""
    with pytest.raises(ValueError, match="management lock"):
        kit.duties().get("/subscriptions/x")


def test_of_two_that_insert_the_second_loses(kit: Kit) -> None:
    """Whoever comes second reads, joins and puts again."""
    assert isinstance(kit.duties().put(values.a_duty()), Duty)
    assert kit.duties().put(values.a_duty()) == LostRace()


def test_of_two_that_change_one_version_the_second_loses(kit: Kit) -> None:
    """Also where both write the very same: only one of them removes the lock."""
    put = kit.duties().put(values.a_duty())
    assert isinstance(put, Duty)
    removing = replace(put, state=DutyState.REMOVING)
    first = kit.duties().put(removing)
    assert isinstance(first, Duty)
    assert first.version != put.version
    assert kit.duties().put(removing) == LostRace()
    assert kit.duties().get(put.lock.key) == first


def test_a_version_of_a_duty_that_is_not_there_loses(kit: Kit) -> None:
    """A change needs what it changes."""
    version = "W/\"datetime'2026-11-20T12%3A00%3A00.0000000Z'\""
    assert kit.duties().put(values.a_duty(version=version)) == LostRace()


def test_duties_are_listed_all_and_by_group(kit: Kit) -> None:
    """Two locks on one group, one on another."""
    duties = kit.duties()
    locks = [
        values.a_lock("a"),
        values.a_lock("b"),
        values.a_lock("a", group="AzureBackupRG_north_1"),
    ]
    for lock in locks:
        duties.put(values.a_duty(lock=lock))
    assert {duty.lock for duty in kit.duties().all()} == set(locks)
    at_west = kit.duties().at_group(values.SUBSCRIPTION.upper(), "azurebackuprg_WEST_1")
    assert {duty.lock for duty in at_west} == set(locks[:2])
    assert duties.at_group(values.SUBSCRIPTION, "elsewhere") == ()

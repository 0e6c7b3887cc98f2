"""Settings of the upkeep."""

from datetime import timedelta

import pytest

from remediation.overdue import Limits
from remediation.settings import SettingsError
from remediation.upkeep import Upkeep, read_upkeep


def test_without_a_setting_the_defaults_hold() -> None:
    """400 days of audit, as the design has it."""
    assert read_upkeep({}) == Upkeep()
    assert read_upkeep({"REMEDIATOR_STUCK_AFTER": " "}).audit_retention == timedelta(days=400)


def test_each_is_read() -> None:
    """As ISO 8601 durations."""
    found = read_upkeep(
        {
            "REMEDIATOR_INCIDENT_LIMIT": "P7D",
            "REMEDIATOR_STUCK_AFTER": "PT2H",
            "REMEDIATOR_AUDIT_RETENTION": "P90D",
        }
    )
    limits = Limits(incident=timedelta(days=7), stuck=timedelta(hours=2))
    assert found == Upkeep(limits=limits, audit_retention=timedelta(days=90))


def test_every_fault_is_named_at_once() -> None:
    """What the item's history still needs is not removed, and no sweep can be faster than it is."""
    with pytest.raises(SettingsError) as caught:
        read_upkeep(
            {
                "REMEDIATOR_INCIDENT_LIMIT": "three weeks",
                "REMEDIATOR_STUCK_AFTER": "PT1M",
                "REMEDIATOR_AUDIT_RETENTION": "P89D",
            }
        )
    assert [one.partition(":")[0] for one in caught.value.faults] == [
        "REMEDIATOR_INCIDENT_LIMIT",
        "REMEDIATOR_STUCK_AFTER",
        "REMEDIATOR_AUDIT_RETENTION",
    ]
    assert caught.value.faults[-1].endswith("expected at least P90D, got P89D")

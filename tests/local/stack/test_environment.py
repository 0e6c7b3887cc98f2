"""The host's app settings, read back by the product's own reader."""

from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path

import pytest

from local import worlds
from local.stack.environment import POLICY, duration, of_host, of_policy
from local.worlds import Policy
from remediation.policies.settings import Place, read_place
from remediation.readers import duration as read_duration
from remediation.settings import read_policy


def the_host(policy: Policy, document: Path | None = None) -> dict[str, str]:
    """Return the host's settings, everything but the policy left empty."""
    return of_host(
        storage="",
        arm_endpoint="",
        clock="",
        topic_endpoint="",
        topic_key="",
        host_key="",
        scopes=["0B1F6471-1BF0-4DDA-AEC3-CB9272F09590"],
        policy=policy,
        policy_file=document,
    )


def test_the_host_is_told_where_the_policy_document_lies() -> None:
    """As a file, and only where the world has one."""
    policy = worlds.default().policy
    assert read_place(the_host(policy, Path("/run/policy.yaml"))) == Place(file="/run/policy.yaml")
    assert read_place(the_host(policy)) == Place()


def test_every_key_of_a_worlds_policy_becomes_a_setting() -> None:
    """A key that is added to the world and not here is a red test."""
    assert set(POLICY) == {field.name for field in fields(Policy)}


def test_the_product_reads_the_policy_that_the_world_states() -> None:
    """Written here, read by ``remediation.settings``: the same values."""
    stated = worlds.default().policy
    settings = the_host(stated)
    read = read_policy(settings)
    assert read.scopes == {"0b1f6471-1bf0-4dda-aec3-cb9272f09590"}
    assert (read.mode.value, read.max_risk.word) == (stated.mode, stated.max_risk)
    same = set(POLICY) - {"mode", "max_risk", "storm_items"}
    assert {name: getattr(read, name) for name in same} == {
        name: getattr(stated, name) for name in same
    }


def test_a_storm_brake_that_is_off_is_written_as_the_world_writes_it() -> None:
    """Nought is off, in the world's file and in the setting."""
    off = replace(worlds.default().policy, storm_items=0)
    assert of_policy(off)["REMEDIATOR_STORM_ITEMS"] == "0"


@pytest.mark.parametrize(
    "value",
    [timedelta(0), timedelta(hours=50), timedelta(days=7, minutes=3, seconds=1)],
    ids=str,
)
def test_durations_are_written_as_they_are_read(value: timedelta) -> None:
    """ISO 8601."""
    assert read_duration(duration(value)) == value

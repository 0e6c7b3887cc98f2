"""Incidents as the demo shows them, from heads as the software stores them."""

import json
from dataclasses import replace
from typing import Any

import pytest

from local.checker.trail import Head, ItemTrail
from local.demo.incidents import incidents
from remediation.incident import Attempt, AttemptResult, Ending, Status
from state import codec
from tests.local.demo.remains import a_trail, at
from tests.state.values import NOON, an_incident


def test_a_head_that_the_software_stores_can_be_shown() -> None:
    """Every field that is read is there, under its name."""
    attempt = Attempt(
        number=1,
        rung=1,
        action="retry_backup",
        cause="c",
        round=1,
        acted_at=NOON,
        request_ids=("R1",),
        result=AttemptResult.CURED,
    )
    ending = Ending(status=Status.RECOVERED, at=NOON, reason="proved", point=NOON)
    stored = replace(an_incident(), attempts=(attempt,), ending=ending)
    tree = json.loads(codec.encode(stored))
    head = Head(incident="inc-1", open=False, status="recovered", state=tree)
    trail = ItemTrail(item="/x/vm-1", position=0, hash="", records=(), heads=(head,), markers={})

    (shown,) = incidents([trail])

    assert (shown.name, shown.group, shown.says) == ("vm-1", "recovered", "proved")
    assert (shown.cause, shown.ladder) == (stored.cause, ("retry_backup",))
    assert shown.attempts[0].request_ids == ("r1",)
    assert shown.ended_at == NOON
    assert shown.failures == {stored.failures[0].job.job}


@pytest.mark.parametrize(
    ("status", "group"),
    [
        ("recovered", "recovered"),
        ("recovered_degraded", "recovered_degraded"),
        ("closed", "closed"),
        ("escalated", "escalated"),
        ("acting", "open"),
        ("waiting", "open"),
    ],
)
def test_every_status_counts_as_one_of_five(status: str, group: str) -> None:
    """What is under way is open; what people have is not."""
    (shown,) = incidents([a_trail(status)])

    assert shown.group == group


@pytest.mark.parametrize(
    ("state", "says"),
    [
        ({"step": {"name": "backup", "state": "sent"}}, "backup: sent"),
        ({"hold": {"objections": [{"reason": "a job runs"}, {"reason": "x"}]}}, "a job runs"),
        ({"escalation": {"at": at(1), "reason": "nothing is left"}}, "nothing is left"),
        ({}, "see how it goes"),
        ({"wake": None}, ""),
    ],
    ids=["step", "hold", "escalation", "wake", "nothing"],
)
def test_an_open_incident_says_what_it_waits_for(state: dict[str, Any], says: str) -> None:
    """The nearest thing first."""
    (shown,) = incidents([a_trail("waiting", **state)])

    assert shown.says == says

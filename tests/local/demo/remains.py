"""Heads, machines and moments for the demo's tests; everything is whole by default."""

import json
from datetime import timedelta
from typing import Any

from local.checker.expected import Expectation, expect
from local.checker.trail import Head, ItemTrail
from local.demo.incidents import Incident
from local.demo.view import Moment
from tests.local.azure.building import START, a_fault, a_lock, a_vm, a_world
from tests.local.checker.runs import ITEM, a_failure, a_machine, a_playbook, at

__all__ = ["a_lock", "a_machine", "at"]


def a_state(**changes: Any) -> dict[str, Any]:
    """Return the stored state of an incident whose first attempt cured it."""
    state: dict[str, Any] = {
        "playbook": a_playbook(),
        "code": "Code",
        "opened_at": at(12),
        "ending": {"status": "recovered", "reason": "a valid recovery point", "at": at(72)},
        "rung": 1,
        "attempts": [
            {"number": 1, "action": "retry_backup", "result": "cured", "request_ids": ["R1"]}
        ],
        "failures": [a_failure()],
        "notices": [],
        "escalation": None,
        "step": None,
        "hold": None,
        "wake": {"number": 1, "at": at(80), "why": "see how it goes"},
    }
    return state | changes


def a_trail(status: str = "recovered", **changes: Any) -> ItemTrail:
    """Return an item's trail with one incident."""
    if status not in {"recovered", "recovered_degraded", "closed"}:
        changes = {"ending": None} | changes
    state = json.loads(json.dumps(a_state(**changes)))
    head = Head(incident="i1", open=state["ending"] is None, status=status, state=state)
    return ItemTrail(
        item=ITEM, position=0, hash="", records=(), heads=(head,), markers={"j1": "i1"}
    )


def an_expectation(*cures: str, **fault: Any) -> Expectation:
    """Return what is expected of a machine."""
    (one,) = expect(a_world(a_vm(fault=a_fault(*(cures or ("retry_backup",)), **fault))))
    return one


def a_truth(*machines: dict[str, Any], minutes: float = 300, **changes: Any) -> dict[str, Any]:
    """Return the truth about a world."""
    told = {"time": at(minutes), "vms": list(machines or (a_machine(),)), "locks": []}
    return told | changes


def a_moment(*found: Incident, **changes: Any) -> Moment:
    """Return a moment of a run."""
    values: dict[str, Any] = {
        "now": START + timedelta(minutes=90),
        "began": START,
        "speed": 600.0,
        "failing": 3,
        "incidents": found,
        "awaited": ("incidents open: 1",),
        "page": "http://127.0.0.1:7071/",
    }
    return Moment(**(values | changes))

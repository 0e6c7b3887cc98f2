"""The Event Grid doors, queue and push: both schemas, one event or several, and hints."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from functions.version import VERSION
from remediation.eyes import FRESH
from tests.functions.doors.callers import (
    UNKNOWN_JOB,
    Callers,
    a_refusal,
    an_event,
    in_grid_schema,
)
from tests.local.eventually import eventually


def test_every_event_of_a_message_is_handled_whatever_stands_before_it(callers: Callers) -> None:
    """Two schemas in one list, between events that lead to nothing."""
    first, second = callers.fail("vm-2", "vm-3")
    callers.queue(
        [
            an_event("vm-2", UNKNOWN_JOB, id="foreign-1", type="Contoso.SomethingElse"),
            an_event("vm-2", first),
            "not-even-an-object",
            in_grid_schema(an_event("vm-3", second)),
            an_event("vm-3", UNKNOWN_JOB, id="foreign-2", data={"vaultId": 7}),
        ]
    )
    assert callers.incident("vm-2")["door"] == callers.incident("vm-3")["door"] == "event_grid"
    (foreign,) = eventually(lambda: callers.rejected("foreign-1"))
    assert foreign["reason"].startswith("type: expected 'BackupRemediator.BackupJobFailed.v1'")
    (text,) = eventually(lambda: callers.rejected("not-even-an-object"))
    assert text["reason"].startswith("body: expected an object")
    (mangled,) = eventually(lambda: callers.rejected("foreign-2"))
    assert mangled["reason"] == "data.vaultId: expected a text, got 7"


def test_a_push_of_either_schema_opens_an_incident(callers: Callers) -> None:
    """One as an object, one in a list, as Event Grid sends both; a repeat opens nothing."""
    first, second = callers.fail("vm-4", "vm-5")
    assert callers.push(an_event("vm-4", first)).status == 202
    assert callers.push([in_grid_schema(an_event("vm-5", second))]).status == 202
    assert callers.incident("vm-4")["door"] == callers.incident("vm-5")["door"] == "event_grid"
    assert callers.push([in_grid_schema(an_event("vm-5", second))]).status == 202
    assert callers.incident("vm-5")["failure_count"] == 1


@pytest.mark.parametrize("schema", ["cloud", "grid"])
def test_a_pushed_event_of_another_type_is_kept_as_rejected(callers: Callers, schema: str) -> None:
    """Event Grid is told that it was taken: sending it again would not help."""
    event = an_event("vm-6", UNKNOWN_JOB, id=f"pushed-{schema}", type="Contoso.SomethingElse")
    assert callers.push(event if schema == "cloud" else [in_grid_schema(event)]).status == 202
    (one,) = callers.rejected(f"pushed-{schema}")
    assert (one["door"], "expected" in one["reason"]) == ("event_grid", True)


@pytest.mark.parametrize("door", ["queue", "push"])
def test_a_refused_request_is_a_hint_and_nothing_else(callers: Callers, door: str) -> None:
    """It names no job: the vault is looked at, nothing is rejected and nothing opened for it."""
    # Read a moment ago, it would not be read again for a hint.
    eventually(lambda: _unread(callers))
    log = len(callers.world("GET", "requests"))
    refusal = {**a_refusal(), "id": f"hint-by-{door}"}
    if door == "queue":
        callers.queue([refusal])
    else:
        assert callers.push([refusal]).status == 202

    eventually(lambda: _reads(callers, log))
    assert callers.rejected(refusal["id"]) == []
    assert callers.incidents("vm01") == []


def test_a_refused_request_of_another_kind_is_rejected(callers: Callers) -> None:
    """Somebody's virtual machine that could not be started."""
    event = a_refusal()
    event["data"]["operationName"] = "Microsoft.Compute/virtualMachines/start/action"
    callers.queue(event)
    found = eventually(lambda: callers.rejected("virtualMachines/start/action"))
    assert found[0]["reason"].startswith("data.operationName: expected a backup")


def test_unreadable_messages_are_given_up_filed_and_alarmed_once(callers: Callers) -> None:
    """More of them than one look at a queue shows; the message itself stays where it is."""
    unreadable = 41

    def raised() -> list[dict[str, Any]] | None:
        alarms = [one for one in callers.listed("alarms") if "backup-events-poison" in one["key"]]
        return alarms if len(alarms) >= unreadable else None

    # A message is filed first, and its alarm is raised after that.
    alarms = eventually(raised, seconds=45) or []
    found = callers.rejected("backup-events-poison/")
    assert len(found) == len({one["reason"] for one in found}) == unreadable
    assert len(alarms) == len({one["key"] for one in alarms}) == unreadable
    assert callers.poison() == unreadable
    assert "hunter2" not in json.dumps(found)
    # At least one more sweep passes, and everything was known to it.
    later = _now(callers) + timedelta(minutes=40)
    eventually(lambda: _now(callers) > later, seconds=20)
    assert len(callers.rejected("backup-events-poison/")) == unreadable


def _reads(callers: Callers, first: int = 0) -> list[dict[str, Any]]:
    """Return the lists of the vault's jobs that were asked for, from that request on."""
    asked = callers.world("GET", "requests")[first:]
    return [one for one in asked if "/vaults/rsv-1/backupJobs" in one["url"]]


def _unread(callers: Callers) -> bool:
    """Whether what is stored of the vault is too old for a decision."""
    now = _now(callers)
    return all(now - datetime.fromisoformat(one["time"]) > FRESH for one in _reads(callers))


def _now(callers: Callers) -> datetime:
    return datetime.fromisoformat(callers.api("health")["time"])


def test_health_tells_a_reader_the_version_that_runs(callers: Callers) -> None:
    """Of the app as the host started it."""
    assert callers.api("health")["version"] == VERSION

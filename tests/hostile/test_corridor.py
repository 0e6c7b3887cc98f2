"""A whole run in which everything that can be said by others is hostile: names, tags, messages.

Nothing of it reaches a request that changes something, a script or its parameters; no secret stands
in any row or notice; and what an event says of somebody else's machines is neither read nor
changed.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, override

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.azure.http.message import Reply
from local.inprocess.queue import Delivery
from local.inprocess.run import Run
from local.inprocess.wire import Wire
from local.worlds import Fault, World
from remediation import scripts
from tests.engine_kit.small import WORLDS
from tests.hostile import texts
from tests.local.azure.building import SUBSCRIPTION, VAULT_ID

CHANGES = {"PUT", "POST", "PATCH", "DELETE"}
HOUR = timedelta(hours=1)
# A mark in every text from outside: wherever it turns up, something of that text has.
MARK = "zqxmark"


class Watching(Wire):
    """Remembers what is sent: method, address and body."""

    def __init__(self, *given: Any) -> None:
        """Begin with nothing sent."""
        super().__init__(*given)
        self.sent: list[tuple[str, str, str]] = []

    @override
    def carry(self, method: str, path: str, *, body: object = None, **more: Any) -> Reply:
        address = f"{path}?{more['query']} {more['headers']}"
        self.sent.append((method, address, json.dumps(body)))
        return super().carry(method, path, body=body, **more)


class HostileRun(Run):
    """A run whose requests to Azure are kept whole."""

    @override
    def wire(self, latency: timedelta) -> Wire:
        self.watching = Watching(self.service, self.clock, latency)
        return self.watching


def hostile(world: World, said: str) -> World:
    """Return the world in which machine and failure say something hostile."""
    (vm, *others) = world.vms
    fault = replace(vm.fault or Fault(), message=f"{MARK} {said}")
    tags = {"owner": f"{MARK} {said}", "note": f"{MARK}<script>alert(1)</script>"}
    return replace(world, vms=(replace(vm, fault=fault, tags=tags), *others))


def an_event(said: str, **data: str) -> str:
    """Return an event of our type that says it everywhere."""
    known = {"vaultId": VAULT_ID, "jobId": texts.JOB, "code": f"{MARK}{said}"} | data
    return json.dumps(
        {
            "specversion": "1.0",
            "id": f"{MARK}{said}",
            "source": f"{MARK}{said}",
            "subject": f"{MARK}{said}",
            "type": "BackupRemediator.BackupJobFailed.v1",
            "data": known,
        }
    )


def a_machine(name: str, subscription: str = SUBSCRIPTION) -> str:
    """Return what stands where a machine's id should."""
    return texts.an_id("Microsoft.Compute/virtualMachines", name, "rg", subscription)


def stored(run: HostileRun) -> Iterator[str]:
    """Yield every text that stands in storage, on a queue, or was told to people."""
    for partition in run.stores.incidents.partitions():
        yield from (row.link.body for row in partition.records)
        yield repr((partition.incident, partition.closed, partition.history))
    yield from (one.text for one in run.queue.waiting)
    yield from run.notices.texts
    ledger, end = run.stores.ledger, run.clock.now() + HOUR
    yield from (one.reason + one.text for one in ledger.rejected(since=run.world.start, until=end))
    yield from (alarm.text for alarm in ledger.alarms())


def judged(run: HostileRun) -> None:
    """Hold a run to what is promised of hostile texts."""
    own = shipped()
    for method, url, body in run.watching.sent:
        assert SUBSCRIPTION.lower() in url.lower()
        assert texts.FOREIGN not in url
        if method in CHANGES:
            assert MARK not in url + body, (method, url, body)
            text = (json.loads(body) or {}).get("properties", {}).get("source", {})
            assert text.get("script", next(iter(own))) in own
    for text in stored(run):
        assert not any(leak in text for leak in texts.LEAKS), text


def shipped() -> set[str]:
    """Return the scripts that run in guests, as they are shipped."""
    place = Path(scripts.__file__).parent
    kinds = {".sh", ".ps1"}
    return {path.read_text("utf-8") for path in place.iterdir() if path.suffix in kinds}


@pytest.mark.parametrize("action", ["retry_backup", "restart_agent"])
@settings(max_examples=3)
@given(said=st.sampled_from([*texts.SECRETS, *texts.COMMANDS]), more=texts.text)
def test_nothing_that_others_say_is_sent_run_or_kept_as_a_secret(
    action: str, said: str, more: str
) -> None:
    """A machine is repaired whose tags, message and events are all meant to hurt."""
    run = HostileRun(hostile(WORLDS[action], f"{said} {more}"))
    run.begin()
    run.queue.put(Delivery(door="events", text=an_event(said + more)), run.clock.now())
    run.alert(json.dumps({"schemaId": said, "data": more}).encode())
    run.run(until=run.world.start + 6 * HOUR)
    assert run.incidents
    assert any(method in CHANGES for method, _, _ in run.watching.sent)
    judged(run)


@pytest.mark.parametrize(
    "data",
    [
        {"vaultId": VAULT_ID.replace(SUBSCRIPTION, texts.FOREIGN)},
        {"itemId": a_machine("vm", texts.FOREIGN)},
        {"itemId": a_machine("../vm-1")},
        {"itemId": a_machine("vm%2f..")},
        {"itemId": a_machine("$(reboot)")},
    ],
    ids=str,
)
def test_an_event_about_somebody_elses_machine_reads_and_changes_nothing(
    data: dict[str, str],
) -> None:
    """It is kept, with the field that was out of scope."""
    run = HostileRun(WORLDS["retry_backup"])
    run.deliver(Delivery(door="events", text=an_event("x", **data)))
    assert run.watching.sent == []
    assert run.incidents == []
    ledger = run.stores.ledger
    (kept,) = ledger.rejected(since=run.world.start, until=run.clock.now() + HOUR)
    assert kept.reason.startswith(f"data.{next(iter(data))}:")

"""Alerts: who is told of a failed backup, in which shape, and how often it is tried."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, override

import pytest

from local.azure.http.action_group import WAITS
from local.azure.http.alert_payload import payload
from local.worlds import World
from tests.local.azure.building import Caller, a_fault, a_vm, a_world
from tests.local.azure.conftest import Azure

REAL = Path(__file__).parents[2] / "data" / "payloads"
type Starter = Callable[[World], Azure]


@dataclass
class Receiver:
    """Keeps what was posted, and answers as told."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    posted: list[dict[str, Any]] = field(default_factory=list)

    def wait_for(self, count: int) -> None:
        """Wait until so many posts have arrived."""
        deadline = time.monotonic() + 10
        while len(self.posted) < count:
            assert time.monotonic() < deadline, f"{len(self.posted)} of {count} posts came"
            time.sleep(0.02)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Listen where alerts are sent."""
    kept = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = kept.answers.pop(0) if kept.answers else 202
            kept.posted.append(json.loads(body))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        @override
        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    kept.url = f"http://127.0.0.1:{server.server_port}/alerts?code=key"
    yield kept
    server.shutdown()
    server.server_close()
    thread.join(timeout=5)


def failing(azure: Azure, receiver: Receiver) -> None:
    """Let a backup fail and its alert fire."""
    assert azure.world("PUT", "alert-target", {"url": receiver.url}).status_code == 200
    items = [vm["item"] for vm in azure.world("GET", "truth").json()["vms"]]
    azure.world("POST", "backup", {"items": items})
    azure.clock.wait(minutes=25)


def paths(document: Any, prefix: str = "") -> set[str]:
    """Return every field's path in a document."""
    if not isinstance(document, dict):
        return {prefix}
    return {p for key, value in document.items() for p in paths(value, f"{prefix}/{key}")}


def test_a_failed_backup_is_posted_in_the_common_alert_schema(
    azure_of: Starter, receiver: Receiver
) -> None:
    """With the job's id, the machine and the item, and no error code of its own."""
    azure = azure_of(a_world(a_vm(fault=a_fault())))
    failing(azure, receiver)
    receiver.wait_for(1)
    data = receiver.posted[0]["data"]
    job = azure.world("GET", "truth").json()["vms"][0]["jobs"][-1]
    assert data["essentials"]["monitorCondition"] == "Fired"
    assert data["alertContext"]["extendedInfo"]["jobId"] == job["id"]
    assert data["essentials"]["originAlertId"].endswith("guestagentsnapshottaskstatuserror")
    assert job["alerted"]


def test_the_payload_has_the_fields_of_the_published_one() -> None:
    """Compared with the example for a machine, field by field."""
    caller = Caller(a_world(a_vm(fault=a_fault())))
    caller.scheduled()
    caller.wait(minutes=2)
    made = payload(caller.simulation.fired()[0])
    example = json.loads((REAL / "alert-vm.json").read_text(encoding="utf-8"))
    example.pop("_note", None)
    assert paths(made) == paths(example)


@pytest.mark.parametrize("status", [408, 429, 503, 504])
def test_a_busy_address_is_tried_again(azure_of: Starter, receiver: Receiver, status: int) -> None:
    """Five more times at most; here it works at the third."""
    receiver.answers[:] = [status, status]
    failing(azure_of(a_world(a_vm(fault=a_fault()))), receiver)
    receiver.wait_for(3)
    time.sleep(0.1)
    assert len(receiver.posted) == 3


def test_a_refusal_is_final(azure_of: Starter, receiver: Receiver) -> None:
    """A 401 or a 500 is not tried again."""
    receiver.answers[:] = [401]
    azure = azure_of(a_world(a_vm(fault=a_fault())))
    failing(azure, receiver)
    receiver.wait_for(1)
    time.sleep(0.2)
    assert len(receiver.posted) == 1
    assert azure.world("GET", "clock").json()["alerts_lost"] == 1


def test_after_six_failures_the_address_is_left_alone_for_fifteen_minutes(
    azure_of: Starter, receiver: Receiver
) -> None:
    """What fires in between reaches nobody; afterwards it is called again."""
    azure = azure_of(a_world(a_vm(fault=a_fault())))
    receiver.answers[:] = [503] * (len(WAITS) + 1)
    failing(azure, receiver)
    receiver.wait_for(6)
    lost = _wait(lambda: azure.world("GET", "clock").json()["alerts_lost"], 1)
    assert lost == 1
    azure.clock.wait(minutes=16)
    failing(azure, receiver)
    receiver.wait_for(7)


def _wait(look: Callable[[], int], wanted: int) -> int:
    """Look until a number is reached, or for five seconds."""
    deadline = time.monotonic() + 5
    while look() < wanted and time.monotonic() < deadline:
        time.sleep(0.02)
    return look()


def fired(world: World) -> int:
    """Return how many alerts a night of scheduled backups fires."""
    caller = Caller(world)
    caller.simulation.begin(caller.now)
    caller.wait(hours=2)
    return len(caller.simulation.fired())


def test_a_machine_whose_alert_is_off_fires_none() -> None:
    """Only the sweep can find its failure."""
    assert fired(a_world(a_vm(fault=a_fault(), alert=False))) == 0


def test_a_machine_that_is_gone_fires_none() -> None:
    """Azure Monitor does not tell of deleted machines."""
    assert fired(a_world(a_vm(fault=a_fault(code="UserErrorVmNotFoundV2")))) == 0


@pytest.mark.parametrize(
    ("alerts", "low", "high"), [("all", 60, 60), ("none", 0, 0), ("some", 15, 45)]
)
def test_a_world_may_lose_its_alerts(alerts: Any, low: int, high: int) -> None:
    """All of them, some, or none."""
    vms = (a_vm(name=f"vm-{n}", fault=a_fault()) for n in range(60))
    assert low <= fired(a_world(*vms, alerts=alerts)) <= high


def test_an_on_demand_backup_that_fails_fires_one_too() -> None:
    """The caller's own attempts are told of like any other."""
    caller = Caller(a_world(a_vm(fault=a_fault())))
    job = caller.on_demand()
    caller.wait(minutes=2)
    assert [alert.job.id for alert in caller.simulation.fired()] == [job.id]


def test_a_cancelled_backup_fires_none() -> None:
    """A person did it."""
    caller = Caller()
    caller.simulation.run_backup(caller.machine.id, caller.now)
    caller.simulation.cancel_job(caller.last_job.id, caller.now)
    caller.wait(hours=1)
    assert caller.simulation.fired() == []

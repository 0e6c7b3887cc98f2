"""Whoever calls the doors of a running stack, and what people see of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import urllib3
from azure.storage.queue import QueueClient, TextBase64EncodePolicy

from local.stack import person
from local.stack.subscriptions import EVENTS_QUEUE
from tests.local.eventually import eventually
from tests.remediation.intake.payloads import a_payload

SUBSCRIPTION = "10000000-aaaa-4000-8000-000000000001"
VAULT = (
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-vault"
    "/providers/Microsoft.RecoveryServices/vaults/rsv-1"
)
UNKNOWN_JOB = "99999999-0000-4000-8000-000000000000"


def an_item(name: str) -> str:
    """Return the id of a machine of the world."""
    group = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-app"
    return f"{group}/providers/Microsoft.Compute/virtualMachines/{name}"


def an_alert(name: str = "vm-1", job: str = UNKNOWN_JOB) -> dict[str, Any]:
    """Return the alert of a failed backup, as Azure Monitor sends it."""
    text = json.dumps(a_payload("alert-vm"))
    for old, new in (
        ("00000000-0000-0000-0000-000000000000", SUBSCRIPTION),
        ("44444444-4444-4444-4444-444444444444", job),
        ("rg-rsv", "rg-vault"),
        ("rsv-01", "rsv-1"),
        ("vm01", name),
    ):
        text = text.replace(old, new)
    alert: dict[str, Any] = json.loads(text)
    return alert


def an_event(name: str, job: str, **changes: Any) -> dict[str, Any]:
    """Return our event as a CloudEvent."""
    return {
        "specversion": "1.0",
        "id": f"event-{job}",
        "source": "/somebody/else",
        "type": "BackupRemediator.BackupJobFailed.v1",
        "subject": an_item(name),
        "data": {"vaultId": VAULT, "jobId": job, "itemId": an_item(name)},
        **changes,
    }


def in_grid_schema(event: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    """Return a CloudEvent in Event Grid's own schema."""
    return {
        "id": event["id"],
        "eventType": event["type"],
        "subject": event["subject"],
        "eventTime": "2026-11-02T21:00:00Z",
        "topic": "/somebody/else",
        "dataVersion": "1.0",
        "metadataVersion": "1",
        "data": event["data"],
        **changes,
    }


def a_refusal() -> dict[str, Any]:
    """Return Azure's event of a refused backup: it names a vault, and no job."""
    text = json.dumps(a_payload("resource-action-failure")[0])
    for old, new in (
        ("00000000-0000-0000-0000-000000000000", SUBSCRIPTION),
        ("rg-rsv", "rg-vault"),
        ("rsv-01", "rsv-1"),
    ):
        text = text.replace(old, new)
    event: dict[str, Any] = json.loads(text)
    return event


@dataclass(frozen=True, slots=True, kw_only=True)
class Callers:
    """The addresses of a host, its storage and its world; every call is a real one."""

    host_url: str
    key: str
    storage: str
    world_url: str
    http: urllib3.PoolManager

    def alert(self, body: object, *, key: str | None = None) -> urllib3.BaseHTTPResponse:
        """Post a body to the alert door; bytes go as they are."""
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"x-functions-key": self.key if key is None else key}
        url = f"{self.host_url}/api/alerts"
        return self.http.request("POST", url, body=sent, headers=headers)

    def push(self, body: object) -> urllib3.BaseHTTPResponse:
        """Push an event (or several) to the Event Grid trigger, as Event Grid does."""
        place = f"{self.host_url}/runtime/webhooks/EventGrid?functionName=on_event_grid"
        return self.http.request(
            "POST",
            f"{place}&code={self.key}",
            body=json.dumps(body).encode(),
            headers={"aeg-event-type": "Notification", "content-type": "application/json"},
        )

    def queue(self, body: object) -> None:
        """Put a message into the event queue: JSON in base64; a text or bytes as given."""
        with QueueClient.from_connection_string(
            self.storage, EVENTS_QUEUE, message_encode_policy=TextBase64EncodePolicy()
        ) as queue:
            queue.send_message(body if isinstance(body, str) else json.dumps(body))

    def queue_raw(self, text: str) -> None:
        """Put a message into the event queue as it is: in no encoding."""
        with QueueClient.from_connection_string(self.storage, EVENTS_QUEUE) as queue:
            queue.send_message(text)

    def poison(self) -> int:
        """Count what lies in the poison queue of events."""
        with QueueClient.from_connection_string(self.storage, f"{EVENTS_QUEUE}-poison") as queue:
            return int(queue.get_queue_properties().approximate_message_count or 0)

    def api(self, path: str, **query: Any) -> Any:
        """Read a resource of the API."""
        answer = self.http.request(
            "GET", f"{self.host_url}/api/{path}", fields=query, headers=person.headers()
        )
        assert answer.status == 200, answer.data
        return answer.json()

    def listed(self, path: str) -> list[dict[str, Any]]:
        """Read every page of a list of the API."""
        page = self.api(path, size=200)
        found = list(page["items"])
        while page["next"]:
            page = self.api(path, size=200, cursor=page["next"])
            found += page["items"]
        return found

    def rejected(self, *words: str) -> list[dict[str, Any]]:
        """Return the rejected deliveries whose reason or text holds every word."""
        found = self.listed("rejected")
        return [one for one in found if all(word in json.dumps(one) for word in words)]

    def incidents(self, name: str) -> list[dict[str, Any]]:
        """Return the incidents of a machine."""
        return [one for one in self.listed("incidents") if one["vm"] == name]

    def incident(self, name: str) -> dict[str, Any]:
        """Wait for a machine's one incident, and return it."""
        (one,) = eventually(lambda: self.incidents(name))
        return dict(one)

    def fail(self, *names: str) -> tuple[str, ...]:
        """Let a scheduled backup of each machine fail; return the jobs' ids once they ended."""
        self.world("POST", "fail", {"items": [an_item(name) for name in names]})

        def ended() -> tuple[str, ...] | None:
            machines = {vm["name"]: vm for vm in self.world("GET", "truth")["vms"]}
            jobs = [machines[name]["jobs"] for name in names]
            failed = [next((job for job in of if job["status"] == "Failed"), None) for of in jobs]
            done = tuple(str(job["id"]) for job in failed if job)
            return done if len(done) == len(names) else None

        return eventually(ended, seconds=20) or ()

    def world(self, method: str, what: str, body: object | None = None) -> Any:
        """Ask the world, or tell it something."""
        answer = self.http.request(method, f"{self.world_url}/{what}", json=body)
        assert answer.status == 200, answer.data
        return answer.json()

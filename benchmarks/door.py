"""Alerts a second through the real door, and the memory of the worker that took them.

The whole local stack runs: host, Event Grid, Azurite and the simulated Azure, each a process. So
many machines have failed, without an alert; then each failure is posted to the alert door twice,
in any order, by several senders at once, until every one of them has its incident.
"""

import json
import random
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import urllib3
from azure.data.tables import TableServiceClient

from local.stack.supervisor import Stack
from local.stack.world_server import call
from state import layout

SENDERS = 8
AIM_MB = 150
SPEED = 60
SUBSCRIPTIONS, VAULTS_EACH = 5, 2
LONGEST_SECONDS = 900.0


def measure(alerts: int) -> bool:
    """Print the figures; return whether each failure has exactly one incident."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "world.json"
        path.write_text(json.dumps(_world(alerts)))
        with Stack(world_path=path, seed=1, directory=Path(directory)) as stack:
            before = _resident(stack.host_pid)
            posts = _payloads(_failed(stack, alerts))
            random.Random(1).shuffle(posts)
            begun = time.perf_counter()
            statuses = _posted(stack.addresses.alert_url, posts)
            taken = time.perf_counter() - begun
            opened = _opened(stack.addresses.storage, alerts)
            whole = time.perf_counter() - begun
            after = _resident(stack.host_pid)
    accepted = sum(status == 202 for status in statuses)
    print(f"alert door: {len(posts) / taken:.0f} posts/s, {accepted} of {len(posts)} accepted")
    print(
        f"{opened} incidents of {alerts} failures and as many duplicates in {whole:.0f} s: "
        f"{len(posts) / whole:.1f} events/s from the door to the incident"
    )
    print(f"memory of the host: {before:.0f} MB, {after:.0f} MB afterwards; aim {AIM_MB} MB")
    return opened == alerts and accepted == len(posts)


def _world(machines: int) -> dict[str, Any]:
    """Return a world of so many machines whose failures fire no alert of their own."""
    vaults = [
        {
            "name": f"rsv-{number}-{place}",
            "subscription": f"{number}0000000-cccc-4000-8000-000000000001",
            "resource_group": "rg-backup",
            "location": f"region{place}",
        }
        for number in range(1, SUBSCRIPTIONS + 1)
        for place in range(VAULTS_EACH)
    ]
    fault = {"code": "GuestAgentSnapshotTaskStatusError", "number": 400039, "cured_by": []}
    share, rest = divmod(machines, len(vaults))
    vms = [
        {
            "name": f"vm-{vault['name']}",
            "resource_group": f"rg-{vault['name']}",
            "vault": vault["name"],
            "os": "linux",
            "count": count,
            "fault": fault,
        }
        for place, vault in enumerate(vaults)
        if (count := share + (place < rest))
    ]
    return {
        "vaults": vaults,
        "vms": vms,
        "speed": SPEED,
        "alerts": "none",
        "history_days": 0,
        "policy": {"mode": "observe", "storm_items": 0},
        "misbehaviour": {"throttle": 0, "lost_answer": 0, "timeout": 0},
    }


def _failed(stack: Stack, machines: int) -> list[dict[str, Any]]:
    """Have every machine's backup fail; return the truth about the machines."""
    world = stack.addresses.world_url
    found: list[dict[str, Any]] = _ask(f"{world}/truth")["vms"]
    call("POST", f"{world}/fail", {"items": [vm["item"] for vm in found]})
    deadline = time.monotonic() + LONGEST_SECONDS
    while time.monotonic() < deadline:
        found = _ask(f"{world}/truth")["vms"]
        if sum(any(job["status"] == "Failed" for job in vm["jobs"]) for vm in found) == machines:
            return found
        time.sleep(2)
    raise TimeoutError("the machines' backups did not fail")


def _payloads(machines: list[dict[str, Any]]) -> list[bytes]:
    """Return the alert of each failure, twice."""
    return [json.dumps(_payload(vm)).encode() for vm in machines for _ in range(2)]


def _payload(vm: dict[str, Any]) -> dict[str, Any]:
    job = next(job for job in vm["jobs"] if job["status"] == "Failed")
    return {
        "schemaId": "azureMonitorCommonAlertSchema",
        "data": {
            "essentials": {
                "alertId": f"/subscriptions/{vm['subscription']}/alerts/{job['id']}",
                "alertRule": "Backup Failure",
                "monitorCondition": "Fired",
                "monitoringService": "Azure Backup",
                "alertTargetIDs": [vm["vault"].lower()],
                "firedDateTime": job["ended"],
            },
            "alertContext": {
                "category": "Jobs",
                "sourceType": "VM",
                "protectedItemId": vm["protected_item"],
                "linkedResourceId": vm["item"],
                "linkedResourceName": vm["name"],
                "extendedInfo": {"jobId": job["id"]},
            },
        },
    }


def _posted(url: str, posts: list[bytes]) -> list[int]:
    http = urllib3.PoolManager(maxsize=SENDERS, timeout=60.0)

    def post(body: bytes) -> int:
        headers = {"content-type": "application/json"}
        return http.request("POST", url, body=body, headers=headers).status

    with ThreadPoolExecutor(SENDERS) as senders:
        return list(senders.map(post, posts))


def _opened(storage: str, wanted: int) -> int:
    """Wait for as many incidents as wanted, and a moment for one too many; return how many."""
    deadline = time.monotonic() + LONGEST_SECONDS
    with TableServiceClient.from_connection_string(storage) as service:
        while (found := sum(1 for _ in _heads(service))) < wanted:
            if time.monotonic() > deadline:
                return found
            time.sleep(1)
        time.sleep(3)
        return sum(1 for _ in _heads(service))


def _heads(service: TableServiceClient) -> Iterator[Any]:
    table = service.get_table_client(layout.INCIDENTS)
    wanted = "RowKey eq '1|open' or (RowKey ge '3|incident|' and RowKey lt '3|incident|~')"
    return iter(table.query_entities(wanted, select=["incident"]))


def _ask(url: str) -> Any:  # noqa: ANN401 - JSON
    return urllib3.request("GET", url, timeout=60.0).json()


def _resident(pid: int) -> float:
    """Return the resident memory of a process in megabytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise ValueError(f"process {pid} has no resident memory")

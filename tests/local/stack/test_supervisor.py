"""The stack's programs together: events, restarts, and the end of everything."""

import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest
import urllib3
from azure.core.credentials import AzureKeyCredential
from azure.core.messaging import CloudEvent
from azure.eventgrid import EventGridPublisherClient
from azure.storage.queue import QueueClient

from local.child import ChildError
from local.stack.subscriptions import ESCALATIONS_QUEUE, FAILED, NOTICES
from local.stack.supervisor import Stack
from local.stack.world_server import CallError, call
from tests.local.eventually import eventually


@pytest.fixture
def http() -> urllib3.PoolManager:
    """Give a client that keeps no connection."""
    return urllib3.PoolManager(retries=False, headers={"connection": "close"})


def lines(seen: Path, function: str) -> list[dict[str, Any]]:
    """Return what a function of the sample app wrote."""
    if not seen.exists():
        return []
    written = [json.loads(line) for line in seen.read_text("utf-8").splitlines()]
    return [line for line in written if line["function"] == function]


def publish(stack: Stack, kind: str, subjects: list[str]) -> None:
    """Publish one event a subject with the SDK."""
    where = stack.addresses
    credential = AzureKeyCredential(where.topic_key)
    with EventGridPublisherClient(where.topic_endpoint, credential) as client:
        client.send(
            [CloudEvent(type=kind, source="/tests", subject=one, data={}) for one in subjects]
        )


def test_failures_reach_the_app_by_queue_and_by_push_and_none_is_lost(
    stack: Stack, sample_settings: Path
) -> None:
    """Three quarters of the subjects by one door, the rest by the other."""
    subjects = [f"/vm-{number}" for number in range(80)]
    publish(stack, FAILED, subjects)

    def arrived() -> tuple[set[str], set[str]]:
        queued = {one["body"]["subject"] for one in lines(sample_settings, "on_message")}
        pushed = {one["subject"] for one in lines(sample_settings, "on_event_grid")}
        return queued, pushed

    eventually(lambda: arrived()[0] | arrived()[1] >= set(subjects))
    queued, pushed = arrived()
    assert not queued & pushed
    assert 10 <= len(pushed) <= 30


def test_escalations_wait_in_a_queue_of_their_own(stack: Stack) -> None:
    """Somebody receives them; the app does not."""
    publish(stack, NOTICES[0], ["/vm-1"])
    with QueueClient.from_connection_string(stack.addresses.storage, ESCALATIONS_QUEUE) as queue:
        eventually(queue.peek_messages)


def test_the_alert_door_is_open_to_the_key_and_to_nobody_else(
    stack: Stack, http: urllib3.PoolManager
) -> None:
    """The address that the world's alerts go to."""
    url = stack.addresses.alert_url
    assert http.request("POST", url, json={}).status == 202
    assert http.request("POST", url.partition("?")[0], json={}).status == 401


def test_a_killed_host_is_back_within_five_seconds_at_the_same_address(
    stack: Stack, http: urllib3.PoolManager
) -> None:
    """SIGKILL; another process answers the old address with the old key."""
    before = stack.host_pid
    os.kill(before, signal.SIGKILL)
    start = time.monotonic()

    def answers() -> bool:
        try:
            return http.request("POST", stack.addresses.alert_url, json={}).status == 202
        except urllib3.exceptions.HTTPError:
            return False

    eventually(lambda: stack.host_pid != before and answers())
    assert time.monotonic() - start < 5
    eventually(lambda: stack.host_restarts == 1)


def test_a_message_that_waits_while_the_host_is_dead_is_handled_after(
    stack: Stack, sample_settings: Path
) -> None:
    """The storage is the same."""
    os.kill(stack.host_pid, signal.SIGKILL)
    publish(stack, FAILED, ["/after-the-kill"])
    eventually(
        lambda: [
            one
            for name in ("on_message", "on_event_grid")
            for one in lines(sample_settings, name)
            if "/after-the-kill" in (one.get("subject"), one.get("body", {}).get("subject"))
        ]
    )


def test_the_world_begins_and_its_alerts_arrive(stack: Stack, sample_settings: Path) -> None:
    """The simulated Azure reports a failed backup at the alert door."""
    stack.begin()
    alerts = eventually(
        lambda: [one for one in lines(sample_settings, "alerts") if one["body"]], seconds=30
    )
    essentials = alerts[0]["body"]["data"]["essentials"]
    assert essentials["monitoringService"] == "Azure Backup"


def test_an_app_that_does_not_load_ends_the_start_and_leaves_nothing(
    sample_settings: Path, tmp_path: Path
) -> None:
    """The error shows the host's log."""
    stack = Stack(seed=1, app=tmp_path, directory=tmp_path, with_azure=False)
    with pytest.raises(ChildError, match=r"host\.json"):
        stack.start()
    assert not [pid for pid in stack.pids.values() if Path(f"/proc/{pid}").exists()]


def test_a_refused_call_shows_the_answer(stack: Stack) -> None:
    """Method, address, status."""
    with pytest.raises(CallError, match="404"):
        call("GET", f"{stack.addresses.topic_base_url}/nowhere")

"""The alert door when what stands behind it is gone: the topic first, then storage as well."""

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import urllib3
from azure.data.tables import TableServiceClient
from azure.storage.queue import QueueClient

from local import storage
from local.child import ROOT, Child
from local.stack import environment
from local.stack.subscriptions import EVENTS_QUEUE
from local.stack.supervisor import Stack
from local.storage import Storage
from state import layout
from state.account import StorageAccount, create_all
from tests.functions.doors.callers import Callers, an_alert, an_event
from tests.local.eventually import eventually

# Nothing listens there: the port is the kernel's own, never given to a program.
NOWHERE = "http://127.0.0.1:1/api/events"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lonely:
    """A host whose topic cannot be reached, with an account of its own."""

    callers: Callers
    storage: Storage


@pytest.fixture(scope="module")
def lonely(
    stack: Stack, http: urllib3.PoolManager, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lonely]:
    """Start a second host beside the stack's, for the same world."""
    directory = tmp_path_factory.mktemp("lonely")
    account = storage.start(log=directory / "azurite.log")
    host: Child | None = None
    try:
        create_all(StorageAccount(account.connection_string))
        where = stack.addresses
        settings = environment.of_host(
            storage=account.connection_string,
            arm_endpoint=where.arm_base_url,
            clock=str(stack.clock),
            topic_endpoint=NOWHERE,
            topic_key=where.topic_key,
            host_key=where.host_key,
            scopes=[vault.subscription for vault in stack.world.vaults],
            policy=stack.world.policy,
        )
        command = [sys.executable, "-m", "local.host", "--app", str(ROOT)]
        host = Child.start("host", command, log=directory / "host.log", environment=settings)
        callers = Callers(
            host_url=host.await_ready()["base_url"],
            key=where.host_key,
            storage=account.connection_string,
            world_url=where.world_url,
            http=http,
        )
        yield Lonely(callers=callers, storage=account)
    finally:
        if host is not None:
            host.stop()
        account.child.stop()


def test_without_the_topic_an_alert_takes_the_queue(lonely: Lonely) -> None:
    """202 at once, and the failure is handled as if it had come by the topic."""
    (job,) = lonely.callers.fail("vm-8")
    start = time.monotonic()
    answer = lonely.callers.alert(an_alert("vm-8", job))
    assert (answer.status, answer.json()) == (202, {"accepted": True})
    assert time.monotonic() - start < 10  # as long as an action group waits
    assert lonely.callers.incident("vm-8")["door"] == "event_grid"


def test_what_cannot_be_committed_comes_again(lonely: Lonely) -> None:
    """The message stays on the queue until the failure is on file; nothing says that it is done."""
    connection = lonely.storage.connection_string
    # A host makes the tables that it misses when it first needs them: it has once this is on file.
    (before,) = lonely.callers.fail("vm-10")
    lonely.callers.queue(an_event("vm-10", before))
    lonely.callers.incident("vm-10")
    (job,) = lonely.callers.fail("vm-9")
    with (
        TableServiceClient.from_connection_string(connection) as tables,
        QueueClient.from_connection_string(connection, EVENTS_QUEUE) as queue,
    ):
        tables.delete_table(layout.INCIDENTS)
        lonely.callers.queue(an_event("vm-9", job))
        eventually(lambda: any(one.dequeue_count for one in queue.peek_messages(32)))
        tables.create_table(layout.INCIDENTS)

    assert lonely.callers.incident("vm-9")["door"] == "event_grid"


def test_without_storage_too_the_caller_is_told_to_come_again(lonely: Lonely) -> None:
    """503 within the ten seconds that an action group waits, and 401 to strangers as ever."""
    callers = lonely.callers
    eventually(lambda: callers.alert(b"{").status == 202)
    lonely.storage.child.stop()
    for body, reason in (
        (an_alert("vm-10"), "topic and queue cannot be reached"),
        (b"{", "storage cannot be reached"),
    ):
        start = time.monotonic()
        answer = callers.alert(body)
        assert (answer.status, answer.json()["accepted"]) == (503, False)
        assert answer.json()["reason"] == reason
        assert time.monotonic() - start < 10
    assert callers.alert(an_alert("vm-10"), key="wrong").status == 401

"""Wake-ups: their text, their delay, and the queue."""

import json
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest

from remediation.incident import Door
from remediation.messages import FailureReported, Woken
from state.account import StorageAccount
from state.memory import MemoryWakeups
from state.wakeups import (
    LONGEST,
    QueueWakeups,
    due_at,
    parse_wakeup,
    visible_after,
    wakeup_text,
)
from tests.azurite import fresh_name
from tests.state import values
from tests.state.clock import SetClock

WAKE = Woken(item=values.an_item(), incident="inc-1", number=3)
REPORT = FailureReported(
    job=values.a_job(), door=Door.SWEEP, item=values.an_item(), code="X", looks=2
)
SHORT = FailureReported(job=values.a_job(), door=Door.ALERT)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize("message", [WAKE, REPORT, SHORT], ids=["wake", "report", "short"])
def test_a_message_comes_back_from_its_text(message: Woken | FailureReported) -> None:
    """With the time it was due."""
    text = wakeup_text(message, at=values.NOON)
    assert parse_wakeup(text) == message
    assert due_at(text) == values.NOON


def test_a_message_holds_identifiers_only() -> None:
    """Far below the 48 KiB that a queue takes."""
    assert json.loads(wakeup_text(WAKE, at=values.NOON)) == {
        "kind": "wake",
        "at": "2026-11-20T12:00:00Z",
        "item": values.an_item().shown,
        "incident": "inc-1",
        "number": 3,
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "JSON"),
        ("[]", "kind"),
        ('{"kind":"alarm"}', "kind"),
        ('{"kind":"wake","incident":"i","number":1}', "item"),
        ('{"kind":"wake","incident":"i","number":"1","item":"/x"}', "number"),
        ('{"kind":"report","door":"window"}', "door"),
    ],
    ids=str,
)
def test_a_text_that_is_no_message_is_refused(text: str, said: str) -> None:
    """The error names the field, for the poison queue's record."""
    with pytest.raises(ValueError, match=said):
        parse_wakeup(text)


@pytest.mark.parametrize("text", ["[]", "{}", '{"at":1}'], ids=str)
def test_a_text_without_its_time_is_refused(text: str) -> None:
    """Nothing is made up."""
    with pytest.raises(ValueError, match="time"):
        due_at(text)


@pytest.mark.parametrize(
    ("wait", "seconds"),
    [
        (-SECOND, 0),
        (0 * SECOND, 0),
        (0.2 * SECOND, 1),
        (1 * SECOND, 1),
        (1.1 * SECOND, 2),
        (LONGEST, 86_400),
        (30 * LONGEST, 86_400),
    ],
    ids=str,
)
def test_a_delay_is_rounded_up_and_bounded(wait: timedelta, seconds: int) -> None:
    """The SDK rounds down, and nothing may come early; what is too far comes early on purpose."""
    assert visible_after(wait) == seconds


@pytest.fixture
def account(azurite: str) -> StorageAccount:
    """The storage account."""
    return StorageAccount(azurite)


@pytest.fixture
def queue(account: StorageAccount) -> Iterator[str]:
    """A queue of the test's own."""
    name = fresh_name("wakeups")
    with account.raw_queue(name) as client:
        client.create_queue()
        yield name


def test_a_message_lies_on_the_queue_in_base64(account: StorageAccount, queue: str) -> None:
    """The Functions host reads nothing else; it never expires; it connects on first use."""
    connected: list[str] = []
    with account.queue(queue) as client, account.raw_queue(queue) as raw:

        def connect() -> object:
            connected.append(queue)
            return client

        wakeups = QueueWakeups(connect, SetClock())  # type: ignore[arg-type]
        assert connected == []
        wakeups.send(WAKE, at=values.NOON)
        wakeups.send(REPORT, at=values.NOON - SECOND)
        assert connected == [queue]
        assert all(not message.content.startswith("{") for message in raw.peek_messages(2))
        found = [*client.receive_messages()]
    assert [parse_wakeup(message.content) for message in found] == [WAKE, REPORT]
    assert all(message.expires_on and message.expires_on.year == 9999 for message in found)


def test_a_message_is_hidden_until_it_is_due_in_real_time(
    account: StorageAccount, queue: str
) -> None:
    """An hour of a world that runs 3,600 times as fast is a second."""
    with account.queue(queue) as client:
        wakeups = QueueWakeups(lambda: client, SetClock(speed=3600))
        wakeups.send(WAKE, at=values.NOON + timedelta(hours=1))
        assert [*client.receive_messages()] == []
        time.sleep(1.2)
        assert len([*client.receive_messages()]) == 1


def test_in_memory_messages_come_when_due_the_earliest_first() -> None:
    """Those of one instant in the order they were sent."""
    wakeups = MemoryWakeups()
    assert wakeups.next_due is None
    wakeups.send(REPORT, at=values.NOON + 2 * SECOND)
    wakeups.send(WAKE, at=values.NOON + SECOND)
    wakeups.send(SHORT, at=values.NOON + SECOND)
    assert wakeups.pop_due(values.NOON) == ()
    assert wakeups.next_due == values.NOON + SECOND
    assert wakeups.pop_due(values.NOON + SECOND) == (WAKE, SHORT)
    assert len(wakeups) == 1
    assert wakeups.pop_due(values.NOON + 9 * SECOND) == (REPORT,)

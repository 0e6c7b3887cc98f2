"""The contract of ``Undeliveries``: in memory, and over queues and blobs of Azurite."""

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pytest

from remediation.undelivered import Undeliveries, UnfitError
from state import layout
from state.account import StorageAccount, create_all
from state.letters import MOST_BYTES
from state.memory import MemoryUndelivered
from state.undelivered import StorageUndelivered
from tests.azurite import azurite
from tests.state import values

__all__ = ["azurite"]

EVENTS, WAKEUPS = layout.EVENTS_QUEUE, layout.WAKEUPS_QUEUE
CLOUD_EVENT = {"specversion": "1.0", "type": "T", "deadletterreason": "MaxDeliveryAttemptsExceeded"}
GRID_EVENT = {"eventType": "T", "deadLetterReason": "TimeToLiveExceeded", "deliveryAttempts": 7}


@dataclass(frozen=True, kw_only=True)
class Place:
    """An implementation, and the world that fills it."""

    undelivered: Undeliveries
    poison: Callable[[str, str], object]
    dead_letter: Callable[[str], object]
    sent: Callable[[], list[tuple[str, str]]]

    def only(self) -> str:
        """The key of the one message that lies there."""
        (one,) = self.undelivered.listed().entries
        return one.key

    def replay(self) -> int:
        """Put the one message back."""
        found = self.undelivered.find(self.only())
        assert found is not None
        return self.undelivered.put_back(found)


def in_memory() -> Place:
    """The reference."""
    undelivered = MemoryUndelivered()
    return Place(
        undelivered=undelivered,
        poison=lambda queue, raw: undelivered.poison(queue, raw, values.NOON),
        dead_letter=lambda text: undelivered.dead_letter(text, values.NOON),
        sent=lambda: list(undelivered.sent),
    )


def in_storage(connection: str) -> Place:
    """The real one, emptied: the account is shared with other tests."""
    account = StorageAccount(connection)
    create_all(account)
    for name in layout.QUEUES:
        for queue in (account.raw_queue(name), account.raw_queue(name + layout.POISON_SUFFIX)):
            with closing(queue):
                queue.clear_messages()
    container = account.container(layout.DEAD_LETTERS)
    for blob in container.list_blobs():
        container.delete_blob(blob.name)
    numbers = iter(range(999))

    def sent() -> list[tuple[str, str]]:
        return [
            (name, base64.b64decode(message.content, validate=True).decode())
            for name in layout.QUEUES
            for message in account.raw_queue(name).peek_messages(max_messages=32)
        ]

    return Place(
        undelivered=StorageUndelivered(account),
        poison=lambda queue, raw: account.raw_queue(queue + layout.POISON_SUFFIX).send_message(raw),
        dead_letter=lambda text: container.upload_blob(
            f"TOPIC/2026/11/20/12/{next(numbers)}.json", text.encode()
        ),
        sent=sent,
    )


@pytest.fixture(params=["memory", "storage"])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    """One implementation after the other."""
    if request.param == "memory":
        yield in_memory()
    else:
        yield in_storage(request.getfixturevalue("azurite"))


def encoded(tree: Any) -> str:
    """A message as the host writes it."""
    return base64.b64encode(json.dumps(tree).encode()).decode()


def test_nothing_lies_there(place: Place) -> None:
    """On a good day; a key that names nothing finds nothing, and nothing is removed."""
    assert place.undelivered.listed().entries == ()
    for key in ("wakeups-poison/1", "dead-letters/a/b.json", "dead-letters/", "wakeups/1", "", "x"):
        assert place.undelivered.find(key) is None
        assert not place.undelivered.remove(key)


def test_a_poison_message_is_shown_decoded_with_its_reason(place: Place) -> None:
    """In base64, as the host writes it, a secret would escape redaction."""
    place.poison(EVENTS, encoded({"password": "x"}))
    (one,) = place.undelivered.listed().entries
    assert one.key.startswith(f"{EVENTS}-poison/")
    assert (one.text, one.goes_to) == ('{"password": "x"}', EVENTS)
    assert "every function call with it failed" in one.reason
    assert one.at is not None
    assert place.undelivered.find(one.key) == one


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ('{"kind": "wake"}', "not base64"),
        (base64.b64encode(b"\xff\xfe").decode(), "bytes are no text"),
    ],
)
def test_a_message_in_the_wrong_encoding_is_shown_as_it_is(
    place: Place, raw: str, reason: str
) -> None:
    """The host never called a function with it; the SDK's own decoding would die of it."""
    place.poison(WAKEUPS, raw)
    (one,) = place.undelivered.listed().entries
    assert one.text == raw
    assert reason in one.reason


def test_a_message_goes_back_in_the_right_encoding(place: Place) -> None:
    """Whatever it lay there in; it lies there until it is removed, which is once."""
    place.poison(WAKEUPS, '{"kind": "wake"}')
    key = place.only()
    assert place.replay() == 1
    assert place.sent() == [(WAKEUPS, '{"kind": "wake"}')]
    assert place.only() == key
    assert place.undelivered.remove(key)
    assert not place.undelivered.remove(key)
    assert place.undelivered.listed().entries == ()


@pytest.mark.parametrize("event", [CLOUD_EVENT, GRID_EVENT], ids=["cloud", "grid"])
def test_a_dead_letter_says_why_it_was_given_up(place: Place, event: dict[str, Any]) -> None:
    """In either schema; it goes to the queue of events."""
    place.dead_letter(json.dumps([event]))
    (one,) = place.undelivered.listed().entries
    assert one.goes_to == EVENTS
    assert one.reason.startswith(str(event.get("deadletterreason") or "TimeToLiveExceeded"))
    assert json.loads(one.text) == [event]


def test_the_events_of_a_dead_letter_go_back_one_by_one(place: Place) -> None:
    """Together they might be too big for a message."""
    place.dead_letter(json.dumps([CLOUD_EVENT, GRID_EVENT]))
    assert place.replay() == 2
    assert [(name, json.loads(text)) for name, text in place.sent()] == [
        (EVENTS, CLOUD_EVENT),
        (EVENTS, GRID_EVENT),
    ]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("no JSON", "no event"),
        ("[]", "no event"),
        ("[1]", "no event"),
        (json.dumps([CLOUD_EVENT, {"data": "x" * MOST_BYTES}]), "bytes a message"),
    ],
    ids=["text", "none", "number", "huge"],
)
def test_what_no_queue_takes_is_refused_before_anything_is_sent(
    place: Place, text: str, why: str
) -> None:
    """The first of two events must not have gone when the second turns out too big."""
    place.dead_letter(text)
    found = place.undelivered.find(place.only())
    assert found is not None
    with pytest.raises(UnfitError, match=why):
        place.undelivered.put_back(found)
    assert place.sent() == []


def test_the_largest_message_goes_back(place: Place) -> None:
    """Azure's limit is on what is sent, which is base64."""
    place.dead_letter(json.dumps([{"data": "x" * (MOST_BYTES - len('{"data": ""}'))}]))
    assert place.replay() == 1


def test_any_of_many_is_found_and_removed_and_the_others_are_seen_at_once(azurite: str) -> None:
    """Azure shows 32; the search for one behind them hides none from the next look."""
    place = in_storage(azurite)
    for number in range(70):
        place.poison(WAKEUPS, f"message {number}")
    listing = place.undelivered.listed()
    assert (len(listing.entries), listing.more) == (32, 38)
    every = list(StorageUndelivered(StorageAccount(azurite)).peek())
    # The walk through all of them has taken them for a minute.
    account = StorageAccount(azurite)
    account.raw_queue(f"{WAKEUPS}-poison").clear_messages()
    assert len(every) == 70
    for number in range(70):
        place.poison(WAKEUPS, f"message {number}")
    queue = account.raw_queue(f"{WAKEUPS}-poison")
    last = queue.send_message("the last")
    key = f"{WAKEUPS}-poison/{last.id}"
    found = place.undelivered.find(key)
    assert found is not None
    assert found.text == "the last"
    assert place.undelivered.remove(key)
    assert place.undelivered.find(key) is None
    assert len(queue.peek_messages(max_messages=32)) == 32
    assert queue.get_queue_properties().approximate_message_count == 70

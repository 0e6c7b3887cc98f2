"""The contract of ``Undeliveries``: in memory, and over queues and blobs of Azurite."""

import base64
import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any, override
from urllib.parse import parse_qs, urlsplit

import pytest
from azure.core.exceptions import ServiceResponseError

from remediation.incident import Door
from remediation.undelivered import Listing, Undeliveries, UnfitError
from state import layout
from state.account import StorageAccount, create_all
from state.letters import MOST_BYTES
from state.memory import MemoryUndelivered
from state.undelivered import StorageUndelivered
from tests.azurite import azurite
from tests.state import values
from tests.state.counting import Counting

__all__ = ["azurite"]

EVENTS, WAKEUPS = layout.EVENTS_QUEUE, layout.WAKEUPS_QUEUE
CLOUD_EVENT = {"specversion": "1.0", "type": "T", "deadletterreason": "MaxDeliveryAttemptsExceeded"}
GRID_EVENT = {"eventType": "T", "deadLetterReason": "TimeToLiveExceeded", "deliveryAttempts": 7}


class Faulty(Counting):
    """Lets something happen before the next request of a method to a message, given its address."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[tuple[str, Callable[[str], object]]] = []

    @override
    def send(self, request: Any, **options: Any) -> Any:
        for place, (method, how) in enumerate(self.faults):
            if request.method == method and "/messages/" in request.url:
                del self.faults[place]
                how(request.url)
                break
        return super().send(request, **options)


@dataclass(frozen=True, kw_only=True)
class Place:
    """An implementation, and the world that fills it."""

    undelivered: Undeliveries
    poison: Callable[[str, str], Any]
    dead_letter: Callable[[str], object]
    sent: Callable[[], list[tuple[str, str]]]
    take: Callable[[str, int], object]

    @property
    def texts(self) -> list[str]:
        """What the list shows, in any order."""
        return sorted(one.text for one in self.undelivered.listed().entries)

    def key(self, text: str) -> str:
        """The key of the message that says this."""
        (one,) = [one for one in self.undelivered.listed().entries if one.text == text]
        return one.key

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

    def take(queue: str, most: int) -> None:
        lying = [one.key for one in undelivered.peek() if one.goes_to == queue]
        for key in lying[:most]:
            undelivered.take(key)

    return Place(
        undelivered=undelivered,
        poison=lambda queue, raw: undelivered.poison(queue, raw, values.NOON),
        dead_letter=lambda text: undelivered.dead_letter(text, values.NOON),
        sent=lambda: list(undelivered.sent),
        take=take,
    )


def in_storage(connection: str, transport: Faulty | None = None) -> Place:
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

    def take(queue: str, most: int) -> None:
        raw = account.raw_queue(queue + layout.POISON_SUFFIX)
        taken = list(raw.receive_messages(max_messages=most, visibility_timeout=60))
        assert len(taken) == most

    # The place is filled by sound requests, and worked on over the transport.
    worked = StorageAccount(connection, transport=transport) if transport else account
    return Place(
        undelivered=StorageUndelivered(worked),
        poison=lambda queue, raw: account.raw_queue(queue + layout.POISON_SUFFIX).send_message(raw),
        dead_letter=lambda text: container.upload_blob(
            f"TOPIC/2026/11/20/12/{next(numbers)}.json", text.encode()
        ),
        sent=sent,
        take=take,
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
    assert one.door is Door.EVENT_GRID
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
    assert (one.text, one.door) == (raw, Door.WAKEUP)
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


@pytest.mark.parametrize("which", range(4), ids=["first", "second", "third", "last"])
@pytest.mark.parametrize("replayed", [False, True], ids=["discard", "replay"])
def test_the_neighbours_of_what_is_dealt_with_are_listed_at_once(
    place: Place, which: int, replayed: bool
) -> None:
    """Those before it and those behind it: a person goes on with the next."""
    says = [f"message {number}" for number in range(4)]
    for text in says:
        place.poison(EVENTS, text)
    key = place.key(says[which])
    if replayed:
        found = place.undelivered.find(key)
        assert found is not None
        place.undelivered.put_back(found)
    assert place.undelivered.remove(key)
    listing = place.undelivered.listed()
    assert place.texts == says[:which] + says[which + 1 :]
    assert (listing.more, listing.hidden) == (0, 0)


def test_what_somebody_has_in_hand_is_counted_and_not_found(place: Place) -> None:
    """Nothing is to be seen, and that is not to say that nothing lies there."""
    for text in ("one", "two", "three"):
        place.poison(WAKEUPS, text)
    keys = [one.key for one in place.undelivered.listed().entries]
    place.take(WAKEUPS, 2)
    listing = place.undelivered.listed()
    assert (len(listing.entries), listing.more, listing.hidden) == (1, 0, 2)
    (seen,) = listing.entries
    for key in set(keys) - {seen.key}:
        assert place.undelivered.find(key) is None
        assert not place.undelivered.remove(key)
    place.take(WAKEUPS, 1)
    assert place.undelivered.listed() == Listing(entries=(), hidden=3)


@pytest.mark.parametrize("which", [0, 20, 32, 39])
def test_of_a_queue_of_forty_any_is_removed_and_the_others_stay_in_sight(
    azurite: str, which: int
) -> None:
    """Azure shows 32: one behind them is reached through them, and not for longer."""
    place = in_storage(azurite)
    keys = [f"{EVENTS}-poison/{place.poison(EVENTS, str(number)).id}" for number in range(40)]
    found = place.undelivered.find(keys[which])
    assert found is not None
    assert found.text == str(which)
    assert place.undelivered.remove(keys[which])
    listing = place.undelivered.listed()
    assert (len(listing.entries), listing.more, listing.hidden) == (32, 7, 0)
    assert place.undelivered.find(keys[which]) is None
    left = [one.key for one in place.undelivered.peek()]
    assert sorted(left) == sorted(set(keys) - {keys[which]})
    listing = place.undelivered.listed()
    assert (len(listing.entries), listing.more) == (32, 7), "the walk has shown them again"


def test_only_those_before_a_message_are_taken_for_it(azurite: str) -> None:
    """What lies behind it is in nobody's way; of what is gone, nothing is taken at all."""
    transport = Faulty()
    place = in_storage(azurite, transport)
    for number in range(4):
        place.poison(EVENTS, f"message {number}")
    key = place.key("message 2")
    transport.clear()
    assert place.undelivered.remove(key)
    assert Counter(call.method for call in transport.calls) == {"GET": 2, "PUT": 2, "DELETE": 1}
    transport.clear()
    assert not place.undelivered.remove(key)
    assert [call.method for call in transport.calls] == ["GET"]


def named(url: str) -> tuple[str, str]:
    """The id and the receipt that a request names."""
    address = urlsplit(url)
    return address.path.rpartition("/")[2], parse_qs(address.query)["popreceipt"][0]


def broken(_url: str) -> None:
    """The connection breaks, and the request was never made."""
    raise ServiceResponseError("the connection broke")


def test_one_that_cannot_be_shown_again_hides_no_other_and_not_what_was_done(
    azurite: str,
) -> None:
    """It comes back by itself, and until then it is counted."""
    transport = Faulty()
    place = in_storage(azurite, transport)
    for number in range(4):
        place.poison(EVENTS, f"message {number}")
    key = place.key("message 3")
    transport.faults = [("PUT", broken)]
    assert place.undelivered.remove(key)
    listing = place.undelivered.listed()
    assert (place.texts, listing.hidden) == (["message 1", "message 2"], 1)


def test_where_storage_is_away_the_others_are_not_asked_for_one_by_one(azurite: str) -> None:
    """A person waits for the answer; they come back by themselves."""
    transport = Faulty()
    place = in_storage(azurite, transport)
    for number in range(9):
        place.poison(EVENTS, f"message {number}")
    key = place.key("message 8")
    transport.faults = [("PUT", broken)] * 9
    assert place.undelivered.remove(key)
    assert len(transport.faults) == 6
    assert place.undelivered.listed() == Listing(entries=(), hidden=8)


def test_one_that_somebody_else_took_meanwhile_stays_with_them(azurite: str) -> None:
    """Its time was over; the old receipt is refused with 400, which is no fault."""
    transport = Faulty()
    place = in_storage(azurite, transport)
    for number in range(4):
        place.poison(EVENTS, f"message {number}")
    key = place.key("message 3")

    def taken_by_another(url: str) -> None:
        raw = StorageAccount(azurite).raw_queue(f"{EVENTS}-poison")
        raw.update_message(*named(url), visibility_timeout=60)

    transport.faults = [("PUT", taken_by_another)]
    assert place.undelivered.remove(key)
    assert place.texts == ["message 1", "message 2"]
    transport.faults = [("DELETE", taken_by_another)]
    assert not place.undelivered.remove(place.key("message 2"))
    assert place.texts == ["message 1"]
    assert place.undelivered.listed().hidden == 2


def test_a_discard_that_fails_half_way_hides_nothing(azurite: str) -> None:
    """Neither the others nor itself: a repeat finds it at once."""
    transport = Faulty()
    place = in_storage(azurite, transport)
    says = [f"message {number}" for number in range(4)]
    for text in says:
        place.poison(EVENTS, text)
    transport.faults = [("DELETE", broken)]
    key = place.key("message 2")
    with pytest.raises(ServiceResponseError):
        place.undelivered.remove(key)
    assert place.texts == says
    assert place.undelivered.remove(key)


def test_a_removal_whose_answer_is_lost_was_done(azurite: str) -> None:
    """It is looked up, by the receipt that only this worker has: nobody else has dealt with it."""
    transport = Faulty()
    place = in_storage(azurite, transport)
    place.poison(EVENTS, "message 0")

    def lost(url: str) -> None:
        StorageAccount(azurite).raw_queue(f"{EVENTS}-poison").delete_message(*named(url))
        raise ServiceResponseError("the connection broke after the request")

    transport.faults = [("DELETE", lost)]
    assert place.undelivered.remove(place.only())
    assert place.undelivered.listed() == Listing(entries=())

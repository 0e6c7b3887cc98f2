"""Messages that nobody could take: poison queues and Event Grid's dead letters.

A message in the wrong encoding goes to the poison queue without any function being called, so
somebody must look. The sweep looks at them and raises the alarm; a person has them replayed or
discards them.
"""

from collections.abc import Iterator
from contextlib import suppress
from itertools import islice, takewhile
from typing import TYPE_CHECKING

from azure.core.exceptions import ResourceNotFoundError

from remediation.undelivered import Listing, Undeliverable
from state import layout
from state.account import StorageAccount
from state.letters import dead_reason, decoded, fitting, messages_of, poison_reason

if TYPE_CHECKING:
    from azure.storage.blob import BlobProperties
    from azure.storage.queue import QueueClient, QueueMessage

# What one look can see of a queue: Azure's limit, and always the same messages.
_PEEKED = 32
# To see more, messages are taken for a moment, page by page, until none is left.
_TAKEN_SECONDS = 60
# Each unread dead letter is a download: so many a sweep, and the rest with the next.
_READ = 100
# So many of them a person is shown at once; what is dealt with makes room for the next.
_SHOWN = 50
_NEVER = -1
_POISON = {name + layout.POISON_SUFFIX: name for name in layout.QUEUES}


class StorageUndelivered:
    """``Undeliveries`` over the account's poison queues and its container of dead letters."""

    def __init__(self, account: StorageAccount) -> None:
        self._account = account
        # Dead letters do not change: what was handed out, and dealt with, is not read again.
        self._read: set[str] = set()

    def peek(self) -> Iterator[Undeliverable]:
        """Return what lies there, in no order; of the dead letters what was not returned before."""
        for name in _POISON:
            # The host makes the queue with its first message.
            with suppress(ResourceNotFoundError):
                for message in _messages(self._account.raw_queue(name)):
                    yield _poisoned(name, message)
        with suppress(ResourceNotFoundError):
            blobs = list(self._account.container(layout.DEAD_LETTERS).list_blobs())
            for blob in [one for one in blobs if one.name not in self._read][:_READ]:
                yield self._dead(blob)
                self._read.add(str(blob.name))
            self._read.intersection_update(str(one.name) for one in blobs)

    def listed(self) -> Listing:
        """Look at the first of every place: two requests a full queue, one more a dead letter."""
        found: list[Undeliverable] = []
        more = 0
        for name in _POISON:
            queue = self._account.raw_queue(name)
            with suppress(ResourceNotFoundError):
                peeked = queue.peek_messages(max_messages=_PEEKED)
                found += [_poisoned(name, message) for message in peeked]
                if len(peeked) == _PEEKED:
                    count = queue.get_queue_properties().approximate_message_count or 0
                    more += max(0, count - _PEEKED)
        with suppress(ResourceNotFoundError):
            blobs = iter(self._account.container(layout.DEAD_LETTERS).list_blobs())
            found += [self._dead(blob) for blob in islice(blobs, _SHOWN)]
            more += sum(1 for _ in blobs)
        return Listing(entries=tuple(found), more=more)

    def find(self, key: str) -> Undeliverable | None:
        """Return what lies under a key; in a full queue its messages are hidden for the search."""
        place, _, name = key.partition("/")
        with suppress(ResourceNotFoundError):
            if place == layout.DEAD_LETTERS and name:
                client = self._account.container(place).get_blob_client(name)
                return self._dead(client.get_blob_properties())
            if place in _POISON:
                peeked = self._account.raw_queue(place).peek_messages(max_messages=_PEEKED)
                one = next((one for one in peeked if one.id == name), None)
                if one is None and len(peeked) == _PEEKED:
                    one = self._taken(place, name)
                    if one is not None:
                        self._show(place, one)
                return None if one is None else _poisoned(place, one)
        return None

    def put_back(self, one: Undeliverable) -> int:
        """Send it to its queue again, in base64; return how many messages it became."""
        dead = one.key.startswith(f"{layout.DEAD_LETTERS}/")
        # All of them are looked at before the first is sent.
        messages = messages_of(one.text) if dead else (fitting(one.text),)
        queue = self._account.queue(one.goes_to)
        for text in messages:
            queue.send_message(text, time_to_live=_NEVER)
        return len(messages)

    def remove(self, key: str) -> bool:
        """Remove what lies under a key; False where it is gone."""
        place, _, name = key.partition("/")
        with suppress(ResourceNotFoundError):
            if place == layout.DEAD_LETTERS and name:
                self._account.container(place).delete_blob(name)
                return True
            if place in _POISON and (one := self._taken(place, name)) is not None:
                self._account.raw_queue(place).delete_message(one.id, one.pop_receipt)
                return True
        return False

    def _taken(self, place: str, identity: str) -> "QueueMessage | None":
        """Take a message for a moment; what had to be taken before it is shown again at once."""
        others: list[QueueMessage] = []
        try:
            for message in _all(self._account.raw_queue(place)):
                if message.id == identity:
                    return message
                others.append(message)
        finally:
            for one in others:
                self._show(place, one)
        return None

    def _show(self, place: str, one: "QueueMessage") -> None:
        # Whoever took it meanwhile, after its time was over, has it now.
        with suppress(ResourceNotFoundError):
            queue = self._account.raw_queue(place)
            queue.update_message(one.id, one.pop_receipt, visibility_timeout=0)

    def _dead(self, blob: "BlobProperties") -> Undeliverable:
        container = self._account.container(layout.DEAD_LETTERS)
        # Its bytes may be anything: what a strict decoder refuses must go on file, too.
        body: bytes = container.download_blob(str(blob.name)).readall()
        text = body.decode(errors="replace")
        return Undeliverable(
            key=f"{layout.DEAD_LETTERS}/{blob.name}",
            text=text,
            goes_to=layout.EVENTS_QUEUE,
            reason=dead_reason(text),
            at=blob.last_modified,
        )


def _poisoned(queue: str, message: "QueueMessage") -> Undeliverable:
    raw = str(message.content)
    return Undeliverable(
        key=f"{queue}/{message.id}",
        text=decoded(raw),
        goes_to=_POISON[queue],
        reason=poison_reason(raw),
        at=message.inserted_on,
    )


def _messages(queue: "QueueClient") -> Iterator["QueueMessage"]:
    peeked = queue.peek_messages(max_messages=_PEEKED)
    yield from peeked if len(peeked) < _PEEKED else _all(queue)


def _all(queue: "QueueClient") -> Iterator["QueueMessage"]:
    """Every message, each taken for a moment."""
    pages = queue.receive_messages(
        messages_per_page=_PEEKED, visibility_timeout=_TAKEN_SECONDS
    ).by_page()
    seen: set[str] = set()
    for page in takewhile(bool, map(list, pages)):
        new = [message for message in page if message.id not in seen]
        if not new:
            # So many that the first are back.
            return
        yield from new
        seen.update(message.id for message in new)

"""Messages that nobody could take: poison queues and Event Grid's dead letters.

A message in the wrong encoding goes to the poison queue without any function being called, so
somebody must look. The sweep looks at them and raises the alarm; a person has them replayed or
discards them.
"""

from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING

from azure.core.exceptions import ResourceNotFoundError

from remediation.undelivered import Listing, Undeliverable
from state import layout, poison
from state.account import StorageAccount
from state.letters import dead_reason, decoded, door_of, fitting, messages_of, poison_reason

if TYPE_CHECKING:
    from azure.storage.blob import BlobProperties
    from azure.storage.queue import QueueMessage

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
                for message in poison.every(self._account.raw_queue(name)):
                    yield _poisoned(name, message)
        with suppress(ResourceNotFoundError):
            blobs = list(self._account.container(layout.DEAD_LETTERS).list_blobs())
            for blob in [one for one in blobs if one.name not in self._read][:_READ]:
                yield self._dead(blob)
                self._read.add(str(blob.name))
            self._read.intersection_update(str(one.name) for one in blobs)

    def listed(self) -> Listing:
        """Look at the first of every place: two requests a queue, one more a dead letter."""
        found: list[Undeliverable] = []
        more = hidden = 0
        for name in _POISON:
            queue = self._account.raw_queue(name)
            with suppress(ResourceNotFoundError):
                seen = poison.peeked(queue)
                found += [_poisoned(name, message) for message in seen]
                if len(seen) < poison.PEEKED:
                    hidden += poison.unseen(queue, len(seen))
                else:
                    more += poison.unseen(queue, len(seen))
        with suppress(ResourceNotFoundError):
            blobs = iter(self._account.container(layout.DEAD_LETTERS).list_blobs())
            found += [self._dead(blob) for blob in islice(blobs, _SHOWN)]
            more += sum(1 for _ in blobs)
        return Listing(entries=tuple(found), more=more, hidden=hidden)

    def find(self, key: str) -> Undeliverable | None:
        """Return what lies under a key; to look behind the first of a queue, these are taken."""
        place, _, name = key.partition("/")
        with suppress(ResourceNotFoundError):
            if place == layout.DEAD_LETTERS and name:
                client = self._account.container(place).get_blob_client(name)
                return self._dead(client.get_blob_properties())
            if place in _POISON:
                one = poison.find(self._account.raw_queue(place), name)
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
            if place in _POISON:
                return poison.remove(self._account.raw_queue(place), name)
        return False

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
        door=door_of(_POISON[queue]),
    )

"""Messages that nobody could take: poison queues and Event Grid's dead letters.

A message in the wrong encoding goes to the poison queue without any function being called, so
somebody must look. They are looked at, not removed: a person decides whether to replay or to
delete.
"""

from collections.abc import Iterator
from itertools import takewhile
from typing import TYPE_CHECKING

from azure.core.exceptions import ResourceNotFoundError

from remediation.ports import Undeliverable
from state import layout
from state.account import StorageAccount

if TYPE_CHECKING:
    from azure.storage.queue import QueueClient, QueueMessage

# What one look can see of a queue: Azure's limit, and always the same messages.
_PEEKED = 32
# To see more, messages are taken for a moment, page by page, until none is left.
_TAKEN_SECONDS = 60
# Each unread dead letter is a download: so many a sweep, and the rest with the next.
_READ = 100


class StorageUndelivered:
    """``Undelivered`` over the account's poison queues and its container of dead letters."""

    def __init__(self, account: StorageAccount) -> None:
        self._account = account
        # Dead letters do not change: what was handed out, and dealt with, is not read again.
        self._read: set[str] = set()

    def peek(self) -> Iterator[Undeliverable]:
        """Return what lies there, in no order; of the dead letters what was not returned before."""
        for name in layout.QUEUES:
            yield from self._poison(name + layout.POISON_SUFFIX)
        yield from self._dead_letters()

    def _poison(self, name: str) -> Iterator[Undeliverable]:
        try:
            for message in _messages(self._account.raw_queue(name)):
                yield Undeliverable(key=f"{name}/{message.id}", text=str(message.content))
        except ResourceNotFoundError:
            # The host makes the queue with its first message.
            return

    def _dead_letters(self) -> Iterator[Undeliverable]:
        container = self._account.container(layout.DEAD_LETTERS)
        try:
            names = [str(blob.name) for blob in container.list_blobs()]
            unread = [name for name in names if name not in self._read]
            for name in unread[:_READ]:
                # Its bytes may be anything: what a strict decoder refuses must go on file, too.
                body: bytes = container.download_blob(name).readall()
                text = body.decode(errors="replace")
                yield Undeliverable(key=f"{layout.DEAD_LETTERS}/{name}", text=text)
                self._read.add(name)
        except ResourceNotFoundError:
            return
        self._read.intersection_update(names)


def _messages(queue: "QueueClient") -> Iterator["QueueMessage"]:
    peeked = queue.peek_messages(max_messages=_PEEKED)
    if len(peeked) < _PEEKED:
        yield from peeked
        return
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

"""Messages that nobody could take: poison queues and Event Grid's dead letters.

A message in the wrong encoding goes to the poison queue without any function being called, so
somebody must look. They are looked at, not removed: a person decides whether to replay or to
delete.
"""

from collections.abc import Iterator

from azure.core.exceptions import ResourceNotFoundError

from remediation.ports import Undeliverable
from state import layout
from state.account import StorageAccount

# What one peek can see of a queue (Azure's limit), and as many dead letters are filed at a time.
_MOST = 32


class StorageUndelivered:
    """``Undelivered`` over the account's poison queues and its container of dead letters."""

    def __init__(self, account: StorageAccount) -> None:
        self._account = account

    def peek(self) -> Iterator[Undeliverable]:
        """Return what lies there, at most 32 a place; their order is not told."""
        for name in layout.QUEUES:
            yield from self._poison(name + layout.POISON_SUFFIX)
        yield from self._dead_letters()

    def _poison(self, name: str) -> Iterator[Undeliverable]:
        try:
            for message in self._account.raw_queue(name).peek_messages(max_messages=_MOST):
                yield Undeliverable(key=f"{name}/{message.id}", text=str(message.content))
        except ResourceNotFoundError:
            # The host makes the queue with its first message.
            return

    def _dead_letters(self) -> Iterator[Undeliverable]:
        container = self._account.container(layout.DEAD_LETTERS)
        try:
            for number, blob in enumerate(container.list_blobs()):
                if number >= _MOST:
                    return
                text = container.download_blob(blob.name, encoding="utf-8").readall()
                yield Undeliverable(key=f"{layout.DEAD_LETTERS}/{blob.name}", text=str(text))
        except ResourceNotFoundError:
            return

"""A poison queue: looked at without hiding anything, and one message of it removed.

Only who has taken a message may remove it, and the queue hands them out in an order of its own: to
reach one, those before it must be taken, too. All of these are shown again as soon as that one was
reached, or was not; where this worker dies first, they are back by themselves a little later.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from azure.core.exceptions import AzureError, ResourceNotFoundError

if TYPE_CHECKING:
    from azure.storage.queue import QueueClient, QueueMessage

# What one look can see of a queue, and what one request can take: Azure's limit.
PEEKED = 32
# Long enough to walk through some ten thousand.
_TAKEN_SECONDS = 30
# A message that could not be shown is back by itself, sooner than the SDK's first repeat.
_AT_ONCE = {"retry_total": 0, "connection_timeout": 5, "read_timeout": 5}
# After so many in a row storage is away, and there is no use in asking it for the others.
_ENOUGH = 3
_TAKEN_BY_ANOTHER = "PopReceiptMismatch"


def peeked(queue: "QueueClient") -> list["QueueMessage"]:
    """Look at the first messages; always the same ones, until they are dealt with."""
    found: list[QueueMessage] = queue.peek_messages(max_messages=PEEKED)
    return found


def unseen(queue: "QueueClient", seen: int) -> int:
    """Return how many messages lie there beside those that a look has seen, about.

    Azure may count too many for a while, and never too few.
    """
    count = queue.get_queue_properties().approximate_message_count or 0
    return max(0, count - seen)


def every(queue: "QueueClient") -> list["QueueMessage"]:
    """Return every message; where there are more than a look can see, they are taken for it."""
    found = peeked(queue)
    if len(found) < PEEKED:
        return found
    with _hand(queue) as hand:
        return list(hand.walk(PEEKED))


def find(queue: "QueueClient", identity: str) -> "QueueMessage | None":
    """Return a message by its id; None where it is gone, or in somebody's hand."""
    found = peeked(queue)
    one = next((one for one in found if one.id == identity), None)
    if one is not None or len(found) < PEEKED:
        return one
    with _hand(queue) as hand:
        return next((one for one in hand.walk(PEEKED) if one.id == identity), None)


def remove(queue: "QueueClient", identity: str) -> bool:
    """Remove a message by its id; False where it is gone, or in somebody's hand."""
    found = peeked(queue)
    place = next((place for place, one in enumerate(found, 1) if one.id == identity), None)
    if place is None and len(found) < PEEKED:
        return False
    with _hand(queue) as hand:
        # What lies behind it is mostly handed out after it, and need not be taken.
        one = next((one for one in hand.walk(place or PEEKED) if one.id == identity), None)
        if one is None:
            return False
        # The others do not wait for it, nor for the repeats of a request that fails.
        del hand.held[identity]
    return _removed(queue, one)


@dataclass(slots=True)
class _Hand:
    """Messages that this worker has taken, by their ids: each with its newest receipt."""

    queue: "QueueClient"
    held: dict[str, "QueueMessage"] = field(default_factory=dict)

    def walk(self, first: int) -> Iterator["QueueMessage"]:
        """Take ``first`` messages, then page by page what is left, until none is new."""
        most = first
        while new := self._take(most):
            yield from new
            most = PEEKED

    def _take(self, most: int) -> list["QueueMessage"]:
        pages = self.queue.receive_messages(
            messages_per_page=most, visibility_timeout=_TAKEN_SECONDS
        ).by_page()
        page = list(next(pages, ()))
        # So many that the first are back: the walk ends where it meets none but these.
        new = [one for one in page if one.id not in self.held]
        # All of a page before the first of it is looked at: whoever reaches one hides no other.
        self.held |= {one.id: one for one in page}
        return new


@contextmanager
def _hand(queue: "QueueClient") -> Iterator[_Hand]:
    """Lend a hand; what is in it at the end is shown again, however it ended."""
    hand = _Hand(queue)
    try:
        yield hand
    finally:
        _show(queue, hand.held.values())


def _show(queue: "QueueClient", messages: Iterable["QueueMessage"]) -> None:
    """Show messages again: each that can be, and no fault in it hides what else there is to say."""
    faults = 0
    for one in messages:
        try:
            queue.update_message(one.id, one.pop_receipt, visibility_timeout=0, **_AT_ONCE)
        except AzureError as fault:
            faults = 0 if _elsewhere(fault) else faults + 1
            if faults == _ENOUGH:
                return
        else:
            faults = 0


def _removed(queue: "QueueClient", one: "QueueMessage") -> bool:
    """Remove a message that was just taken; raises where nobody knows, and then it is shown again.

    Not by the SDK's repeats: the second try finds nothing where the first one's answer was lost,
    and that looks like somebody else's doing.
    """
    try:
        queue.delete_message(one.id, one.pop_receipt, **_AT_ONCE)
    except AzureError as fault:
        if _elsewhere(fault):
            return False
        if not _gone(queue, one):
            raise
    return True


def _gone(queue: "QueueClient", one: "QueueMessage") -> bool:
    """Whether a message that this worker holds was removed; where it lies there, it is shown."""
    try:
        queue.update_message(one.id, one.pop_receipt, visibility_timeout=0, **_AT_ONCE)
    except ResourceNotFoundError:
        return True
    except AzureError:
        pass
    return False


def _elsewhere(fault: AzureError) -> bool:
    """Whether a message is not there any more, or somebody else has taken it meanwhile.

    The latter is answered with 404 or with 400, which the SDK has no exception of its own for.
    """
    gone = isinstance(fault, ResourceNotFoundError)
    return gone or getattr(fault, "error_code", None) == _TAKEN_BY_ANOTHER

"""A message of a Storage queue as this host handles it: its lease, and the form a function gets.

The trigger metadata has the names and the JSON texts that the platform's host sends to the worker.
"""

import base64
import binascii
import json
import threading
from datetime import datetime
from typing import Literal

from azure.storage.queue import QueueClient, QueueMessage
from azure_functions_runtime.bindings.datumdef import Datum


class Lease:
    """One received message, hidden from others as long as it is renewed."""

    def __init__(self, queue: QueueClient, message: QueueMessage, *, seconds: int) -> None:
        self.message = message
        self._queue = queue
        self._seconds = seconds
        self._lock = threading.Lock()
        self._ended = False
        self._receipt = message.pop_receipt

    @property
    def attempt(self) -> int:
        """How often the message has been taken, this time included."""
        return int(self.message.dequeue_count or 0)

    def renew(self) -> None:
        """Hide the message for another term, unless its handling has ended."""
        with self._lock:
            if not self._ended:
                self._update(self._seconds)

    def release(self, seconds: int) -> None:
        """Let the message become visible again after ``seconds``."""
        with self._lock:
            self._ended = True
            self._update(seconds)

    def delete(self) -> None:
        """Remove the message: it is dealt with."""
        with self._lock:
            self._ended = True
            self._queue.delete_message(self.message.id, self._receipt)

    def _update(self, seconds: int) -> None:
        updated = self._queue.update_message(
            self.message.id, self._receipt, visibility_timeout=seconds
        )
        self._receipt = updated.pop_receipt


def decode(message: QueueMessage, encoding: Literal["base64", "none"]) -> bytes | None:
    """Return the body of a message, or ``None`` when it is not in the encoding."""
    text = str(message.content)
    if encoding == "none":
        return text.encode()
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def to_datum(body: bytes) -> Datum:
    """Return the body as the host passes it: a text where it is UTF-8, else bytes."""
    try:
        return Datum(body.decode(), "string")
    except UnicodeDecodeError:
        return Datum(body, "bytes")


def trigger_metadata(message: QueueMessage) -> dict[str, Datum]:
    """Return what goes beside the body: id, receipt, count and times."""
    return {
        "Id": Datum(str(message.id), "string"),
        "PopReceipt": Datum(str(message.pop_receipt), "string"),
        "DequeueCount": Datum(str(message.dequeue_count), "string"),
        "InsertionTime": _time(message.inserted_on),
        "ExpirationTime": _time(message.expires_on),
        "NextVisibleTime": _time(message.next_visible_on),
    }


def _time(moment: datetime | None) -> Datum:
    return Datum(json.dumps(moment.isoformat() if moment else None), "json")

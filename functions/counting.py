"""Counts of storage transactions, an invocation at a time.

What storage costs is a promise of the design, so every invocation says what it used: one line of
JSON to the log. The count is taken at the SDK's transport, retries and all.
"""

import json
import logging
import threading
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from remediation.receipt import Receipt

_LOG = logging.getLogger("remediator.receipts")
_LOCAL = threading.local()
# The host itself gets a queue message before a function runs and deletes it afterwards.
QUEUE_BY_HOST = 2


def _counter() -> Counter[str]:
    if not hasattr(_LOCAL, "counter"):
        _LOCAL.counter = Counter()
    found: Counter[str] = _LOCAL.counter
    return found


def count(label: str) -> None:
    """Count one request of this thread's invocation."""
    _counter()[label] += 1


def begin() -> None:
    """Begin an invocation: nothing is counted yet."""
    _counter().clear()


def tell(receipt: "Receipt", *, from_queue: bool) -> None:
    """Say what the invocation did and used."""
    counts = _counter()
    line = {
        "incident": receipt.incident,
        "item": receipt.item,
        "kind": receipt.kind,
        "attempt": receipt.attempt,
        "rung_acts": receipt.rung_acts,
        "detail": receipt.detail,
        "contended": receipt.contended,
        "transactions": {
            "incidents": counts["incidents"],
            "index": counts["index"],
            "queue": counts["queue"] + (QUEUE_BY_HOST if from_queue else 0),
            "apart": counts["apart"],
        },
    }
    _LOG.info(json.dumps(line))

"""Wake-ups: identifiers on a delayed Storage queue, and how they are written and read."""

import math
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from remediation.messages import FailureReported, Woken
from remediation.ports import Clock
from state import codec

if TYPE_CHECKING:
    from azure.storage.queue import QueueClient

# The service takes up to seven days; a shorter one bounds what a clock set wrong can do. What is
# due later comes early, and whoever receives it sends it again.
LONGEST = timedelta(hours=24)
_NEVER = -1


class QueueWakeups:
    """``Wakeups`` over a Storage queue, connected to on first use.

    The client must encode to base64 (``StorageAccount.queue``): the Functions host moves anything
    else to the poison queue without calling a function.
    """

    def __init__(self, connect: Callable[[], "QueueClient"], clock: Clock) -> None:
        self._connect = connect
        self._clock = clock
        self._client: QueueClient | None = None

    def send(self, message: Woken | FailureReported, *, at: datetime) -> None:
        """Deliver the message at ``at`` or a little later; at the latest after 24 real hours."""
        if self._client is None:
            self._client = self._connect()
        delay = visible_after(self._clock.shrink(at - self._clock.now()))
        self._client.send_message(
            wakeup_text(message, at=at), visibility_timeout=delay, time_to_live=_NEVER
        )


def visible_after(wait: timedelta) -> int:
    """Return the delay in whole seconds, rounded up: the SDK would cut 0.4 s down to at once."""
    return math.ceil(max(timedelta(), min(wait, LONGEST)).total_seconds())


def wakeup_text(message: Woken | FailureReported, *, at: datetime) -> str:
    """Return a message's JSON: identifiers, what to do with them, and when it is due."""
    kind = "wake" if isinstance(message, Woken) else "report"
    tree: dict[str, Any] = codec.plain(message)
    return codec.text_of({"kind": kind, "at": codec.instant(at), **tree})


def parse_wakeup(text: str) -> Woken | FailureReported:
    """Read a message; raises ValueError that names what was expected."""
    try:
        tree = codec.tree_of(text)
    except ValueError as fault:
        raise ValueError(f"expected the JSON of a wake-up: {fault}") from fault
    match tree:
        case {"kind": "wake"}:
            return codec.from_plain(Woken, tree)
        case {"kind": "report"}:
            return codec.from_plain(FailureReported, tree)
        case _:
            raise ValueError("kind: expected 'wake' or 'report'")


def due_at(text: str) -> datetime:
    """Return when a message is due; raises ValueError where it does not say."""
    tree = codec.tree_of(text)
    return codec.read_instant(tree.get("at") if isinstance(tree, dict) else None)

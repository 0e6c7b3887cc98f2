"""Undelivered messages in memory."""

import itertools
import threading
from datetime import datetime

from remediation.undelivered import Listing, Undeliverable
from state import layout
from state.letters import dead_reason, decoded, door_of, fitting, messages_of, poison_reason


class MemoryUndelivered:
    """``Undeliveries`` in memory. Thread-safe. ``sent``: what was put back, by its queue."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._lying: dict[str, Undeliverable] = {}
        self._held: set[str] = set()
        self.sent: list[tuple[str, str]] = []

    def poison(self, queue: str, raw: str, at: datetime) -> str:
        """Let a message of a queue have become poison; return its key."""
        key = f"{queue}{layout.POISON_SUFFIX}/{next(self._numbers)}"
        return self._lie(key, decoded(raw), queue, poison_reason(raw), at)

    def dead_letter(self, text: str, at: datetime) -> str:
        """Let Event Grid have given an event up; return its key."""
        key = f"{layout.DEAD_LETTERS}/{next(self._numbers)}.json"
        return self._lie(key, text, layout.EVENTS_QUEUE, dead_reason(text), at)

    def take(self, key: str) -> None:
        """Let somebody else have it in hand from now on: it lies there, and nobody sees it."""
        with self._lock:
            self._held.add(key)

    def peek(self) -> tuple[Undeliverable, ...]:
        """Return what lies there."""
        with self._lock:
            return tuple(one for key, one in self._lying.items() if key not in self._held)

    def listed(self) -> Listing:
        """Return what lies there."""
        seen = self.peek()
        with self._lock:
            return Listing(entries=seen, hidden=len(self._lying) - len(seen))

    def find(self, key: str) -> Undeliverable | None:
        """Return what lies under a key."""
        with self._lock:
            return None if key in self._held else self._lying.get(key)

    def put_back(self, one: Undeliverable) -> int:
        """Send it to its queue again; return how many messages it became."""
        dead = one.key.startswith(f"{layout.DEAD_LETTERS}/")
        messages = messages_of(one.text) if dead else (fitting(one.text),)
        with self._lock:
            self.sent += [(one.goes_to, text) for text in messages]
        return len(messages)

    def remove(self, key: str) -> bool:
        """Remove what lies under a key; False where it is gone."""
        with self._lock:
            return key not in self._held and self._lying.pop(key, None) is not None

    def _lie(self, key: str, text: str, goes_to: str, reason: str, at: datetime) -> str:
        one = Undeliverable(
            key=key, text=text, goes_to=goes_to, reason=reason, at=at, door=door_of(goes_to)
        )
        with self._lock:
            self._lying[key] = one
        return key

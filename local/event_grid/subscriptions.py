"""Event subscriptions: which events go where, how often they are tried, and what happens then."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from local.event_grid.events import Event, Schema

DEFAULT_ATTEMPTS = 30
DEFAULT_MINUTES = 1440
FIELDS = frozenset(
    {
        "name",
        "webhook",
        "queue",
        "schema",
        "types",
        "subject_begins_with",
        "subject_ends_with",
        "share",
        "max_attempts",
        "time_to_live_minutes",
        "dead_letter_container",
    }
)
_NAME = re.compile(r"[A-Za-z0-9-]{3,64}")


class SubscriptionError(ValueError):
    """A subscription cannot be used; the text names the field and what was expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """One event subscription; exactly one of ``webhook`` (a URL) and ``queue`` (a name) is set.

    ``types`` empty takes all. ``share`` is a half-open part of 0 to 1: an event belongs to it when
    the hash of its subject does, so two subscriptions can divide the subjects between them, which
    the platform cannot. ``dead_letter_container`` ``None`` drops what could not be delivered.
    """

    name: str
    webhook: str | None = None
    queue: str | None = None
    schema: Schema = "cloudevents"
    types: frozenset[str] = frozenset()
    subject_begins_with: str = ""
    subject_ends_with: str = ""
    share: tuple[float, float] = (0.0, 1.0)
    max_attempts: int = DEFAULT_ATTEMPTS
    time_to_live: timedelta = timedelta(minutes=DEFAULT_MINUTES)
    dead_letter_container: str | None = None

    def wants(self, event: Event) -> bool:
        """Say whether an event passes all filters; subjects are compared without regard to case."""
        subject = event.subject.lower()
        return (
            (not self.types or event.type in self.types)
            and subject.startswith(self.subject_begins_with.lower())
            and subject.endswith(self.subject_ends_with.lower())
            and self.share[0] <= portion(event.subject) < self.share[1]
        )


def portion(subject: str) -> float:
    """Return where in 0 to 1 a subject falls: its hash, the same in every run."""
    digest = hashlib.sha256(subject.lower().encode()).digest()
    return int.from_bytes(digest[:6]) / 2**48


def read(document: Mapping[str, Any]) -> Subscription:
    """Read a subscription from JSON; raises ``SubscriptionError``."""
    if unknown := document.keys() - FIELDS:
        raise SubscriptionError(f"unknown field {', '.join(sorted(unknown))}")
    name = str(document.get("name", ""))
    if not _NAME.fullmatch(name):
        raise SubscriptionError(f"name must be 3 to 64 letters, digits and dashes, not {name!r}")
    webhook, queue = document.get("webhook"), document.get("queue")
    if (webhook is None) == (queue is None):
        raise SubscriptionError("exactly one of webhook and queue must be given")
    schema = document.get("schema", "cloudevents")
    if schema not in ("cloudevents", "eventgrid"):
        raise SubscriptionError(f"schema must be cloudevents or eventgrid, not {schema!r}")
    low, high = document.get("share", (0.0, 1.0))
    if not 0 <= low < high <= 1:
        raise SubscriptionError(f"share must be two numbers from 0 to 1, not {low!r}, {high!r}")
    return Subscription(
        name=name,
        webhook=webhook,
        queue=queue,
        schema=schema,
        types=frozenset(document.get("types", ())),
        subject_begins_with=document.get("subject_begins_with", ""),
        subject_ends_with=document.get("subject_ends_with", ""),
        share=(float(low), float(high)),
        max_attempts=_within(document, "max_attempts", DEFAULT_ATTEMPTS),
        time_to_live=timedelta(minutes=_within(document, "time_to_live_minutes", DEFAULT_MINUTES)),
        dead_letter_container=document.get("dead_letter_container"),
    )


def _within(document: Mapping[str, Any], field: str, most: int) -> int:
    """Return a whole number from 1 to ``most``, which is also the platform's default."""
    value = document.get(field, most)
    if not isinstance(value, int) or not 1 <= value <= most:
        raise SubscriptionError(f"{field} must be a whole number from 1 to {most}, not {value!r}")
    return value

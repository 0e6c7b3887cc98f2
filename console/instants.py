"""Times of requests: ISO 8601 with a zone. A time without one means another moment to everybody."""

import re
from datetime import UTC, datetime
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

# An offset's plus, where a URL was written without escaping it.
_LOST_PLUS = re.compile(r" (?=\d\d:?\d\d$)")
EXPECTED = "expected an ISO 8601 time with a zone, as 2026-11-20T06:00:00Z"


def read(text: object) -> datetime:
    """Read a time in UTC; raises ValueError for anything else, also for a time without a zone."""
    try:
        at = datetime.fromisoformat(_LOST_PLUS.sub("+", text)) if isinstance(text, str) else None
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise ValueError(f"{EXPECTED}, got {str(text)[:60]!r}")
    try:
        return at.astimezone(UTC)
    except OverflowError as fault:
        raise ValueError(f"{EXPECTED}, between the years 1 and 9999") from fault


type Instant = Annotated[
    datetime,
    BeforeValidator(read),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]

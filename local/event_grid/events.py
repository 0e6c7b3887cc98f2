"""Events as they are published, in either schema, checked as the platform checks them."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

SIZE_LIMIT = 1024 * 1024

type Schema = Literal["cloudevents", "eventgrid"]

_REQUIRED: dict[Schema, tuple[str, ...]] = {
    "cloudevents": ("id", "source", "type"),
    "eventgrid": ("id", "subject", "eventType", "eventTime", "dataVersion"),
}
_CONTENT_TYPES: dict[str, Schema] = {
    "application/cloudevents-batch+json": "cloudevents",
    "application/cloudevents+json": "cloudevents",
    "application/json": "eventgrid",
}


class EventError(ValueError):
    """What was published is no batch of events; the text names the event and the field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One published event; ``document`` is the event as it came."""

    schema: Schema
    id: str
    type: str
    subject: str
    document: dict[str, Any]


def read(body: bytes, content_type: str, *, topic: str) -> tuple[Event, ...]:
    """Return the events of a request body; raises ``EventError``.

    An array of events, or for ``application/cloudevents+json`` one event. ``topic`` is written into
    events of the Event Grid schema, which their publisher leaves empty.
    """
    kind = content_type.partition(";")[0].strip().lower()
    schema = _CONTENT_TYPES.get(kind)
    if schema is None:
        raise EventError(f"content-type must be one of {', '.join(_CONTENT_TYPES)}, not {kind!r}")
    try:
        document = json.loads(body)
    except ValueError as fault:
        raise EventError(f"the body is not JSON: {fault}") from None
    if kind == "application/cloudevents+json":
        document = [document]
    if not isinstance(document, list):
        raise EventError("the body must be an array of events")
    return tuple(_event(schema, number, entry, topic) for number, entry in enumerate(document))


def _event(schema: Schema, number: int, entry: object, topic: str) -> Event:
    if not isinstance(entry, dict):
        raise EventError(f"event {number} must be an object")
    for field in _REQUIRED[schema]:
        if not isinstance(entry.get(field), str) or not (entry[field] or field == "subject"):
            raise EventError(f"event {number}: {field} must be a text that is not empty")
    if schema == "cloudevents":
        if entry.get("specversion") != "1.0":
            raise EventError(f'event {number}: specversion must be "1.0"')
        _check_time(number, "time", entry.get("time"))
        return Event(
            schema=schema,
            id=entry["id"],
            type=entry["type"],
            subject=str(entry.get("subject") or ""),
            document=entry,
        )
    _check_time(number, "eventTime", entry["eventTime"])
    return Event(
        schema=schema,
        id=entry["id"],
        type=entry["eventType"],
        subject=entry["subject"],
        document={**entry, "topic": topic, "metadataVersion": "1"},
    )


def _check_time(number: int, field: str, value: object) -> None:
    if value is None:
        return
    try:
        datetime.fromisoformat(str(value))
    except ValueError:
        raise EventError(f"event {number}: {field} must be a time of RFC 3339") from None

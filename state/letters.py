"""What undelivered messages say: encoded or not, one event or several. Pure.

A poison message is what the host could not hand over: base64 as it should be, or whatever its
sender wrote. A dead letter is a list of events to which Event Grid added why it gave them up.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from remediation.incident import Door
from remediation.undelivered import UnfitError
from state import layout

# Azure's limit is 64 KiB of what is sent, which is base64.
MOST_BYTES = 48 * 1024
# The schema of Event Grid and CloudEvents spell them differently.
_WHY = ("deadletterreason", "lastdeliveryoutcome", "deliveryattempts")


def decoded(raw: str) -> str:
    """Return the text of a message: what its base64 holds, or what it is where it is none."""
    try:
        return base64.b64decode(raw, validate=True).decode()
    except (binascii.Error, ValueError):
        return raw


def poison_reason(raw: str) -> str:
    """Return why a message lies in a poison queue, as far as it shows."""
    try:
        base64.b64decode(raw, validate=True).decode()
    except UnicodeDecodeError:
        return "its bytes are no text"
    except (binascii.Error, ValueError):
        return "it is not base64, so that no function was ever called with it"
    return "every function call with it failed, as often as the host tries"


def door_of(queue: str) -> Door:
    """Return the door by which the messages of a queue come."""
    return Door.WAKEUP if queue == layout.WAKEUPS_QUEUE else Door.EVENT_GRID


def dead_reason(text: str) -> str:
    """Return why Event Grid gave the events of a dead letter up, as far as they say so."""
    found: list[str] = []
    for event in _listed(text):
        said = {str(name).casefold(): value for name, value in event.items()}
        why = ", ".join(str(said[name])[:200] for name in _WHY if name in said)
        found += [why] if why and why not in found else []
    return "; ".join(found[:3]) or "Event Grid could not deliver it, and does not say why"


def messages_of(text: str) -> tuple[str, ...]:
    """Return the messages that a dead letter is replayed as: one an event; raises UnfitError."""
    events = _listed(text)
    if not events:
        raise UnfitError("it holds no event that could be read: discard it")
    return tuple(fitting(json.dumps(event, ensure_ascii=False)) for event in events)


def fitting(text: str) -> str:
    """Return the text if a queue takes it; raises UnfitError otherwise."""
    try:
        size = len(text.encode())
    except UnicodeEncodeError as fault:
        raise UnfitError("it holds characters that no message can carry: discard it") from fault
    if size > MOST_BYTES:
        raise UnfitError(f"a queue takes {MOST_BYTES} bytes a message, this has {size}")
    if not size:
        raise UnfitError("it is empty: discard it")
    return text


def _listed(text: str) -> list[Mapping[str, Any]]:
    """Return the events of a dead letter; none where it is not what Event Grid writes."""
    try:
        tree = json.loads(text)
    except (ValueError, RecursionError):
        return []
    events = tree if isinstance(tree, list) else [tree]
    return [one for one in events if isinstance(one, Mapping)]

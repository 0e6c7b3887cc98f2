"""The Event Grid door for those who prefer the push.

It has 30 seconds, so it hands over at once.
"""

import json

import azure.functions as func

from functions.gateway import services
from remediation.intake import from_event
from remediation.messages import FailureReported, Rejected, VaultNudged
from state import layout

blueprint = func.Blueprint()


@blueprint.function_name("on_event_grid")
@blueprint.event_grid_trigger(arg_name="event")
def on_event_grid(event: func.EventGridEvent) -> None:
    """Hand failures over to the queue of wake-ups, and nudges to that of events."""
    found = services()
    now = found.clock.now()
    document = _document(event)
    for incoming in from_event(document, found.policy.scopes):
        match incoming:
            case FailureReported():
                found.reception.engine.wakeups.send(incoming, at=now)
            case VaultNudged():
                # A whole vault is looked at: that may take longer than this door has.
                queue = found.door.queue(layout.EVENTS_QUEUE)
                queue.send_message(json.dumps(document), time_to_live=-1)
            case Rejected():
                found.ledger.reject(incoming, now)


def _document(event: object) -> dict[str, object]:
    """Return the event as it came: the worker decodes by payload, whatever the annotation says."""
    if isinstance(event, func.CloudEvent):
        return dict(event.to_dict())
    if not isinstance(event, func.EventGridEvent):
        raise TypeError(f"expected an event of Event Grid, got {type(event).__name__}")
    return {
        "id": event.id,
        "eventType": event.event_type,
        "subject": event.subject,
        "topic": event.topic,
        "data": event.get_json(),
    }

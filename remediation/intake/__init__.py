"""Intake: a payload from outside becomes a reported failure, a nudge, or a rejection. Pure.

Here: the common alert schema, our own CloudEvent in both of Event Grid's schemas, and refused ARM
requests. Not here: who may call (the doors), and what becomes of it (the engine). Nothing raises:
whatever comes in gets exactly one outcome an event, and a rejection keeps the text it came with.
"""

from remediation.intake.alert import from_alert
from remediation.intake.events import EVENT_TYPE, Incoming, from_event, from_text, to_cloud_event
from remediation.intake.fields import LARGEST

__all__ = [
    "EVENT_TYPE",
    "LARGEST",
    "Incoming",
    "from_alert",
    "from_event",
    "from_text",
    "to_cloud_event",
]

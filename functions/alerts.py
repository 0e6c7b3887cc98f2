"""The alert door: an Azure Monitor action group calls it in the common alert schema.

An action group that meets errors stops calling for 15 minutes, so authenticated callers get a 2xx
at once, whatever they sent; only where nothing takes what they sent (neither topic nor queue an
event, no table a rejection) is the answer 503.
"""

import json
import logging
from typing import TYPE_CHECKING

import azure.functions as func

from functions.gateway import services
from remediation.intake import from_alert, to_cloud_event
from remediation.messages import FailureReported, Rejected, Succeeded
from state import layout

if TYPE_CHECKING:
    from functions.wiring import Services

blueprint = func.Blueprint()
_LOG = logging.getLogger("remediator.alerts")


@blueprint.route("api/alerts", methods=["POST"], auth_level=func.AuthLevel.FUNCTION)
def on_alert(req: func.HttpRequest) -> func.HttpResponse:
    """Take an alert: published, kept as rejected, or refused with 503 if nothing takes it."""
    found = services()
    incoming = from_alert(req.get_body(), found.policy.scopes)
    if isinstance(incoming, Rejected):
        return _reject(found, incoming)
    return _publish(found, incoming)


def _reject(found: "Services", rejected: Rejected) -> func.HttpResponse:
    from azure.core.exceptions import AzureError  # noqa: PLC0415 - 50 ms of every cold start

    try:
        found.ledger.reject(rejected, found.clock.now())
    except AzureError:
        _LOG.exception("a rejected alert could not be kept: %s", rejected.reason)
        return _answer(503, {"accepted": False, "reason": "storage cannot be reached"})
    return _answer(202, {"accepted": False, "reason": rejected.reason})


def _publish(found: "Services", reported: FailureReported) -> func.HttpResponse:
    from azure.core.exceptions import AzureError  # noqa: PLC0415 - 50 ms of every cold start

    event = to_cloud_event(reported, found.clock.now())
    outcome = found.topic.send(event)
    if isinstance(outcome, Succeeded):
        return _answer(202, {"accepted": True})
    _LOG.warning("the topic did not take an event, the queue is tried: %s", outcome)
    try:
        queue = found.door.queue(layout.EVENTS_QUEUE)
        queue.send_message(json.dumps(event), time_to_live=-1)
    except AzureError:
        _LOG.exception("neither topic nor queue took an event")
        return _answer(503, {"accepted": False, "reason": "topic and queue cannot be reached"})
    return _answer(202, {"accepted": True})


def _answer(status: int, body: dict[str, object]) -> func.HttpResponse:
    return func.HttpResponse(json.dumps(body), status_code=status, mimetype="application/json")

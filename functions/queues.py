"""The queue doors: events that Event Grid delivered, and wake-ups that we sent ourselves.

An exception leaves the message on the queue: it comes again, and after eight times it goes to the
poison queue, which the sweep watches.
"""

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

import azure.functions as func

from functions import counting
from functions.gateway import services
from remediation.deferral import Deferral
from remediation.intake import Incoming, from_text
from remediation.messages import FailureReported, Rejected, VaultNudged, Woken
from remediation.receipt import Receipt
from state import layout
from state.wakeups import parse_wakeup

if TYPE_CHECKING:
    from functions.wiring import Services

blueprint = func.Blueprint()
_LOG = logging.getLogger("remediator.queues")


@blueprint.function_name("on_event")
@blueprint.queue_trigger(
    arg_name="msg", queue_name=layout.EVENTS_QUEUE, connection="AzureWebJobsStorage"
)
def on_event(msg: func.QueueMessage) -> None:
    """Take the events of a message of Event Grid; what is no JSON goes to the poison queue.

    Every event is handled, also where one before it cannot be; the message then comes again.
    """
    found = services()
    faults = []
    for incoming in from_text(msg.get_body(), found.policy.scopes):
        try:
            _take(found, incoming, msg)
        except Exception as fault:  # noqa: BLE001 - raised below, when all were handled
            faults.append(fault)
    if faults:
        raise faults[0]


def _take(found: "Services", incoming: Incoming, msg: func.QueueMessage) -> None:
    match incoming:
        case FailureReported():
            _report(incoming, msg)
        case VaultNudged(vault=vault):
            for fault in found.sweep.look_at(vault).faults:
                _LOG.warning("the vault could not be looked at: %s", fault)
        case Rejected():
            found.ledger.reject(incoming, found.clock.now())


@blueprint.function_name("on_wakeup")
@blueprint.queue_trigger(
    arg_name="msg", queue_name=layout.WAKEUPS_QUEUE, connection="AzureWebJobsStorage"
)
def on_wakeup(msg: func.QueueMessage) -> None:
    """Take a wake-up of an incident, or a report that is looked at again."""
    match parse_wakeup(msg.get_body().decode()):
        case Woken() as woken:
            _handle(woken, lambda: services().engine.wake(woken, redelivered=_again(msg)))
        case FailureReported() as reported:
            _report(reported, msg)


def _report(reported: FailureReported, msg: func.QueueMessage) -> None:
    report = services().reception.report
    _handle(reported, lambda: report(reported, redelivered=_again(msg)))


def _handle(message: Woken | FailureReported, do: Callable[[], Receipt]) -> None:
    """Do what a message says, or leave it to the version that understands what it is about."""
    counting.begin()
    found = services()
    deferral = Deferral(wakeups=found.engine.wakeups, ledger=found.ledger)
    receipt = deferral.handled(message, do, found.clock.now())
    if receipt is not None:
        counting.tell(receipt, from_queue=True)


def _again(msg: func.QueueMessage) -> bool:
    """Whether an earlier delivery of this very message may have died half-way."""
    return (msg.dequeue_count or 1) > 1

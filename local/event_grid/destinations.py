"""Where events are delivered: webhooks, with their handshake, and Storage queues."""

import json
from dataclasses import dataclass
from typing import Any, Protocol, assert_never

import urllib3
from azure.core.exceptions import AzureError, HttpResponseError
from azure.storage.queue import QueueClient, TextBase64EncodePolicy

from local.event_grid.events import Event
from local.event_grid.subscriptions import Subscription

ACKNOWLEDGE_SECONDS = 30.0
ORIGIN = "eventgrid.azure.net"
_DELIVERED = frozenset({200, 201, 202, 203, 204})
_OUTCOMES = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    408: "TimedOut",
    413: "RequestEntityTooLarge",
    503: "Busy",
}
# A repeat cannot help: the platform gives up at once.
_FINAL = frozenset({400, 401, 413})


class HandshakeError(RuntimeError):
    """A webhook did not agree to receive events."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """How one attempt ended; ``final`` forbids another."""

    delivered: bool
    outcome: str
    final: bool = False


class Destination(Protocol):
    """Takes events."""

    def deliver(self, event: Event, *, attempt: int) -> Attempt:
        """Try once to deliver."""
        ...

    def close(self) -> None:
        """Give back the connections."""
        ...


class Webhook:
    """An HTTP endpoint; one event a POST. Construction does the handshake (``HandshakeError``)."""

    def __init__(self, subscription: Subscription, url: str) -> None:
        self._name = subscription.name
        self._url = url
        self._http = urllib3.PoolManager(
            maxsize=32, retries=False, timeout=urllib3.Timeout(ACKNOWLEDGE_SECONDS)
        )
        match subscription.schema:
            case "cloudevents":
                self._ask_leave()
            case "eventgrid":
                self._validate()
            case never:
                assert_never(never)

    def deliver(self, event: Event, *, attempt: int) -> Attempt:
        """Post the event: a CloudEvent as itself, the Event Grid schema as an array of one."""
        cloud = event.schema == "cloudevents"
        body = event.document if cloud else [event.document]
        kind = "application/cloudevents+json" if cloud else "application/json"
        try:
            status = self._send(
                "POST",
                body,
                {
                    "content-type": f"{kind}; charset=utf-8",
                    "aeg-event-type": "Notification",
                    "aeg-delivery-count": str(attempt - 1),
                },
            ).status
        except urllib3.exceptions.TimeoutError:
            return Attempt(delivered=False, outcome="TimedOut")
        except urllib3.exceptions.HTTPError:
            return Attempt(delivered=False, outcome="SocketError")
        if status in _DELIVERED:
            return Attempt(delivered=True, outcome="Success")
        outcome = _OUTCOMES.get(status, f"Http{status}")
        return Attempt(delivered=False, outcome=outcome, final=status in _FINAL)

    def close(self) -> None:
        """Give back the connections."""
        self._http.clear()

    def _ask_leave(self) -> None:
        answer = self._shake("OPTIONS", None, {"webhook-request-origin": ORIGIN})
        if answer.headers.get("webhook-allowed-origin") not in (ORIGIN, "*"):
            raise HandshakeError("the webhook's OPTIONS answer does not allow our origin")

    def _validate(self) -> None:
        code = f"code-of-{self._name}"
        event = {
            "id": f"validation-of-{self._name}",
            "topic": self._name,
            "subject": "",
            "data": {"validationCode": code, "validationUrl": ""},
            "eventType": "Microsoft.EventGrid.SubscriptionValidationEvent",
            "eventTime": "1970-01-01T00:00:00Z",
            "metadataVersion": "1",
            "dataVersion": "1",
        }
        headers = {"content-type": "application/json", "aeg-event-type": "SubscriptionValidation"}
        answer = self._shake("POST", [event], headers)
        try:
            given = answer.json().get("validationResponse")
        except (ValueError, AttributeError):
            given = None
        if given != code:
            raise HandshakeError("the webhook did not answer with the validation code")

    def _shake(
        self, method: str, body: object, headers: dict[str, str]
    ) -> urllib3.BaseHTTPResponse:
        try:
            answer = self._send(method, body, headers)
        except urllib3.exceptions.HTTPError as fault:
            raise HandshakeError(f"the webhook cannot be reached: {fault}") from fault
        # 202 is not enough: only 200 carries the answer in time.
        if answer.status != 200:  # noqa: PLR2004
            raise HandshakeError(f"the webhook answered {method} with {answer.status}, not 200")
        return answer

    def _send(self, method: str, body: object, headers: dict[str, str]) -> urllib3.BaseHTTPResponse:
        content = None if body is None else json.dumps(body).encode()
        named = {**headers, "aeg-subscription-name": self._name.upper()}
        return self._http.request(method, self._url, body=content, headers=named)


class StorageQueue:
    """A Storage queue: one message an event, the event object in base64."""

    def __init__(self, name: str, connection_string: str) -> None:
        self._queue = QueueClient.from_connection_string(
            connection_string, name, message_encode_policy=TextBase64EncodePolicy(), retry_total=0
        )

    def deliver(self, event: Event, *, attempt: int) -> Attempt:
        """Put the event into the queue."""
        del attempt
        try:
            self._queue.send_message(json.dumps(event.document))
        except HttpResponseError as fault:
            status = int(fault.status_code or 0)
            return Attempt(
                delivered=False,
                outcome=_OUTCOMES.get(status, f"Http{status}"),
                final=status in _FINAL,
            )
        except AzureError:
            return Attempt(delivered=False, outcome="SocketError")
        return Attempt(delivered=True, outcome="Success")

    def close(self) -> None:
        """Give back the connections."""
        self._queue.close()


def connect(subscription: Subscription, connection_string: str) -> Destination:
    """Return the destination of a subscription; raises ``HandshakeError``."""
    if subscription.webhook is not None:
        return Webhook(subscription, subscription.webhook)
    return StorageQueue(str(subscription.queue), connection_string)


def dead_letter(event: Event, facts: dict[str, Any]) -> dict[str, Any]:
    """Return the event with the reason beside it, named as its schema names attributes.

    CloudEvents allows only lower-case names; the Event Grid schema uses camel case.
    """
    if event.schema == "cloudevents":
        facts = {name.lower(): value for name, value in facts.items()}
    return {**event.document, **facts}

"""The topic: what publishers and the stack's supervisor call.

``POST /api/events`` publishes. ``PUT /admin/subscriptions/NAME`` adds or replaces a subscription
and does its handshake; ``GET /admin/counters`` counts. The last two are the local stack's own.
"""

import hmac
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from local.event_grid import events, subscriptions
from local.event_grid.delivery import Courier
from local.event_grid.destinations import Destination, HandshakeError, connect
from local.event_grid.subscriptions import Subscription, SubscriptionError
from local.loopback import LoopbackServer, Request, Response, json_response

PUBLISH = "/api/events"
SUBSCRIPTIONS = "/admin/subscriptions/"
COUNTERS = "/admin/counters"
THREADS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A subscription and its connected destination."""

    subscription: Subscription
    destination: Destination


@dataclass(slots=True, kw_only=True)
class _Counts:
    published: int = 0
    unwanted: int = 0
    refused: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


class Topic:
    """One custom topic, protected by one key."""

    def __init__(self, *, key: str, courier: Courier, connection_string: str, port: int) -> None:
        self._key = key.encode()
        self._courier = courier
        self._connection_string = connection_string
        self._routes: dict[str, Route] = {}
        self._counts = _Counts()
        # Half as much again: a body just over the limit is refused by the topic, with its words.
        limit = events.SIZE_LIMIT * 3 // 2
        self._server = LoopbackServer(self._answer, port=port, threads=THREADS, body_limit=limit)

    @property
    def base_url(self) -> str:
        """Where the topic answers."""
        return self._server.base_url

    def subscribe(self, document: Mapping[str, Any]) -> None:
        """Add or replace a subscription; raises ``SubscriptionError`` or ``HandshakeError``."""
        subscription = subscriptions.read(document)
        destination = connect(subscription, self._connection_string)
        self._routes = {
            **self._routes,
            subscription.name: Route(subscription=subscription, destination=destination),
        }

    def start(self) -> None:
        """Begin to accept and to deliver."""
        self._courier.start()
        self._server.start()

    def stop(self) -> None:
        """Stop accepting and delivering."""
        self._server.stop()
        self._courier.stop()
        for route in self._routes.values():
            route.destination.close()

    def _answer(self, request: Request) -> Response:
        match request.method, request.path:
            case "POST", path if path == PUBLISH:
                return self._publish(request)
            case "PUT", path if path.startswith(SUBSCRIPTIONS):
                return self._put(path.removeprefix(SUBSCRIPTIONS), request.body)
            case "GET", path if path == COUNTERS:
                return json_response(200, self._totals())
            case _:
                return _refusal(404, "ResourceNotFound", "there is nothing here")

    def _publish(self, request: Request) -> Response:
        shown = (request.header("aeg-sas-key") or "").encode()
        if not hmac.compare_digest(shown, self._key):
            return self._refuse(401, "Unauthorized", "the header aeg-sas-key is not this topic's")
        if len(request.body) > events.SIZE_LIMIT:
            text = f"the body is over {events.SIZE_LIMIT} bytes"
            return self._refuse(413, "RequestEntityTooLarge", text)
        kind = request.header("content-type") or ""
        try:
            published = events.read(request.body, kind, topic="local")
        except events.EventError as fault:
            return self._refuse(400, "BadRequest", str(fault))
        for event in published:
            self._route(event)
        return Response(status=200)

    def _route(self, event: events.Event) -> None:
        wanted = [route for route in self._routes.values() if route.subscription.wants(event)]
        with self._counts.lock:
            self._counts.published += 1
            self._counts.unwanted += not wanted
        for route in wanted:
            self._courier.accept(event, route.subscription, route.destination)

    def _put(self, name: str, body: bytes) -> Response:
        try:
            document = json.loads(body)
            if not isinstance(document, dict):
                raise SubscriptionError("the body must be an object")
            self.subscribe({**document, "name": name})
        except (ValueError, HandshakeError) as fault:
            return _refusal(400, "InvalidRequest", str(fault))
        return json_response(200, {"name": name})

    def _refuse(self, status: int, code: str, message: str) -> Response:
        with self._counts.lock:
            self._counts.refused += 1
        return _refusal(status, code, message)

    def _totals(self) -> dict[str, int]:
        with self._counts.lock:
            own = {
                "published": self._counts.published,
                "unwanted": self._counts.unwanted,
                "refused": self._counts.refused,
            }
        return {**own, **self._courier.counts()}


def _refusal(status: int, code: str, message: str) -> Response:
    return json_response(status, {"error": {"code": code, "message": message}})

"""A topic as a process, a webhook that remembers, and a fast clock."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import urllib3
from azure.core.credentials import AzureKeyCredential
from azure.eventgrid import EventGridPublisherClient
from azure.storage.queue import QueueClient

from local.event_grid.__main__ import build
from local.loopback import LoopbackServer, Request, Response
from tests.azurite import azurite, fresh_name

__all__ = ["azurite"]


class Webhook:
    """An endpoint that agrees to the handshake, keeps what it gets, and answers as told."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.answers: list[int] = []
        self.status = 202
        self._lock = threading.Lock()
        self._server = LoopbackServer(self._answer)
        self._server.start()
        self.url = f"{self._server.base_url}/hook"

    def events(self) -> list[dict[str, Any]]:
        """Return the events that were accepted or refused, in order of arrival."""
        return [json.loads(request.body) for request in self.requests]

    def close(self) -> None:
        """End the server."""
        self._server.stop()

    def _answer(self, request: Request) -> Response:
        origin = request.header("webhook-request-origin")
        if request.method == "OPTIONS" and origin:
            return Response(headers=(("webhook-allowed-origin", origin),))
        with self._lock:
            self.requests.append(request)
            return Response(status=self.answers.pop(0) if self.answers else self.status)


class RunningTopic:
    """A running topic, the real publisher, and a client for everything else."""

    def __init__(self, storage: str, config: dict[str, Any]) -> None:
        self._topic = build(a_configuration(storage, **config), port=0)
        self._topic.start()
        self.base_url = self._topic.base_url
        self.endpoint = f"{self.base_url}/api/events"
        self.http = urllib3.PoolManager(retries=False)

    def publisher(self, key: str = "topic key") -> EventGridPublisherClient:
        """Return the SDK's client; the caller closes it."""
        return EventGridPublisherClient(self.endpoint, AzureKeyCredential(key))

    def publish(self, events: Any) -> None:
        """Send events with the SDK."""
        with self.publisher() as client:
            client.send(events)

    def counters(self) -> dict[str, int]:
        """Return the topic's counters."""
        return dict(self.http.request("GET", f"{self.base_url}/admin/counters").json())

    def close(self) -> None:
        """End the topic."""
        self._topic.stop()
        self.http.clear()


def a_configuration(storage: str, **fields: Any) -> dict[str, Any]:
    """Return the configuration of a topic on a clock that runs an hour a second."""
    clock = f"{time.time()!r};2026-01-01T00:00:00+00:00;3600.0"
    return {"key": "topic key", "connection_string": storage, "clock": clock, **fields}


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    """Give a webhook."""
    hook = Webhook()
    yield hook
    hook.close()


@pytest.fixture
def topic(azurite: str) -> Iterator[Callable[..., RunningTopic]]:
    """Give a function that starts a topic with these subscriptions and other configuration."""
    with ExitStack() as stack:

        def start(*subscriptions: dict[str, Any], **config: Any) -> RunningTopic:
            config["subscriptions"] = subscriptions
            running = RunningTopic(azurite, config)
            stack.callback(running.close)
            return running

        yield start


@pytest.fixture
def queue(azurite: str) -> Iterator[QueueClient]:
    """Give an empty queue."""
    with QueueClient.from_connection_string(azurite, fresh_name("events")) as client:
        client.create_queue()
        yield client

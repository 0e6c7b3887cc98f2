"""What the topic takes and refuses, from the SDK's own publisher and from others."""

import json
from collections.abc import Callable

import pytest
from azure.core.exceptions import ClientAuthenticationError
from azure.core.messaging import CloudEvent
from azure.eventgrid import EventGridEvent

from tests.local.event_grid.conftest import RunningTopic, Webhook
from tests.local.eventually import eventually

type Start = Callable[..., RunningTopic]


def an_event(**fields: object) -> dict[str, object]:
    """Return a CloudEvent as JSON."""
    return {"specversion": "1.0", "id": "1", "source": "/tests", "type": "T", **fields}


def test_cloud_events_of_the_sdk_arrive_as_they_were_sent(topic: Start, webhook: Webhook) -> None:
    """One event a POST, as ``application/cloudevents+json``, with Event Grid's headers."""
    running = topic({"name": "hook", "webhook": webhook.url})
    running.publish(
        [CloudEvent(id=str(n), type="T", source="/s", subject="vm", data={"n": n}) for n in (1, 2)]
    )
    eventually(lambda: len(webhook.requests) == 2)
    event, other = sorted(webhook.events(), key=lambda one: str(one["id"]))
    assert (event["id"], event["subject"], event["data"]) == ("1", "vm", {"n": 1})
    assert other["id"] == "2"
    request = webhook.requests[0]
    assert (request.header("content-type") or "").startswith("application/cloudevents+json")
    assert request.header("aeg-event-type") == "Notification"
    assert request.header("aeg-subscription-name") == "HOOK"


def test_events_of_the_event_grid_schema_arrive_as_an_array_of_one(
    topic: Start, webhook: Webhook
) -> None:
    """With the topic filled in, which their publisher leaves empty."""
    running = topic({"name": "hook", "webhook": webhook.url})
    running.publish(EventGridEvent(subject="vm", event_type="T", data={"n": 1}, data_version="1"))
    eventually(lambda: webhook.requests)
    [event] = json.loads(webhook.requests[0].body)
    assert (event["subject"], event["eventType"], event["topic"]) == ("vm", "T", "local")


def test_a_publisher_with_another_key_is_refused(topic: Start) -> None:
    """401, which the SDK makes an authentication error."""
    running = topic()
    with (
        running.publisher("wrong") as client,
        pytest.raises(ClientAuthenticationError),
    ):
        client.send(CloudEvent(type="T", source="/s"))
    assert running.counters()["refused"] == 1


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"{", "application/cloudevents-batch+json", 400),
        (json.dumps(an_event()).encode(), "application/cloudevents-batch+json", 400),
        (json.dumps([an_event(type="")]).encode(), "application/cloudevents-batch+json", 400),
        (json.dumps([an_event(specversion="0.3")]).encode(), "application/cloudevents+json", 400),
        (json.dumps([an_event(time="today")]).encode(), "application/cloudevents-batch+json", 400),
        (json.dumps([an_event()]).encode(), "application/json", 400),
        (json.dumps([an_event()]).encode(), "text/plain", 400),
        (b" " * (1024 * 1024 + 1), "application/cloudevents-batch+json", 413),
        (b" " * (4 * 1024 * 1024), "application/cloudevents-batch+json", 413),
    ],
    ids=["json", "no array", "no type", "version", "time", "schema", "kind", "big", "huge"],
)
def test_a_body_that_is_no_batch_of_events_is_refused(
    topic: Start, body: bytes, content_type: str, status: int
) -> None:
    """400 for the shape, 413 over a megabyte; nothing is delivered."""
    running = topic()
    headers = {"aeg-sas-key": "topic key", "content-type": content_type}
    answer = running.http.request("POST", running.endpoint, body=body, headers=headers)
    assert answer.status == status
    assert running.counters()["published"] == 0


def test_a_refusal_names_the_event_and_the_field(topic: Start) -> None:
    """So that its publisher can be mended."""
    running = topic()
    headers = {"aeg-sas-key": "topic key", "content-type": "application/cloudevents-batch+json"}
    body = json.dumps([an_event(), an_event(source=None)]).encode()
    answer = running.http.request("POST", running.endpoint, body=body, headers=headers).json()
    assert answer["error"]["message"] == "event 1: source must be a text that is not empty"

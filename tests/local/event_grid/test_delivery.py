"""At-least-once delivery: queues, retries, dead letters, disorder."""

import base64
import json
from collections.abc import Callable
from typing import Any

from azure.core.messaging import CloudEvent
from azure.storage.blob import ContainerClient
from azure.storage.queue import QueueClient

from tests.azurite import fresh_name
from tests.local.event_grid.conftest import RunningTopic, Webhook
from tests.local.eventually import eventually

type Start = Callable[..., RunningTopic]


def an_event(identifier: str = "1", **fields: Any) -> CloudEvent[Any]:
    """Return an event, valid by default."""
    return CloudEvent(**{"id": identifier, "type": "T", "source": "/s", "subject": "vm", **fields})


def texts(queue: QueueClient) -> list[str]:
    """Return the texts in a queue as they are."""
    return [str(one.content) for one in queue.peek_messages(max_messages=32)]


def test_a_queue_gets_one_event_a_message_in_base64(topic: Start, queue: QueueClient) -> None:
    """One object, not an array: what the queue trigger decodes."""
    running = topic({"name": "queued", "queue": queue.queue_name})
    running.publish([an_event("1", data={"n": 1}), an_event("2")])
    eventually(lambda: len(texts(queue)) == 2)
    events = [json.loads(base64.b64decode(text, validate=True)) for text in texts(queue)]
    assert sorted(event["id"] for event in events) == ["1", "2"]
    assert {"specversion", "type", "source", "subject", "time"} <= events[0].keys()


def test_a_failed_delivery_is_tried_again_on_the_clocks_schedule(
    topic: Start, webhook: Webhook
) -> None:
    """Two failures, then success; the header counts the attempts before this one."""
    webhook.answers = [500, 503]
    running = topic({"name": "hook", "webhook": webhook.url})
    running.publish(an_event())
    eventually(lambda: running.counters()["delivered"] == 1)
    assert [one.header("aeg-delivery-count") for one in webhook.requests] == ["0", "1", "2"]
    assert running.counters()["retried"] == 2


def test_a_queue_that_does_not_exist_yet_gets_its_events_later(topic: Start, azurite: str) -> None:
    """The retry schedule covers it."""
    name = fresh_name("later")
    running = topic({"name": "queued", "queue": name})
    running.publish(an_event())
    eventually(lambda: running.counters()["retried"] >= 1)
    with QueueClient.from_connection_string(azurite, name) as queue:
        queue.create_queue()
        eventually(lambda: texts(queue))


def test_what_a_webhook_calls_wrong_is_dead_lettered_at_once(
    topic: Start, webhook: Webhook, azurite: str
) -> None:
    """400 is not tried again; the event is kept with the reason, in lower-case attributes."""
    webhook.status = 400
    container = fresh_name("dead")
    running = topic({"name": "hook", "webhook": webhook.url, "dead_letter_container": container})
    running.publish(an_event(data={"n": 1}))
    [kept] = dead_letters(running, azurite, container)
    assert len(webhook.requests) == 1
    assert (kept["id"], kept["data"]) == ("1", {"n": 1})
    assert (kept["deadletterreason"], kept["lastdeliveryoutcome"]) == (
        "Undeliverable",
        "BadRequest",
    )
    assert kept["deliveryattempts"] == 1
    assert kept["publishtime"].startswith("2026-01-01T")


def test_an_event_is_dead_lettered_after_its_last_attempt(
    topic: Start, webhook: Webhook, azurite: str
) -> None:
    """``max_attempts`` of the subscription."""
    webhook.status = 500
    container = fresh_name("dead")
    running = topic(
        {
            "name": "hook",
            "webhook": webhook.url,
            "max_attempts": 3,
            "dead_letter_container": container,
        }
    )
    running.publish(an_event())
    [kept] = dead_letters(running, azurite, container)
    assert (kept["deadletterreason"], kept["deliveryattempts"]) == (
        "MaxDeliveryAttemptsExceeded",
        3,
    )
    assert len(webhook.requests) == 3


def test_an_event_is_dead_lettered_when_its_time_is_over(
    topic: Start, webhook: Webhook, azurite: str
) -> None:
    """``time_to_live_minutes`` on the clock of the world."""
    webhook.status = 500
    container = fresh_name("dead")
    running = topic(
        {
            "name": "hook",
            "webhook": webhook.url,
            "time_to_live_minutes": 30,
            "dead_letter_container": container,
        }
    )
    running.publish(an_event())
    [kept] = dead_letters(running, azurite, container)
    assert kept["deadletterreason"] == "TimeToLiveExceeded"


def test_an_event_without_a_place_for_dead_letters_is_dropped_and_counted(
    topic: Start, webhook: Webhook
) -> None:
    """Off by default, as on the platform."""
    webhook.status = 413
    running = topic({"name": "hook", "webhook": webhook.url})
    running.publish(an_event())
    eventually(lambda: running.counters()["dropped"] == 1)


def test_disorder_duplicates_and_delays_but_never_loses(topic: Start, webhook: Webhook) -> None:
    """Every event arrives, some twice, in another order than they were published."""
    running = topic(
        {"name": "hook", "webhook": webhook.url},
        seed=7,
        disorder={"duplicated": 0.3, "delayed": 0.5, "longest_delay_seconds": 600},
    )
    published = [f"{n:02}" for n in range(40)]
    running.publish([an_event(identifier) for identifier in published])
    eventually(
        lambda: (
            running.counters()["delivered"] == running.counters()["accepted"]
            and len(webhook.requests) == running.counters()["accepted"]
        )
    )
    arrived = [str(event["id"]) for event in webhook.events()]
    assert set(arrived) == set(published)
    assert len(arrived) > len(published)
    assert arrived != sorted(arrived)


def dead_letters(running: RunningTopic, azurite: str, container: str) -> list[dict[str, Any]]:
    """Wait for the first dead letter and return all that are kept."""
    eventually(lambda: running.counters()["dead_lettered"] == 1)
    with ContainerClient.from_connection_string(azurite, container) as client:
        bodies = [client.download_blob(str(blob.name)).readall() for blob in client.list_blobs()]
    return [event for body in bodies for event in json.loads(body)]

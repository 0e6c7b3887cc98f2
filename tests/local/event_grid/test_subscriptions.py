"""Filters, the division of subjects, handshakes and bad configuration."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from local.event_grid.events import Event
from local.event_grid.subscriptions import SubscriptionError, read
from local.loopback import LoopbackServer, Request, Response, json_response
from tests.local.event_grid.conftest import RunningTopic, Webhook
from tests.local.eventually import eventually

type Start = Callable[..., RunningTopic]


def an_event(*, kind: str = "T", subject: str = "/a/b") -> Event:
    """Return an event."""
    return Event(schema="cloudevents", id="1", type=kind, subject=subject, document={})


@pytest.mark.parametrize(
    ("filters", "wanted"),
    [
        ({}, True),
        ({"types": ["T", "U"]}, True),
        ({"types": ["U"]}, False),
        ({"subject_begins_with": "/A"}, True),
        ({"subject_begins_with": "/b"}, False),
        ({"subject_ends_with": "/B"}, True),
        ({"subject_ends_with": "/a"}, False),
    ],
    ids=["none", "type", "other type", "begins", "begins otherwise", "ends", "ends otherwise"],
)
def test_an_event_must_pass_all_filters(filters: Mapping[str, Any], *, wanted: bool) -> None:
    """Types by name, subjects without regard to case."""
    assert read({"name": "sub", "queue": "q", **filters}).wants(an_event()) is wanted


def test_two_shares_divide_the_subjects_without_gap_or_overlap() -> None:
    """Each subject belongs to exactly one of them, in about the proportion asked for."""
    many = read({"name": "many", "queue": "q", "share": [0, 0.75]})
    few = read({"name": "few", "queue": "q", "share": [0.75, 1]})
    events = [an_event(subject=f"/subscriptions/s/vm-{n}") for n in range(400)]
    taken = [many.wants(event) for event in events]
    assert [few.wants(event) for event in events] == [not one for one in taken]
    assert 270 <= sum(taken) <= 330


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        ({"name": "x", "queue": "q"}, "name must be 3 to 64"),
        ({"name": "sub"}, "exactly one of webhook and queue"),
        ({"name": "sub", "queue": "q", "webhook": "u"}, "exactly one of webhook and queue"),
        ({"name": "sub", "queue": "q", "share": [0.5, 0.5]}, "share must be two numbers"),
        ({"name": "sub", "queue": "q", "max_attempts": 31}, "max_attempts must be a whole number"),
        ({"name": "sub", "queue": "q", "schema": "x"}, "schema must be cloudevents or eventgrid"),
        ({"name": "sub", "queue": "q", "colour": "red"}, "unknown field colour"),
    ],
    ids=["name", "no destination", "two destinations", "share", "attempts", "schema", "unknown"],
)
def test_a_wrong_subscription_is_refused_by_its_field(
    document: Mapping[str, Any], fault: str
) -> None:
    """The text says what was expected."""
    with pytest.raises(SubscriptionError, match=fault):
        read(document)


def test_a_subscription_can_be_added_while_the_topic_runs(topic: Start, webhook: Webhook) -> None:
    """The supervisor knows the host's address only after the topic has started."""
    running = topic()
    assert put(running, "hook", {"webhook": webhook.url}) == (200, {"name": "hook"})
    headers = {"aeg-sas-key": "topic key", "content-type": "application/cloudevents+json"}
    event = {"specversion": "1.0", "id": "1", "source": "/s", "type": "T"}
    running.http.request("POST", running.endpoint, json=event, headers=headers)
    eventually(lambda: webhook.requests)


def test_a_webhook_that_does_not_allow_the_origin_gets_no_subscription(topic: Start) -> None:
    """CloudEvents: the OPTIONS answer must name the origin."""
    with a_server(lambda _: Response(status=200)) as url:
        status, document = put(topic(), "hook", {"webhook": url})
    assert status == 400
    assert "does not allow our origin" in document["error"]["message"]


def test_a_webhook_that_repeats_the_validation_code_is_accepted(topic: Start) -> None:
    """The Event Grid schema's handshake."""

    def answer(request: Request) -> Response:
        assert request.header("aeg-event-type") == "SubscriptionValidation"
        code = json.loads(request.body)[0]["data"]["validationCode"]
        return json_response(200, {"validationResponse": code})

    with a_server(answer) as url:
        assert put(topic(), "hook", {"webhook": url, "schema": "eventgrid"})[0] == 200


@pytest.mark.parametrize("status", [200, 202])
def test_a_webhook_that_does_not_repeat_the_code_is_not_accepted(topic: Start, status: int) -> None:
    """202 is not enough, and neither is another code."""
    with a_server(lambda _: json_response(status, {"validationResponse": "?"})) as url:
        assert put(topic(), "hook", {"webhook": url, "schema": "eventgrid"})[0] == 400


def put(running: RunningTopic, name: str, document: Mapping[str, Any]) -> tuple[int, Any]:
    """Add a subscription and return status and body."""
    url = f"{running.base_url}/admin/subscriptions/{name}"
    answer = running.http.request("PUT", url, json=document)
    return answer.status, answer.json()


@contextmanager
def a_server(answer: Callable[[Request], Response]) -> Iterator[str]:
    """Give the address of a webhook that answers as told."""
    server = LoopbackServer(answer)
    server.start()
    try:
        yield f"{server.base_url}/hook"
    finally:
        server.stop()

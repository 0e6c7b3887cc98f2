"""The Event Grid trigger's webhook, against the real worker library."""

import json

import pytest
import urllib3

from tests.local.host.sample_host import SampleHost

WEBHOOK = "/runtime/webhooks/EventGrid?functionName=on_event_grid&code=the%20key"
CLOUD = {
    "specversion": "1.0",
    "id": "c1",
    "type": "Sample.Happened.v1",
    "source": "/tests",
    "subject": "one",
    "time": "2026-01-01T00:00:00Z",
    "data": {"n": 1},
}
CLASSIC = {
    "id": "e1",
    "topic": "local",
    "subject": "two",
    "eventType": "Sample.Happened",
    "eventTime": "2026-01-01T00:00:00Z",
    "data": {"n": 2},
    "dataVersion": "1",
    "metadataVersion": "1",
}


def post(
    host: SampleHost, body: object, *, kind: str = "Notification", path: str = WEBHOOK
) -> urllib3.BaseHTTPResponse:
    """Post as Event Grid does."""
    headers = {"aeg-event-type": kind, "content-type": "application/json"}
    return host.request("POST", path, body=json.dumps(body).encode(), headers=headers)


def test_a_cloud_event_reaches_the_function(host: SampleHost) -> None:
    """One object; the worker library makes it a ``CloudEvent``."""
    assert post(host, CLOUD).status == 202
    [seen] = host.seen("on_event_grid", id="c1")
    assert (seen["cloud"], seen["subject"], seen["data"]) == (True, "one", {"n": 1})


def test_an_event_of_the_event_grid_schema_reaches_the_function(host: SampleHost) -> None:
    """An array of one; the worker library makes it an ``EventGridEvent``."""
    assert post(host, [CLASSIC]).status == 202
    [seen] = host.seen("on_event_grid", id="e1")
    assert (seen["cloud"], seen["subject"], seen["data"]) == (False, "two", {"n": 2})


def test_a_batch_runs_the_function_once_an_event(host: SampleHost) -> None:
    """The host splits the array."""
    assert post(host, [{**CLOUD, "id": "b1"}, {**CLOUD, "id": "b2"}]).status == 202
    assert len(host.seen("on_event_grid", id="b1") + host.seen("on_event_grid", id="b2")) == 2


def test_a_function_that_fails_makes_event_grid_deliver_again(host: SampleHost) -> None:
    """500 is what Event Grid retries."""
    assert post(host, {**CLOUD, "subject": "poison"}).status == 500


def test_the_validation_event_is_answered_with_its_code(host: SampleHost) -> None:
    """The handshake of the Event Grid schema; the function is not run."""
    event = {**CLASSIC, "id": "v1", "data": {"validationCode": "abc"}}
    answer = post(host, [event], kind="SubscriptionValidation")
    assert (answer.status, answer.json()) == (200, {"validationResponse": "abc"})
    assert not host.seen("on_event_grid", id="v1")


def test_the_origin_of_cloud_events_is_allowed(host: SampleHost) -> None:
    """The handshake of CloudEvents: OPTIONS names the origin, the answer repeats it."""
    answer = host.request("OPTIONS", WEBHOOK, headers={"WebHook-Request-Origin": "grid.example"})
    assert (answer.status, answer.headers["webhook-allowed-origin"]) == (200, "grid.example")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (WEBHOOK.replace("the%20key", "wrong"), 401),
        (WEBHOOK.replace("on_event_grid", "on_message"), 404),
    ],
    ids=["wrong key", "no Event Grid function"],
)
def test_a_webhook_call_that_is_not_ours_is_refused(
    host: SampleHost, path: str, status: int
) -> None:
    """Key and function name are checked."""
    assert post(host, CLOUD, path=path).status == status


@pytest.mark.parametrize("kind", ["", "Other"])
def test_a_call_of_unknown_kind_is_refused(host: SampleHost, kind: str) -> None:
    """Without the header that Event Grid always sends, nothing is run."""
    assert post(host, {**CLOUD, "id": "k1"}, kind=kind).status == 400
    assert not host.seen("on_event_grid", id="k1")


def test_a_body_that_is_not_json_is_refused(host: SampleHost) -> None:
    """400, which Event Grid does not retry."""
    headers = {"aeg-event-type": "Notification"}
    assert host.request("POST", WEBHOOK, body=b"{", headers=headers).status == 400

"""``GET /api/rejected`` and ``GET /api/alarms``: what led to no incident."""

from datetime import timedelta

import httpx
import pytest

from remediation.incident import Door
from remediation.messages import Rejected
from tests.console.conftest import Serve
from tests.console.estate import EVENING, Estate


@pytest.fixture
def web(serve: Serve) -> httpx.Client:
    """Five rejected deliveries on two days, and an alarm."""
    estate = Estate()
    for number in range(5):
        rejected = Rejected(door=Door.ALERT, reason=f"reason {number}", text=f"text {number}")
        estate.ledger.reject(rejected, EVENING + timedelta(hours=number))
    estate.ledger.alarm("poison-1", "a message could not be read", EVENING)
    return serve(estate.services)


def test_rejected_deliveries_come_the_newest_day_first(web: httpx.Client) -> None:
    """In their order within a day."""
    items = web.get("/api/rejected").json()["items"]
    assert [one["reason"] for one in items] == [f"reason {number}" for number in (3, 4, 0, 1, 2)]
    assert (items[0]["door"], items[0]["text"]) == ("alert", "text 3")


def test_pages_give_every_rejected_delivery_once(web: httpx.Client) -> None:
    """Following ``next`` to its end is the whole list, also over a change of day."""
    query: dict[str, str | int] = {"size": 2}
    taken: list[str] = []
    while True:
        page = web.get("/api/rejected", params=query).json()
        taken += [one["reason"] for one in page["items"]]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert taken == [f"reason {number}" for number in (3, 4, 0, 1, 2)]


def test_a_span_is_kept(web: httpx.Client) -> None:
    """From a time on, before another."""
    answer = web.get("/api/rejected", params={"from": "2026-11-20T23:00:00Z"}).json()
    assert [one["reason"] for one in answer["items"]] == ["reason 3", "reason 4", "reason 2"]


def test_alarms_are_listed(web: httpx.Client) -> None:
    """Each with its key and text."""
    (alarm,) = web.get("/api/alarms").json()["items"]
    assert (alarm["key"], alarm["text"]) == ("poison-1", "a message could not be read")


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/api/rejected?cursor=x/y", "cursor"),
        ("/api/rejected?vm=a", "vm"),
        ("/api/alarms?x=1", "x"),
    ],
)
def test_a_bad_question_names_its_field(web: httpx.Client, path: str, field: str) -> None:
    """Bad input gets a problem that names the field."""
    answer = web.get(path)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)

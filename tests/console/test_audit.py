"""``GET /api/audit`` and ``GET /api/audit/verify``."""

import json
from dataclasses import replace

import httpx
import pytest

from state.memory.incidents import Partition
from tests.console.conftest import Fleet, Serve, a_night
from tests.console.estate import Estate, an_item


def test_the_trail_of_an_incident_is_every_record_in_order(web: httpx.Client, fleet: Fleet) -> None:
    """Numbered from 1, each naming the one before it."""
    query = {"incident": fleet.excluded, "size": "200"}
    items = web.get("/api/audit", params=query).json()["items"]
    assert [one["sequence"] for one in items] == list(range(1, len(items) + 1))
    assert [one["previous"] for one in items[1:]] == [one["hash"] for one in items[:-1]]
    assert (items[0]["type"], items[-1]["type"]) == ("IncidentOpened", "IncidentEnded")
    assert items[-1]["body"]["status"] == "closed"


def test_what_a_look_found_is_told_in_the_trail(web: httpx.Client, fleet: Fleet) -> None:
    """By name; a row without a word would be a riddle in a spreadsheet."""
    query = {"incident": fleet.dead, "size": "200"}
    items = web.get("/api/audit", params=query).json()["items"]
    looks = [one for one in items if one["type"] == "EvidenceCollected"]
    assert looks
    assert all(one["what"] for one in looks)
    assert "what a look found: agent, " in looks[0]["what"]
    timeline = web.get(f"/api/incidents/{fleet.dead}").json()["timeline"]
    assert "what a look found" not in json.dumps(timeline)


def test_pages_of_the_trail_give_every_record_once(web: httpx.Client, fleet: Fleet) -> None:
    """Following ``next`` to its end is the whole trail."""
    query: dict[str, str | int] = {"vm": "vm-cured", "size": 7}
    taken: list[int] = []
    while True:
        page = web.get("/api/audit", params=query).json()
        taken += [one["sequence"] for one in page["items"]]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    stored = fleet.estate.store.records(an_item("vm-cured"), fleet.cured)
    assert taken == [one.sequence for one in stored]


def test_what_was_done_is_found_by_action_and_time(web: httpx.Client) -> None:
    """An auditor asks what was done to which machine, and when."""
    query = {"action": "reapply_vm", "vm": "vm-unfixable", "size": "200"}
    found = web.get("/api/audit", params=query).json()["items"]
    assert {one["action"] for one in found} == {"reapply_vm"}
    assert any("reapply took effect" in one["what"] for one in found)
    late = web.get("/api/audit", params={**query, "from": "2026-11-21T06:00:00Z"}).json()
    assert late["items"] == []


def test_nobodys_trail_is_empty(web: httpx.Client) -> None:
    """A machine that no incident is of has no records."""
    assert web.get("/api/audit", params={"vm": "nobody"}).json() == {"items": [], "next": None}


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/api/audit?cursor=x", "cursor"),
        ("/api/audit?door=alert", "door"),
        ("/api/audit/verify?cursor=x", "cursor"),
        ("/api/audit/verify?vm=a&incident=b", "incident"),
        ("/api/audit/verify?incident=none", "incident"),
        ("/api/audit/verify?vm=nobody", "vm"),
    ],
)
def test_a_bad_question_names_its_field(web: httpx.Client, path: str, field: str) -> None:
    """Bad input gets a problem that names the field."""
    answer = web.get(path)
    assert answer.status_code in {400, 404}
    assert [one["field"] for one in answer.json()["errors"]] == [field]


def test_untouched_chains_are_whole_page_by_page(web: httpx.Client, fleet: Fleet) -> None:
    """Each page verifies some machines; together it is all of them."""
    query: dict[str, str | int] = {"size": 2}
    chains = 0
    while True:
        page = web.get("/api/audit/verify", params=query).json()
        assert page["whole"], page
        chains += page["chains"]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert chains == len(fleet.estate.azure.vms)


def altered(estate: Estate, machine: str) -> int:
    """Write another reason into the machine's last record; return its sequence."""
    kept: Partition = next(
        one for one in estate.memory.partitions() if one.item == an_item(machine)
    )
    last = kept.records[-1]
    body = last.link.body.replace("excluded by", "included by")
    assert body != last.link.body
    kept.records[-1] = replace(last, link=replace(last.link, body=body))
    return last.sequence


def test_verification_names_the_altered_record(serve: Serve) -> None:
    """Whoever alters a line of the trail is found by incident and sequence."""
    night = a_night()
    sequence = altered(night.estate, "vm-excluded")
    web = serve(night.estate.services)
    for query in ({}, {"vm": "vm-excluded"}, {"incident": night.excluded}):
        found = web.get("/api/audit/verify", params=query).json()
        assert found["whole"] is False
        (fault,) = found["faults"]
        assert (fault["kind"], fault["incident"]) == ("altered", night.excluded)
        assert (fault["sequence"], fault["item"]) == (sequence, an_item("vm-excluded").shown)
    assert web.get("/api/audit/verify", params={"vm": "vm-cured"}).json()["whole"]

"""``GET /api/incidents`` and ``GET /api/incidents/{id}``."""

from datetime import timedelta

import httpx
import pytest

from tests.console.conftest import Fleet, Serve
from tests.console.estate import EVENING, SUBSCRIPTION, VAULT, Estate, Vm, an_item


def names(answer: httpx.Response) -> set[str]:
    """The machines of a page."""
    assert answer.status_code == 200, answer.text
    return {one["vm"] for one in answer.json()["items"]}


def test_every_incident_is_listed_with_what_identifies_it(web: httpx.Client, fleet: Fleet) -> None:
    """Outside programs rely on id, item, status, cause and code."""
    items = {one["id"]: one for one in web.get("/api/incidents").json()["items"]}
    assert items.keys() == {
        fleet.cured,
        fleet.unfixable,
        fleet.dead,
        fleet.excluded,
        fleet.acting,
    }
    one = items[fleet.cured]
    assert one["item"] == an_item("vm-cured").shown
    assert one["status"] == "recovered"
    assert one["cause"] == "guest-agent-unavailable"
    assert one["code"] == "UserErrorGuestAgentStatusUnavailable"


def test_pages_of_one_give_every_incident_once_newest_first(web: httpx.Client) -> None:
    """Following ``next`` to its end is the whole list."""
    whole = [one["id"] for one in web.get("/api/incidents").json()["items"]]
    taken: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        given = {"size": "1", **({"cursor": cursor} if cursor else {})}
        page = web.get("/api/incidents", params=given).json()
        taken += [one["id"] for one in page["items"]]
        cursor = page["next"]
    assert taken == whole


@pytest.mark.parametrize(
    ("query", "machines"),
    [
        ({"status": "recovered"}, {"vm-cured"}),
        ({"status": "closed"}, {"vm-excluded"}),
        ({"status": "escalated"}, {"vm-unfixable", "vm-dead"}),
        ({"status": "open"}, {"vm-unfixable", "vm-dead", "vm-acting"}),
        ({"vm": "VM-Dead"}, {"vm-dead"}),
        ({"vm": an_item("vm-dead").shown.upper()}, {"vm-dead"}),
        ({"vm": "nobody"}, set()),
        ({"vault": "Vault-West", "status": "closed"}, {"vm-excluded"}),
        ({"vault": VAULT.shown, "status": "closed"}, {"vm-excluded"}),
        ({"vault": "elsewhere"}, set()),
        ({"code": "Other"}, set()),
        ({"cause": "guest-agent-unavailable", "status": "closed"}, {"vm-excluded"}),
        ({"cause": "internal-error"}, set()),
        ({"from": (EVENING + timedelta(hours=1)).isoformat()}, {"vm-acting"}),
        ({"to": "2026-11-20T20:00:00-02:00", "status": "closed"}, {"vm-excluded"}),
        ({"to": EVENING.isoformat()}, set()),
    ],
    # The name of a test must not depend on the order of a set: workers compare what they collect.
    ids=lambda value: str(sorted(value) if isinstance(value, set) else value),
)
def test_incidents_are_asked_for_by_what_they_are(
    web: httpx.Client, query: dict[str, str], machines: set[str]
) -> None:
    """Each filter lets through its own, in any casing of ids and any zone of times."""
    assert names(web.get("/api/incidents", params=query)) == machines


def test_open_incidents_are_paged_too(web: httpx.Client) -> None:
    """``open`` is no status of the store; its pages are whole all the same."""
    first = web.get("/api/incidents", params={"status": "open", "size": 2}).json()
    rest = web.get(
        "/api/incidents", params={"status": "open", "size": 2, "cursor": first["next"]}
    ).json()
    assert [len(first["items"]), len(rest["items"]), rest["next"]] == [2, 1, None]


def test_a_plus_that_a_url_lost_is_understood(web: httpx.Client) -> None:
    """``+00:00`` written into a URL unescaped arrives as a blank."""
    answer = web.get("/api/incidents?from=2026-11-20T00:00:00+00:00")
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"status": "done"}, "status"),
        ({"stauts": "open"}, "stauts"),
        ({"from": "2026-11-20T06:00:00"}, "from"),
        ({"from": "yesterday"}, "from"),
        ({"to": "9999-12-31T23:59:59-23:00"}, "to"),
        ({"from": "2026-11-20T06:00:00Z", "to": "2026-11-19T06:00:00Z"}, "to"),
        ({"size": "0"}, "size"),
        ({"size": "many"}, "size"),
        ({"cursor": "nonsense"}, "cursor"),
        ({"vm": "/subscriptions/1/vm"}, "vm"),
        ({"vault": "/vaults/x"}, "vault"),
        ({"code": ""}, "code"),
    ],
    ids=str,
)
def test_a_bad_parameter_is_named(web: httpx.Client, query: dict[str, str], field: str) -> None:
    """Bad input gets a problem that names the field, never a guess."""
    answer = web.get("/api/incidents", params=query)
    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"] == "application/problem+json"
    assert [one["field"] for one in answer.json()["errors"]] == [field]


def test_a_name_that_two_machines_have_is_ambiguous(serve: Serve) -> None:
    """Two machines of one name in two groups are never confused: both ids are listed."""
    estate = Estate()
    estate.fails(Vm(item=an_item("twin", "rg-a")))
    estate.fails(Vm(item=an_item("twin", "rg-b")))
    answer = serve(estate.services).get("/api/incidents", params={"vm": "twin"})
    assert answer.status_code == 409
    wanted = [an_item("twin", "rg-a").shown, an_item("twin", "rg-b").shown]
    assert answer.json()["candidates"] == wanted


def test_an_incident_shows_its_ladder_with_what_became_of_every_rung(
    web: httpx.Client, fleet: Fleet
) -> None:
    """Tried rungs failed, others were skipped with their reason, none is left."""
    one = web.get(f"/api/incidents/{fleet.unfixable}").json()
    states = {rung["action"]: rung["state"] for rung in one["ladder"]}
    assert states == {
        "collect_evidence": "done",
        "wait": "skipped",
        "wait_for_schedule": "skipped",
        "retry_backup": "failed",
        "reapply_vm": "failed",
        "inspect_guest": "done",
        "inspect_network": "refused",
        "repair_agent_config": "skipped",
        "update_agent": "skipped",
        "restart_agent": "failed",
        "reinstall_extension": "failed",
        "set_verbose_logging": "skipped",
        "restart_vm": "skipped",
    }
    reasons = next(rung["reasons"] for rung in one["ladder"] if rung["action"] == "restart_vm")
    assert any(reason.startswith("approval: ") for reason in reasons)


def test_an_incident_shows_timeline_evidence_and_why(web: httpx.Client, fleet: Fleet) -> None:
    """What was seen, what happened in which order, and why it is where it is."""
    one = web.get(f"/api/incidents/{fleet.dead}").json()
    assert one["evidence"]["agent"] == "not_ready"
    assert one["timeline"][0]["what"].startswith("opened: job job-vm-dead-1 failed")
    assert one["why"]["summary"].startswith("Handed to people: ")
    assert one["why"]["looked_at_again"] is not None
    assert one["escalation"]["reminders"] == 0
    assert fleet.dead in one["next"]["command"]


def test_times_are_in_utc_with_their_zone(web: httpx.Client, fleet: Fleet) -> None:
    """ISO 8601 with Z, everywhere."""
    one = web.get(f"/api/incidents/{fleet.cured}").json()
    times = [one["opened_at"], one["ended_at"], one["recovery_point"], one["timeline"][0]["at"]]
    assert all(time.endswith("Z") for time in times)


def test_an_incident_that_is_not_there_is_not_found(web: httpx.Client) -> None:
    """404, with the field that named it."""
    answer = web.get("/api/incidents/none")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (404, "id")


def test_the_subscription_of_the_estate_is_the_one_in_scope() -> None:
    """The estate's ids are what the policy covers: else nothing above would have been opened."""
    assert Estate().policies.everything().policy.covers(SUBSCRIPTION)

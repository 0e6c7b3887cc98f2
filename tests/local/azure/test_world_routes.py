"""The routes of the world itself: truth, log and levers."""

from collections.abc import Callable

import httpx
import pytest

from local.worlds import Fault, Group, Subscription, World
from tests.local.azure.building import SUBSCRIPTION, a_fault, a_lock, a_vm, a_world
from tests.local.azure.conftest import Azure

type Starter = Callable[[World], Azure]


def test_the_truth_has_every_machine_and_lock(azure_of: Starter) -> None:
    """With what only the simulation can know."""
    azure = azure_of(a_world(a_vm(fault=a_fault("retry_backup")), locks=(a_lock(),)))
    truth = azure.world("GET", "truth").json()
    vm = truth["vms"][0]
    assert vm["item"].endswith("/providers/Microsoft.Compute/virtualMachines/vm-1")
    assert vm["fault"]["cured_by"] == ["retry_backup"]
    assert (vm["cured"], vm["excluded"], len(vm["jobs"])) == (False, False, 3)
    assert len(vm["recovery_points"]) == 3
    assert (truth["locks"][0]["name"], truth["locks"][0]["present"]) == ("keep", True)


@pytest.mark.parametrize("where", ["vm", "group", "subscription", "nowhere", "other value"])
def test_a_machine_is_excluded_by_any_of_three_tags(azure_of: Starter, where: str) -> None:
    """On itself, its group or its subscription, and only with the value off."""
    tags = {"Backup-Remediation": "Off" if where != "other value" else "on"}
    world = a_world(
        a_vm(tags=tags if where in {"vm", "other value"} else {}),
        groups=(
            Group(
                subscription=SUBSCRIPTION,
                name="RG-App",
                tags=tags if where == "group" else {},
            ),
        ),
        subscriptions=(
            Subscription(id=SUBSCRIPTION, tags=tags if where == "subscription" else {}),
        ),
    )
    vm = azure_of(world).world("GET", "truth").json()["vms"][0]
    assert vm["excluded"] == (where in {"vm", "group", "subscription"})


def test_of_several_tags_the_nearest_says_whether_a_machine_is_excluded(
    azure_of: Starter,
) -> None:
    """What stands on the machine counts before what stands on its group."""
    shut = {"backup-remediation": "off"}
    world = a_world(
        a_vm(tags={"Backup-Remediation": "On"}),
        groups=(Group(subscription=SUBSCRIPTION, name="rg-app", tags=shut),),
    )
    assert not azure_of(world).world("GET", "truth").json()["vms"][0]["excluded"]


def test_the_log_has_arm_s_requests_and_no_others(azure_of: Starter) -> None:
    """Each with its simulated time, also those that were refused."""
    azure = azure_of(a_world())
    azure.clock.wait(minutes=5)
    azure.compute.virtual_machines.get("rg-app", "vm-1", request_id="r-1")
    azure.world("GET", "truth")
    (entry,) = azure.world("GET", "requests").json()
    assert entry["time"].startswith("2026-11-02T21:05:00")
    assert (entry["method"], entry["status"], entry["client_request_id"]) == ("GET", 200, "r-1")
    assert "/virtualMachines/vm-1?" in entry["url"]


def test_a_change_is_logged_with_its_body(azure_of: Starter) -> None:
    """So that a checker can see what was asked for."""
    azure = azure_of(a_world())
    body = {"properties": {"level": "ReadOnly"}}
    azure.locks.management_locks.create_or_update_at_resource_group_level("rg-app", "x", body)
    (entry,) = azure.world("GET", "requests").json()
    assert (entry["method"], entry["status"], entry["body"]) == ("PUT", 201, body)


def test_the_world_begins_when_it_is_told_to(azure_of: Starter) -> None:
    """Once."""
    azure = azure_of(a_world())
    assert azure.world("POST", "begin", {"spread_minutes": 0}).json()["begun"]
    assert not azure.world("POST", "begin").json()["begun"]
    azure.clock.wait(minutes=1)
    jobs = azure.world("GET", "truth").json()["vms"][0]["jobs"]
    assert [job["kind"] for job in jobs].count("scheduled") == 1


def test_a_machine_can_be_made_to_fail_with_any_fault(azure_of: Starter) -> None:
    """A healthy one too, and its next backup fails."""
    azure = azure_of(a_world())
    item = azure.world("GET", "truth").json()["vms"][0]["item"]
    fault = {"code": "BackUpOperationFailed", "cured_by": ["retry_backup"], "heals_after": "PT1H"}
    unset = {"number": None, "shows": None}
    answer = azure.world("POST", "fail", {"items": [item.upper()], "fault": fault | unset})
    assert answer.json() == {"failed": 1}
    azure.clock.wait(minutes=30)
    vm = azure.world("GET", "truth").json()["vms"][0]
    assert (vm["jobs"][-1]["status"], vm["jobs"][-1]["code"]) == (
        "Failed",
        "BackUpOperationFailed",
    )


def test_a_job_can_be_cancelled_as_by_a_person(azure_of: Starter) -> None:
    """A job that has ended cannot."""
    azure = azure_of(a_world())
    azure.world("POST", "begin", {"spread_minutes": 0})
    azure.clock.wait(minutes=1)
    jobs = azure.world("GET", "truth").json()["vms"][0]["jobs"]
    assert azure.world("POST", "cancel-job", {"job": jobs[-1]["id"]}).json()["cancelling"]
    assert not azure.world("POST", "cancel-job", {"job": jobs[0]["id"]}).json()["cancelling"]


def test_misbehaviour_can_be_switched_on_and_off(azure_of: Starter) -> None:
    """A part of it leaves the others as they were."""
    azure = azure_of(a_world())
    azure.world("PUT", "misbehaviour", {"throttle": 0.25})
    now = azure.world("PUT", "misbehaviour", {"timeout": 0.5}).json()
    assert now == {"throttle": 0.25, "lost_answer": 0.0, "timeout": 0.5, "nonsense": 0.0}


@pytest.mark.parametrize(
    ("method", "path", "body", "said"),
    [
        ("PUT", "misbehaviour", {"throttle": 2}, "throttle: expected a number from 0 to 1"),
        ("PUT", "misbehaviour", {"throtle": 0}, "throtle: expected one of"),
        ("PUT", "misbehaviour", [1], "body: expected a JSON object"),
        ("PUT", "alert-target", {"url": 5}, "url: expected"),
        ("POST", "fail", {"items": []}, "items: expected a list"),
        ("POST", "fail", {"items": ["/x"]}, "items[0]: expected a machine"),
        ("POST", "begin", {"spread_minutes": -1}, "spread_minutes: expected"),
        ("POST", "cancel-job", {}, "job: expected"),
    ],
)
def test_a_wrong_request_names_its_field(
    azure_of: Starter, method: str, path: str, body: object, said: str
) -> None:
    """With what was expected there."""
    answer = azure_of(a_world()).world(method, path, body)
    assert answer.status_code == 400
    assert said in answer.json()["error"]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"code": "X", "cured_by": ["prayer"]}, "fault.cured_by"),
        ({"code": "X", "heals_after": "soon"}, "fault.heals_after"),
        ({"code": "X", "shows": "much"}, "fault.shows: expected one of failed"),
        ({"colour": "red"}, "fault.colour"),
        ({}, "fault: expected a code or a message"),
        (None, "fault: expected one"),
    ],
)
def test_a_wrong_fault_names_its_field(azure_of: Starter, fault: object, said: str) -> None:
    """And nothing is broken by it."""
    azure = azure_of(a_world())
    item = azure.world("GET", "truth").json()["vms"][0]["item"]
    answer = azure.world("POST", "fail", {"items": [item], "fault": fault})
    assert answer.status_code == 400
    assert said in answer.json()["error"]
    assert azure.world("GET", "truth").json()["vms"][0]["fault"] is None


def test_an_unknown_route_names_those_that_there_are(azure_of: Starter) -> None:
    """404 with the list."""
    answer = azure_of(a_world()).world("GET", "nothing")
    assert answer.status_code == 404
    assert "GET /world/truth" in answer.json()["error"]


def test_a_body_that_is_no_json_is_refused(azure_of: Starter) -> None:
    """As Resource Manager does."""
    azure = azure_of(a_world())
    answer = httpx.post(f"{azure.base}/world/begin", content=b"{", trust_env=False)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "InvalidRequestContent")


def test_a_default_fault_is_one_that_nobody_can_cure() -> None:
    """Absent means none."""
    assert Fault(code="X").cured_by == frozenset()

"""What ARM answers: the traps that a caller has to survive, each shown by the simulated one."""

from dataclasses import replace

import pytest

from local.azure.http.service import request
from local.worlds import Group, Misbehaviour, Subscription
from tests.local.azure.building import (
    GROUP,
    SUBSCRIPTION,
    VAULT_ID,
    Caller,
    a_fault,
    a_vault,
    a_vm,
    a_world,
)


def test_a_request_without_a_token_is_refused() -> None:
    """And it stands in the log."""
    caller = Caller()
    reply = caller.call("GET", VAULT_ID, headers={"authorization": ""})
    assert (reply.status, reply.body["error"]["code"]) == (401, "AuthenticationFailed")
    assert caller.service.journal[-1]["status"] == 401


def test_an_unknown_path_is_not_found() -> None:
    """In the envelope of today."""
    reply = Caller().call("GET", f"{GROUP}/rg/providers/Microsoft.Network/networkInterfaces/n")
    assert (reply.status, reply.body["error"]["code"]) == (404, "ResourceNotFound")


def test_an_unknown_job_is_not_found_in_the_older_envelope() -> None:
    """There is no ``error`` in it."""
    reply = Caller().call("GET", f"{VAULT_ID}/backupJobs/nothing")
    assert reply.status == 404
    assert reply.body["Message"]["Language"] == "en-us"
    assert "error" not in reply.body


def test_a_request_without_an_api_version_is_refused() -> None:
    """As Resource Manager does for every provider."""
    caller = Caller()
    bare = replace(request("GET", VAULT_ID, now=caller.now), query={})
    assert caller.service.answer(bare).reply.body["error"]["code"] == "MissingApiVersionParameter"


def test_paths_are_read_in_any_casing() -> None:
    """Lower, upper or mixed."""
    caller = Caller()
    assert caller.call("GET", caller.machine.id.upper()).status == 200
    assert caller.call("GET", caller.machine.item_id.lower()).status == 200


def test_a_trigger_is_accepted_with_long_polling_urls_and_its_operation_ends_with_the_job() -> None:
    """Both URLs are thousands of characters long; the job carries the request's id."""
    caller = Caller()
    client_id = "0b87cf40-2b18-11eb-b808-001a7dda7111"
    reply = caller.backup(client_id)
    assert (reply.status, reply.body, reply.headers["Retry-After"]) == (202, None, "60")
    assert len(reply.headers["Azure-AsyncOperation"]) > 2500
    first = caller.poll(reply)
    assert first["endTime"]
    caller.wait(seconds=61)
    ended = caller.poll(reply)
    assert (ended["status"], ended["properties"]["jobId"]) == ("Succeeded", caller.last_job.id)
    job = caller.call("GET", f"{VAULT_ID}/backupJobs/{caller.last_job.id}").body
    assert job["properties"]["activityId"] == client_id
    assert job["properties"]["isUserTriggered"] is None


def test_the_result_of_a_trigger_is_202_until_it_is_204() -> None:
    """It never has a body."""
    caller = Caller()
    reply = caller.backup()
    path = reply.headers["Location"].removeprefix("http://127.0.0.1").partition("?")[0]
    first = caller.call("GET", path)
    caller.wait(seconds=61)
    last = caller.call("GET", path)
    assert (first.status, last.status, last.body) == (202, 204, None)


def test_a_running_job_has_no_end_and_no_error() -> None:
    """Its unfinished task has an end without a zone."""
    caller = Caller()
    caller.simulation.run_backup(caller.machine.id, caller.now)
    caller.wait_until(lambda: caller.last_job.tasks[0].status == "InProgress")
    shown = caller.call("GET", f"{VAULT_ID}/backupJobs/{caller.last_job.id}").body["properties"]
    assert "endTime" not in shown
    assert "errorDetails" not in shown
    assert shown["extendedInfo"]["tasksList"][0]["endTime"] == "0001-01-01T00:00:00"


def test_the_list_of_jobs_has_no_extended_information() -> None:
    """A single job has."""
    caller = Caller(a_world(a_vm(fault=a_fault())))
    job = caller.scheduled()
    listed = caller.call("GET", f"{VAULT_ID}/backupJobs").body["value"][0]
    single = caller.call("GET", f"{VAULT_ID}/backupJobs/{job.id}").body
    assert "extendedInfo" not in listed["properties"]
    assert single["properties"]["extendedInfo"]["dynamicErrorMessage"]
    error = listed["properties"]["errorDetails"][0]
    assert error["errorTitle"] == "GuestAgentSnapshotTaskStatusError"
    assert error["errorCode"] == 400039


def test_a_fault_without_a_code_gives_a_job_without_a_title() -> None:
    """Only its sentence is there."""
    fault = a_fault(code=None, message="Snapshot VM sub task timed out.")
    caller = Caller(a_world(a_vm(fault=fault)))
    caller.scheduled()
    listed = caller.call("GET", f"{VAULT_ID}/backupJobs").body["value"][0]
    error = listed["properties"]["errorDetails"][0]
    assert error["errorString"] == "Snapshot VM sub task timed out."
    assert "errorTitle" not in error


def test_the_generic_code_hides_its_message_in_the_dynamic_one() -> None:
    """The list cannot tell what happened."""
    fault = a_fault(code="UserErrorCrpReportedUserError", message="COM+ error")
    caller = Caller(a_world(a_vm(fault=fault)))
    job = caller.scheduled()
    shown = caller.call("GET", f"{VAULT_ID}/backupJobs/{job.id}").body["properties"]
    assert "COM+" not in shown["errorDetails"][0]["errorString"]
    assert shown["extendedInfo"]["dynamicErrorMessage"] == "COM+ error"


def test_jobs_are_filtered_by_eq_with_12_hour_times() -> None:
    """Also where the operators mean from and to."""
    caller = Caller(a_world(history_days=3))
    text = (
        "startTime eq '2026-10-31 12:00:00 PM' and endTime eq '2026-11-01 11:59:59 AM' "
        "and operation eq 'Backup' and status eq 'Completed' "
        "and backupManagementType eq 'AzureIaasVM'"
    )
    found = caller.call("GET", f"{VAULT_ID}/backupJobs", query={"$filter": text}).body["value"]
    assert [job["properties"]["startTime"][:10] for job in found] == ["2026-10-31"]


@pytest.mark.parametrize(
    "text",
    [
        "startTime ge '2026-10-31 12:00:00 PM'",
        "startTime eq '2026-10-31 22:00:00'",
        "startTime eq '2026-10-31 22:00:00 PM'",
        "entityFriendlyName eq 'vm-1'",
    ],
)
def test_a_filter_that_the_service_would_not_take_is_refused(text: str) -> None:
    """``ge``, 24-hour times and the machine's name among them."""
    reply = Caller().call("GET", f"{VAULT_ID}/backupJobs", query={"$filter": text})
    assert (reply.status, reply.body["ErrorCode"]) == (400, "BMSUserErrorInvalidInput")


def test_a_long_list_comes_in_pages_that_new_jobs_do_not_shift() -> None:
    """Every job is seen once, though one starts between two pages."""
    caller = Caller(a_world(*(a_vm(name=f"vm-{n}") for n in range(150)), history_days=2))
    first = caller.call("GET", f"{VAULT_ID}/backupJobs").body
    assert len(first["value"]) == 200
    caller.wait(hours=1)
    caller.simulation.run_backup(caller.machine.id, caller.now)
    token = first["nextLink"].partition("$skipToken=")[2]
    second = caller.call("GET", f"{VAULT_ID}/backupJobs", query={"$skipToken": token}).body
    names = [job["name"] for job in first["value"] + second["value"]]
    assert len(names) == len(set(names)) == 300
    assert second["nextLink"] is None


def test_enhanced_vaults_have_jobs_and_policies_of_the_second_version() -> None:
    """The run time is local to a Windows zone and carries a Z all the same."""
    caller = Caller(a_world(vaults=(a_vault(enhanced=True),)))
    job = caller.call("GET", f"{VAULT_ID}/backupJobs").body["value"][0]["properties"]
    assert job["jobType"] == "AzureIaaSVMJobV2"
    policy = caller.call("GET", f"{VAULT_ID}/backupPolicies").body["value"][0]["properties"]
    assert (policy["policyType"], policy["timeZone"]) == ("V2", "W. Europe Standard Time")
    assert policy["schedulePolicy"]["dailySchedule"]["scheduleRunTimes"][0].endswith("T22:00:00Z")


def test_ids_come_in_more_than_one_casing() -> None:
    """Jobs begin with two spellings of the same word."""
    caller = Caller(a_world(*(a_vm(name=f"vm-{n}") for n in range(20))))
    jobs = caller.call("GET", f"{VAULT_ID}/backupJobs").body["value"]
    assert {job["id"].split("/")[1] for job in jobs} == {"subscriptions", "Subscriptions"}
    forms = {job["properties"]["duration"][:1] for job in jobs}
    assert forms == {"P", "0"}


def test_tags_are_shown_on_machine_group_and_subscription() -> None:
    """A caller can see every way of being left alone."""
    caller = Caller(
        a_world(
            a_vm(tags={"a": "1"}),
            groups=(Group(subscription=SUBSCRIPTION, name="rg-app", tags={"b": "2"}),),
            subscriptions=(Subscription(id=SUBSCRIPTION, tags={"c": "3"}),),
        )
    )
    paths = (caller.machine.id, f"{GROUP}/rg-app", f"/subscriptions/{SUBSCRIPTION}")
    tags = [caller.call("GET", path).body["tags"] for path in paths]
    assert tags == [{"a": "1"}, {"b": "2"}, {"c": "3"}]


def test_a_throttled_request_says_how_long_to_wait() -> None:
    """Misbehaviour looks like the real thing."""
    caller = Caller(a_world(misbehaviour=Misbehaviour(throttle=1)))
    reply = caller.call("GET", VAULT_ID)
    assert reply.status == 429
    assert int(reply.headers["Retry-After"]) > 0


def test_a_gateway_that_times_out_says_nothing_about_the_world() -> None:
    """Reads fail with several codes; the change behind them is untouched."""
    caller = Caller(a_world(misbehaviour=Misbehaviour(timeout=1)))
    statuses = {caller.call("GET", VAULT_ID).status for _ in range(30)}
    assert statuses == {504, 500, 502}


def test_an_answer_can_be_lost_though_the_change_was_done() -> None:
    """The log knows that it was, and that nobody was told."""
    caller = Caller(a_world(misbehaviour=Misbehaviour(lost_answer=1)))
    fates = set()
    for _ in range(8):
        asked = request("POST", f"{caller.machine.id}/reapply", now=caller.now)
        fates.add(caller.service.answer(asked).fate.name)
        caller.wait(minutes=1)
    assert fates == {"CONNECTION_CLOSED", "GATEWAY_TIMED_OUT"}
    assert len(caller.machine.changes) == 8
    assert {entry["answered"] for entry in caller.service.journal} == {False}

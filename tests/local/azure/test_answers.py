"""What ARM answers: the traps that a caller has to survive, each shown by the simulated one."""

from dataclasses import replace

import pytest

from local.azure.http.service import request
from local.worlds import Group, Misbehaviour, Subscription
from tests.local.azure.building import (
    BACKUP_GROUP,
    GROUP,
    RESTART_SCRIPT,
    SUBSCRIPTION,
    VAULT_ID,
    Caller,
    a_fault,
    a_lock,
    a_vault,
    a_vm,
    a_world,
)

LOCKS = "/providers/Microsoft.Authorization/locks"


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


def test_a_failed_operation_is_a_200_that_says_so() -> None:
    """Its error stands inside."""
    caller = Caller()
    reply = caller.call("DELETE", caller.machine.collection_id)
    caller.wait(minutes=11)
    ended = caller.poll(reply)
    assert (ended["status"], "error" in ended) == ("Failed", True)


def test_the_monitor_of_an_operation_ends_without_a_body() -> None:
    """202 while it runs, then 200 with nothing."""
    caller = Caller()
    reply = caller.call("POST", f"{caller.machine.id}/reapply")
    path, _, query = reply.headers["Location"].removeprefix("http://127.0.0.1").partition("?")
    assert "monitor=true" in query
    first = caller.call("GET", path, query={"monitor": "true"})
    caller.wait(minutes=2)
    last = caller.call("GET", path, query={"monitor": "true"})
    assert (first.status, last.status, last.body) == (202, 200, None)


def test_deleting_what_is_absent_is_no_error() -> None:
    """204 for an extension, a lock, a run command and a collection."""
    caller = Caller()
    paths = (
        f"{caller.machine.id}/extensions/Nothing",
        f"{BACKUP_GROUP}{LOCKS}/nothing",
        f"{caller.machine.id}/runCommands/nothing",
        f"{BACKUP_GROUP}/providers/Microsoft.Compute/restorePointCollections/nothing",
    )
    assert [caller.call("DELETE", path).status for path in paths] == [204] * 4


def test_one_run_command_at_a_time() -> None:
    """The second is a conflict, and may come later."""
    caller = Caller()
    assert caller.run_script(RESTART_SCRIPT, name="one").status == 201
    assert caller.run_script(RESTART_SCRIPT, name="two").status == 409
    caller.wait(minutes=10)
    assert caller.run_script(RESTART_SCRIPT, name="two", attempt="a-2").status == 201


def test_a_script_refuses_an_attempt_that_it_has_run() -> None:
    """It says so in the line that it prints, and the agent stays up."""
    caller = Caller()
    caller.run_script(RESTART_SCRIPT)
    caller.wait(minutes=10)
    caller.run_script(RESTART_SCRIPT, name="again")
    caller.wait(minutes=2)
    path = f"{caller.machine.id}/runCommands/again"
    view = caller.call("GET", path, query={"$expand": "instanceView"}).body["properties"]
    assert '"scheduled":false,"reason":"already_run"' in view["instanceView"]["output"]


def test_the_older_run_command_answers_by_system() -> None:
    """One status with both streams on Linux."""
    caller = Caller()
    reply = caller.call(
        "POST",
        f"{caller.machine.id}/runCommand",
        body={"commandId": "RunShellScript", "script": [RESTART_SCRIPT]},
    )
    assert (reply.status, reply.body) == (202, None)
    caller.wait(minutes=2)
    path = reply.headers["Location"].removeprefix("http://127.0.0.1").partition("?")[0]
    shown = caller.call("GET", path, query={"monitor": "true"}).body["value"]
    assert shown[0]["message"].startswith("Enable succeeded: \n[stdout]\n")


def test_a_machine_keeps_25_run_commands_at_most() -> None:
    """The twenty-sixth is refused until one is deleted."""
    caller = Caller()
    for number in range(25):
        assert caller.run_script("true", name=f"c-{number}").status == 201
        caller.wait(minutes=2)
    assert caller.run_script("true", name="c-25").status == 409
    caller.call("DELETE", f"{caller.machine.id}/runCommands/c-0")
    caller.wait(minutes=1)
    assert caller.run_script("true", name="c-25").status == 201


def test_a_machine_that_is_off_may_still_be_called_ready() -> None:
    """The report is hours old: it was the last one."""
    machines = (a_vm(name=f"vm-{n}", power="deallocated") for n in range(20))
    caller = Caller(a_world(*machines))
    views = [
        caller.call("GET", f"{m.id}/instanceView").body
        for m in caller.simulation.estate.machines.values()
    ]
    stale = [view["vmAgent"]["statuses"][0] for view in views if "vmAgent" in view]
    assert 0 < len(stale) < 20
    assert all(status["displayStatus"] == "Ready" for status in stale)
    assert all(status["time"] < "2026-11-02" for status in stale)


def test_the_locks_of_a_group_include_what_it_inherits() -> None:
    """The inherited one shows its own scope in its id."""
    above = a_lock(scope=f"/subscriptions/{SUBSCRIPTION}", name="above")
    caller = Caller(a_world(locks=(a_lock(), above)))
    shown = caller.call("GET", f"{BACKUP_GROUP}{LOCKS}").body["value"]
    ids = {lock["name"]: lock["id"].lower() for lock in shown}
    assert ids["above"].startswith(f"/subscriptions/{SUBSCRIPTION}/providers/")
    assert ids["keep"].startswith(BACKUP_GROUP.lower() + "/providers/")


def test_a_lock_comes_back_as_it_was() -> None:
    """With notes and owners, and the truth knows both moments."""
    caller = Caller(a_world(locks=(a_lock(notes="ours", owners=("me",)),)))
    path = f"{BACKUP_GROUP}{LOCKS}/keep"
    before = caller.call("GET", path).body
    assert caller.call("DELETE", path).status == 200
    assert caller.call("GET", path).status == 404
    caller.wait(hours=1)
    body = {"properties": before["properties"]}
    assert caller.call("PUT", path, body=body).status == 201
    assert caller.call("PUT", path, body=body).status == 200
    assert caller.call("GET", path).body == before
    lock = caller.simulation.estate.locks[0]
    assert lock.removed_at is not None
    assert lock.restored_at is not None
    assert lock.removed_at < lock.restored_at


def test_a_lock_against_deletion_bars_only_deletion() -> None:
    """A restart goes through, the removal of an extension does not."""
    caller = Caller(a_world(locks=(a_lock(scope=f"{GROUP}/rg-app"),)))
    barred = caller.call("DELETE", f"{caller.machine.id}/extensions/NetworkWatcher")
    assert (barred.status, barred.body["error"]["code"]) == (409, "ScopeLocked")
    assert caller.call("POST", f"{caller.machine.id}/reapply").status == 202


def test_a_read_only_lock_bars_every_action() -> None:
    """Restart, reapply and run command alike."""
    caller = Caller(a_world(locks=(a_lock(scope=f"{GROUP}/rg-app", level="ReadOnly"),)))
    assert caller.call("POST", f"{caller.machine.id}/reapply").status == 409
    assert caller.call("POST", f"{caller.machine.id}/restart").status == 409
    assert caller.run_script("true").status == 409


def test_a_failed_extension_of_another_publisher_is_named() -> None:
    """It stands in the instance view, and the machine's provisioning has failed."""
    fault = a_fault(code="UserErrorVmProvisioningStateFailed")
    caller = Caller(a_world(a_vm(fault=fault)))
    view = caller.call("GET", f"{caller.machine.id}/instanceView").body
    assert view["statuses"][0]["code"] == "ProvisioningState/failed"
    failed = [e["type"] for e in view["extensions"] if "failed" in e["statuses"][0]["code"]]
    assert failed == ["Contoso.Monitoring.MonitoringAgent"]


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

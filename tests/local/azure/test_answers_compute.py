"""What Compute and the locks answer: operations, run commands, stale agents, locked scopes."""

from tests.local.azure.building import (
    BACKUP_GROUP,
    GROUP,
    RESTART_SCRIPT,
    SUBSCRIPTION,
    Caller,
    a_fault,
    a_lock,
    a_vm,
    a_world,
)

LOCKS = "/providers/Microsoft.Authorization/locks"


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

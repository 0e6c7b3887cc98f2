"""Each fault ends by what cures it, and by nothing else."""

from datetime import timedelta
from pathlib import Path

import pytest

from local.azure.model import faults
from tests.local.azure.building import (
    BACKUP_GROUP,
    RESTART_SCRIPT,
    Caller,
    a_fault,
    a_lock,
    a_vm,
    a_world,
)


def broken(*cured_by: str, agent: str = "ready", os: str = "linux", **changes: object) -> Caller:
    """Return a caller of a world with one broken machine."""
    return Caller(a_world(a_vm(fault=a_fault(*cured_by, **changes), agent=agent, os=os)))


def test_a_fault_fails_every_scheduled_backup() -> None:
    """While nothing is done about it, night after night looks the same."""
    caller = broken("retry_backup")
    assert [caller.scheduled().status for _ in range(3)] == ["Failed"] * 3


def test_retry_backup_cures_with_the_first_on_demand_backup() -> None:
    """A passing fault is gone when the backup is tried again."""
    caller = broken("retry_backup")
    caller.scheduled()
    assert caller.on_demand().status == "Completed"
    assert caller.machine.cured_how == "retry_backup"


def test_an_on_demand_backup_alone_does_not_cure_another_fault() -> None:
    """The fault decides what cures, not the caller."""
    caller = broken("reapply_vm")
    caller.scheduled()
    assert caller.on_demand().status == "Failed"


def test_waiting_cures_when_another_backup_was_running() -> None:
    """The scheduled job fails at once, the running one ends well and its point is newer."""
    caller = broken("wait_for_running_job", code="UserErrorBackupOperationInProgress")
    caller.simulation.run_backup(caller.machine.id, caller.now)
    caller.wait(minutes=9)
    other, failed = caller.machine.jobs[-2:]
    assert (other.kind, other.status) == ("other", "InProgress")
    assert (failed.status, failed.error and failed.error.code) == (
        "Failed",
        "UserErrorBackupOperationInProgress",
    )
    caller.wait_until(lambda: other.ended)
    point = caller.machine.recovery_points[-1]
    assert failed.ended is not None
    assert (point.job, point.in_vault_tier) == (other.id, True)
    assert point.time > failed.ended
    assert caller.machine.cured_how == "wait_for_running_job"


def test_no_alert_is_fired_when_another_backup_was_running() -> None:
    """Azure Monitor keeps quiet about it."""
    caller = broken("wait_for_running_job", code="UserErrorBackupOperationInProgress")
    caller.simulation.run_backup(caller.machine.id, caller.now)
    caller.wait(hours=3)
    assert caller.simulation.fired() == []


def test_reapply_cures_when_it_has_ended() -> None:
    """Not when it was accepted: the operation runs for a while."""
    caller = broken("reapply_vm", code="UserErrorVmProvisioningStateFailed")
    reply = caller.call("POST", f"{caller.machine.id}/reapply")
    assert (reply.status, faults.is_active(caller.machine)) == (202, True)
    caller.wait(minutes=2)
    assert caller.poll(reply)["status"] == "Succeeded"
    assert caller.scheduled().status == "Completed"


def test_reapply_wakes_a_dead_agent_a_few_minutes_later_with_a_fresh_time() -> None:
    """Only then does the agent report Ready."""
    caller = broken("reapply_vm", agent="not_ready", code="UserErrorGuestAgentStatusUnavailable")
    view = f"{caller.machine.id}/instanceView"
    assert caller.call("GET", view).body["vmAgent"]["statuses"][0]["displayStatus"] == "Not Ready"
    reapplied = caller.now
    caller.call("POST", f"{caller.machine.id}/reapply")
    caller.wait(minutes=6)
    status = caller.call("GET", view).body["vmAgent"]["statuses"][0]
    assert status["displayStatus"] == "Ready"
    assert status["time"] > reapplied.isoformat()


def test_deleting_the_backup_extension_cures_and_the_next_backup_installs_it() -> None:
    """It is listed again after the next good backup."""
    caller = broken("reinstall_extension")
    path = f"{caller.machine.id}/extensions/VMSnapshotLinux"
    assert caller.call("DELETE", path).status == 202
    caller.wait(minutes=3)
    assert caller.call("GET", path).status == 404
    assert caller.scheduled().status == "Completed"
    assert caller.call("GET", path).status == 200


def test_deleting_the_extension_sticks_without_a_ready_agent() -> None:
    """The operation runs for an hour and a half and ends as failed."""
    caller = broken("reinstall_extension", agent="not_ready")
    reply = caller.call("DELETE", f"{caller.machine.id}/extensions/VMSnapshotLinux")
    caller.wait(minutes=60)
    assert caller.poll(reply)["status"] == "InProgress"
    caller.wait(minutes=31)
    ended = caller.poll(reply)
    assert (ended["status"], ended["error"]["code"]) == (
        "Failed",
        "VMAgentStatusCommunicationError",
    )
    assert faults.is_active(caller.machine)


def test_deleting_another_extension_cures_nothing() -> None:
    """It takes the one that belongs to Azure Backup."""
    caller = broken("reinstall_extension")
    caller.call("DELETE", f"{caller.machine.id}/extensions/NetworkWatcher")
    caller.wait(minutes=3)
    assert faults.is_active(caller.machine)


@pytest.mark.parametrize(
    ("script", "system"),
    [
        (RESTART_SCRIPT, "linux"),
        ("systemd-run --on-active=15 systemctl restart waagent", "linux"),
        ("Restart-Service -Name WindowsAzureGuestAgent", "windows"),
    ],
)
def test_restarting_the_agent_cures_when_it_reports_again(script: str, system: str) -> None:
    """The agent falls silent for a minute or more and is back with a later time."""
    caller = broken("restart_agent", os=system)
    before = caller.machine.agent_since
    assert caller.run_script(script).status == 201
    caller.wait_until(lambda: caller.machine.quiet_until, hours=1)
    assert faults.is_active(caller.machine)
    caller.wait(minutes=4)
    assert caller.machine.cured_how == "restart_agent"
    assert caller.machine.agent_since > before


@pytest.mark.parametrize(
    ("file", "system"), [("restart_agent.sh", "linux"), ("restart_agent.ps1", "windows")]
)
def test_the_scripts_that_ship_are_recognised(file: str, system: str) -> None:
    """As text: the simulation reads what is sent, and knows nothing of who sends it."""
    script = (Path(__file__).parents[3] / "remediation" / "scripts" / file).read_text()
    caller = broken("restart_agent", os=system)
    caller.run_script(script)
    caller.wait(minutes=6)
    assert caller.machine.cured_how == "restart_agent"


def test_a_script_refuses_an_attempt_that_cannot_name_a_file() -> None:
    """It exits with 2 and restarts nothing."""
    caller = broken("restart_agent")
    caller.run_script(RESTART_SCRIPT, attempt="../x")
    caller.wait(minutes=6)
    assert faults.is_active(caller.machine)
    assert caller.machine.run_commands["abr-1"].exit_code == 2


def test_a_script_that_does_something_else_cures_nothing() -> None:
    """Looking at the agent is not restarting it."""
    caller = broken("restart_agent")
    caller.run_script("systemctl status walinuxagent")
    caller.wait(minutes=10)
    assert faults.is_active(caller.machine)


def test_a_run_command_never_reaches_a_guest_whose_agent_is_silent() -> None:
    """It ends as timed out, and nothing is cured."""
    caller = broken("restart_agent", agent="not_ready")
    reply = caller.run_script(RESTART_SCRIPT)
    caller.wait(minutes=91)
    assert caller.poll(reply)["status"] == "Failed"
    shown = caller.call(
        "GET", f"{caller.machine.id}/runCommands/abr-1", query={"$expand": "instanceView"}
    )
    assert shown.body["properties"]["instanceView"]["executionState"] == "TimedOut"
    assert faults.is_active(caller.machine)


def full_collection(**changes: object) -> Caller:
    """Return a caller of a world with a full collection behind a lock."""
    fault = a_fault("clear_lock", code="UserErrorRpCollectionLimitReached")
    return Caller(a_world(a_vm(fault=fault), locks=(a_lock(**changes),)))


def test_a_backup_at_the_limit_fails_and_cleans_nothing_up_under_a_lock() -> None:
    """Eighteen points stay eighteen."""
    caller = full_collection()
    assert len(caller.machine.collection.points) == 18
    assert caller.on_demand().status == "Failed"
    caller.wait(hours=6)
    assert len(caller.machine.collection.points) == 18


def test_clearing_the_lock_takes_a_failing_backup_and_hours_of_clean_up() -> None:
    """The first backup fails with the same code, the points fall, the next backup works."""
    caller = full_collection()
    lock = f"{BACKUP_GROUP}/providers/Microsoft.Authorization/locks/keep"
    assert caller.call("DELETE", lock).status == 200
    first = caller.on_demand()
    assert first.error is not None
    assert first.error.code == "UserErrorRpCollectionLimitReached"
    begun = caller.now
    caller.wait_until(lambda: len(caller.machine.collection.points) <= 3)
    assert 1 <= (caller.now - begun).total_seconds() / 3600 <= 4
    assert caller.on_demand().status == "Completed"
    assert caller.machine.cured_how == "clear_lock"


def test_a_lock_that_is_put_back_stops_the_clean_up() -> None:
    """What has fallen has fallen, and the rest stays."""
    caller = full_collection()
    path = f"{BACKUP_GROUP}/providers/Microsoft.Authorization/locks/keep"
    caller.call("DELETE", path)
    caller.on_demand()
    caller.wait_until(lambda: len(caller.machine.collection.points) < 18)
    left = len(caller.machine.collection.points)
    caller.call("PUT", path, body={"properties": {"level": "CanNotDelete"}})
    caller.wait(hours=6)
    assert len(caller.machine.collection.points) == left
    assert caller.on_demand().status == "Completed"


def test_without_any_lock_one_backup_is_enough_to_start_the_clean_up() -> None:
    """Where no lock stands in the way, the limit cures itself by a backup."""
    fault = a_fault("clear_lock", code="UserErrorRpCollectionLimitReached")
    caller = Caller(a_world(a_vm(fault=fault)))
    caller.on_demand()
    caller.wait(hours=5)
    assert caller.machine.cured_how == "clear_lock"


def test_an_inherited_lock_keeps_the_points_as_well() -> None:
    """Removing nothing at the group helps nothing."""
    scope = BACKUP_GROUP.partition("/resourceGroups")[0]
    caller = full_collection(scope=scope)
    caller.on_demand()
    caller.wait(hours=6)
    assert len(caller.machine.collection.points) == 18


def test_restarting_the_machine_cures_what_only_that_cures() -> None:
    """And the agent reports again afterwards."""
    caller = broken("restart_vm", agent="not_ready", code="UserErrorGuestAgentStatusUnavailable")
    caller.call("POST", f"{caller.machine.id}/restart")
    caller.wait(minutes=10)
    assert caller.machine.cured_how == "restart_vm"
    assert caller.machine.agent == "ready"


def test_deleting_the_collection_fails_before_it_works() -> None:
    """The first try or two end as failed operations."""
    caller = broken("delete_restore_point_collection")
    states = []
    for _ in range(3):
        reply = caller.call("DELETE", caller.machine.collection_id)
        if reply.status == 204:
            break
        caller.wait(minutes=11)
        states.append(caller.poll(reply)["status"])
    assert states[0] == "Failed"
    assert states[-1] == "Succeeded"
    assert caller.machine.cured_how == "delete_restore_point_collection"


def test_any_one_of_several_cures_is_enough() -> None:
    """The second of two does it as well."""
    caller = broken("restart_vm", "reapply_vm")
    caller.call("POST", f"{caller.machine.id}/reapply")
    caller.wait(minutes=2)
    assert caller.machine.cured_how == "reapply_vm"


def test_nothing_cures_what_has_no_cure() -> None:
    """Every action together leaves it broken."""
    caller = broken()
    caller.call("POST", f"{caller.machine.id}/reapply")
    caller.call("POST", f"{caller.machine.id}/restart")
    caller.call("DELETE", f"{caller.machine.id}/extensions/VMSnapshotLinux")
    caller.wait(minutes=10)
    caller.run_script(RESTART_SCRIPT)
    caller.wait(minutes=10)
    assert caller.on_demand().status == "Failed"


def test_a_fault_heals_by_itself_counted_from_its_first_failure() -> None:
    """Not from the world's beginning."""
    caller = broken(heals_after=timedelta(hours=3))
    caller.wait(hours=4)
    assert caller.scheduled().status == "Failed"
    caller.wait(hours=2)
    assert caller.scheduled().status == "Failed"
    caller.wait(hours=1)
    assert caller.scheduled().status == "Completed"
    assert caller.machine.cured_how == "heals_after"


def test_a_fault_that_is_cured_for_two_backups_is_back_after_them() -> None:
    """The third backup fails again, and the cure works again."""
    caller = broken("retry_backup", cured_for=2)
    caller.scheduled()
    states = [caller.on_demand().status, caller.scheduled().status, caller.scheduled().status]
    assert states == ["Completed", "Completed", "Failed"]
    assert caller.on_demand().status == "Completed"

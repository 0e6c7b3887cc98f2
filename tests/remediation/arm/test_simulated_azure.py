"""The adapters against the simulated Azure: what a test server answers, a whole world does too."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from local.worlds import Misbehaviour, World
from remediation.arm.backups import ArmBackups
from remediation.arm.clients import ArmClients
from remediation.arm.locks import ArmLocks
from remediation.arm.machines import ArmMachines
from remediation.arm.vaults import ArmVaults
from remediation.ids import ItemId, VaultId
from remediation.messages import Absent, Done, Failed, Finding, Outcome, Succeeded, Unknown
from remediation.ports import JobsRead
from remediation.scripts import script
from remediation.views import AgentState, Job, Machine, Power, Protected, RestorePoints
from tests.local.azure.building import (
    BACKUP_GROUP,
    SUBSCRIPTION,
    VAULT_ID,
    a_fault,
    a_lock,
    a_vm,
    a_world,
)
from tests.local.azure.conftest import Azure, listening
from tests.remediation.arm.arm_server import Token
from tests.remediation.arm.conftest import REQUEST_ID

OTHER_ID = "9d5f0c38-6f0e-5b0a-8f3e-000000000002"
_LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)
_GROUP = BACKUP_GROUP.rpartition("/")[2]
_VAULT = VaultId.parse(VAULT_ID)


@dataclass(frozen=True, kw_only=True)
class Estate:
    """A simulated Azure with the adapters that speak to it."""

    azure: Azure
    machines: ArmMachines
    backups: ArmBackups
    vaults: ArmVaults
    locks: ArmLocks
    item: ItemId

    @property
    def protected(self) -> Protected:
        """The machine's protected item, as the vault lists it."""
        found = self.vaults.items(_VAULT)
        assert isinstance(found, tuple)
        return next(one for one in found if one.item == self.item)

    def jobs(self) -> JobsRead:
        """Return the vault's jobs of the last days."""
        found = self.vaults.jobs(_VAULT, self.azure.clock.now() - timedelta(days=5))
        assert isinstance(found, JobsRead), found
        return found

    def start(self, request_id: str = REQUEST_ID) -> Outcome:
        """Trigger an on-demand backup."""
        keep = self.azure.clock.now() + timedelta(days=7)
        return self.backups.start(self.protected.id, keep_until=keep, request_id=request_id)

    def wait_for(self, handle: str | None, minutes: int = 30) -> Finding:
        """Look at an operation once so much time has passed."""
        assert handle is not None
        self.azure.clock.wait(minutes=minutes)
        return self.machines.operation(handle)


class _WorldClock:
    """The simulated world's clock as a port."""

    def __init__(self, azure: Azure) -> None:
        self._azure = azure

    def now(self) -> datetime:
        return self._azure.clock.now()

    def stretch(self, real: timedelta) -> timedelta:
        return real

    def shrink(self, shown: timedelta) -> timedelta:
        return shown


@pytest.fixture
def estate_of() -> Iterator[Callable[[World], Estate]]:
    """Give what serves a world; everything is ended with the test."""
    ends: list[Callable[[], object]] = []

    def serve(world: World) -> Estate:
        context = listening(world)
        azure = context.__enter__()
        ends.append(lambda: context.__exit__(None, None, None))
        clients = ArmClients(Token(), azure.base, local=True)
        ends.append(clients.close)
        return Estate(
            azure=azure,
            machines=ArmMachines(clients),
            backups=ArmBackups(clients),
            vaults=ArmVaults(clients, _WorldClock(azure)),
            locks=ArmLocks(clients),
            item=ItemId.of(SUBSCRIPTION, "rg-app", "vm-1"),
        )

    yield serve
    for end in reversed(ends):
        end()


type Serve = Callable[[World], Estate]


def test_a_backup_is_triggered_followed_and_ends_in_a_newer_point(estate_of: Serve) -> None:
    """Trigger, operation, job by our id, recovery point: the whole way of a repair's proof."""
    estate = estate_of(a_world())
    before = estate.backups.points(estate.protected.id)
    outcome = estate.start()
    assert isinstance(outcome, Succeeded)

    operation = estate.wait_for(outcome.handle, minutes=2)
    estate.azure.clock.wait(hours=4)

    assert isinstance(operation, Done)
    ours = [job for job in estate.jobs().jobs if job.activity_id == REQUEST_ID]
    assert [job.key.job for job in ours] == [operation.handle]
    after = estate.backups.points(estate.protected.id)
    assert isinstance(before, tuple)
    assert isinstance(after, tuple)
    assert after[0].time > max((point.time for point in before), default=_LONG_AGO)


def test_a_second_backup_beside_a_running_one_fails_as_a_job_of_its_own(estate_of: Serve) -> None:
    """The request is taken, and its job ends at once: both are told apart by their ids."""
    estate = estate_of(a_world())
    estate.start()
    estate.azure.clock.wait(minutes=2)

    estate.start(OTHER_ID)
    estate.azure.clock.wait(minutes=2)

    found = {job.activity_id: job for job in estate.jobs().jobs}
    assert found[REQUEST_ID].running
    second = estate.vaults.job(found[OTHER_ID].key)
    assert isinstance(second, Job)
    assert [error.code for error in second.errors] == ["UserErrorBackupOperationInProgress"]


def test_a_failed_backup_is_read_with_code_and_tasks(estate_of: Serve) -> None:
    """From the list, and then in detail."""
    estate = estate_of(a_world(a_vm(fault=a_fault("reapply_vm"))))
    estate.start()
    estate.azure.clock.wait(hours=4)

    ours = next(job for job in estate.jobs().jobs if job.activity_id == REQUEST_ID)
    detail = estate.vaults.job(ours.key)

    assert isinstance(detail, Job)
    assert detail.errors[0].code == "GuestAgentSnapshotTaskStatusError"
    assert detail.tasks


def test_a_machine_and_what_is_around_it_are_read(estate_of: Serve) -> None:
    """Instance view, tags, restore points, schedule."""
    estate = estate_of(a_world(a_vm(os="windows", tags={"backup-remediation": "off"})))

    machine = estate.machines.machine(estate.item)
    points = estate.machines.restore_points(estate.item, _GROUP)

    assert isinstance(machine, Machine)
    assert (machine.os, machine.power) == ("windows", Power.RUNNING)
    assert machine.agent.state is AgentState.READY
    assert machine.tags["backup-remediation"] == "off"
    assert estate.machines.surrounding_tags(estate.item) == {}
    assert isinstance(points, RestorePoints)
    assert estate.protected.schedule is not None


def test_a_reapply_is_started_and_ends(estate_of: Serve) -> None:
    """Its operation is followed by the stored URL."""
    estate = estate_of(a_world())

    outcome = estate.machines.reapply(estate.item, request_id=REQUEST_ID)

    assert isinstance(outcome, Succeeded)
    assert isinstance(estate.wait_for(outcome.handle), Done)


def test_an_extension_is_deleted_and_a_second_time_absent(estate_of: Serve) -> None:
    """The next backup installs it afresh."""
    estate = estate_of(a_world(a_vm(os="windows")))
    machines = estate.machines

    first = machines.delete_extension(estate.item, "VMSnapshot", request_id=REQUEST_ID)
    assert isinstance(first, Succeeded)
    if first.handle is not None:
        assert isinstance(estate.wait_for(first.handle), Done)
    second = machines.delete_extension(estate.item, "VMSnapshot", request_id=REQUEST_ID)

    assert second == Succeeded(done=True, detail="was not there")


def test_our_script_runs_once_an_attempt_and_is_deleted_when_read(estate_of: Serve) -> None:
    """Put, put again without effect, read, delete."""
    estate = estate_of(a_world())

    def run() -> Outcome:
        return estate.machines.run_script(
            estate.item,
            "abr-1",
            script("restart_agent", "linux"),
            {"attempt": "inc1.1"},
            location="westeurope",
            request_id=REQUEST_ID,
        )

    assert run() == Succeeded(handle="abr-1")
    assert isinstance(run(), Succeeded)
    estate.azure.clock.wait(minutes=10)
    found = estate.machines.script_result(estate.item, "abr-1")
    assert isinstance(found, Done)
    assert '"scheduled":true' in found.detail
    deleted = estate.machines.delete_script(estate.item, "abr-1", request_id=REQUEST_ID)
    assert isinstance(deleted, Succeeded)
    estate.azure.clock.wait(minutes=10)
    assert isinstance(estate.machines.script_result(estate.item, "abr-1"), Absent)


def test_a_lock_goes_and_comes_back_as_it_was(estate_of: Serve) -> None:
    """Its whole definition, listed before and after."""
    estate = estate_of(a_world(locks=(a_lock(notes="ours"),)))
    before = estate.locks.at_group(SUBSCRIPTION, _GROUP)
    assert isinstance(before, tuple)
    (lock,) = before

    removed = estate.locks.remove(lock, request_id=REQUEST_ID)
    between = estate.locks.at_group(SUBSCRIPTION, _GROUP)
    again = estate.locks.remove(lock, request_id=REQUEST_ID)
    restored = estate.locks.put_back(lock, request_id=REQUEST_ID)

    assert removed == restored == Succeeded(done=True)
    assert between == ()
    assert again == Succeeded(done=True, detail="was not there")
    assert estate.locks.at_group(SUBSCRIPTION, _GROUP) == before


def test_an_inherited_lock_is_listed_by_its_own_scope(estate_of: Serve) -> None:
    """It holds for the group, and is not the group's."""
    scope = f"/subscriptions/{SUBSCRIPTION}"
    estate = estate_of(a_world(locks=(a_lock(scope=scope),)))

    found = estate.locks.at_group(SUBSCRIPTION, _GROUP)

    assert isinstance(found, tuple)
    assert [lock.scope for lock in found] == [scope]


def test_a_lost_answer_of_a_trigger_is_unknown_and_the_job_is_found_by_our_id(
    estate_of: Serve,
) -> None:
    """It was carried out; the probe finds it instead of starting a second one."""
    estate = estate_of(a_world())
    protected = estate.protected
    estate.azure.world("PUT", "misbehaviour", {"lost_answer": 1.0})

    keep = estate.azure.clock.now() + timedelta(days=7)
    outcome = estate.backups.start(protected.id, keep_until=keep, request_id=REQUEST_ID)
    estate.azure.world("PUT", "misbehaviour", {"lost_answer": 0.0})
    estate.azure.clock.wait(minutes=2)

    assert isinstance(outcome, Unknown)
    assert [job.activity_id for job in estate.jobs().jobs].count(REQUEST_ID) == 1


def test_everything_throttled_is_a_value_and_nothing_sleeps(estate_of: Serve) -> None:
    """No exception leaves the adapters."""
    estate = estate_of(a_world(misbehaviour=Misbehaviour(throttle=1.0)))

    assert not isinstance(estate.machines.machine(estate.item), Machine)
    assert not isinstance(
        estate.machines.reapply(estate.item, request_id=REQUEST_ID), Succeeded | Failed
    )
    assert not isinstance(estate.vaults.items(_VAULT), tuple)
    assert not isinstance(estate.locks.at_group(SUBSCRIPTION, _GROUP), tuple)

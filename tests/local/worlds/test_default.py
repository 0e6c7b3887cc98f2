"""The default world has everything that the demonstration promises to show."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from local import worlds
from local.azure.model.truth import is_excluded
from tests.local.azure.building import Caller

WORLD = worlds.default()
REPAIRS = (
    "retry_backup",
    "wait_for_running_job",
    "reapply_vm",
    "reinstall_extension",
    "restart_agent",
    "clear_lock",
)


def broken() -> Iterator[tuple[worlds.Vm, worlds.Fault]]:
    """Return the machines that are to be repaired, with their faults."""
    for vm in WORLD.vms:
        if vm.fault is not None and vm.tags.get("backup-remediation") != "off":
            yield vm, vm.fault


def group_of(vm: worlds.Vm) -> str:
    """Return the id of the group with a machine's restore points."""
    vault = WORLD.vault_of(vm)
    location = vault.location
    return f"/subscriptions/{vault.subscription}/resourceGroups/AzureBackupRG_{location}_1"


def has_own_lock(vm: worlds.Vm) -> bool:
    """Tell whether a lock stands on exactly that group."""
    return group_of(vm) in {lock.scope for lock in WORLD.locks}


def has_inherited_lock(vm: worlds.Vm) -> bool:
    """Tell whether a lock stands on the machine's whole subscription."""
    scope = f"/subscriptions/{WORLD.vault_of(vm).subscription}"
    return scope in {lock.scope for lock in WORLD.locks}


def test_it_is_a_fleet_of_both_systems_in_three_vaults() -> None:
    """At least forty machines; some are healthy, and the mode is auto."""
    assert len(WORLD.vms) >= 40
    assert {vm.os for vm in WORLD.vms} == {"windows", "linux"}
    assert len(WORLD.vaults) == 3
    assert {vm.vault for vm in WORLD.vms} == {vault.name for vault in WORLD.vaults}
    assert WORLD.policy.mode == "auto"
    assert any(vm.fault is None for vm in WORLD.vms)


@pytest.mark.parametrize("action", REPAIRS)
def test_every_repair_is_the_only_cure_of_something(action: str) -> None:
    """Nothing else would do."""
    assert any(fault.cured_by == {action} for _, fault in broken())


@pytest.mark.parametrize(
    "code",
    [
        "UserErrorGuestAgentStatusUnavailable",
        "GuestAgentSnapshotTaskStatusError",
        "UserErrorVmProvisioningStateFailed",
        "UserErrorRpCollectionLimitReached",
        "ExtensionOperationFailedForManagedDisks",
        "BackUpOperationFailed",
        "UserErrorBackupOperationInProgress",
        "UserErrorCrpReportedUserError",
    ],
)
def test_every_documented_code_occurs(code: str) -> None:
    """Those that a playbook repairs."""
    assert code in {fault.code for _, fault in broken()}


@pytest.mark.parametrize(
    "words", ["sub task timed out", "not responsive", "due to Resource Group lock"]
)
def test_every_condition_without_a_code_occurs(words: str) -> None:
    """It has a message and nothing else."""
    assert any(fault.code is None and words in (fault.message or "") for _, fault in broken())


def test_one_machine_climbs_all_four_rungs_of_the_standard_ladder() -> None:
    """An internal error, a ready agent, an own lock with points behind it, one last cure."""
    climbers = [vm for vm, fault in broken() if fault.cured_by == {"restart_agent"}]
    (climber,) = [vm for vm in climbers if vm.fault and vm.fault.code == "BackUpOperationFailed"]
    assert (climber.agent, climber.power) == ("ready", "running")
    assert has_own_lock(climber)
    assert 3 < (climber.restore_points or 0) < 18
    alone = [vm for vm in WORLD.vms if group_of(vm) == group_of(climber)]
    assert not [vm for vm in alone if vm.fault and "clear_lock" in vm.fault.cured_by]


def test_one_lock_is_shared_by_several_machines_that_need_it_cleared() -> None:
    """Its duty has more than one holder."""
    sharing = [
        vm for vm, fault in broken() if fault.cured_by == {"clear_lock"} and has_own_lock(vm)
    ]
    assert len(sharing) >= 3
    assert len({group_of(vm) for vm in sharing}) == 1


def test_one_lock_is_inherited_and_breaks_nobody_who_can_be_repaired() -> None:
    """What lies under it needs no deletion, except the one that is for people."""
    under = [(vm, fault) for vm, fault in broken() if has_inherited_lock(vm)]
    needing = [vm for vm, fault in under if fault.cured_by == {"clear_lock"}]
    assert len(needing) == 1
    harmless = {"retry_backup", "wait_for_running_job", "reapply_vm"}
    for vm, fault in under:
        assert vm in needing or fault.heals_after or fault.cured_by <= harmless


def test_some_heal_by_themselves_some_never_and_one_only_by_a_restart() -> None:
    """People get the last two kinds."""
    faults = [fault for _, fault in broken()]
    assert any(fault.heals_after is not None for fault in faults)
    assert any(not fault.cured_by and fault.heals_after is None for fault in faults)
    assert [fault.cured_by for fault in faults].count(frozenset({"restart_vm"})) == 1


def test_one_machine_is_excluded_and_broken() -> None:
    """By its own tag, as the simulation sees it."""
    caller = Caller(WORLD)
    machines = caller.simulation.estate.machines.values()
    excluded = [m for m in machines if is_excluded(caller.simulation.estate, m)]
    assert [m.vm.name for m in excluded] == ["excluded-win"]
    assert excluded[0].fault is not None


def test_some_failures_raise_no_alert() -> None:
    """So that the sweep has something to find."""
    assert any(not vm.alert for vm, _ in broken())


def test_the_policy_lets_every_cure_happen() -> None:
    """Risk, attempts, on-demand limits, hours and cool-down are wide enough for the ladders."""
    policy = WORLD.policy
    risks = worlds.RISKS
    assert risks.index(policy.max_risk) >= risks.index("platform")
    assert risks.index(policy.max_risk) < risks.index("downtime")
    assert {"clear_lock", "restart_agent"} <= policy.opt_in
    assert policy.attempts >= 6
    assert policy.on_demand_per_day >= 6
    assert policy.backup_hours.total_seconds() == 86_400
    assert policy.cool_down.total_seconds() == 0


def test_every_machine_that_is_not_for_people_is_healed_by_its_cure_alone() -> None:
    """The simulation agrees that the cures cure: each is tried on a world of one machine."""
    tried = 0
    for vm, fault in broken():
        if fault.cured_by == {"retry_backup"}:
            vault = WORLD.vault_of(vm)
            caller = Caller(_only(vm, vault))
            caller.scheduled()
            assert caller.on_demand().status == "Completed", vm.name
            tried += 1
    assert tried >= 8


def _only(vm: worlds.Vm, vault: worlds.Vault) -> worlds.World:
    """Return the default world with one machine, and no bad manners."""
    calm = worlds.Misbehaviour()
    return replace(WORLD, vms=(vm,), vaults=(vault,), misbehaviour=calm)


def test_names_are_given_once() -> None:
    """In the whole fleet, so that people can tell them apart."""
    names = [vm.name for vm in WORLD.vms]
    assert len(names) == len(set(names))

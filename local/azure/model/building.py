"""The beginning of a world: its machines with a few days of good backups behind them."""

import random
from datetime import datetime, timedelta

from local.azure.model import backups, faults, names
from local.azure.model.agenda import Agenda
from local.azure.model.collections import KEPT
from local.azure.model.entities import (
    SNAPSHOT,
    Collection,
    Estate,
    Extension,
    LockState,
    Machine,
    RestorePoint,
    Site,
    Task,
)
from local.worlds import Vm, World, zones

LISTED_SHARE = 0.7
# What tells of a database on a machine, by publisher and name.
_SQL_AGENT = "Microsoft.SqlServer.Management", "SqlIaaSAgent"
_WORKLOADS = "Microsoft.Azure.RecoveryServices.WorkloadBackup"
_ENOUGH = timedelta(hours=2)


def build(world: World, seed: int, now: datetime) -> Estate:
    """Build everything that a world file describes, as it stands at ``now``."""
    estate = Estate(world=world, seed=seed, agenda=Agenda(), chance=random.Random(seed))
    for vault in world.vaults:
        group = names.group_id(vault.subscription, vault.resource_group)
        vault_id = f"{group}{names.RECOVERY}/vaults/{vault.name}"
        policy = "EnhancedDaily" if vault.enhanced else "DefaultPolicy"
        estate.sites[names.key(vault_id)] = Site(vault=vault, id=vault_id, policy=policy)
    homes = {site.vault.name.lower(): site for site in estate.sites.values()}
    for vm in world.vms:
        _settle(estate, vm, homes[vm.vault.lower()], now)
    for subscription in world.subscriptions:
        estate.tags[names.key(f"/subscriptions/{subscription.id}")] = dict(subscription.tags)
    for group_tags in world.groups:
        group = names.group_id(group_tags.subscription, group_tags.name)
        estate.tags[names.key(group)] = dict(group_tags.tags)
    _lock(estate)
    return estate


def _settle(estate: Estate, vm: Vm, site: Site, now: datetime) -> None:
    """Build one machine with its history."""
    group = names.group_id(site.vault.subscription, vm.resource_group)
    machine_id = f"{group}{names.COMPUTE}/virtualMachines/{vm.name}"
    chance = random.Random(f"{estate.seed}/{names.key(machine_id)}")
    number = 10**17 + int(names.chance(machine_id, "collection") * 8e17)
    machine = Machine(
        vm=vm,
        site=site,
        id=machine_id,
        chance=chance,
        disks=1 + int(names.chance(machine_id, "disks") * 4),
        fault=vm.fault,
        agent=vm.agent,
        agent_since=now - timedelta(hours=26 + 40 * chance.random()),
        collection=Collection(
            name=f"AzureBackup_{vm.name}_{number}", failing_deletes=chance.randint(1, 2)
        ),
    )
    site.machines.append(machine)
    estate.machines[names.key(machine.id)] = machine
    estate.items[names.key(machine.item_id)] = machine
    estate.interfaces[names.key(machine.interface_id)] = machine
    estate.collections[names.key(machine.collection_id)] = machine
    _equip(machine)
    _remember(estate, machine, now)
    _fill(machine, now)
    faults.show_symptoms(machine)


def _equip(machine: Machine) -> None:
    """Give the machine its extensions; on managed disks Azure Backup's own is often not listed."""
    machine.extensions["NetworkWatcher"] = Extension(
        name="NetworkWatcher", publisher="Microsoft.Azure.NetworkWatcher", version="1.4.3320.1"
    )
    workload = _WORKLOADS, f"AzureBackup{machine.vm.os.capitalize()}Workload"
    for one in machine.vm.extensions:
        publisher, name = _SQL_AGENT if one == "sql_agent" else workload
        machine.extensions[name] = Extension(name=name, publisher=publisher, version="2.0.1.0")
    if names.chance(machine.id, "listed") < LISTED_SHARE:
        own = faults.backup_extension(machine)
        machine.extensions[own.name] = own


def _remember(estate: Estate, machine: Machine, now: datetime) -> None:
    """Write down the good backups of the last days."""
    schedule = machine.site.vault.schedule
    for days in range(estate.world.history_days, 0, -1):
        after = now - timedelta(days=days) - _ENOUGH
        started = zones.next_run(after, at=schedule.time, windows_zone=schedule.zone)
        started += timedelta(seconds=machine.chance.uniform(0, 600))
        job = backups.new_job(estate, machine, "history", started)
        at = started + timedelta(seconds=40)
        job.tasks = [Task(name=task.name, status="Completed") for task in job.tasks]
        for task in job.tasks:
            task.started = at
            task.ended = at = at + timedelta(minutes=machine.chance.uniform(6, 28))
        job.status, job.ended, job.size_mb = "Completed", at, 900 + days
        begun = next(task.started for task in job.tasks if task.name == SNAPSHOT) or started
        point = backups.recovery_point(machine, job, begun, backups.consistency(machine))
        point.in_vault_tier, point.in_snapshot_tier = True, days <= KEPT
        machine.recovery_points.append(point)


def _fill(machine: Machine, now: datetime) -> None:
    """Put restore points into the collection: what the world says, the limit, or a few."""
    count = machine.vm.restore_points
    if count is None:
        count = faults.LIMIT if faults.is_limit(machine) else min(2, len(machine.recovery_points))
    form = backups.consistency(machine)
    for age in range(count, 0, -1):
        time = now - timedelta(days=age)
        name = f"AzureBackup_{time:%Y%m%d_%H%M%S}"
        machine.collection.points.append(RestorePoint(name=name, time=time, consistency=form))


def _lock(estate: Estate) -> None:
    """Set the locks; ``backup_group`` is one on the backup group of every place with machines."""
    groups = sorted({machine.backup_group_id for machine in estate.machines.values()})
    for number, lock in enumerate(estate.world.locks, start=1):
        scopes = groups if lock.scope == "backup_group" else [lock.scope.rstrip("/")]
        for scope in scopes:
            estate.locks.append(
                LockState(
                    scope=scope,
                    name=lock.name or f"lock-{number}",
                    level=lock.level,
                    notes=lock.notes,
                    owners=lock.owners,
                )
            )

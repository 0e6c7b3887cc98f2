"""Recovery Services' resources in the shapes of its API, with the oddities seen in real answers."""

from datetime import datetime, timedelta
from typing import Any

from local.azure.http.times import NEVER, clock_duration, iso_duration, stamp
from local.azure.model import errors, faults, names
from local.azure.model.entities import Job, Machine, RecoveryPoint, Site

RETENTION_DAYS = 30


def vault(site: Site) -> dict[str, Any]:
    """Show a vault."""
    return {
        "id": site.id,
        "name": site.vault.name,
        "type": "Microsoft.RecoveryServices/vaults",
        "location": site.vault.location,
        "sku": {"name": "Standard"},
        "properties": {
            "provisioningState": "Succeeded",
            "monitoringSettings": {
                "azureMonitorAlertSettings": {"alertsForAllJobFailures": "Enabled"},
                "classicAlertSettings": {"alertsForCriticalOperations": "Disabled"},
            },
        },
    }


def policy(site: Site, now: datetime) -> dict[str, Any]:
    """Show a vault's policy: run times are local to its Windows time zone, in spite of the Z."""
    time = f"{now:%Y-%m-%d}T{site.vault.schedule.time}:00Z"
    common: dict[str, Any] = {
        "backupManagementType": "AzureIaasVM",
        "timeZone": site.vault.schedule.zone,
        "instantRpRetentionRangeInDays": 2,
        "protectedItemsCount": len(site.machines),
        "retentionPolicy": {
            "retentionPolicyType": "LongTermRetentionPolicy",
            "dailySchedule": {
                "retentionTimes": [time],
                "retentionDuration": {"count": RETENTION_DAYS, "durationType": "Days"},
            },
        },
    }
    if site.vault.enhanced:
        own: dict[str, Any] = {
            "policyType": "V2",
            "instantRPDetails": {
                "azureBackupRGNamePrefix": f"AzureBackupRG_{site.vault.location}_"
            },
            "schedulePolicy": {
                "schedulePolicyType": "SimpleSchedulePolicyV2",
                "scheduleRunFrequency": "Daily",
                "dailySchedule": {"scheduleRunTimes": [time]},
            },
        }
    else:
        own = {
            "policyType": "V1",
            "instantRPDetails": {},
            "schedulePolicy": {
                "schedulePolicyType": "SimpleSchedulePolicy",
                "scheduleRunFrequency": "Daily",
                "scheduleRunTimes": [time],
                "scheduleWeeklyFrequency": 0,
            },
        }
    return {
        "id": f"{site.id}/backupPolicies/{site.policy}",
        "name": site.policy,
        "type": "Microsoft.RecoveryServices/vaults/backupPolicies",
        "properties": common | own,
    }


def item(machine: Machine) -> dict[str, Any]:
    """Show a protected item; its health may stay green though the last backup failed."""
    name = names.container(machine.vm.resource_group, machine.vm.name)
    ended = [job for job in machine.jobs if job.ended is not None]
    last = max(ended, key=lambda job: job.ended or job.started) if ended else None
    status = "" if last is None else last.status
    if last is not None and last.error is not None and last.error is errors.CANCELLED:
        status = "Failed"  # a cancelled backup shows as a failed one on its item
    points = [point.time for point in machine.recovery_points]
    unhealthy = faults.is_active(machine) and status == "Failed"
    odd = names.happens(0.5, machine.id, "container")
    properties: dict[str, Any] = {
        "friendlyName": machine.vm.name,
        "virtualMachineId": machine.id if odd else machine.id.lower(),
        "protectionStatus": "Healthy",
        "protectionState": "Protected",
        "healthStatus": "ActionRequired" if unhealthy else "Passed",
        "healthDetails": [_health(machine)] if unhealthy else [],
        "lastBackupStatus": status,
        "lastBackupTime": stamp(last.started) if last else "2001-01-01T00:00:00Z",
        "protectedItemDataId": str(int(names.chance(machine.id, "data") * 10**15)),
        "protectedItemType": "Microsoft.Compute/virtualMachines",
        "backupManagementType": "AzureIaasVM",
        "workloadType": "VM",
        "containerName": name if odd else f"IaasVMContainer;{name}",
        "sourceResourceId": machine.id,
        "policyId": f"{machine.site.id}/backupPolicies/{machine.site.policy}",
        "policyName": machine.site.policy,
    }
    if points:
        properties["lastRecoveryPoint"] = stamp(max(points))
    return {
        "id": machine.item_id,
        "name": f"VM;{name}",
        "type": (
            "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems"
        ),
        "properties": properties,
    }


def _health(machine: Machine) -> dict[str, Any]:
    """Show why an item is not healthy; some are called healthy all the same."""
    failed = [job for job in machine.jobs if job.error is not None]
    error = failed[-1].error if failed else None
    if error is None or names.happens(0.3, machine.id, "health"):
        return {
            "code": 400239,
            "title": "IaasVmHealthGreenDefault",
            "message": "Backup pre-check status of this virtual machine is OK.",
            "recommendations": [],
        }
    return {
        "code": error.number or 0,
        "title": error.code or "",
        "message": error.text,
        "recommendations": list(error.recommendations),
    }


def job(entry: Job, now: datetime, *, detailed: bool) -> dict[str, Any]:
    """Show a job; a list leaves ``extendedInfo`` out. Ids begin in two casings."""
    machine, site = entry.machine, entry.machine.site
    old = names.happens(0.5, entry.id)
    length = (entry.ended or now) - entry.started
    properties: dict[str, Any] = {
        "jobType": "AzureIaaSVMJobV2" if site.vault.enhanced else "AzureIaaSVMJob",
        "containerName": names.container(machine.vm.resource_group, machine.vm.name),
        "duration": clock_duration(length) if old else iso_duration(length),
        "actionsInfo": [1] if old and not site.vault.enhanced else ["Cancellable"],
        "virtualMachineVersion": "Compute",
        "entityFriendlyName": machine.vm.name,
        "backupManagementType": "AzureIaasVM",
        "operation": "Backup",
        "status": entry.status,
        "startTime": stamp(entry.started),
        "activityId": entry.activity_id,
    }
    if not site.vault.enhanced:
        properties["isUserTriggered"] = None
    if entry.ended is not None:
        properties["endTime"] = stamp(entry.ended)
    if entry.error is not None:
        properties["errorDetails"] = [_error(entry)]
    if detailed:
        properties["extendedInfo"] = _extended(entry, old=old)
    vault_id = site.id.replace("/subscriptions/", "/Subscriptions/", 1) if old else site.id
    return {
        "id": f"{vault_id}/backupJobs/{entry.id}",
        "name": entry.id,
        "type": "Microsoft.RecoveryServices/vaults/backupJobs",
        "properties": properties,
    }


def _error(entry: Job) -> dict[str, Any]:
    """Show why a job ended badly; number and title may both be missing."""
    error = entry.error
    if error is None:
        return {}
    shown: dict[str, Any] = {"errorString": error.text}
    if error.number is not None:
        shown["errorCode"] = error.number
    if error.code is not None:
        shown["errorTitle"] = error.code
    shown["recommendations"] = list(error.recommendations)
    return shown


def _extended(entry: Job, *, old: bool) -> dict[str, Any]:
    """Show a job's tasks and bags."""
    transfer = "Transfer Data to Vault" if names.happens(0.3, entry.id, "task") else None
    tasks = []
    for task in entry.tasks:
        spent = (task.ended or task.started or entry.started) - (task.started or entry.started)
        shown: dict[str, Any] = {
            "taskId": transfer if transfer and task.name.startswith("Transfer") else task.name,
            "duration": iso_duration(max(spent, timedelta(0))),
            "status": task.status,
        }
        if task.started is not None:
            shown["startTime"] = stamp(task.started)
            shown["endTime"] = stamp(task.ended) if task.ended else NEVER
        tasks.append(shown)
    done = sum(task.status == "Completed" for task in entry.tasks) / len(entry.tasks)
    info: dict[str, Any] = {
        "tasksList": tasks,
        "propertyBag": {
            "VM Name": entry.machine.vm.name,
            "Backup Size": f"{entry.size_mb} MB",
            "Recovery Point Expiry Time in UTC": f"{entry.expires:%m/%d/%Y %I:%M:%S %p}",
        },
        "internalPropertyBag": {"IsInstantRpJob": "True"},
    }
    if not old:
        info["progressPercentage"] = 100.0 if entry.ended else round(100 * done, 1)
    if entry.error is not None and entry.error.dynamic is not None:
        info["dynamicErrorMessage"] = entry.error.dynamic
    return info


def recovery_point(machine: Machine, point: RecoveryPoint) -> dict[str, Any]:
    """Show a recovery point with the tiers that hold it."""
    tiers = [{"type": "InstantRP", "status": "Valid" if point.in_snapshot_tier else "Deleted"}]
    if point.in_vault_tier:
        tiers.append({"type": "HardenedRP", "status": "Valid"})
    disks = [{"lun": n - 1, "name": f"{machine.vm.name}-disk-{n}"} for n in range(point.disks)]
    return {
        "id": f"{machine.item_id}/recoveryPoints/{point.id}",
        "name": point.id,
        "type": (
            "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/"
            "recoveryPoints"
        ),
        "properties": {
            "objectType": "IaasVMRecoveryPoint",
            "recoveryPointType": point.consistency,
            "recoveryPointTime": stamp(point.time),
            "recoveryPointAdditionalInfo": "",
            "sourceVMStorageType": "NormalStorage",
            "isSourceVMEncrypted": False,
            "isInstantIlrSessionActive": False,
            "recoveryPointTierDetails": tiers,
            "isManagedVirtualMachine": True,
            "virtualMachineSize": "Standard_D2s_v3",
            "originalStorageAccountOption": False,
            "osType": machine.vm.os.capitalize(),
            "recoveryPointDiskConfiguration": {
                "numberOfDisksIncludedInBackup": point.disks,
                "numberOfDisksAttachedToVm": machine.disks,
                "includedDiskList": disks,
                "excludedDiskList": [],
            },
        },
    }

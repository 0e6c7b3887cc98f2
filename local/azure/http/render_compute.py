"""Compute's resources in the shapes of its API; what it says of an agent may be stale."""

from datetime import datetime, timedelta
from typing import Any

from local.azure.http.times import offset
from local.azure.model import faults, guest, names
from local.azure.model.entities import Extension, Machine, RunCommand

_HEARTBEAT = timedelta(minutes=1)
_STALE = timedelta(hours=9)
_VERSIONS = {
    ("windows", "current"): "2.7.41491.1183",
    ("windows", "outdated"): "2.7.1198.735",
    ("linux", "current"): "2.11.1.12",
    ("linux", "outdated"): "2.2.10",
}


def vm(machine: Machine, now: datetime, *, expanded: bool) -> dict[str, Any]:
    """Show a machine's model, with its instance view if asked for."""
    state = "Failed" if faults.is_provisioning(machine) else "Succeeded"
    properties: dict[str, Any] = {
        "vmId": names.derived(machine.id),
        "hardwareProfile": {"vmSize": "Standard_D2s_v3"},
        "provisioningState": state,
        "storageProfile": _storage(machine),
        "osProfile": {"computerName": machine.vm.name[:15], "adminUsername": "operator"},
        "networkProfile": {
            "networkInterfaces": [{"id": machine.interface_id, "properties": {"primary": True}}]
        },
    }
    if machine.set_id is not None:
        # As Compute does it: loud.
        loud = machine.set_id.upper().replace("/SUBSCRIPTIONS/", "/subscriptions/")
        properties["availabilitySet"] = {"id": loud}
    if machine.scale_set_id is not None:
        properties["virtualMachineScaleSet"] = {"id": machine.scale_set_id}
    if expanded:
        properties["instanceView"] = instance_view(machine, now)
    zones = {"zones": list(machine.vm.zones)} if machine.vm.zones else {}
    return {
        "id": machine.id,
        "name": machine.vm.name,
        "type": "Microsoft.Compute/virtualMachines",
        "location": machine.location,
        **zones,
        "tags": dict(machine.vm.tags),
        "properties": properties,
        "resources": [extension(machine, e) for e in machine.extensions.values()],
    }


def _storage(machine: Machine) -> dict[str, Any]:
    """Show the disks; the largest is the last, and encryption from inside stands with the first."""
    sizes = [127 if machine.vm.os == "windows" else 30, *[128] * (machine.disks - 1)]
    sizes[-1] = machine.vm.disk_gib or sizes[-1]
    system: dict[str, Any] = {
        "osType": machine.vm.os.capitalize(),
        "name": f"{machine.vm.name}-disk-0",
        "createOption": "FromImage",
        "diskSizeGB": sizes[0],
    }
    if machine.vm.encrypted:
        group = names.group_id(machine.subscription, machine.vm.resource_group)
        vault = {"id": f"{group}/providers/Microsoft.KeyVault/vaults/kv-disks"}
        secret = f"https://kv-disks.vault.azure.net/secrets/{names.derived(machine.id, 'disk')}"
        key = {"secretUrl": secret, "sourceVault": vault}
        system["encryptionSettings"] = {"enabled": True, "diskEncryptionKey": key}
    return {
        "osDisk": system,
        "dataDisks": [
            {
                "lun": n - 1,
                "name": f"{machine.vm.name}-disk-{n}",
                "createOption": "Attach",
                "diskSizeGB": sizes[n],
            }
            for n in range(1, machine.disks)
        ],
    }


def availability_set(name: str, inside: list[Machine]) -> dict[str, Any]:
    """Show an availability set; its machines are ids in capitals."""
    group, _, short = name.partition(f"{names.COMPUTE}/availabilitySets/")
    return {
        "id": f"{group}{names.COMPUTE}/availabilitySets/{short}",
        "name": short,
        "type": "Microsoft.Compute/availabilitySets",
        "location": inside[0].location,
        "sku": {"name": "Aligned"},
        "properties": {
            "platformUpdateDomainCount": 5,
            "platformFaultDomainCount": 2,
            "virtualMachines": [
                {"id": m.id.upper().replace("/SUBSCRIPTIONS/", "/subscriptions/")} for m in inside
            ],
        },
    }


def instance_view(machine: Machine, now: datetime) -> dict[str, Any]:
    """Show what the platform last heard of a machine."""
    failed = faults.is_provisioning(machine)
    provisioning = "failed" if failed else "succeeded"
    power = {"running": "VM running", "stopped": "VM stopped", "deallocated": "VM deallocated"}
    statuses: list[dict[str, Any]] = [
        {
            "code": f"ProvisioningState/{provisioning}",
            "level": "Error" if failed else "Info",
            "displayStatus": f"Provisioning {provisioning}",
            "time": offset(machine.agent_since),
        },
        {
            "code": f"PowerState/{machine.vm.power}",
            "level": "Info",
            "displayStatus": power[machine.vm.power],
        },
    ]
    view: dict[str, Any] = {
        "computerName": machine.vm.name[:15],
        "osName": "Windows Server 2022" if machine.vm.os == "windows" else "ubuntu",
        "hyperVGeneration": "V2",
        "disks": [],
        "extensions": [_extension_view(e) for e in machine.extensions.values()],
        "statuses": statuses,
    }
    shown = _agent(machine, now)
    if shown is not None:
        view["vmAgent"] = shown
    return view


def _agent(machine: Machine, now: datetime) -> dict[str, Any] | None:
    """Show the agent: absent, silent, ready, or ready in a report that is hours old."""
    if machine.vm.power != "running":
        gone = machine.vm.power == "deallocated" and names.happens(0.6, machine.id, "stale")
        if gone or machine.vm.agent == "absent":
            return None
        return _ready(machine, machine.agent_since - _STALE)
    match guest.agent_status(machine, now):
        case "absent":
            return None
        case "ready":
            beats = (now - machine.agent_since) // _HEARTBEAT
            return _ready(machine, machine.agent_since + beats * _HEARTBEAT)
        case "not_ready":
            blank = names.happens(0.5, machine.id, "blob")
            text = (
                "VM status blob is found but not yet populated."
                if blank
                else "VM Agent is unresponsive."
            )
            status = {
                "code": "ProvisioningState/Unavailable",
                "level": "Warning",
                "displayStatus": "Not Ready",
                "message": text,
                "time": offset(now),
            }
            return {"vmAgentVersion": "Unknown", "statuses": [status], "extensionHandlers": []}


def _ready(machine: Machine, at: datetime) -> dict[str, Any]:
    """Show a ready agent with the time of its report."""
    version = _VERSIONS[machine.vm.os, machine.guest["agent_version"]]
    status = {
        "code": "ProvisioningState/succeeded",
        "level": "Info",
        "displayStatus": "Ready",
        "message": "GuestAgent is running and processing the extensions.",
        "time": offset(at),
    }
    handlers = [
        {
            "type": f"{e.publisher}.{e.name}",
            "typeHandlerVersion": e.version,
            "status": {
                "code": "ProvisioningState/succeeded",
                "level": "Info",
                "displayStatus": "Ready",
            },
        }
        for e in machine.extensions.values()
    ]
    return {"vmAgentVersion": version, "statuses": [status], "extensionHandlers": handlers}


def _extension_view(entry: Extension) -> dict[str, Any]:
    """Show an extension's status in the instance view."""
    state = "failed" if entry.state == "Failed" else "succeeded"
    status = {
        "code": f"ProvisioningState/{state}",
        "level": "Error" if entry.state == "Failed" else "Info",
        "displayStatus": f"Provisioning {state}",
        "message": entry.message,
    }
    return {
        "name": entry.name,
        "type": f"{entry.publisher}.{entry.name}",
        "typeHandlerVersion": entry.version,
        "statuses": [status],
    }


def extension(machine: Machine, entry: Extension) -> dict[str, Any]:
    """Show an extension as a resource."""
    return {
        "id": f"{machine.id}/extensions/{entry.name}",
        "name": entry.name,
        "type": "Microsoft.Compute/virtualMachines/extensions",
        "location": machine.location,
        "properties": {
            "publisher": entry.publisher,
            "type": entry.name,
            "typeHandlerVersion": ".".join(entry.version.split(".")[:2]),
            "autoUpgradeMinorVersion": True,
            "provisioningState": entry.state,
        },
    }


def run_command(machine: Machine, command: RunCommand, *, expanded: bool) -> dict[str, Any]:
    """Show a managed run command, with how it went if asked for."""
    done = command.ended is not None or command.async_execution
    state = "Succeeded" if done else "Creating"
    if command.state == "TimedOut":
        state = "Failed"
    properties: dict[str, Any] = {
        "source": {"script": command.script},
        "parameters": [{"name": k, "value": v} for k, v in command.parameters.items()],
        "asyncExecution": command.async_execution,
        "treatFailureAsDeploymentFailure": False,
        "provisioningState": state,
    }
    if expanded:
        view: dict[str, Any] = {
            "executionState": command.state,
            "exitCode": command.exit_code,
            "output": command.output,
            "error": command.error,
            "startTime": offset(command.started),
        }
        if command.ended is not None:
            view["endTime"] = offset(command.ended)
        properties["instanceView"] = view
    return {
        "id": f"{machine.id}/runCommands/{command.name}",
        "name": command.name,
        "type": "Microsoft.Compute/virtualMachines/runCommands",
        "location": machine.location,
        "properties": properties,
    }


def collection(machine: Machine, *, expanded: bool) -> dict[str, Any]:
    """Show a restore point collection; its source is written in another casing."""
    source = machine.id.replace(
        f"/resourceGroups/{machine.vm.resource_group}/",
        f"/resourceGroups/{machine.vm.resource_group.upper()}/",
    )
    properties: dict[str, Any] = {
        "source": {"id": source, "location": machine.location},
        "provisioningState": "Succeeded",
        "restorePointCollectionId": names.derived(machine.collection_id),
    }
    if expanded:
        properties["restorePoints"] = [
            {
                "id": f"{machine.collection_id}/restorePoints/{point.name}",
                "name": point.name,
                "type": "Microsoft.Compute/restorePointCollections/restorePoints",
                "properties": {
                    "provisioningState": "Succeeded",
                    "consistencyMode": _modes(point.consistency),
                    "timeCreated": offset(point.time),
                },
            }
            for point in machine.collection.points
        ]
    return {
        "id": machine.collection_id,
        "name": machine.collection.name,
        "type": "Microsoft.Compute/restorePointCollections",
        "location": machine.location,
        "tags": {},
        "properties": properties,
    }


def _modes(consistency: str) -> str:
    """Return Compute's word for Azure Backup's."""
    words = {"AppConsistent": "ApplicationConsistent"}
    return words.get(consistency, consistency)

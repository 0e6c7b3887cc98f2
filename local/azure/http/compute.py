# ruff: noqa: ARG001 - every handler has the same signature
"""The routes of Compute: machines, extensions, run commands, collections, operations."""

import re
from typing import Any

from local.azure.http import lookup, render_compute
from local.azure.http.message import ArmError, Reply, Request, not_found
from local.azure.http.paging import page
from local.azure.http.paths import Family, Route, route
from local.azure.http.times import offset
from local.azure.model import guest, names, network
from local.azure.model.entities import Estate, Machine, Operation, RunCommand

SUBSCRIPTION = "/subscriptions/{subscription}"
GROUP = SUBSCRIPTION + "/resourceGroups/{group}"
COMPUTE = "/providers/Microsoft.Compute"
VM = GROUP + COMPUTE + "/virtualMachines/{vm}"
COLLECTION = GROUP + COMPUTE + "/restorePointCollections/{collection}"
_ACTION = "__action"
_MAX_TIMEOUT = 5400.0
# The one condition that a list of machines takes.
_SCALE_SET = re.compile(r"'virtualMachineScaleSet/id' eq '([^']+)'", re.IGNORECASE)


def accepted(request: Request, operation: Operation) -> dict[str, str]:
    """Return the headers that lead to an operation."""
    subscription = operation.machine.subscription if operation.machine else ""
    base = (
        f"{request.base_url}/subscriptions/{subscription}{COMPUTE}/locations/{operation.location}"
    )
    query = f"p={operation.id}&api-version={request.query.get('api-version', '2024-07-01')}"
    url = f"{base}/operations/{operation.id}?{query}"
    headers = {"Azure-AsyncOperation": url, "Location": f"{url}&monitor=true"}
    if names.happens(0.5, operation.id):
        headers["Retry-After"] = "10"
    return headers


def operation(estate: Estate, request: Request, values: dict[str, str]) -> Reply:
    """Answer a poll; a failed operation is a 200 that says so, a monitor ends without a body."""
    found = estate.operations.get(values["operation"].lower())
    if found is None or found.kind in {"backup", network.EFFECTIVE_RULES}:
        not_found(f"Microsoft.Compute/locations/operations/{values['operation']}")
    if request.query.get("monitor", "").lower() == "true":
        return _monitor(request, found)
    body: dict[str, Any] = {
        "startTime": offset(found.started),
        "status": found.status,
        "name": found.id,
    }
    if found.ended is not None:
        body["endTime"] = offset(found.ended)
    if found.error is not None:
        body["error"] = {"code": found.error[0], "message": found.error[1]}
    return Reply(status=200, body=body)


def _monitor(request: Request, found: Operation) -> Reply:
    """Answer the poll of an operation's location."""
    if found.ended is None:
        return Reply(status=202, headers=accepted(request, found))
    if found.kind == "run_command_action" and found.machine is not None:
        return Reply(status=200, body=_output(found.machine))
    return Reply(status=200)


def _output(machine: Machine) -> dict[str, Any]:
    """Return what an action run command answers: by system, two forms of the same."""
    command = machine.run_commands[_ACTION]
    if machine.vm.os == "linux":
        text = f"Enable succeeded: \n[stdout]\n{command.output}\n[stderr]\n{command.error}"
        parts = [("ProvisioningState/succeeded", "Provisioning succeeded", text)]
    else:
        parts = [
            ("ComponentStatus/StdOut/succeeded", "Provisioning succeeded", command.output),
            ("ComponentStatus/StdErr/succeeded", "Provisioning succeeded", command.error),
        ]
    keys = ("code", "displayStatus", "message")
    return {"value": [dict(zip(keys, part, strict=True)) | {"level": "Info"} for part in parts]}


def vm(estate: Estate, request: Request, values: dict[str, str]) -> Reply:
    """Show a machine."""
    machine = lookup.machine(estate, values)
    expanded = request.query.get("$expand", "").lower() == "instanceview"
    return Reply(status=200, body=render_compute.vm(machine, request.now, expanded=expanded))


def vms(estate: Estate, request: Request, values: dict[str, str]) -> Reply:
    """List the machines of a subscription or group, or of a scale set in it."""
    scope = f"/subscriptions/{values['subscription']}/"
    if "group" in values:
        scope += f"resourceGroups/{values['group']}/"
    machines = [m for k, m in estate.machines.items() if k.startswith(scope.lower())]
    if "$filter" in request.query:
        wanted = _SCALE_SET.fullmatch(request.query["$filter"])
        if wanted is None:
            raise ArmError(400, "InvalidParameter", "The value of parameter $filter is invalid.")
        machines = [m for m in machines if (m.scale_set_id or "").lower() == wanted[1].lower()]
    return page(
        request,
        machines,
        name=lambda machine: machine.id,
        show=lambda machine: render_compute.vm(machine, request.now, expanded=False),
    )


def availability_set(estate: Estate, request: Request, values: dict[str, str]) -> Reply:
    """Show an availability set with its machines."""
    group = names.group_id(values["subscription"], values["group"])
    wanted = f"{group}{names.COMPUTE}/availabilitySets/{values['set']}"
    inside = [m for m in estate.machines.values() if names.key(m.set_id or "") == names.key(wanted)]
    if not inside:
        where = f"Microsoft.Compute/availabilitySets/{values['set']}"
        not_found(f"{where}' under resource group '{values['group']}")
    return Reply(status=200, body=render_compute.availability_set(wanted, inside))


def instance_view(estate: Estate, request: Request, values: dict[str, str]) -> Reply:
    """Show what was last heard of a machine."""
    machine = lookup.machine(estate, values)
    return Reply(status=200, body=render_compute.instance_view(machine, request.now))


def reapply(estate: Estate, request: Request, values: dict[str, str]) -> Reply:
    """Apply a machine's model again."""
    machine = lookup.machine(estate, values)
    lookup.unlocked(estate, machine.id, "write")
    started = guest.reapply(estate, machine, request.now)
    return Reply(status=202, headers=accepted(request, started))


def restart(estate: Estate, request: Request, values: dict[str, str]) -> Reply:
    """Restart a machine."""
    machine = lookup.machine(estate, values)
    lookup.unlocked(estate, machine.id, "write")
    _running(machine)
    started = guest.restart(estate, machine, request.now)
    return Reply(status=202, headers=accepted(request, started))


def _running(machine: Machine) -> None:
    """Refuse what only a running machine can do."""
    if machine.vm.power != "running":
        text = "The operation requires the VM to be running (or set to run)."
        raise ArmError(409, "OperationNotAllowed", text)


def extensions(estate: Estate, request: Request, values: dict[str, str]) -> Reply:
    """List the extensions of a machine."""
    machine = lookup.machine(estate, values)
    shown = [render_compute.extension(machine, e) for e in machine.extensions.values()]
    return Reply(status=200, body={"value": shown})


def extension(estate: Estate, request: Request, values: dict[str, str]) -> Reply:
    """Show one extension."""
    machine = lookup.machine(estate, values)
    wanted = values["extension"].lower()
    found = next((e for e in machine.extensions.values() if e.name.lower() == wanted), None)
    if found is None:
        not_found(f"{machine.id}/extensions/{values['extension']}")
    return Reply(status=200, body=render_compute.extension(machine, found))


def delete_extension(estate: Estate, request: Request, values: dict[str, str]) -> Reply:
    """Remove an extension; one that is absent is no error."""
    machine = lookup.machine(estate, values)
    lookup.unlocked(estate, f"{machine.id}/extensions/{values['extension']}", "delete")
    started = guest.delete_extension(estate, machine, values["extension"], request.now)
    if started is None:
        return Reply(status=204)
    return Reply(status=202, headers=accepted(request, started))


def _command(machine: Machine, values: dict[str, str]) -> RunCommand | None:
    """Return the run command that a path names."""
    found = machine.run_commands.get(values["command"].lower())
    return None if found is None or found.name == _ACTION else found


def run_commands(estate: Estate, request: Request, values: dict[str, str]) -> Reply:
    """List a machine's managed run commands."""
    machine = lookup.machine(estate, values)
    shown = [
        render_compute.run_command(machine, c, expanded=False)
        for c in machine.run_commands.values()
        if c.name != _ACTION
    ]
    return Reply(status=200, body={"value": shown})


def run_command(estate: Estate, request: Request, values: dict[str, str]) -> Reply:
    """Show one managed run command."""
    machine = lookup.machine(estate, values)
    found = _command(machine, values)
    if found is None:
        not_found(f"{machine.id}/runCommands/{values['command']}")
    expanded = request.query.get("$expand", "").lower() == "instanceview"
    return Reply(status=200, body=render_compute.run_command(machine, found, expanded=expanded))


def put_run_command(estate: Estate, request: Request, values: dict[str, str]) -> Reply:
    """Run a script; one at a time on a machine, and 25 kept at most."""
    machine = lookup.machine(estate, values)
    lookup.unlocked(estate, f"{machine.id}/runCommands/{values['command']}", "write")
    properties = request.body.get("properties") if isinstance(request.body, dict) else None
    script = (properties or {}).get("source", {}).get("script")
    if not isinstance(script, str) or not script:
        text = "Required parameter 'properties.source.script' is missing (null)."
        raise ArmError(400, "InvalidParameter", text)
    new = _command(machine, values) is None
    if new and len(machine.run_commands) >= guest.MOST_RUN_COMMANDS:
        text = f"The machine has {guest.MOST_RUN_COMMANDS} run commands, which is the limit."
        raise ArmError(409, "OperationNotAllowed", text)
    command, started = _start(
        estate, machine, name=values["command"], properties=properties or {}, request=request
    )
    return Reply(
        status=201 if new else 200,
        body=render_compute.run_command(machine, command, expanded=False),
        headers={"Azure-AsyncOperation": accepted(request, started)["Azure-AsyncOperation"]},
    )


def _start(
    estate: Estate, machine: Machine, *, name: str, properties: dict[str, Any], request: Request
) -> tuple[RunCommand, Operation]:
    """Start a script unless the machine is off or busy with another."""
    _running(machine)
    if guest.running_command(machine) is not None:
        text = "Run command extension execution is in progress. Please wait for completion."
        raise ArmError(409, "Conflict", text)
    given = [*properties.get("parameters", ()), *properties.get("protectedParameters", ())]
    return guest.put_run_command(
        estate,
        machine,
        name=name,
        script=properties["source"]["script"],
        parameters={str(p["name"]): str(p["value"]) for p in given},
        async_execution=bool(properties.get("asyncExecution", False)),
        timeout=min(float(properties.get("timeoutInSeconds") or _MAX_TIMEOUT), _MAX_TIMEOUT),
        now=request.now,
    )


def run_action(estate: Estate, request: Request, values: dict[str, str]) -> Reply:
    """Run a script by the older action: 202 without a body."""
    machine = lookup.machine(estate, values)
    lookup.unlocked(estate, machine.id, "write")
    body = request.body if isinstance(request.body, dict) else {}
    script = "\n".join(body.get("script") or ())
    if not script:
        raise ArmError(400, "InvalidParameter", "Required parameter 'script' is missing (null).")
    properties = {"source": {"script": script}, "parameters": body.get("parameters") or ()}
    _, started = _start(estate, machine, name=_ACTION, properties=properties, request=request)
    started.kind = "run_command_action"
    return Reply(status=202, headers=accepted(request, started))


def delete_run_command(estate: Estate, request: Request, values: dict[str, str]) -> Reply:
    """Delete a managed run command."""
    machine = lookup.machine(estate, values)
    lookup.unlocked(estate, f"{machine.id}/runCommands/{values['command']}", "delete")
    found = _command(machine, values)
    if found is None:
        return Reply(status=204)
    started = guest.delete_run_command(estate, machine, found, request.now)
    return Reply(status=202, headers=accepted(request, started))


def collections(estate: Estate, request: Request, values: dict[str, str]) -> Reply:
    """List the restore point collections of a subscription or group."""
    scope = f"/subscriptions/{values['subscription']}/"
    if "group" in values:
        scope += f"resourceGroups/{values['group']}/"
    found = [
        m
        for k, m in estate.collections.items()
        if k.startswith(scope.lower()) and m.collection.exists
    ]
    return page(
        request,
        found,
        name=lambda machine: machine.id,
        show=lambda machine: render_compute.collection(machine, expanded=False),
    )


def _collection(estate: Estate, values: dict[str, str]) -> Machine | None:
    """Return the machine whose collection a path names."""
    group = names.group_id(values["subscription"], values["group"])
    path = f"{group}{COMPUTE}/restorePointCollections/{values['collection']}"
    machine = estate.collections.get(names.key(path))
    return machine if machine is not None and machine.collection.exists else None


def collection(estate: Estate, request: Request, values: dict[str, str]) -> Reply:
    """Show one restore point collection, with its points if asked for."""
    machine = _collection(estate, values)
    if machine is None:
        not_found(f"Microsoft.Compute/restorePointCollections/{values['collection']}")
    expanded = request.query.get("$expand", "").lower() == "restorepoints"
    return Reply(status=200, body=render_compute.collection(machine, expanded=expanded))


def delete_collection(estate: Estate, request: Request, values: dict[str, str]) -> Reply:
    """Delete a restore point collection."""
    machine = _collection(estate, values)
    if machine is None:
        return Reply(status=204)
    lookup.unlocked(estate, machine.collection_id, "delete")
    started = guest.delete_collection(estate, machine, request.now)
    return Reply(status=202, headers=accepted(request, started))


_OPERATION = SUBSCRIPTION + COMPUTE + "/locations/{location}/operations/{operation}"
_COMMAND = VM + "/runCommands/{command}"
_EXTENSION = VM + "/extensions/{extension}"
ROUTES: tuple[Route, ...] = (
    route("GET", VM, vm, Family.MACHINE),
    route("GET", VM + "/instanceView", instance_view, Family.MACHINE),
    route("POST", VM + "/reapply", reapply, Family.MACHINE),
    route("POST", VM + "/restart", restart, Family.MACHINE),
    route("GET", VM + "/extensions", extensions, Family.MACHINE),
    route("GET", _EXTENSION, extension, Family.MACHINE),
    route("DELETE", _EXTENSION, delete_extension, Family.MACHINE),
    route("GET", VM + "/runCommands", run_commands, Family.MACHINE),
    route("GET", _COMMAND, run_command, Family.MACHINE),
    route("PUT", _COMMAND, put_run_command, Family.MACHINE),
    route("DELETE", _COMMAND, delete_run_command, Family.MACHINE),
    route("POST", VM + "/runCommand", run_action, Family.MACHINE),
    route("GET", GROUP + COMPUTE + "/virtualMachines", vms),
    route("GET", SUBSCRIPTION + COMPUTE + "/virtualMachines", vms),
    route("GET", GROUP + COMPUTE + "/availabilitySets/{set}", availability_set),
    route("GET", COLLECTION, collection),
    route("DELETE", COLLECTION, delete_collection),
    route("GET", GROUP + COMPUTE + "/restorePointCollections", collections),
    route("GET", SUBSCRIPTION + COMPUTE + "/restorePointCollections", collections),
    route("GET", _OPERATION, operation, Family.OPERATION),
)

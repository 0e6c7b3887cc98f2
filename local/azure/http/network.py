# ruff: noqa: ARG001 - every handler has the same signature
"""The routes of Network: the security rules in effect on an interface, worked out on request.

The shapes are those of recorded answers: 202 with ``Location``, whose address answers 202 until it
answers 200 with the rules; ``Azure-AsyncOperation`` may stand beside it and leads to the state of
the operation alone.
"""

from typing import Any

from local.azure.http.message import ArmError, Reply, Request, not_found
from local.azure.http.paths import Family, Route, route
from local.azure.model import guest, names, network
from local.azure.model.entities import Estate, Machine, Operation

GROUP = "/subscriptions/{subscription}/resourceGroups/{group}"
INTERFACE = GROUP + "/providers/Microsoft.Network/networkInterfaces/{interface}"
_LOCATION = "/subscriptions/{subscription}/providers/Microsoft.Network/locations/{location}"


def effective_rules(estate: Estate, request: Request, values: dict[str, str]) -> Reply:
    """Begin to work out the rules; an interface of a machine that is off has none."""
    group = names.group_id(values["subscription"], values["group"])
    path = f"{group}{names.NETWORK}/networkInterfaces/{values['interface']}"
    machine = estate.interfaces.get(names.key(path))
    if machine is None:
        where = f"Microsoft.Network/networkInterfaces/{values['interface']}"
        not_found(f"{where}' under resource group '{values['group']}")
    if machine.vm.power != "running":
        text = (
            "A network interface must be attached to a running virtual machine to get effective "
            f"security groups. The network interface {machine.interface_id} is not attached to a "
            "running virtual machine."
        )
        code = "NicMustBeAttachedToRunningVmToGetEffectiveSecurityGroups"
        raise ArmError(400, code, text, details=[])
    started = guest.work_out_rules(estate, machine, request.now)
    return Reply(status=202, headers=_headers(request, started, machine))


def _headers(request: Request, operation: Operation, machine: Machine) -> dict[str, str]:
    """Return where the rules will be; every second interface names the operation as well."""
    base = (
        f"{request.base_url}/subscriptions/{machine.subscription}{names.NETWORK}"
        f"/locations/{machine.location}"
    )
    version = f"?api-version={request.query.get('api-version', '2024-05-01')}"
    headers = {
        "Location": f"{base}/operationResults/{operation.id}{version}",
        "Retry-After": "10",
    }
    if names.happens(0.5, machine.id, "async"):
        headers["Azure-AsyncOperation"] = f"{base}/operations/{operation.id}{version}"
    return headers


def _found(estate: Estate, values: dict[str, str]) -> tuple[Operation, Machine]:
    """Return the operation that a path names, and its machine."""
    found = estate.operations.get(values["operation"].lower())
    if found is None or found.kind != network.EFFECTIVE_RULES or found.machine is None:
        not_found(f"Microsoft.Network/locations/operations/{values['operation']}")
    return found, found.machine


def result(estate: Estate, request: Request, values: dict[str, str]) -> Reply:
    """Answer with the rules once they are there."""
    operation, machine = _found(estate, values)
    if operation.ended is None:
        return Reply(status=202, headers=_headers(request, operation, machine))
    return Reply(status=200, body=render(machine))


def status(estate: Estate, request: Request, values: dict[str, str]) -> Reply:
    """Answer with the state of the operation, and nothing else."""
    operation, _ = _found(estate, values)
    return Reply(status=200, body={"status": operation.status})


def render(machine: Machine) -> dict[str, Any]:
    """Show the groups in effect on a machine's interface, with their rules."""
    return {
        "value": [
            {
                "networkSecurityGroup": {"id": network.group_id(machine)},
                "association": {"subnet": {"id": network.subnet_id(machine)}},
                "effectiveSecurityRules": [_rule(one) for one in network.rules(machine)],
            }
        ]
    }


def _rule(rule: network.Rule) -> dict[str, Any]:
    """Show one rule; single values stand beside their lists, as Azure writes both."""
    shown: dict[str, Any] = {
        "name": rule.name,
        "protocol": rule.protocol,
        "sourcePortRange": "0-65535",
        "destinationPortRange": rule.destination_ports,
        "sourcePortRanges": ["0-65535"],
        "destinationPortRanges": [rule.destination_ports],
        "sourceAddressPrefix": rule.source,
        "destinationAddressPrefix": rule.destination,
        "sourceAddressPrefixes": [rule.source],
        "destinationAddressPrefixes": [rule.destination],
        "access": rule.access,
        "priority": rule.priority,
        "direction": rule.direction,
    }
    for end, prefix in (("Source", rule.source), ("Destination", rule.destination)):
        if prefix == network.NETWORK:
            shown[f"expanded{end}AddressPrefix"] = list(network.SPACE)
    return shown


ROUTES: tuple[Route, ...] = (
    route("POST", INTERFACE + "/effectiveNetworkSecurityGroups", effective_rules),
    route("GET", _LOCATION + "/operationResults/{operation}", result, Family.OPERATION),
    route("GET", _LOCATION + "/operations/{operation}", status, Family.OPERATION),
)

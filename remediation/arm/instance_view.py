"""A machine as the domain sees it: power, provisioning, guest agent, extensions, tags, disks."""

from collections.abc import Mapping

from remediation.arm.errors import bounded
from remediation.arm.fields import labels, moment, node, nodes, strings, text, whole
from remediation.ids import ItemId
from remediation.views import Agent, AgentState, Extension, Machine, Power

_POWER = "powerstate/"
_PROVISIONING = "provisioningstate/"
_POWERS = {
    "running": Power.RUNNING,
    "stopped": Power.STOPPED,
    "deallocated": Power.DEALLOCATED,
    "starting": Power.TRANSITION,
    "stopping": Power.TRANSITION,
    "deallocating": Power.TRANSITION,
}
_NO_VERSION = "unknown"


def machine(item: ItemId, resource: Mapping[str, object]) -> Machine:
    """Read a machine that was asked for with ``$expand=instanceView``."""
    properties = node(resource, "properties")
    view = node(properties, "instanceView")
    power = _power(view)
    disks = node(properties, "storageProfile")
    system = text(disks, "osDisk", "osType")
    return Machine(
        item=item,
        location=text(resource, "location") or "",
        os=system.lower() if system else None,
        power=power,
        provisioning=(text(properties, "provisioningState") or _provisioning(view)).lower(),
        agent=_agent(view, power),
        extensions=_extensions(resource, view),
        tags=labels(resource, "tags"),
        disks=len(nodes(disks, "dataDisks")) + 1 if disks else None,
        disk_sizes=_sizes(disks),
        key_vaults=_key_vaults(disks),
        interfaces=_interfaces(properties),
        availability_set=text(properties, "availabilitySet", "id"),
        scale_set=text(properties, "virtualMachineScaleSet", "id"),
        zones=tuple(strings(resource, "zones")),
    )


def _all_disks(storage: Mapping[str, object]) -> list[Mapping[str, object]]:
    system = node(storage, "osDisk")
    return [*([system] if system else []), *nodes(storage, "dataDisks")]


def _sizes(storage: Mapping[str, object]) -> tuple[int, ...] | None:
    """Return the sizes in GiB; None where one is not told, as for some deallocated machines."""
    sizes = [whole(disk, "diskSizeGB") for disk in _all_disks(storage)]
    known = tuple(size for size in sizes if size is not None)
    return known if known and len(known) == len(sizes) else None


def _key_vaults(storage: Mapping[str, object]) -> tuple[str, ...]:
    """Return the vaults whose keys encrypt disks inside the guest (Azure Disk Encryption)."""
    found = (
        text(disk, "encryptionSettings", key, "sourceVault", "id")
        for disk in _all_disks(storage)
        for key in ("diskEncryptionKey", "keyEncryptionKey")
    )
    return tuple(dict.fromkeys(one for one in found if one))


def _interfaces(properties: Mapping[str, object]) -> tuple[str, ...]:
    """Return the network interfaces, the primary one first."""
    found = nodes(properties, "networkProfile", "networkInterfaces")
    ordered = sorted(found, key=lambda one: node(one, "properties").get("primary") is not True)
    return tuple(name for one in ordered if (name := text(one, "id")))


def _states(view: Mapping[str, object], family: str) -> list[str]:
    """Return what the status codes ``Family/state`` say, lower-cased."""
    codes = ((text(status, "code") or "").lower() for status in nodes(view, "statuses"))
    return [code.removeprefix(family) for code in codes if code.startswith(family)]


def _power(view: Mapping[str, object]) -> Power:
    known = (_POWERS.get(state, Power.UNKNOWN) for state in _states(view, _POWER))
    return next(known, Power.UNKNOWN)


def _provisioning(view: Mapping[str, object]) -> str:
    # A failed one is followed by the code of what failed: ProvisioningState/failed/<code>.
    states = (state.partition("/")[0] for state in _states(view, _PROVISIONING))
    return next(states, "")


def _agent(view: Mapping[str, object], power: Power) -> Agent:
    """Read the guest agent.

    What it reported last stays on a machine that was stopped: *Ready* says something of a running
    machine alone. On a running one no ``vmAgent`` at all means that none was ever heard.
    """
    reported = node(view, "vmAgent")
    version = text(reported, "vmAgentVersion")
    statuses = nodes(reported, "statuses")
    status = statuses[0] if statuses else {}
    message = text(status, "message")
    return Agent(
        state=_agent_state(reported, status, power),
        version=version if version and version.lower() != _NO_VERSION else None,
        reported_at=moment(status, "time"),
        message=bounded(message) if message else None,
    )


def _agent_state(
    reported: Mapping[str, object], status: Mapping[str, object], power: Power
) -> AgentState:
    if power is not Power.RUNNING:
        return AgentState.UNKNOWN
    if not reported:
        return AgentState.ABSENT
    ready = (text(status, "displayStatus") or "").lower() == "ready"
    return AgentState.READY if ready else AgentState.NOT_READY


def _extensions(
    resource: Mapping[str, object], view: Mapping[str, object]
) -> tuple[Extension, ...]:
    """Merge what is wanted (``resources``) with what the guest reports (the instance view).

    Either may list an extension that the other does not: one that was deployed by the platform, or
    one the guest has not heard of.
    """
    wanted = {_name(one).lower(): one for one in nodes(resource, "resources")}
    seen = {_name(one).lower(): one for one in nodes(view, "extensions")}
    names = [*wanted, *(name for name in seen if name not in wanted)]
    return tuple(_extension(wanted.get(name, {}), seen.get(name, {})) for name in names if name)


def _name(extension: Mapping[str, object]) -> str:
    """Return the extension's own name; some answers put the machine's before it."""
    return (text(extension, "name") or text(extension, "id") or "").rpartition("/")[2]


def _extension(wanted: Mapping[str, object], seen: Mapping[str, object]) -> Extension:
    properties = node(wanted, "properties")
    # The guest knows a type by its full name: Publisher.Type.
    publisher, _, kind = (text(seen, "type") or "").rpartition(".")
    statuses = nodes(seen, "statuses")
    worst = next(
        (one for one in statuses if (text(one, "level") or "").lower() == "error"),
        statuses[0] if statuses else {},
    )
    message = text(worst, "message")
    state = text(properties, "provisioningState") or next(iter(_states(seen, _PROVISIONING)), "")
    return Extension(
        name=_name(wanted) or _name(seen),
        publisher=text(properties, "publisher") or publisher,
        kind=text(properties, "type") or kind,
        state=state.partition("/")[0].lower(),
        message=bounded(message) if message else None,
    )

"""The machines of a group of partners, as Resource Manager lists them.

One read a group (a page each): of the set, of the machines of a scale set, or of the resources with
a tag. Shapes: the public OpenAPI files of Compute and Resources.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import assert_never
from urllib.parse import quote

from remediation.arm.clients import COMPUTE_API, GROUPS_API, ArmClients
from remediation.arm.errors import reading
from remediation.arm.fields import nodes, text
from remediation.ids import ItemId
from remediation.partnership import Group, Kind
from remediation.views import Gone, Unreadable

_SET = re.compile(
    r"/subscriptions/[-0-9a-f]{36}/resourcegroups/(?P<group>[-\w.()]{1,90})"
    r"/providers/microsoft\.compute/availabilitysets/(?P<name>[-\w.]{1,80})/?",
    re.IGNORECASE,
)
# The end of an id; Compute writes those of a set's machines in capitals.
_MACHINE = re.compile(r"/providers/microsoft\.compute/virtualmachines/[^/]+/?$", re.IGNORECASE)


def members(
    clients: ArmClients, subscription: str, group: Group
) -> tuple[ItemId, ...] | Unreadable:
    """List the machines of a group; a set or scale set that is gone has none."""

    def read() -> tuple[ItemId, ...]:
        return tuple(dict.fromkeys(_machines(_listed(clients, subscription, group))))

    found = reading(f"members of the {group.shown}", read)
    return () if isinstance(found, Gone) else found


def _listed(clients: ArmClients, subscription: str, group: Group) -> Iterable[Mapping[str, object]]:
    match group.kind:
        case Kind.AVAILABILITY_SET:
            return _of_set(clients, subscription, group.name)
        case Kind.SCALE_SET:
            return _of_scale_set(clients, subscription, group.name)
        case Kind.TAG:
            return _tagged(clients, subscription, group.name, group.value)
        case _ as never:
            assert_never(never)


def _of_set(clients: ArmClients, subscription: str, name: str) -> Iterable[Mapping[str, object]]:
    place = _SET.fullmatch(name)
    if place is None:
        raise ValueError(f"expected the ARM id of an availability set, got {name[:200]!r}")
    found: Mapping[str, object] = clients.compute(subscription).availability_sets.get(
        place["group"], place["name"], api_version=COMPUTE_API
    )
    return nodes(found, "properties", "virtualMachines")


def _of_scale_set(
    clients: ArmClients, subscription: str, name: str
) -> Iterable[Mapping[str, object]]:
    condition = f"'virtualMachineScaleSet/id' eq {_literal(name)}"
    path = f"/subscriptions/{subscription}/providers/Microsoft.Compute/virtualMachines"
    return clients.pages(_filtered(path, condition, COMPUTE_API))


def _tagged(
    clients: ArmClients, subscription: str, name: str, value: str
) -> Iterable[Mapping[str, object]]:
    """Return whatever has the tag: a condition on tags goes with no other condition."""
    condition = f"tagName eq {_literal(name)} and tagValue eq {_literal(value)}"
    return clients.pages(
        _filtered(f"/subscriptions/{subscription}/resources", condition, GROUPS_API)
    )


def _literal(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _filtered(path: str, condition: str, version: str) -> str:
    return f"{path}?$filter={quote(condition, safe='')}&api-version={version}"


def _machines(found: Iterable[Mapping[str, object]]) -> Iterator[ItemId]:
    """Yield what is a machine: disks and interfaces often have its tags."""
    for one in found:
        name = text(one, "id") or ""
        if _MACHINE.search(name):
            yield ItemId.parse(name)

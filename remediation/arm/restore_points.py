"""Restore points the backup service keeps beside a machine, in collections of its own group."""

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import quote

from remediation.arm.clients import COMPUTE_API, ArmClients
from remediation.arm.errors import WAS_NOT_THERE, deleting, reading, unread
from remediation.arm.fields import moment, nodes, text
from remediation.arm.operations import ONCE, accepted
from remediation.ids import ItemId
from remediation.messages import Outcome, Refused, Succeeded
from remediation.roles import Role
from remediation.views import Gone, RestorePoints, Unreadable


def count(clients: ArmClients, item: ItemId, group: str) -> RestorePoints | Unreadable:
    """Count the machine's restore points in a group; a group that is not there holds none.

    Collections are named in more than one way, and belong to the machine their ``source.id`` says:
    compared whole, in any casing.
    """
    found = reading(f"restore points in {group}", lambda: _names(clients, item, group))
    if isinstance(found, Unreadable):
        return found
    names = () if isinstance(found, Gone) else found
    taken, there = list[datetime | None](), list[str]()
    for name in names:
        points = _points(clients, item, group, name)
        if isinstance(points, Unreadable):
            return points
        if not isinstance(points, Gone):
            taken, there = [*taken, *points], [*there, name]
    times = tuple(one for one in taken if one is not None)
    return RestorePoints(
        group=group,
        collections=tuple(there),
        count=len(taken),
        taken=times if len(times) == len(taken) else None,
        there=not isinstance(found, Gone),
    )


def delete(clients: ArmClients, item: ItemId, group: str, name: str, *, request_id: str) -> Outcome:
    """Start the deletion of a collection, once its ``source.id`` was seen to be this machine."""
    found = reading(f"collection {name}", lambda: _get(clients, item, group, name))
    if isinstance(found, Unreadable):
        return unread(found)
    if isinstance(found, Gone):
        return Succeeded(done=True, detail=WAS_NOT_THERE)
    if not _belongs(found, item):
        reason = f"collection {name}: its source is not {item}"
        return Refused(reason=reason, code="ForeignCollection")

    def send() -> Outcome:
        acting = clients.compute(item.subscription, Role.DESTRUCTIVE)
        response = acting.restore_point_collections.begin_delete(
            group, name, request_id=request_id, **ONCE
        )
        return accepted(response.result())

    return deleting(Role.DESTRUCTIVE, send)


def _names(clients: ArmClients, item: ItemId, group: str) -> tuple[str, ...]:
    # Plain JSON: a group holds up to 600 collections, of which one or two are the machine's, and
    # the SDK would make a model of each.
    address = (
        f"/subscriptions/{item.subscription}/resourceGroups/{quote(group, safe='')}"
        f"/providers/Microsoft.Compute/restorePointCollections?api-version={COMPUTE_API}"
    )
    listed = clients.pages(address)
    return tuple(
        sorted(name for one in listed if _belongs(one, item) and (name := text(one, "name")))
    )


def _belongs(collection: Mapping[str, object], item: ItemId) -> bool:
    return (text(collection, "properties", "source", "id") or "").lower() == item.key


def _get(clients: ArmClients, item: ItemId, group: str, name: str) -> Mapping[str, object]:
    found: Mapping[str, object] = clients.compute(item.subscription).restore_point_collections.get(
        group, name, expand="restorePoints", api_version=COMPUTE_API
    )
    return found


def _points(
    clients: ArmClients, item: ItemId, group: str, name: str
) -> tuple[datetime | None, ...] | Gone | Unreadable:
    """Return when each point of a collection was taken; None for one that does not say."""

    def read() -> tuple[datetime | None, ...]:
        points = nodes(_get(clients, item, group, name), "properties", "restorePoints")
        return tuple(moment(one, "properties", "timeCreated") for one in points)

    return reading(f"collection {name}", read)

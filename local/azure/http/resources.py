# ruff: noqa: ARG001 - every handler has the same signature
"""The routes of Resource Manager itself: subscriptions, groups with their tags, and locks."""

import re
from collections.abc import Iterator
from typing import Any

from local.azure.http.message import ArmError, Reply, Request
from local.azure.http.paging import page
from local.azure.http.paths import Route, route
from local.azure.model import locks, names
from local.azure.model.entities import Estate, LockState, Machine

LEVELS = ("CanNotDelete", "ReadOnly")
_TAGGED = re.compile(r"tagName eq '((?:[^']|'')+)' and tagValue eq '((?:[^']|'')*)'", re.IGNORECASE)
_LOCKS = "/{scope*}/providers/Microsoft.Authorization/locks"


def _subscription_ids(estate: Estate) -> list[str]:
    """Return the subscriptions that hold something."""
    return sorted({site.vault.subscription for site in estate.sites.values()})


def _subscription(estate: Estate, subscription: str) -> dict[str, Any]:
    """Show a subscription with its tags."""
    identity = f"/subscriptions/{subscription}"
    return {
        "id": identity,
        "subscriptionId": subscription,
        "displayName": f"Simulated {subscription[:8]}",
        "state": "Enabled",
        "tags": estate.tags.get(names.key(identity), {}),
    }


def subscriptions(estate: Estate, request: Request, values: dict[str, str]) -> Reply:
    """List the subscriptions."""
    ids = _subscription_ids(estate)
    return page(request, ids, name=str, show=lambda s: _subscription(estate, s))


def subscription(estate: Estate, request: Request, values: dict[str, str]) -> Reply:
    """Show one subscription."""
    for known in _subscription_ids(estate):
        if known.lower() == values["subscription"].lower():
            return Reply(status=200, body=_subscription(estate, known))
    text = f"The subscription '{values['subscription']}' could not be found."
    raise ArmError(404, "SubscriptionNotFound", text)


def _groups(estate: Estate, subscription: str) -> dict[str, tuple[str, str]]:
    """Return a subscription's groups by key: id and location."""
    found: dict[str, tuple[str, str]] = {}
    for site in estate.sites.values():
        if site.vault.subscription.lower() != subscription.lower():
            continue
        group = names.group_id(site.vault.subscription, site.vault.resource_group)
        found.setdefault(names.key(group), (group, site.vault.location))
        for machine in site.machines:
            group = names.group_id(site.vault.subscription, machine.vm.resource_group)
            found.setdefault(names.key(group), (group, site.vault.location))
            backup = machine.backup_group_id
            found.setdefault(names.key(backup), (backup, site.vault.location))
    return found


def _group(estate: Estate, group: str, location: str) -> dict[str, Any]:
    """Show a group with its tags."""
    return {
        "id": group,
        "name": group.rpartition("/")[2],
        "type": "Microsoft.Resources/resourceGroups",
        "location": location,
        "tags": estate.tags.get(names.key(group), {}),
        "properties": {"provisioningState": "Succeeded"},
    }


def groups(estate: Estate, request: Request, values: dict[str, str]) -> Reply:
    """List the groups of a subscription."""
    found = list(_groups(estate, values["subscription"]).values())
    return page(request, found, name=lambda g: g[0], show=lambda g: _group(estate, *g))


def group(estate: Estate, request: Request, values: dict[str, str]) -> Reply:
    """Show one group."""
    known = _groups(estate, values["subscription"])
    found = known.get(names.key(names.group_id(values["subscription"], values["group"])))
    if found is None:
        text = f"Resource group '{values['group']}' could not be found."
        raise ArmError(404, "ResourceGroupNotFound", text)
    return Reply(status=200, body=_group(estate, *found))


def tagged(estate: Estate, request: Request, values: dict[str, str]) -> Reply:
    """List what has a tag of one value: machines, and each with its disk and interface.

    Names of tags are compared in any casing, values are not; tags themselves are left out.
    """
    wanted = _TAGGED.fullmatch(request.query.get("$filter", ""))
    if wanted is None:
        text = "The filter is not valid; expected tagName eq '...' and tagValue eq '...'."
        raise ArmError(400, "InvalidFilterInQueryString", text)
    name, value = (part.replace("''", "'") for part in wanted.groups())
    home = values["subscription"].lower()
    found = [
        (kind, entry, machine.location)
        for machine in estate.machines.values()
        if machine.subscription.lower() == home
        and {key.lower(): text for key, text in machine.vm.tags.items()}.get(name.lower()) == value
        for kind, entry in _with_its_parts(machine)
    ]
    return page(request, found, name=lambda one: one[1], show=_resource)


def _with_its_parts(machine: Machine) -> Iterator[tuple[str, str]]:
    group = names.group_id(machine.subscription, machine.vm.resource_group)
    disk = f"{group}{names.COMPUTE}/disks/{machine.vm.name}-disk-0"
    yield "Microsoft.Compute/disks", disk
    yield "Microsoft.Compute/virtualMachines", machine.id
    yield "Microsoft.Network/networkInterfaces", machine.interface_id


def _resource(found: tuple[str, str, str]) -> dict[str, Any]:
    kind, entry, location = found
    return {"id": entry, "name": entry.rpartition("/")[2], "type": kind, "location": location}


def render_lock(lock: LockState) -> dict[str, Any]:
    """Show a lock; half of them spell their group's segment in lower case."""
    scope = lock.scope
    if names.happens(0.5, lock.scope, lock.name):
        scope = re.sub("/resourceGroups/", "/resourcegroups/", scope, flags=re.IGNORECASE)
    properties: dict[str, Any] = {"level": lock.level}
    if lock.notes is not None:
        properties["notes"] = lock.notes
    if lock.owners:
        properties["owners"] = [{"applicationId": owner} for owner in lock.owners]
    return {
        "id": f"{scope}{names.LOCKS}/{lock.name}",
        "name": lock.name,
        "type": "Microsoft.Authorization/locks",
        "properties": properties,
    }


def list_locks(estate: Estate, request: Request, values: dict[str, str]) -> Reply:
    """List the locks that matter at a scope, inherited ones and those below it too."""
    found = locks.listed(estate, "/" + values["scope"])
    return page(request, found, name=lambda lock: lock.scope + lock.name, show=render_lock)


def _lock(estate: Estate, values: dict[str, str]) -> LockState | None:
    """Return the lock that stands at exactly this scope under this name."""
    found = locks.find(estate, "/" + values["scope"], values["lock"])
    return found if found is not None and found.present else None


def get_lock(estate: Estate, request: Request, values: dict[str, str]) -> Reply:
    """Show one lock."""
    found = _lock(estate, values)
    if found is None:
        text = f"The lock '{values['lock']}' could not be found."
        raise ArmError(404, "LockNotFound", text)
    return Reply(status=200, body=render_lock(found))


def delete_lock(estate: Estate, request: Request, values: dict[str, str]) -> Reply:
    """Remove a lock: 200 with nothing in it, 204 if there was none."""
    found = _lock(estate, values)
    if found is None:
        return Reply(status=204)
    locks.remove(found, request.now)
    return Reply(status=200)


def put_lock(estate: Estate, request: Request, values: dict[str, str]) -> Reply:
    """Set or change a lock: 201 for a new one, 200 for a change."""
    properties = request.body.get("properties") if isinstance(request.body, dict) else None
    level = (properties or {}).get("level")
    if properties is None or level not in LEVELS:
        text = f"The lock level is not valid; expected one of {', '.join(LEVELS)}."
        raise ArmError(400, "InvalidLockLevel", text)
    owners = tuple(str(o.get("applicationId")) for o in properties.get("owners") or ())
    lock, new = locks.put(
        estate,
        scope="/" + values["scope"],
        name=values["lock"],
        level=level,
        notes=properties.get("notes"),
        owners=owners,
        now=request.now,
    )
    return Reply(status=201 if new else 200, body=render_lock(lock))


ROUTES: tuple[Route, ...] = (
    route("GET", "/subscriptions", subscriptions),
    route("GET", "/subscriptions/{subscription}", subscription),
    route("GET", "/subscriptions/{subscription}/resources", tagged),
    route("GET", "/subscriptions/{subscription}/resourceGroups", groups),
    route("GET", "/subscriptions/{subscription}/resourceGroups/{group}", group),
    route("GET", _LOCKS, list_locks),
    route("GET", _LOCKS + "/{lock}", get_lock),
    route("DELETE", _LOCKS + "/{lock}", delete_lock),
    route("PUT", _LOCKS + "/{lock}", put_lock),
)

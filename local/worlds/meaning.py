"""What a JSON schema cannot say about a world file: names that refer, names that collide, times."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from local.worlds import guests
from local.worlds.wording import unknown_zone
from local.worlds.zones import ZONES

_GUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_SCOPE = re.compile(
    rf"^/subscriptions/{_GUID}(?:/resourceGroups/[^/]+(?:/providers/[^/]+(?:/[^/]+/[^/]+)+)?)?/?$",
    re.IGNORECASE,
)
SHORT = {"windows": "win", "linux": "lin"}


def faults(document: Mapping[str, Any]) -> list[str]:
    """Return what is wrong; parts of the wrong type are left to the schema."""
    checks = (_vaults, _machines, _guests, _partners, _locks, _start)
    return [line for check in checks for line in check(document)]


def _rows(document: Mapping[str, Any], key: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Return the objects of one list with their places, and skip what is no object."""
    rows = document.get(key)
    for place, row in enumerate(rows if isinstance(rows, list) else ()):
        if isinstance(row, dict):
            yield place, row


def _vaults(document: Mapping[str, Any]) -> Iterator[str]:
    """Vaults are referred to by name, and a policy's zone must be one that Windows knows."""
    seen: set[str] = set()
    for place, row in _rows(document, "vaults"):
        name = str(row.get("name")).lower()
        if name in seen:
            yield f"vaults[{place}].name: expected a name of its own, {row.get('name')!r} is taken"
        seen.add(name)
        schedule = row.get("schedule")
        zone = schedule.get("zone", "UTC") if isinstance(schedule, dict) else "UTC"
        if zone not in ZONES:
            yield f"vaults[{place}].schedule.zone: {unknown_zone(zone)}"


def systems(row: Mapping[str, Any]) -> list[Any]:
    """Return the systems of one entry: a list of them makes one machine for each."""
    system = row.get("os")
    return system if isinstance(system, list) else [system]


def expanded(row: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Return the names and systems of the machines of one entry."""
    count = row.get("count")
    for system in systems(row):
        name = str(row.get("name"))
        if isinstance(row.get("os"), list):
            name = f"{name}-{SHORT.get(str(system), system)}"
        if not isinstance(count, int):
            yield name, system
            continue
        yield from ((f"{name}-{number}", system) for number in range(1, min(count, 10_000) + 1))


def _machines(document: Mapping[str, Any]) -> Iterator[str]:
    """Every machine has a vault of this file and an ARM id of its own; a fault says something."""
    homes = {
        str(row.get("name")).lower(): str(row.get("subscription")).lower()
        for _, row in _rows(document, "vaults")
    }
    seen: set[tuple[str, ...]] = set()
    for place, row in _rows(document, "vms"):
        vault = str(row.get("vault")).lower()
        if vault not in homes:
            known = ", ".join(sorted(homes)) or "none"
            yield f"vms[{place}].vault: expected one of {known}; not {row.get('vault')!r}"
        for name, _ in expanded(row):
            key = (homes.get(vault, ""), str(row.get("resource_group")).lower(), name.lower())
            if key in seen:
                yield f"vms[{place}].name: expected a name of its own, {name!r} is taken"
                break
            seen.add(key)
        fault = row.get("fault")
        if isinstance(fault, dict) and not (fault.get("code") or fault.get("message")):
            yield f"vms[{place}].fault: expected a code or a message"


def _guests(document: Mapping[str, Any]) -> Iterator[str]:
    """A fact of a guest exists on the machine's system, and so does a repair that cures."""
    for place, row, system in _each_system(document):
        inside, fault = row.get("guest"), row.get("fault")
        for name in inside if isinstance(inside, dict) else ():
            fact = guests.FACTS.get(name)
            if fact is not None and system not in fact.systems:
                where = " or ".join(fact.systems)
                yield f"vms[{place}].guest.{name}: expected on {where} only, not on {system!r}"
        cures = fault.get("cured_by") if isinstance(fault, dict) else None
        for action in cures if isinstance(cures, list) else ():
            repair = guests.REPAIRS.get(action) if isinstance(action, str) else None
            if repair is not None and system not in repair.systems:
                where = " or ".join(repair.systems)
                text = f"expected {action} on {where} only, not on {system!r}"
                yield f"vms[{place}].fault.cured_by: {text}"


def _each_system(document: Mapping[str, Any]) -> Iterator[tuple[int, Mapping[str, Any], Any]]:
    for place, row in _rows(document, "vms"):
        yield from ((place, row, system) for system in systems(row))


def _partners(document: Mapping[str, Any]) -> Iterator[str]:
    """A partner is another machine of this file."""
    names = {name.lower() for _, row in _rows(document, "vms") for name, _ in expanded(row)}
    for place, row in _rows(document, "vms"):
        partner = row.get("partner")
        if partner is None:
            continue
        if row.get("availability_set") is not None:
            yield f"vms[{place}].availability_set: expected nothing beside a partner"
        if str(partner).lower() not in names or partner in dict(expanded(row)):
            yield f"vms[{place}].partner: expected another machine's name, not {partner!r}"


def _locks(document: Mapping[str, Any]) -> Iterator[str]:
    """A lock's scope is the word, or an ARM id of a subscription, a group or a resource."""
    for place, row in _rows(document, "locks"):
        scope = row.get("scope")
        if isinstance(scope, str) and scope != "backup_group" and not _SCOPE.match(scope):
            yield (
                f"locks[{place}].scope: expected backup_group or an ARM id such as "
                f"/subscriptions/<guid>/resourceGroups/<name>, not {scope!r}"
            )


def _start(document: Mapping[str, Any]) -> Iterator[str]:
    """The start is a time with a zone."""
    start = document.get("start")
    if not isinstance(start, str):
        return
    try:
        zoned = datetime.fromisoformat(start).tzinfo is not None
    except ValueError:
        zoned = False
    if not zoned:
        yield f"start: expected a time such as 2026-11-02T21:00:00Z, not {start!r}"

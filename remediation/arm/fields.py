"""Reading Azure's JSON: what is absent, null or of another type is None, never an exception.

Works on plain dictionaries and on the SDKs' models alike, which are mappings by their REST names.
Reading by name also serves the resources whose type an SDK does not know: it hands them over as a
bare base model with everything in its mapping.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

_NEVER = 1


def at(value: object, *path: str) -> object:
    """Return what stands at ``path``, or None."""
    for name in path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value


def text(value: object, *path: str) -> str | None:
    """Return a non-empty string, or None."""
    found = at(value, *path)
    return found if isinstance(found, str) and found else None


def whole(value: object, *path: str) -> int | None:
    """Return a whole number, also one written as a string, or None."""
    found = at(value, *path)
    if isinstance(found, bool):
        return None
    if isinstance(found, int):
        return found
    return int(found) if isinstance(found, str) and found.lstrip("-").isdecimal() else None


def node(value: object, *path: str) -> Mapping[str, object]:
    """Return a JSON object, or an empty one."""
    found = at(value, *path)
    return found if isinstance(found, Mapping) else {}


def nodes(value: object, *path: str) -> list[Mapping[str, object]]:
    """Return the JSON objects of an array, or none."""
    found = at(value, *path)
    if not isinstance(found, Sequence) or isinstance(found, str):
        return []
    return [one for one in found if isinstance(one, Mapping)]


def strings(value: object, *path: str) -> list[str]:
    """Return the strings of an array, or none."""
    found = at(value, *path)
    if not isinstance(found, Sequence) or isinstance(found, str):
        return []
    return [one for one in found if isinstance(one, str)]


def moment(value: object, *path: str) -> datetime | None:
    """Return a time in UTC, or None for what is no time or means *never* (0001-01-01).

    Azure writes up to seven digits of a second, and some times without a zone: those are in UTC.
    """
    found = at(value, *path)
    if isinstance(found, str):
        try:
            found = datetime.fromisoformat(found)
        except ValueError:
            return None
    if not isinstance(found, datetime) or found.year <= _NEVER:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def labels(value: object, *path: str) -> dict[str, str]:
    """Return tags; a resource without any has null, or nothing at all."""
    return {name: tag for name, tag in node(value, *path).items() if isinstance(tag, str)}

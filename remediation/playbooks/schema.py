"""Checks a document against the published schema, with every fault and its path.

It knows the keywords that ``playbook.schema.json`` uses and no other. The reference library takes
longer to import than all playbooks take to load, so cold starts use this one; a test holds both to
the same verdicts.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path as File
from typing import Any

from remediation.playbooks.located import Fault, Path, Value

SCHEMA = File(__file__).with_name("playbook.schema.json")

# Keywords that say nothing about a value, and the two that ``check`` itself sees to.
_SILENT = frozenset({"$schema", "$id", "$defs", "title", "description", "$ref", "type"})
_KINDS: Mapping[str, Callable[[Value], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
}

type Schema = dict[str, Any]
type _Check = Callable[[Schema, Value, Path], Iterator[Fault]]


@cache
def published() -> Schema:
    """Return the schema that stands beside this file."""
    schema: Schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return schema


def check(value: Value, schema: Schema | None = None, path: Path = ()) -> Iterator[Fault]:
    """Yield every fault of the value; raises KeyError for a keyword that it does not know."""
    part = published() if schema is None else schema
    if "$ref" in part:
        yield from check(value, published()["$defs"][part["$ref"].removeprefix("#/$defs/")], path)
    if "type" in part and not _KINDS[part["type"]](value):
        yield Fault(path=path, text=f"expected {_article(part['type'])}, got {_shown(value)}")
        return
    for keyword in part:
        if keyword not in _SILENT:
            yield from _CHECKS[keyword](part, value, path)


def _article(kind: str) -> str:
    return {"object": "a mapping", "array": "a list", "string": "a text"}.get(kind, f"one {kind}")


def _shown(value: Value) -> str:
    match value:
        case dict():
            return "a mapping"
        case list():
            return "a list"
        case _:
            return repr(value)[:80]


def _enum(part: Schema, value: Value, path: Path) -> Iterator[Fault]:
    if not any(value == one and type(value) is type(one) for one in part["enum"]):
        allowed = ", ".join(str(one) for one in part["enum"])
        yield Fault(path=path, text=f"expected one of {allowed}, got {_shown(value)}")


def _pattern(part: Schema, value: Value, path: Path) -> Iterator[Fault]:
    if isinstance(value, str) and not re.search(part["pattern"], value):
        yield Fault(path=path, text=f"expected {part['pattern']}, got {_shown(value)}")


def _properties(part: Schema, value: Value, path: Path) -> Iterator[Fault]:
    if isinstance(value, dict):
        for name, inner in part["properties"].items():
            if name in value:
                yield from check(value[name], inner, (*path, name))


def _required(part: Schema, value: Value, path: Path) -> Iterator[Fault]:
    if isinstance(value, dict):
        for name in part["required"]:
            if name not in value:
                yield Fault(path=path, text=f"expected the key {name!r}, it is missing")


def _additional(part: Schema, value: Value, path: Path) -> Iterator[Fault]:
    if not isinstance(value, dict):
        return
    known = part.get("properties", {})
    for name in value:
        if name in known:
            continue
        if part["additionalProperties"] is False:
            allowed = ", ".join(known)
            text = f"unknown key {name!r}, expected one of {allowed}"
            yield Fault(path=(*path, name), text=text)
        else:
            yield from check(value[name], part["additionalProperties"], (*path, name))


def _names(part: Schema, value: Value, path: Path) -> Iterator[Fault]:
    if isinstance(value, dict):
        for name in value:
            yield from check(name, part["propertyNames"], (*path, name))


def _items(part: Schema, value: Value, path: Path) -> Iterator[Fault]:
    if isinstance(value, list):
        for at, one in enumerate(value):
            yield from check(one, part["items"], (*path, at))


def _fewest(part: Schema, value: Value, path: Path) -> Iterator[Fault]:
    if isinstance(value, list) and len(value) < part["minItems"]:
        yield Fault(path=path, text=f"expected at least {part['minItems']} entries")


def _unique(part: Schema, value: Value, path: Path) -> Iterator[Fault]:
    if part["uniqueItems"] and isinstance(value, list):
        shown = [json.dumps(one, sort_keys=True) for one in value]
        for at, one in enumerate(shown):
            if one in shown[:at]:
                yield Fault(path=(*path, at), text=f"expected {one} once, got it twice")


def _shortest(part: Schema, value: Value, path: Path) -> Iterator[Fault]:
    if isinstance(value, str) and len(value) < part["minLength"]:
        yield Fault(path=path, text=f"expected at least {part['minLength']} characters")


def _least(part: Schema, value: Value, path: Path) -> Iterator[Fault]:
    if _KINDS["integer"](value) and isinstance(value, int) and value < part["minimum"]:
        yield Fault(path=path, text=f"expected at least {part['minimum']}, got {value}")


def _most(part: Schema, value: Value, path: Path) -> Iterator[Fault]:
    if _KINDS["integer"](value) and isinstance(value, int) and value > part["maximum"]:
        yield Fault(path=path, text=f"expected at most {part['maximum']}, got {value}")


def _any_of(part: Schema, value: Value, path: Path) -> Iterator[Fault]:
    """Report the branch of the value's own kind: "expected a list" helps nobody with a typo."""
    branches = [list(check(value, one, path)) for one in part["anyOf"]]
    if all(branches):
        yield from min(branches, key=lambda faults: (faults[0].path == path, len(faults)))


_CHECKS: Mapping[str, _Check] = {
    "enum": _enum,
    "pattern": _pattern,
    "properties": _properties,
    "required": _required,
    "additionalProperties": _additional,
    "propertyNames": _names,
    "items": _items,
    "minItems": _fewest,
    "uniqueItems": _unique,
    "minLength": _shortest,
    "minimum": _least,
    "maximum": _most,
    "anyOf": _any_of,
}

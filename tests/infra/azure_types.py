"""Microsoft's own types of the resources that the templates use, and what a body must say to fit.

``extract_types.py`` says where ``tests/data/bicep-types/azmcp.json`` comes from, and its form.
``monitor.json``, of the same form, was written down from Microsoft's published Bicep types
(repository Azure/bicep-types-az), since the tool does not ship those of Azure Monitor.
"""

import functools
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.infra.reading import OPEN, Either, Expr, Resource, Value

DATA = Path(__file__).parents[1] / "data" / "bicep-types"
# What Bicep itself takes in a resource's body, beside what its type says.
_BICEPS_OWN = frozenset({"parent", "scope", "dependsOn"})
_PRIMITIVE = {"string": str, "int": int, "bool": bool}
_LIMIT = re.compile(r"(minLength|maxLength|minValue|maxValue): (\d+)")


@functools.cache
def published() -> Mapping[str, Any]:
    """Return every published type, by ``type@version``."""
    found: dict[str, Any] = {}
    for path in sorted(DATA.glob("*.json")):
        found |= json.loads(path.read_text("utf-8"))["resources"]
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Types:
    """The types that one resource's body may refer to."""

    named: Mapping[str, Any]

    def fit(self, path: str, found: Value, text: str, limits: str = "") -> Iterator[str]:
        """Yield where a value is not of the type that ``text`` names; what is computed passes."""
        match found:
            case Expr() | None:
                return
            case Either(one=one, other=other):
                yield from self.fit(path, one, text, limits)
                yield from self.fit(path, other, text, limits)
            case list():
                if not text.endswith("[]") and text not in {"any", "array"}:
                    yield f"{path}: expected {text}, got an array"
                for place, one in enumerate(found):
                    yield from self.fit(f"{path}[{place}]", one, text.removesuffix("[]"))
            case dict():
                yield from self._object(path, found, text)
            case _:
                yield from self._plain(path, found, text, limits)

    def _object(self, path: str, found: dict[str, Value], text: str) -> Iterator[str]:
        if text in {"any", "object"}:
            return
        kind = self.named.get(text)
        if kind is None:
            yield f"{path}: expected {text}, got an object"
        else:
            yield from self.body(path, found, kind)

    def _plain(self, path: str, found: str | int, text: str, limits: str) -> Iterator[str]:
        allowed = [one.strip() for one in text.split(" | ")]
        if text == "any" or (isinstance(found, str) and found in allowed):
            return
        fits = any(type(found) is _PRIMITIVE.get(one) for one in allowed)
        # An open list of words ("A | B | string") takes any text; a typing error in it would pass.
        words = [one for one in allowed if one not in _PRIMITIVE]
        if not fits or (isinstance(found, str) and words):
            yield f"{path}: expected {text}, got {found!r}"
        for rule, number in _LIMIT.findall(limits):
            size = len(found) if isinstance(found, str) else found
            if size < int(number) if rule.startswith("min") else size > int(number):
                yield f"{path}: {rule} {number}, got {found!r}"

    def body(self, path: str, found: dict[str, Value], kind: Mapping[str, Any]) -> Iterator[str]:
        """Yield the faults of an object: unknown, read-only, missing or unfit properties."""
        known = dict(kind["properties"])
        if "cases" in kind:
            chosen = found.get(kind["discriminator"])
            if chosen not in kind["cases"]:
                expected = ", ".join(kind["cases"])
                yield f"{path}.{kind['discriminator']}: expected one of {expected}, got {chosen!r}"
                return
            known |= kind["cases"][chosen]["properties"]
        for name, content in found.items():
            place = f"{path}.{name}"
            if name in known:
                text, flags, *limits = known[name]
                if "o" in flags:
                    yield f"{place}: can only be read"
                yield from self.fit(place, content, text, *limits)
            elif "additional" in kind or name == OPEN:
                yield from self.fit(place, content, kind.get("additional", "any"))
            else:
                yield f"{place}: unknown property"
        missing = [name for name, entry in known.items() if "r" in entry[1] and name not in found]
        yield from (f"{path}.{name}: is required" for name in missing)


def faults(resource: Resource) -> list[str]:
    """Return where a resource is not as Microsoft's type of it says."""
    kind = published().get(resource.versioned)
    if kind is None:
        return [f"{resource.symbol}: {resource.versioned} is no type that is known here"]
    body = {name: one for name, one in resource.body.items() if name not in _BICEPS_OWN}
    if resource.existing:
        extra = sorted(body.keys() - {"name"})
        return [f"{resource.symbol}.{name}: an existing resource has a name only" for name in extra]
    nested = resource.type.count("/") > 1
    stray = (
        [f"{resource.symbol}: has no parent"] if nested and "parent" not in resource.body else []
    )
    return [*stray, *Types(named=kind["types"]).body(resource.symbol, body, kind["body"])]


def reading_faults(versioned: str, chain: list[str]) -> str | None:
    """Return why ``resource.chain`` cannot be read of a resource, or None."""
    entry = published()[versioned]
    kind, text = entry["body"], ""
    for name in chain:
        if kind is None:
            return None if text in {"any", "object"} else f"{name}: {text} has no properties"
        known = dict(kind["properties"])
        for case in kind.get("cases", {}).values():
            known |= case["properties"]
        if name not in known:
            return None if "additional" in kind else f"{name}: is no property of {versioned}"
        text = known[name][0]
        kind = entry["types"].get(text)
    return None

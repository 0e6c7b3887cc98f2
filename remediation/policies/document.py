"""A policy document: YAML, read as a whole; every fault is told at once, with its line."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from typing import cast

from remediation.playbooks.located import Fault, Located, Path, Value, read
from remediation.policies.keys import BY_PATH, GROUPS, KEYS, Key, Kind, joined
from remediation.policies.layers import Document, Layer
from remediation.policies.match import READERS, WIDTHS, Match, contradiction
from remediation.readers import iso
from remediation.remember import HISTORY_KEPT
from remediation.windows import Window, overlapping

VERSION = 1
_TOP = ("version", "defaults", "scopes")
_LONGEST_NAME = 80
# More windows than this are no rhythm but a calendar; each costs a look for overlaps.
MOST_WINDOWS = 20
_REMEMBERED = ("item_window", "cool_down", "freeze_cool_down")


class PolicyFault(ValueError):  # noqa: N818 - a fault of the text, named as playbooks name theirs
    """A document that cannot be used; ``faults`` are sentences, each with its file and line."""

    def __init__(self, faults: list[str]) -> None:
        """Keep every fault; the text has them all, a line each."""
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


@dataclass(slots=True)
class _Reading:
    """A document under way: the faults so far."""

    text: Located
    faults: list[Fault] = field(default_factory=list)

    def refuse(self, path: Path, text: str) -> None:
        self.faults.append(Fault(path=path, text=text))

    def mapping(self, value: Value, path: Path, what: str) -> dict[str, Value] | None:
        """Return a mapping, or refuse what is none; one that is left empty is refused too."""
        if isinstance(value, dict):
            return value
        self.refuse(path, f"expected a mapping{what}, got {_shown(value)}")
        return None

    def unknown(self, found: Mapping[str, Value], path: Path, allowed: tuple[str, ...]) -> None:
        for name in found:
            if name not in allowed:
                homes = [key.group or "the values beside the groups" for key in _named(name)]
                hint = f" (it stands under {homes[0]})" if homes else ""
                self.refuse((*path, name), f"unknown key{hint}: expected {', '.join(allowed)}")


# Pure, and dear for its look at every day of the year: who asks again gets the same value.
@lru_cache(maxsize=8)
def read_document(data: bytes, name: str) -> Document:
    """Read and check a document; ``name`` is the file's, for people. Raises PolicyFault."""
    try:
        text = read(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise PolicyFault([f"{name}:1: expected UTF-8: {error.reason}"]) from error
    reading = _Reading(text, list(text.faults))
    layers = [] if text.faults else list(_layers(reading))
    if reading.faults:
        raise PolicyFault([_told(name, text, fault) for fault in reading.faults])
    return Document(name=name, digest=hashlib.sha256(data).hexdigest(), layers=tuple(layers))


def _told(name: str, text: Located, fault: Fault) -> str:
    where = ".".join(str(part) for part in fault.path)
    return f"{name}:{text.line(fault.path)}: {where + ': ' if where else ''}{fault.text}"


def _layers(reading: _Reading) -> Iterator[Layer]:
    """Yield defaults, then the scopes from wide to narrow; of one width in their order."""
    top = reading.mapping(reading.text.value, (), f" with {', '.join(_TOP)}")
    if top is None:
        return
    reading.unknown(top, (), _TOP)
    if top.get("version") != VERSION or isinstance(top.get("version"), bool):
        reading.refuse(("version",), f"expected {VERSION}, got {_shown(top.get('version'))}")
    defaults = reading.mapping(top.get("defaults", {}), ("defaults",), " of values")
    ground: Mapping[str, object] = {}
    if defaults is not None:
        layer = _values(reading, defaults, ("defaults",), None, {})
        ground = layer.values
        yield layer
    scopes = top.get("scopes", [])
    if not isinstance(scopes, list):
        reading.refuse(("scopes",), f"expected a list of scopes, got {_shown(scopes)}")
        return
    found = [_scope(reading, one, ("scopes", at), ground) for at, one in enumerate(scopes)]
    _names(reading, found)
    yield from sorted((one for one in found if one is not None), key=lambda one: one.width)


def _names(reading: _Reading, found: list[Layer | None]) -> None:
    seen: set[str] = set()
    for at, one in enumerate(found):
        if one is None or not one.name:
            continue
        if one.name.lower() in seen:
            reading.refuse(("scopes", at, "name"), f"expected a name once, got {one.name!r} twice")
        seen.add(one.name.lower())


def _scope(
    reading: _Reading, value: Value, path: Path, ground: Mapping[str, object]
) -> Layer | None:
    found = reading.mapping(value, path, " with name, match and values")
    if found is None:
        return None
    name = found.get("name")
    if not isinstance(name, str) or not 0 < len(name.strip()) <= _LONGEST_NAME:
        expected = f"expected a name of 1 to {_LONGEST_NAME} characters"
        reading.refuse((*path, "name"), f"{expected}, got {_shown(name)}")
        name = ""
    match = _match(reading, found.get("match"), (*path, "match"))
    values = {key: one for key, one in found.items() if key not in {"name", "match"}}
    if not values:
        reading.refuse(path, "expected at least one value beside name and match")
    return _values(reading, values, path, match, ground, name=name.strip())


def _match(reading: _Reading, value: Value, path: Path) -> Match:
    found = reading.mapping(value, path, f" with one or more of {', '.join(WIDTHS)}")
    if found is None:
        return Match()
    reading.unknown(found, path, WIDTHS)
    if not found:
        reading.refuse(path, "expected what it matches: what is for everything stands in defaults")
    known: dict[str, str] = {}
    for name, reader in READERS.items():
        if name not in found:
            continue
        text = found[name]
        try:
            known[name] = reader(_text(text))
        except ValueError as fault:
            reading.refuse((*path, name), str(fault))
    match = Match(tags=_tags(reading, found, path), **known)
    impossible = contradiction(match)
    if impossible is not None:
        reading.refuse(path, impossible)
    return match


def _tags(reading: _Reading, found: Mapping[str, Value], path: Path) -> dict[str, str]:
    if "tags" not in found:
        return {}
    here = (*path, "tags")
    named = reading.mapping(found["tags"], here, " of tags' names to their values")
    if named is None:
        return {}
    if not named:
        reading.refuse(here, "expected at least one tag")
    tags: dict[str, str] = {}
    for name, value in named.items():
        if isinstance(value, bool) or not isinstance(value, str | int):
            reading.refuse((*here, name), f"expected a text (quote it), got {_shown(value)}")
        elif name.strip().lower() in tags:
            reading.refuse((*here, name), "expected a tag once: case does not matter")
        else:
            tags[name.strip().lower()] = str(value).strip().lower()
    return tags


def _values(
    reading: _Reading,
    found: Mapping[str, Value],
    path: Path,
    match: Match | None,
    ground: Mapping[str, object],
    *,
    name: str = "",
) -> Layer:
    values: dict[str, object] = {}
    lines: dict[str, int] = {}
    for key, value, where in _standing(reading, found, path):
        read_as = list(_read(reading, key, value, where))
        _allowed(reading, key, match, where)
        if read_as:
            values[key.field], lines[key.field] = read_as[0], reading.text.line(where)
            _bounded(reading, key, read_as[0], where)
    margin, objective = values.get("margin"), values.get("objective", ground.get("objective"))
    if isinstance(margin, timedelta) and isinstance(objective, timedelta) and margin >= objective:
        reading.refuse((*path, "margin"), f"expected less than the objective, {iso(objective)}")
    return Layer(name=name, line=reading.text.line(path), match=match, values=values, lines=lines)


def _standing(
    reading: _Reading, found: Mapping[str, Value], path: Path
) -> Iterator[tuple[Key, Value, Path]]:
    """Yield the keys that are known, each with its value and its path; refuse the others."""
    plain = tuple(key.name for key in KEYS.values() if key.group is None)
    reading.unknown(found, path, (*plain, *GROUPS))
    for name, value in found.items():
        if (name,) in BY_PATH:
            yield BY_PATH[name,], value, (*path, name)
        elif name in GROUPS:
            inside = reading.mapping(value, (*path, name), " of values")
            allowed = tuple(key.name for key in KEYS.values() if key.group == name)
            reading.unknown(inside or {}, (*path, name), allowed)
            for inner, one in (inside or {}).items():
                if inner in allowed:
                    yield BY_PATH[name, inner], one, (*path, name, inner)


def _allowed(reading: _Reading, key: Key, match: Match | None, path: Path) -> None:
    if match is None or key.within is None or match.names <= key.within:
        return
    if not key.within:
        reading.refuse(path, "expected in defaults only: a tag means the same everywhere")
    else:
        places = " or ".join(sorted(key.within))
        text = f"expected in defaults, or in a scope that matches by {places} alone"
        reading.refuse(path, f"{text}: it counts over all of them together")


def _read(reading: _Reading, key: Key, value: Value, path: Path) -> Iterator[object]:
    """Yield the value as the policy has it; nothing where it was refused."""
    if key.kind is not Kind.LIST:
        yield from _one(reading, key, value, path)
        return
    if not isinstance(value, list):
        reading.refuse(path, f"expected a list, got {_shown(value)}")
        return
    parts = [list(_one(reading, key, one, (*path, at))) for at, one in enumerate(value)]
    if key.field == "windows":
        _apart(reading, cast("list[list[tuple[Window, ...]]]", parts), path)
    if all(parts):
        elements = [one for part in parts for one in part]
        yield joined(elements) if elements else joined([key.read("")])


def _one(reading: _Reading, key: Key, value: Value, path: Path) -> Iterator[object]:
    counts = key.kind is Kind.COUNT
    fits = isinstance(value, int) and not isinstance(value, bool) if counts else None
    if fits is False:
        reading.refuse(path, f"expected {key.kind.value}, got {_shown(value)}")
        return
    try:
        # A list of nothing is no list: its empty text would read as an empty value.
        yield key.read(str(value) if counts else _text(value, blank=key.kind is not Kind.LIST))
    except ValueError as fault:
        reading.refuse(path, str(fault))


def _bounded(reading: _Reading, key: Key, value: object, path: Path) -> None:
    if key.field in _REMEMBERED and cast("timedelta", value) > HISTORY_KEPT:
        days = HISTORY_KEPT.days
        reading.refuse(path, f"expected at most {days} days, as long as attempts are remembered")


def _apart(reading: _Reading, parts: list[list[tuple[Window, ...]]], path: Path) -> None:
    """Refuse windows that overlap; of those that could be read, each with its place in the list."""
    found = [(at, one) for at, part in enumerate(parts) for each in part for one in each]
    if len(found) > MOST_WINDOWS:
        reading.refuse(path, f"expected at most {MOST_WINDOWS} windows, got {len(found)}")
        return
    both = overlapping([one for _, one in found])
    if both is not None:
        (before, first), (at, _) = (found[place] for place in sorted(both[:2]))
        text = f"expected no overlap with {first.text!r} (windows.{before})"
        reading.refuse((*path, at), f"{text}, as at {both[2].isoformat()}")


def _named(name: str) -> list[Key]:
    return [key for key in KEYS.values() if name in {key.name, key.field}]


def _text(value: Value, *, blank: bool = False) -> str:
    if not isinstance(value, str) or not (blank or value.strip()):
        raise ValueError(f"expected a text, got {_shown(value)}")
    return value


def _shown(value: Value) -> str:
    match value:
        case dict():
            return "a mapping"
        case list():
            return "a list"
        case None:
            return "nothing"
        case _:
            return repr(value)[:80]

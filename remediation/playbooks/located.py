"""A YAML text as plain values, each with the line it stands on.

A closed subset: text, whole numbers, true, false, null, lists, mappings. No tags, no anchors, no
key twice. ``yes`` and ``no`` are words, as the conditions of a rung need them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import yaml

type Value = str | int | bool | list[Value] | dict[str, Value] | None
type Path = tuple[str | int, ...]

_INTEGER = re.compile(r"-?(0|[1-9]\d{0,15})")
_WORDS: Mapping[str, bool | None] = {"true": True, "false": False, "null": None, "~": None}
_PLAIN = frozenset(f"tag:yaml.org,2002:{kind}" for kind in ("str", "seq", "map"))
# A playbook is some kilobytes; more is a mistake, and would cost every cold start.
LONGEST = 262_144
DEEPEST = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong, and where: ``path`` leads to the value inside its document."""

    path: Path
    text: str


@dataclass(frozen=True, slots=True)
class Located:
    """A document: its value, the line (from 1) of every path, and the faults found in reading."""

    value: Value = None
    lines: dict[Path, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def line(self, path: Path) -> int:
        """Return the line of the path, or of its nearest parent that stands in the text."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read(text: str) -> Located:
    """Read one YAML document; whatever is wrong with it is a fault, never an exception."""
    found = Located()
    if len(text) > LONGEST:
        found.faults.append(Fault(path=(), text=f"expected at most {LONGEST} characters"))
        return found
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    try:
        if _too_deep(text, loader):
            reason = f"not YAML as it is read here: expected at most {DEEPEST} levels of nesting"
            found.faults.append(Fault(path=(), text=reason))
            return found
        root = yaml.compose(text, Loader=loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        found.lines[()] = mark.line + 1 if mark else 1
        found.faults.append(Fault(path=(), text=f"not YAML: {error.problem or error.context}"))
        return found
    except (yaml.YAMLError, RecursionError) as error:
        reason = str(error).splitlines()[0]
        found.faults.append(Fault(path=(), text=f"not YAML: {reason}"))
        return found
    if root is None:
        found.faults.append(Fault(path=(), text="expected a mapping, the file is empty"))
        return found
    walk = _Walk(found)
    return Located(walk.value(root, ()), found.lines, found.faults)


def _too_deep(text: str, loader: type) -> bool:
    """Whether it is nested further than any document: composing it would end the process.

    The C library composes by calling itself, and does not ask how much room there is.
    """
    depth = 0
    for event in yaml.parse(text, Loader=loader):
        if isinstance(event, yaml.SequenceStartEvent | yaml.MappingStartEvent):
            depth += 1
        elif isinstance(event, yaml.SequenceEndEvent | yaml.MappingEndEvent):
            depth -= 1
        if depth > DEEPEST:
            return True
    return False


class _Walk:
    """Turns nodes into values, remembering lines and refusing what the subset leaves out."""

    def __init__(self, found: Located) -> None:
        self._found = found
        self._seen: set[int] = set()

    def value(self, node: yaml.Node, path: Path) -> Value:
        self._found.lines[path] = node.start_mark.line + 1
        if id(node) in self._seen:
            self._refuse(path, "expected no alias (*name): write the value out")
            return None
        self._seen.add(id(node))
        if node.tag not in _PLAIN:
            self._refuse(path, f"expected no tag, got {node.tag}")
            return None
        match node:
            case yaml.MappingNode():
                return self._mapping(node, path)
            case yaml.SequenceNode():
                return [self.value(one, (*path, at)) for at, one in enumerate(node.value)]
            case _:
                return _scalar(node)

    def _mapping(self, node: yaml.MappingNode, path: Path) -> Value:
        values: dict[str, Value] = {}
        for key, value in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else None
            if name is None:
                self._refuse(path, "expected a word as key, got a list or mapping")
                continue
            here = (*path, name)
            if name in values:
                self._found.lines[here] = key.start_mark.line + 1
                self._refuse(here, f"expected the key {name!r} once, got it twice")
                continue
            values[name] = self.value(value, here)
        return values

    def _refuse(self, path: Path, text: str) -> None:
        self._found.faults.append(Fault(path=path, text=text))


def _scalar(node: yaml.Node) -> Value:
    text = str(node.value)
    if getattr(node, "style", None):  # plain words have no style
        return text
    if not text:
        return None
    if text in _WORDS:
        return _WORDS[text]
    return int(text) if _INTEGER.fullmatch(text) else text

"""Values written into a policy document's text; everything else stays as its author wrote it.

The text is changed where it must be and nowhere else, so comments, order and quotes are kept. What
comes out is read again by whoever asked: this knows YAML, not policies.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import yaml

type Scalar = str
type Value = Scalar | tuple[Scalar, ...]

_PLAIN = re.compile(
    r"[A-Za-z][A-Za-z_-]*( [A-Za-z][A-Za-z_-]*)*|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
)
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off"})
EMPTY = "version: 1\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewScope:
    """A scope that is to be written at the end: its match by keys, tags as a mapping of texts."""

    name: str
    match: Mapping[str, str | Mapping[str, str]]
    values: Mapping[str, Value]


def with_values(text: str, scope: str | None, values: Mapping[str, Value]) -> str:
    """Return the text with values set in its scope of that name, or, for None, in its defaults.

    A list is completed, not replaced: what stands in it and not in ``values`` is kept.
    """
    text = text if text.strip() else EMPTY
    for key, value in values.items():
        top = _compose(text)
        if scope is not None:
            text = _set(text, _called(top, scope), key, value)
        elif (defaults := _named(top, "defaults")) is not None:
            text = _set(text, _mapping(defaults), key, value)
        else:
            text = _insert(text, top, "defaults", {key: value}, after="version")
    return text


def with_scope(text: str, scope: NewScope) -> str:
    """Return the text with a new scope after its last one."""
    text = text if text.strip() else EMPTY
    top = _compose(text)
    scopes = _named(top, "scopes")
    if scopes is None:
        return _insert(text, top, "scopes", [_tree(scope)])
    found = _list(scopes)
    if found.flow_style or not found.value:
        body = _flow(_tree(scope))
        if found.value:
            return _at(text, _end(text, found.value[-1]), f", {body}")
        return _at(text, found.end_mark.index - 1, body)
    indent = found.start_mark.column
    return _after_line(text, _end(text, found.value[-1]), _block([_tree(scope)], indent))


def _tree(scope: NewScope) -> dict[str, object]:
    return {"name": scope.name, "match": dict(scope.match), **scope.values}


# ------------------------------------------------------------------------------ nodes


def _compose(text: str) -> yaml.MappingNode:
    # Not the C loader: its marks count bytes.
    return _mapping(yaml.compose(text, Loader=yaml.BaseLoader))


def _mapping(node: yaml.Node | None) -> yaml.MappingNode:
    if not isinstance(node, yaml.MappingNode):
        raise TypeError("expected a document that was checked: this is no mapping")
    return node


def _list(node: yaml.Node | None) -> yaml.SequenceNode:
    if not isinstance(node, yaml.SequenceNode):
        raise TypeError("expected a document that was checked: this is no list")
    return node


def _named(node: yaml.MappingNode, key: str) -> yaml.Node | None:
    return next((value for name, value in node.value if name.value == key), None)


def _called(top: yaml.MappingNode, name: str) -> yaml.MappingNode:
    for one in map(_mapping, _list(_named(top, "scopes")).value):
        said = _named(one, "name")
        if said is not None and str(said.value).strip() == name:
            return one
    raise ValueError(f"expected a document with the scope {name}")


def _end(text: str, node: yaml.Node) -> int:
    """Return where a node's text ends: a block's own mark lies behind the comments after it."""
    while isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    end: int = node.end_mark.index
    while end > 0 and text[end - 1] in "\r\n":
        end -= 1
    return end


# ------------------------------------------------------------------------------ changes


def _set(text: str, node: yaml.MappingNode, key: str, value: Value) -> str:
    known = _named(node, key)
    if known is None:
        return _insert(text, node, key, value)
    if isinstance(value, str):
        return text[: known.start_mark.index] + _scalar(value) + text[known.end_mark.index :]
    return _complete(text, _list(known), value)


def _complete(text: str, node: yaml.SequenceNode, value: Sequence[str]) -> str:
    missing = [one for one in value if one not in {there.value for there in node.value}]
    if not missing:
        return text
    if node.flow_style or not node.value:
        words = ", ".join(map(_scalar, missing))
        if node.value:
            return _at(text, _end(text, node.value[-1]), f", {words}")
        return _at(text, node.end_mark.index - 1, words)
    indent = " " * node.start_mark.column
    lines = [f"{indent}- {_scalar(one)}" for one in missing]
    return _after_line(text, _end(text, node.value[-1]), lines)


def _insert(
    text: str, node: yaml.MappingNode, key: str, value: object, *, after: str | None = None
) -> str:
    before = _named(node, after) if after else None
    last = before or (node.value[-1][1] if node.value else None)
    if last is None:
        return _at(text, node.end_mark.index - 1, f"{key}: {_flow(value)}")
    if node.flow_style:
        return _at(text, _end(text, last), f", {key}: {_flow(value)}")
    indent = node.value[0][0].start_mark.column
    return _after_line(text, _end(text, last), _block({key: value}, indent))


def _at(text: str, index: int, added: str) -> str:
    return text[:index] + added + text[index:]


def _after_line(text: str, index: int, lines: Sequence[str]) -> str:
    """Add lines after the line that a node ends on, so that the comment behind it stays there."""
    newline = "\r\n" if "\r\n" in text else "\n"
    end = text.find("\n", index)
    end = len(text) if end < 0 else end - (text[end - 1] == "\r")
    return _at(text, end, "".join(newline + line for line in lines))


# ------------------------------------------------------------------------------ values as text


def _scalar(text: str) -> str:
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    return json.dumps(text, ensure_ascii=False)


def _flow(value: object) -> str:
    match value:
        case Mapping():
            return "{" + ", ".join(f"{_scalar(k)}: {_flow(one)}" for k, one in value.items()) + "}"
        case tuple() | list():
            return "[" + ", ".join(map(_flow, value)) + "]"
        case _:
            return _scalar(str(value))


def _block(value: object, indent: int) -> list[str]:
    """Return lines: a mapping's keys below each other, its lists and inner mappings on one line."""
    space = " " * indent
    if isinstance(value, Mapping):
        lines: list[str] = []
        for key, one in value.items():
            nested = key in {"defaults", "scopes"}
            lines += (
                [f"{space}{key}:", *_block(one, indent + 2)]
                if nested
                else [f"{space}{key}: {_flow(one)}"]
            )
        return lines
    if isinstance(value, list):
        items = [_block(one, indent + 2) for one in value]
        return [
            f"{space}- {line[indent + 2 :]}" if at == 0 else line
            for lines in items
            for at, line in enumerate(lines)
        ]
    return [space + _flow(value)]

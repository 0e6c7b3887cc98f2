"""Bicep files as values: what a test can look at. Parsed by tree-sitter-bicep.

Literals are themselves, an object is a dict, an array a list; a loop is a list of its one pattern;
a choice keeps both branches; anything else is an ``Expr`` with its text. Bicep itself is not run.
"""

import functools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import tree_sitter_bicep
from tree_sitter import Language, Node, Parser

INFRA = Path(__file__).parents[2] / "infra"
MAIN = INFRA / "main.bicep"
PARAMETERS = INFRA / "main.bicepparam"
TEMPLATES = (MAIN, *sorted((INFRA / "modules").glob("*.bicep")))

_PARSER = Parser(Language(tree_sitter_bicep.language()))
# A loop over an object literal is told from the object by this key, which no type has.
OPEN = "${}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expr:
    """An expression that only Bicep could compute."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Either:
    """``condition ? one : other``."""

    one: "Value"
    other: "Value"


type Value = str | int | bool | Expr | Either | list["Value"] | dict[str, "Value"] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A resource of a template; ``type`` is without ``version``."""

    symbol: str
    type: str
    version: str
    existing: bool
    body: dict[str, Value]

    @property
    def versioned(self) -> str:
        """Type and version, as Bicep writes them."""
        return f"{self.type}@{self.version}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """A module that a template calls."""

    symbol: str
    path: str
    body: dict[str, Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A parameter; ``rules`` are its decorators, by name."""

    name: str
    type: str
    rules: dict[str, Value]
    default: Value | None
    has_default: bool


def source(path: Path) -> str:
    """Return a file as Bicep: a parameter file's assignments are written as variables.

    The grammar does not know ``using`` and ``param x = value``; their right sides are the same
    expressions, so what is parsed is everything but these two words.
    """
    text = path.read_text("utf-8")
    if path.suffix != ".bicepparam":
        return text
    text = re.sub(r"^using '[^']+'$", "", text, flags=re.MULTILINE)
    return re.sub(r"^param (?=\w+ =)", "var ", text, flags=re.MULTILINE)


def parsed(text: str) -> Node:
    """Return the tree of a Bicep text."""
    return _PARSER.parse(text.encode()).root_node


def faults(text: str) -> list[str]:
    """Return where a text is no Bicep."""
    return [
        f"line {node.start_point[0] + 1}: {told(node)[:60]!r}"
        for node in walk(parsed(text))
        if node.is_error or node.is_missing
    ]


def walk(node: Node) -> Iterator[Node]:
    """Yield a node and everything below it."""
    yield node
    for child in node.children:
        yield from walk(child)


def told(node: Node) -> str:
    """Return the text of a node."""
    return (node.text or b"").decode()


def _body(node: Node) -> Node:
    """Return the object of a declaration, whether it stands in a loop or under a condition."""
    while node.type in {"for_statement", "if_statement"}:
        node = node.named_children[-1]
    return node


def value(node: Node) -> Value:
    """Return an expression's value, as far as it can be told without Bicep."""
    match node.type:
        case "string":
            return _string(node)
        case "number" | "boolean" | "null":
            plain: Value = json.loads(told(node))
            return plain
        case "array":
            return [value(one) for one in node.named_children if one.type != "comment"]
        case "object":
            return dict(
                map(_property, (n for n in node.named_children if n.type == "object_property"))
            )
        case "for_statement":
            return [value(_body(node))]
        case "ternary_expression":
            one, other = node.named_children[-2:]
            return Either(one=value(one), other=value(other))
        case _:
            return Expr(text=told(node))


def _string(node: Node) -> Value:
    if any(one.type == "interpolation" for one in node.named_children):
        return Expr(text=told(node))
    return told(node)[1:-1].replace("\\'", "'")


def _property(node: Node) -> tuple[str, Value]:
    key, content = (one for one in node.named_children if one.type != "comment")
    name = value(key) if key.type == "string" else told(key)
    return (name if isinstance(name, str) else OPEN), value(content)


def _declared(path: Path, kind: str) -> Iterator[Node]:
    for node in _tree(path).children:
        if node.type == kind:
            yield node


@functools.cache
def _tree(path: Path) -> Node:
    return parsed(source(path))


def resources(path: Path) -> list[Resource]:
    """Return the resources of a template."""
    return [_resource(node) for node in _declared(path, "resource_declaration")]


def _resource(node: Node) -> Resource:
    parts = [one for one in node.named_children if one.type not in {"decorators", "comment"}]
    kind, _, version = str(value(parts[1])).partition("@")
    body = value(_body(parts[-1]))
    assert isinstance(body, dict)
    return Resource(
        symbol=told(parts[0]),
        type=kind,
        version=version,
        existing=any(one.type == "existing" for one in node.children),
        body=body,
    )


def modules(path: Path) -> list[Module]:
    """Return the modules that a template calls."""
    found = []
    for node in _declared(path, "module_declaration"):
        parts = [one for one in node.named_children if one.type not in {"decorators", "comment"}]
        body = value(_body(parts[-1]))
        assert isinstance(body, dict)
        found.append(Module(symbol=told(parts[0]), path=str(value(parts[1])), body=body))
    return found


def parameters(path: Path) -> dict[str, Parameter]:
    """Return the parameters of a template, by name."""
    return {one.name: one for one in map(_parameter, _declared(path, "parameter_declaration"))}


def _parameter(node: Node) -> Parameter:
    parts = [one for one in node.named_children if one.type not in {"decorators", "comment"}]
    return Parameter(
        name=told(parts[0]),
        type=told(parts[1]),
        rules=_decorators(node),
        default=value(parts[2]) if len(parts) > 2 else None,
        has_default=len(parts) > 2,
    )


def _decorators(node: Node) -> dict[str, Value]:
    above = node.prev_named_sibling
    if above is None or above.type != "decorators":
        return {}
    calls = [one.named_children[0] for one in above.named_children if one.type == "decorator"]
    return {
        told(call.named_children[0]): next(map(value, call.named_children[1].named_children), None)
        for call in calls
    }


def variables(path: Path) -> dict[str, Value]:
    """Return the variables of a template (of a parameter file: its assignments), by name."""
    return {
        told(node.named_children[0]): value(node.named_children[-1])
        for node in _declared(path, "variable_declaration")
    }


def outputs(path: Path) -> set[str]:
    """Return the names of a template's outputs."""
    return {told(node.named_children[0]) for node in _declared(path, "output_declaration")}

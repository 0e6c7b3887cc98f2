"""What a compiler would refuse: names nobody declares, calls that do not fit, chains to nowhere."""

from collections.abc import Iterator
from pathlib import Path

from tree_sitter import Node

from tests.infra.azure_types import reading_faults
from tests.infra.reading import (
    modules,
    outputs,
    parameters,
    parsed,
    resources,
    source,
    told,
    variables,
    walk,
)

# The functions of Bicep that the templates may use; one that is misspelt is not among them.
FUNCTIONS = frozenset(
    {
        "bool",
        "concat",
        "contains",
        "empty",
        "environment",
        "filter",
        "guid",
        "intersection",
        "items",
        "join",
        "length",
        "listKeys",
        "loadJsonContent",
        "map",
        "readEnvironmentVariable",
        "split",
        "subscription",
        "subscriptionResourceId",
        "tenant",
        "toObject",
        "toUpper",
        "trim",
        "union",
        "uniqueString",
    }
)
_DECLARING = {"parameter_declaration", "variable_declaration", "resource_declaration"}
_DECLARING |= {"module_declaration", "output_declaration"}


def _locals(root: Node) -> set[str]:
    """Return the variables of loops and lambdas, without regard to where they hold."""
    found: set[str] = set()
    for node in walk(root):
        if node.type in {"for_statement", "lambda_expression"}:
            first = node.named_children[0]
            found |= {told(one) for one in walk(first) if not one.named_children}
    return found


def _is_use(node: Node) -> bool:
    parent = node.parent
    if node.type != "identifier" or parent is None:
        return False
    first = parent.named_children[0] == node
    declares = parent.type in _DECLARING or parent.type in {"object_property", "call_expression"}
    inside = parent
    while inside.parent is not None and inside.type != "decorators":
        inside = inside.parent
    return not (first and declares) and inside.type != "decorators"


def uses(path: Path) -> set[str]:
    """Return the names that a template refers to."""
    return {told(node) for node in walk(parsed(source(path))) if _is_use(node)}


def calls(path: Path) -> set[str]:
    """Return the functions that a template calls, decorators apart."""
    return {
        told(node.named_children[0])
        for node in walk(parsed(source(path)))
        if node.type == "call_expression"
        and (node.parent is None or node.parent.type != "decorator")
    }


def undeclared(path: Path) -> set[str]:
    """Return the names that a template refers to and nobody declares."""
    known = parameters(path).keys() | variables(path).keys() | _locals(parsed(source(path)))
    known |= {one.symbol for one in resources(path)} | {one.symbol for one in modules(path)}
    return uses(path) - known


def unused(path: Path) -> set[str]:
    """Return parameters and variables that nothing uses."""
    return (parameters(path).keys() | variables(path).keys()) - uses(path)


def chains(path: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield every ``name.one.two``, longest only, with subscripts left out."""
    for node in walk(parsed(source(path))):
        if node.type != "member_expression" or _continues(node):
            continue
        names: list[str] = []
        while node.type in {"member_expression", "subscript_expression"}:
            if node.type == "member_expression":
                names.insert(0, told(node.named_children[-1]))
            node = node.named_children[0]  # noqa: PLW2901 - down the chain
        if node.type == "identifier":
            yield told(node), names


def _continues(node: Node) -> bool:
    parent = node.parent
    while parent is not None and parent.type == "subscript_expression":
        parent = parent.parent
    return parent is not None and parent.type == "member_expression"


def chain_faults(path: Path) -> list[str]:
    """Return what is read of resources and modules and is not there."""
    kinds = {one.symbol: one.versioned for one in resources(path)}
    called = {one.symbol: path.parent / one.path for one in modules(path)}
    found = []
    for name, chain in chains(path):
        if name in kinds and (fault := reading_faults(kinds[name], chain)):
            found.append(f"{name}.{'.'.join(chain)}: {fault}")
        if name in called and (chain[0] != "outputs" or chain[1] not in outputs(called[name])):
            found.append(f"{name}.{'.'.join(chain)}: is no output of {called[name].name}")
    return found


def call_faults(path: Path) -> list[str]:
    """Return parameters of modules that are missing or unknown."""
    found = []
    for module in modules(path):
        wanted = parameters(path.parent / module.path)
        given = module.body.get("params", {})
        assert isinstance(given, dict)
        needed = {one.name for one in wanted.values() if not one.has_default}
        found += [f"{module.symbol}.{name}: is required" for name in sorted(needed - given.keys())]
        found += [
            f"{module.symbol}.{name}: unknown" for name in sorted(given.keys() - wanted.keys())
        ]
    return found

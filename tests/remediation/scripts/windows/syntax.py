"""Windows scripts as syntax trees: what they call, name and write, as the grammar sees it.

The grammar is tree-sitter's of PowerShell, carried in the wheel. It knows syntax, not meaning:
that a script parses does not say that it works.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import tree_sitter_powershell
from tree_sitter import Language, Node, Parser

from remediation import scripts

FOLDER = Path(scripts.__file__).parent
NAMES = tuple(sorted(path.stem for path in FOLDER.glob("*.ps1")))
INSPECTIONS = ("inspect_guest",)
REPAIRS = tuple(name for name in NAMES if name not in INSPECTIONS)
# Its line is older than that of the other repairs, and stays as it was.
LINED_REPAIRS = tuple(name for name in REPAIRS if name != "restart_agent")

_PARSER = Parser(Language(tree_sitter_powershell.language()))


@cache
def source(name: str) -> str:
    """Return a script's text."""
    return (FOLDER / f"{name}.ps1").read_text("utf-8")


def parsed(text: str) -> Node:
    """Return the root of a text's tree."""
    return _PARSER.parse(text.encode()).root_node


@cache
def tree(name: str) -> Node:
    """Return the root of a script's tree."""
    return parsed(source(name))


def said(node: Node) -> str:
    """Return the text of a node."""
    return (node.text or b"").decode()


def every(node: Node, *kinds: str) -> Iterator[Node]:
    """Yield the nodes of these kinds, in the order of the text."""
    if node.type in kinds:
        yield node
    for child in node.children:
        yield from every(child, *kinds)


def faults(node: Node) -> list[str]:
    """Return where a text is no PowerShell: nodes in error, and tokens that are missing."""
    found = []
    if node.type == "ERROR" or node.is_missing:
        found.append(f"line {node.start_point.row + 1}: {said(node)[:60]!r}")
    for child in node.children:
        found.extend(faults(child))
    return found


def functions(name: str) -> dict[str, Node]:
    """Return a script's own functions by name."""
    return {
        said(next(every(node, "function_name"))): node
        for node in every(tree(name), "function_statement")
    }


def calls(node: Node) -> Iterator[tuple[str, Node]]:
    """Yield each command with its name; one whose name is no plain word has an empty name."""
    for command in every(node, "command"):
        first = command.children[0]
        yield (said(first) if first.type == "command_name" else ""), command


def arguments(command: Node) -> list[Node]:
    """Return a command's arguments, parameters and values, in their order."""
    elements = [child for child in command.children if child.type == "command_elements"]
    return [
        child
        for element in elements
        for child in element.children
        if child.type != "command_argument_sep"
    ]


def members(node: Node) -> Iterator[str]:
    """Yield the names of the methods that are called."""
    for call in every(node, "invokation_expression"):
        for child in call.children:
            if child.type == "member_name":
                yield said(child)


def literals(node: Node) -> Iterator[str]:
    """Yield the texts that stand between quotes, as they stand there."""
    for text in every(node, "verbatim_string_characters"):
        yield said(text)[1:-1].replace("''", "'")
    for text in every(node, "expandable_string_literal"):
        yield said(text)[1:-1]


def constant(node: Node, variable: str) -> Node:
    """Return what is assigned first to a variable."""
    for assignment in every(node, "assignment_expression"):
        if said(assignment.children[0]) == variable:
            return assignment.children[-1]
    raise AssertionError(f"nothing assigns {variable}")


def statements(name: str) -> list[Node]:
    """Return the statements outside of functions and parameters, in their order."""
    (body,) = (child for child in tree(name).children if child.type == "statement_list")
    return [child for child in body.named_children if child.type != "function_statement"]

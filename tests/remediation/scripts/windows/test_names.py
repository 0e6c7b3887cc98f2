"""What an interpreter would only find out in the guest: names that nothing gives a value."""

import pytest
from tree_sitter import Node

from tests.remediation.scripts.windows.syntax import (
    NAMES,
    arguments,
    calls,
    every,
    functions,
    parsed,
    said,
    source,
    tree,
)

# What PowerShell gives a value by itself.
GIVEN = {"_", "true", "false", "null", "matches", "erroractionpreference", "progresspreference"}


def _name(variable: Node) -> str:
    return said(variable).strip("${}").lower()


def _unassigned(root: Node) -> set[str]:
    """Return the variables that are read and never assigned, by any function or statement."""
    assigned = set(GIVEN)
    for assignment in every(root, "assignment_expression"):
        target = next(every(assignment.children[0], "variable"), None)
        if target is not None:
            assigned.add(_name(target))
    for parameter in every(root, "script_parameter"):
        assigned.add(_name(next(every(parameter, "variable"))))
    for loop in every(root, "foreach_statement"):
        assigned.add(_name(next(child for child in loop.children if child.type == "variable")))
    read = {_name(variable) for variable in every(root, "variable")}
    return {name for name in read if name not in assigned and not name.startswith("env:")}


@pytest.mark.parametrize("name", NAMES)
def test_every_variable_that_is_read_is_given_a_value(name: str) -> None:
    """In strict mode a name that is misspelt ends the script, in the guest and not before."""
    assert not _unassigned(tree(name))


@pytest.mark.parametrize("name", NAMES)
def test_a_misspelt_variable_is_found(name: str) -> None:
    """The test above can fail."""
    assert _unassigned(parsed(source(name) + '\nWrite-Answer "$atempt"\n')) == {"atempt"}


@pytest.mark.parametrize("name", NAMES)
def test_every_function_is_called(name: str) -> None:
    """What nobody calls was forgotten, or its caller was."""
    called = {call for call, _node in calls(tree(name))}

    assert not functions(name).keys() - called


@pytest.mark.parametrize("name", NAMES)
def test_functions_get_no_more_arguments_than_they_take(name: str) -> None:
    """PowerShell passes the rest on in silence."""
    takes = {
        function: len(list(every(node, "function_parameter_declaration")))
        and len(
            list(every(next(every(node, "function_parameter_declaration")), "script_parameter"))
        )
        for function, node in functions(name).items()
    }
    for call, node in calls(tree(name)):
        if call in takes:
            assert len(arguments(node)) <= takes[call], said(node)


@pytest.mark.parametrize("name", NAMES)
def test_environment_variables_are_few(name: str) -> None:
    """Where Windows and its data are; nothing else of the environment decides."""
    used = {_name(one) for one in every(tree(name), "variable") if "env:" in said(one)}

    assert used <= {"env:programdata", "env:systemdrive", "env:windir"}

"""Parameters are data: checked first, never a command; the answer is one line in any culture."""

import re

import pytest
from tree_sitter import Node

from tests.remediation.scripts.windows.syntax import (
    LINED_REPAIRS,
    NAMES,
    calls,
    constant,
    every,
    functions,
    said,
    source,
    statements,
    tree,
)

ATTEMPT = r"\A[A-Za-z0-9_-][A-Za-z0-9._-]{0,79}\z"
# These compare or match by the culture of whoever runs the script, or ignore case by it.
CULTURAL = {"-match", "-notmatch", "-replace", "-split", "-like", "-notlike", "-imatch", "-ilike"}
# Variables that PowerShell itself fills.
AUTOMATIC = {
    "$_",
    "$args",
    "$error",
    "$event",
    "$executioncontext",
    "$foreach",
    "$home",
    "$host",
    "$input",
    "$lastexitcode",
    "$matches",
    "$myinvocation",
    "$pid",
    "$profile",
    "$psitem",
    "$psscriptroot",
    "$pwd",
    "$sender",
    "$switch",
    "$this",
    "$true",
    "$false",
    "$null",
}


@pytest.mark.parametrize("name", NAMES)
def test_the_attempt_is_checked_before_anything_uses_it(name: str) -> None:
    """Until then nothing reads it, and none of the script's own functions runs."""
    order = statements(name)
    check = next(
        i for i, one in enumerate(order) if f"$attempt -cnotmatch '{ATTEMPT}'" in said(one)
    )
    own = functions(name).keys()

    assert order[check].type == "if_statement"
    assert "exit 2" in said(order[check]) or "'bad_attempt' 2" in said(order[check])
    for one in order[:check]:
        assert "$attempt" not in [said(variable) for variable in every(one, "variable")]
        assert not {call for call, _node in calls(one)} & own


@pytest.mark.parametrize(
    ("attempt", "taken"),
    [
        ("6f9619ff-8b86-d011-b42d-00c04fc964ff", True),
        ("a" * 80, True),
        ("a" * 81, False),
        ("", False),
        ("..", False),
        ("a b", False),
        ("a;b", False),
        ("$(x)", False),
        ("a\n", False),
        ("a\\b", False),
        ("\u0131", False),
    ],
)
def test_an_attempt_is_a_plain_name(attempt: str, taken: bool) -> None:
    """It becomes part of a file's name: no separator, no leading dot, no other alphabet."""
    assert (re.search(ATTEMPT.replace(r"\z", r"\Z"), attempt) is not None) is taken


@pytest.mark.parametrize("name", LINED_REPAIRS)
def test_a_state_folder_is_a_local_path(name: str) -> None:
    """Checked before it is used: a drive, no way up, no other machine."""
    text = source(name)
    found = re.search(r"\$stateDir -cnotmatch '([^']+)'", text)
    assert found is not None
    pattern = found[1].replace(r"\z", r"\Z")

    assert re.search(pattern, r"C:\ProgramData\AzureBackupRemediator")
    assert not re.search(pattern, r"\\server\share")
    assert not re.search(pattern, 'C:\\a"b')
    assert "$stateDir.Contains('..')" in text
    assert text.index("bad_state_dir") < text.index("$marker = ")


@pytest.mark.parametrize("name", NAMES)
def test_one_function_prints_and_nothing_else_does(name: str) -> None:
    """The reader takes one line; whatever else is printed would be noise before it."""
    printing = [call for call, _node in calls(tree(name)) if call.startswith(("Write-", "Out-"))]

    assert printing.count("Write-Output") == 1
    assert set(printing) <= {"Write-Output", "Write-Answer"}
    assert "Write-Output" in {call for call, _node in calls(functions(name)["Write-Answer"])}


@pytest.mark.parametrize("name", NAMES)
def test_no_statement_outside_of_functions_leaves_a_value(name: str) -> None:
    """A value that nobody takes would be printed beside the line."""
    for one in statements(name):
        for pipeline in every(one, "pipeline"):
            if pipeline.parent is None or pipeline.parent.type != "statement_list":
                continue
            text = said(pipeline)
            silent = (
                pipeline.named_children[0].type == "assignment_expression",
                re.match(r"\$(?:changed|undo|missed)\.(?:Add|Insert)\(", text),
                re.match(r"\$found\.(?:Start|WaitForStatus)\(", text),
                re.match(r"\[void\]|\[IO\.File\]::Open\(.*\)\.Dispose\(\)\Z", text),
                re.match(r"[A-Z]\w+-\w+", text),
            )
            # Inside of an expression a value is taken by what stands around it.
            taken = any(
                parent.type
                in {
                    "sub_expression",
                    "array_expression",
                    "assignment_expression",
                    "script_block_expression",
                }
                for parent in _parents(pipeline)
            )
            assert taken or any(silent), text


def _parents(node: Node) -> list[Node]:
    found = []
    parent = node.parent
    while parent is not None:
        found.append(parent)
        parent = parent.parent
    return found


@pytest.mark.parametrize("name", NAMES)
def test_a_script_is_strict(name: str) -> None:
    """A name that is misspelt is an error, and an error ends what it stands in."""
    text = source(name)

    assert "\nSet-StrictMode -Version 3.0\n" in text
    assert "\n$ErrorActionPreference = 'Stop'" in text


@pytest.mark.parametrize("name", NAMES)
def test_no_culture_decides_a_comparison(name: str) -> None:
    """Patterns are matched case by case: under some cultures I and i are not one letter."""
    used = {said(node).lower() for node in every(tree(name), "comparison_operator")}

    assert not used & CULTURAL


@pytest.mark.parametrize("name", NAMES)
def test_no_variable_of_powershell_itself_is_assigned(name: str) -> None:
    """Such a variable keeps its own meaning, or refuses."""
    assigned = {
        said(node.children[0]).lower() for node in every(tree(name), "assignment_expression")
    }

    assert not assigned & AUTOMATIC


@pytest.mark.parametrize("name", NAMES)
def test_the_action_is_named_as_its_script(name: str) -> None:
    """Whoever reads the line must know whose it is."""
    assert said(constant(tree(name), "$action")) == f"'{name}'"


@pytest.mark.parametrize("name", NAMES)
def test_exit_codes_are_the_documented_ones(name: str) -> None:
    """0 done, 2 a wrong parameter, 3 it does not apply, 4 it failed."""
    codes = set(re.findall(r"\bexit (\d+)", source(name)))
    codes |= set(re.findall(r"Write-Answer '\w+' .* (\d+)(?= \}|$)", source(name), re.MULTILINE))

    assert codes <= {"0", "2", "3", "4"}
    assert {"0", "2"} <= codes


@pytest.mark.parametrize("name", LINED_REPAIRS)
def test_results_are_those_of_the_contract(name: str) -> None:
    """The reader knows five results; each exit code goes with its own."""
    told = re.findall(r"Write-Answer '(\w+)' .* (\d)(?= \}|$)", source(name), re.MULTILINE)

    assert {(result, code) for result, code in told} <= {
        ("changed", "0"),
        ("unchanged", "0"),
        ("already_run", "0"),
        ("refused", "2"),
        ("refused", "3"),
        ("failed", "4"),
    }

"""Every Windows script is PowerShell as the grammar knows it, and fits what carries it."""

import json

import pytest

from remediation.scripts import script
from tests.remediation.scripts.windows import syntax
from tests.remediation.scripts.windows.syntax import NAMES, faults, parsed, source, tree

# A run command is one PUT; a script of this size leaves room for everything else in it.
LARGEST = 60_000
LONGEST = 350


@pytest.mark.parametrize("name", NAMES)
def test_a_script_has_no_syntax_error(name: str) -> None:
    """A script that does not parse would spend an attempt and say nothing."""
    assert not faults(tree(name))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("was", "planted"),
    [
        ("function Write-Answer(", "function Write-Answer(("),
        ("Set-StrictMode -Version 3.0", "Set-StrictMode -Version 'three"),
        ("$attempt = ''\n    Write-Answer", "if $attempt = '' {\n    Write-Answer"),
    ],
    ids=["parenthesis", "quote", "condition"],
)
def test_a_planted_syntax_error_is_found(name: str, was: str, planted: str) -> None:
    """The grammar is strict enough for the test above to fail."""
    text = source(name)
    assert was in text

    assert faults(parsed(text.replace(was, planted, 1)))


@pytest.mark.parametrize("name", NAMES)
def test_a_script_fits_a_run_command(name: str) -> None:
    """It travels as a text of JSON in one request."""
    text = script(name, "windows")

    assert text.isascii()
    assert len(json.dumps(text)) < LARGEST
    assert len(text.splitlines()) <= LONGEST


@pytest.mark.parametrize("name", NAMES)
def test_a_script_says_what_it_is_before_its_parameters(name: str) -> None:
    """Purpose, parameters and exit codes stand at the head of what runs in a stranger's guest."""
    head = source(name).partition("\nparam(")[0]

    assert all(line.startswith("#") for line in head.splitlines())
    assert "attempt   names the attempt" in head
    assert "Exit codes:" in head


def test_functions_of_one_name_are_one_text() -> None:
    """A script travels alone, so what they share is repeated; it must not drift apart."""
    bodies: dict[str, dict[str, str]] = {}
    for name in NAMES:
        for function, node in syntax.functions(name).items():
            bodies.setdefault(function, {})[name] = syntax.said(node)
    # Each of the three lines is a script family's own.
    answers = bodies.pop("Write-Answer")
    differing = {
        function: sorted(texts)
        for function, texts in bodies.items()
        if len(set(texts.values())) > 1
    }

    assert not differing
    assert len({answers[name] for name in syntax.LINED_REPAIRS}) == 1

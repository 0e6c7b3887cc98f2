"""The checker shares no code with what it judges."""

import ast
from pathlib import Path

import pytest

from local.child import ROOT

JUDGED = ("remediation", "state", "console", "functions")
FILES = sorted((ROOT / "local" / "checker").glob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_nothing_that_is_judged_is_imported(path: Path) -> None:
    """Else one mistake could stand in both, and agree with itself."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    named = [
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    ]
    named += [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]

    assert [name for name in named if name.partition(".")[0] in JUDGED] == []

"""The simulated Azure is an independent witness: it knows nothing of what it is to judge."""

import ast
from pathlib import Path

import local

PRODUCT = {"remediation", "state", "console"}


def test_nothing_of_the_product_is_imported() -> None:
    """Neither by the simulation nor by the reader of worlds."""
    (root,) = map(Path, local.__path__)
    files = [*root.glob("azure/**/*.py"), *root.glob("worlds/**/*.py")]
    assert len(files) > 30
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names.append(node.module or "")
            assert not {name.partition(".")[0] for name in names} & PRODUCT, file

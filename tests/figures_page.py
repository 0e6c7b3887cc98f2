"""The figures of ``docs/guarantees.md``: ``python -m tests.figures_page`` writes them.

Each file of ``docs/figures`` was written by the command that it names. Nobody types a figure.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.planted.breakages import BREAKAGES, NAMED

DOCS = Path(__file__).parents[1] / "docs"
PAGE, FIGURES = DOCS / "guarantees.md", DOCS / "figures"
BEGIN, END = "<!-- figures: python -m tests.figures_page -->", "<!-- end of figures -->"


def table() -> str:
    """Return the tables of figures and of planted breakages."""
    return "\n".join([*_figures(), "", *_breakages()])


def _figures() -> Iterator[str]:
    yield "| run | figures | of which code |"
    yield "|---|---|---|"
    for path in sorted(FIGURES.glob("*.json")):
        document = json.loads(path.read_text("utf-8"))
        told = ", ".join(f"{name} {_shown(value)}" for name, value in document["figures"].items())
        yield f"| `{document['command']}` | {told} | {_code(document)} |"


def _code(document: Mapping[str, str]) -> str:
    """Return the commit and the day; a ``+`` says that the code had changes of its own."""
    if "commit" not in document:
        return "before commits were noted"
    return f"`{document['commit']}`, {document['date']}"


def _shown(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"


def _breakages() -> Iterator[str]:
    yield f"The {len(BREAKAGES)} planted breakages, each noticed by the proofs beside it:"
    yield ""
    yield "| broken | breaks | noticed by |"
    yield "|---|---|---|"
    for one in BREAKAGES:
        files = (proof.partition("::")[0] for proof in one.proofs)
        proofs = ", ".join(f"[{Path(file).name}](../{file})" for file in files)
        yield f"| {one.name} (`{one.file}`) | {', '.join(map(_promise, one.promises))} | {proofs} |"


def _promise(name: str) -> str:
    return f"[{name}]({NAMED[name]})" if name in NAMED else name


def page(text: str) -> str:
    """Return the page with its figures as they are now; ValueError where it has no place."""
    before, found, rest = text.partition(BEGIN)
    _, ended, after = rest.partition(END)
    if not (found and ended):
        raise ValueError(f"{PAGE.name}: expected {BEGIN} and, behind it, {END}")
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text("utf-8")), encoding="utf-8")

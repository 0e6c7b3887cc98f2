"""What the documents say is held to what is there."""

import json
import re
from pathlib import Path

import pytest

from benchmarks import survivors
from tests import figures_page

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "infra").glob("*.md")])
LINK = re.compile(r"\]\((?!https?://|#)([^)#\s]+)(?:#[^)]*)?\)")
RUNS = ("chaos", "faults", "fuzzing", "mutants", "simulation")
GUARANTEES = tuple(f"G{number}" for number in range(1, 12))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_inside_the_project_leads_somewhere(page: Path) -> None:
    """A link that leads nowhere is a promise broken at the first click."""
    links = LINK.findall(page.read_text("utf-8"))
    missing = [link for link in links if not (page.parent / link).exists()]
    assert not missing, f"{page.relative_to(ROOT)} links to {missing}"


def test_every_guarantee_names_the_tests_that_hold_it() -> None:
    """A guarantee without a proof is a wish."""
    rows = {
        line.split("**")[1]: LINK.findall(line)
        for line in (ROOT / "docs" / "guarantees.md").read_text("utf-8").splitlines()
        if line.startswith("| **G")
    }
    assert tuple(rows) == GUARANTEES
    without = [name for name, links in rows.items() if not any("tests/" in one for one in links)]
    assert not without


def test_the_readme_names_the_two_commands() -> None:
    """They are all a newcomer needs."""
    text = (ROOT / "README.md").read_text("utf-8")
    assert "make demo" in text
    assert "make test" in text


def test_the_figures_of_the_guarantees_are_what_runs_left() -> None:
    """Write them again with: python -m tests.figures_page."""
    text = figures_page.PAGE.read_text("utf-8")
    assert figures_page.page(text) == text


def test_every_mutant_that_lives_was_looked_at() -> None:
    """As many as the figures say, and each with a reason."""
    figures = json.loads((figures_page.FIGURES / "mutants.json").read_text("utf-8"))["figures"]
    text = (ROOT / "docs" / "mutants.md").read_text("utf-8")
    assert text.count("\n| `") == figures["mutants"] - figures["killed"]
    assert survivors.NOT_LOOKED_AT not in text


def test_the_pages_name_the_files_that_mutants_are_made_of() -> None:
    """All of them, as the settings do: a score says nothing of the others."""
    assert (ROOT / "docs" / "mutants.md").read_text("utf-8").startswith(survivors.head())
    _, _, told = figures_page.PAGE.read_text("utf-8").partition("`make mutants` changes ")
    assert re.findall(r"`(remediation/[^`]+)`", told.partition("no other file")[0]) == sorted(
        survivors.changed()
    )


def test_every_file_of_figures_says_how_to_make_it_again() -> None:
    """A command, numbers by name, and of which code they are, where that was noted."""
    for path in figures_page.FIGURES.glob("*.json"):
        document = json.loads(path.read_text("utf-8"))
        noted = document.keys() - {"command", "figures"}
        assert noted in (set(), {"commit", "date"}), path.name
        assert document["figures"], path.name
        assert document["command"].startswith(("make ", "python -m ")), path.name
        assert all(isinstance(value, int | float) for value in document["figures"].values())


@pytest.mark.parametrize("name", RUNS)
def test_the_figures_of_every_kind_of_run_are_there_and_on_the_page(name: str) -> None:
    """A file that is gone would take its row along, and nobody would miss it."""
    command = json.loads((figures_page.FIGURES / f"{name}.json").read_text("utf-8"))["command"]
    assert f"\n| `{command}` | " in figures_page.PAGE.read_text("utf-8")

"""Figures say of which code they are."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from benchmarks.figures import UNKNOWN, commit, write
from tests import figures_page

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="there is no git here")


def git(place: Path, *arguments: str) -> None:
    """Run git as somebody."""
    who = ("-c", "user.name=ada", "-c", "user.email=ada@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(
        ["git", "-C", str(place), *who, *arguments],  # noqa: S607 - the developer's own git
        check=True,
        capture_output=True,
    )


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a checkout with code and a page, both committed."""
    place = tmp_path / "project"
    for name in ("code.py", "docs/page.md"):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text("one\n", encoding="utf-8")
    git(tmp_path, "init", "--quiet", str(place))
    git(place, "add", ".")
    git(place, "commit", "--quiet", "--message", "Begin")
    return place


@needs_git
class TestTheCommit:
    """Of which code a run's figures are."""

    @staticmethod
    def test_a_clean_tree_is_its_commit(checkout: Path) -> None:
        """Short, as git prints it."""
        assert re.fullmatch(r"[0-9a-f]{4,40}", commit(checkout))

    @staticmethod
    @pytest.mark.parametrize("name", ["code.py", "new.py"])
    def test_changed_code_has_a_plus(checkout: Path, name: str) -> None:
        """Also a file that git does not know yet: it may have been run."""
        clean = commit(checkout)
        (checkout / name).write_text("two\n", encoding="utf-8")
        assert commit(checkout) == f"{clean}+"

    @staticmethod
    @pytest.mark.parametrize("name", ["page.md", "figures.json"])
    def test_changed_pages_have_none(checkout: Path, name: str) -> None:
        """One run's figures do not make the next one's commit another."""
        clean = commit(checkout)
        (checkout / "docs" / name).write_text("two\n", encoding="utf-8")
        assert commit(checkout) == clean

    @staticmethod
    def test_a_copy_inside_another_checkout_is_not_that_commit(checkout: Path) -> None:
        """Its code may be anything."""
        copy = checkout / "copy"
        copy.mkdir()
        assert commit(copy) == UNKNOWN


def test_outside_git_the_commit_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As from a packed archive."""
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert commit(tmp_path) == UNKNOWN


def test_without_git_the_commit_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No run fails for want of it."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert commit(tmp_path) == UNKNOWN


def test_the_page_shows_the_commit_and_the_day_of_each_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Older files have none, and are shown as such."""
    write(tmp_path / "new.json", command="make new", figures={"seeds": 1000}, code="abc1234+")
    day = json.loads((tmp_path / "new.json").read_text("utf-8"))["date"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", day)
    older = {"command": "make old", "figures": {"seeds": 1}}
    (tmp_path / "old.json").write_text(json.dumps(older), encoding="utf-8")
    monkeypatch.setattr(figures_page, "FIGURES", tmp_path)
    shown = figures_page.table().splitlines()
    assert f"| `make new` | seeds 1,000 | `abc1234+`, {day} |" in shown
    assert "| `make old` | seeds 1 | before commits were noted |" in shown

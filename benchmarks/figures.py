"""Figures that the documentation shows: written by the runs that made them, never by hand."""

import json
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "figures"
UNKNOWN = "unknown"
# What is written beside the code is no other code: a run may leave its figures and the next begin.
_CODE = (".", ":(exclude)docs")


def write(path: Path, *, command: str, figures: Mapping[str, float | int], code: str) -> None:
    """Write a run's figures: what makes them again, of which code they are, and of which day.

    ``code`` is what ``commit`` returned before the run: the tree may change while it lasts.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {
        "command": command,
        "commit": code,
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "figures": dict(figures),
    }
    path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def commit(root: Path = ROOT) -> str:
    """Return the commit that is checked out, with ``+`` where the code differs from it.

    Changes in ``docs/`` are none. ``unknown`` where the folder is no checkout of its own.
    """
    top = _git(root, "rev-parse", "--show-toplevel")
    if top is None or Path(top).resolve() != root.resolve():
        return UNKNOWN
    name = _git(root, "rev-parse", "--short", "HEAD")
    changes = _git(root, "status", "--porcelain", "--", *_CODE)
    if name is None or changes is None:
        return UNKNOWN
    return f"{name}+" if changes else name


def _git(root: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments],  # noqa: S607 - the developer's own git
            capture_output=True,
            check=False,
            text=True,
        )
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None

"""Figures that the documentation shows: written by the runs that made them, never by hand."""

import json
from collections.abc import Mapping
from pathlib import Path


def write(path: Path, *, command: str, figures: Mapping[str, float | int]) -> None:
    """Write a run's figures, with the command that makes them again."""
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {"command": command, "figures": dict(figures)}
    path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")

"""Scripts of guests are shell and PowerShell: no line of Python to measure while they run."""

from pathlib import Path

import pytest

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what stands in this folder, so that it can be run without coverage."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker("guest")

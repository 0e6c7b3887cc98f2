"""A plugin of pytest that leaves the first failed test's name in a file.

What pytest prints is for people: in CI it cuts no reason short, and a name's end cannot be told
from the reason's.
"""

import os
from pathlib import Path

import pytest

# Where the file is to be: a variable of the environment, as the plugin runs in another process.
PLACE = "FIRST_FAILURE"


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Write the name; a test that could not be set up has noticed nothing."""
    if report.when == "call" and report.failed:
        place = Path(os.environ[PLACE])
        if not place.exists():
            place.write_text(report.nodeid, encoding="utf-8")

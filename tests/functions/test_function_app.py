"""The function app: what it registers, and what a cold start does not load."""

import json
import subprocess
import sys
from pathlib import Path

import azure.functions as func
import pytest

from function_app import app

ROOT = Path(__file__).parents[2]
HEAVY = ("azure.mgmt", "azure.identity", "fastapi", "jinja2", "azure.eventgrid", "local")
TRIGGERS = {
    "on_alert": "httpTrigger",
    "on_event_grid": "eventGridTrigger",
    "on_event": "queueTrigger",
    "on_wakeup": "queueTrigger",
    "sweep": "timerTrigger",
    "upkeep": "timerTrigger",
    "console": "httpTrigger",
}

LOADED = """
import sys
import function_app
print("\\n".join(sorted(sys.modules)))
"""

# An app hands its functions out once in a process.
INDEXED = """
import json
from function_app import app
found = {one.get_function_name(): one.get_trigger().type for one in app.get_functions()}
print(json.dumps(found))
"""


def told(script: str) -> str:
    """Return what a script says in a fresh process."""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout


@pytest.fixture(scope="module")
def loaded() -> frozenset[str]:
    """Give the modules that a fresh process has after ``import function_app``."""
    return frozenset(told(LOADED).split())


@pytest.mark.parametrize("name", HEAVY)
def test_importing_the_function_app_does_not_load(loaded: frozenset[str], name: str) -> None:
    """A cold start pays for none of it."""
    assert "function_app" in loaded
    assert not {one for one in loaded if one == name or one.startswith(f"{name}.")}


def test_the_app_is_the_one_function_app() -> None:
    """The worker looks for it by this name."""
    assert isinstance(app, func.FunctionApp)


def test_the_app_indexes_with_its_functions_and_their_triggers() -> None:
    """Under the names that operators see, each once."""
    assert json.loads(told(INDEXED)) == TRIGGERS

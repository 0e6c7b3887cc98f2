"""The function app: what it registers, and what a cold start does not load."""

import subprocess
import sys
from pathlib import Path

import azure.functions as func
import pytest

from function_app import app

ROOT = Path(__file__).parents[2]
HEAVY = ("azure.mgmt", "azure.identity", "fastapi", "jinja2", "azure.eventgrid", "local")
FUNCTIONS = {"on_alert", "on_event_grid", "on_event", "on_wakeup", "sweep", "console"}

LOADED = """
import sys
import function_app
print("\\n".join(sorted(sys.modules)))
"""


@pytest.fixture(scope="module")
def loaded() -> frozenset[str]:
    """Give the modules that a fresh process has after ``import function_app``."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return frozenset(done.stdout.split())


@pytest.mark.parametrize("name", HEAVY)
def test_importing_the_function_app_does_not_load(loaded: frozenset[str], name: str) -> None:
    """A cold start pays for none of it."""
    assert "function_app" in loaded
    assert not {one for one in loaded if one == name or one.startswith(f"{name}.")}


def test_the_app_is_the_one_function_app() -> None:
    """The worker looks for it by this name."""
    assert isinstance(app, func.FunctionApp)


def test_the_app_registers_its_six_functions() -> None:
    """Each once, under the names that operators see."""
    names = [one.get_function_name() for one in app.get_functions()]
    assert sorted(names) == sorted(FUNCTIONS)


@pytest.mark.parametrize(
    ("name", "trigger"),
    [
        ("on_alert", "httpTrigger"),
        ("on_event_grid", "eventGridTrigger"),
        ("on_event", "queueTrigger"),
        ("on_wakeup", "queueTrigger"),
        ("sweep", "timerTrigger"),
        ("console", "httpTrigger"),
    ],
)
def test_each_function_has_its_trigger(name: str, trigger: str) -> None:
    """As the platform indexes it."""
    found = {one.get_function_name(): one for one in app.get_functions()}
    own = found[name].get_trigger()
    assert own is not None
    assert own.type == trigger

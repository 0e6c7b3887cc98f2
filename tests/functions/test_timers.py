"""The timer functions: each notes the end of its run, and what a sweep costs that finds nothing."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from functions import counting
from functions.wiring import build
from remediation.runs import Timer
from remediation.sweep import Swept

ROOT = Path(__file__).parents[2]

# What the worker calls: the function behind the trigger, with what the host tells of the timer.
CALLED = """
import sys
from function_app import app
class Due:
    past_due = False
found = {one.get_function_name(): one for one in app.get_functions()}
found[sys.argv[1]].get_user_function()(Due())
"""


@pytest.mark.parametrize("timer", list(Timer))
def test_a_run_that_ends_is_noted(azurite: str, timer: Timer) -> None:
    """By the timer's own name, and the other one is waited for from then on at the latest."""
    settings = {"AzureWebJobsStorage": azurite, "REMEDIATOR_LOCAL": "true"}
    began = datetime.now(UTC)
    subprocess.run(
        [sys.executable, "-c", CALLED, timer.value],
        cwd=ROOT,
        env={**os.environ, **settings},
        capture_output=True,
        check=True,
    )
    known = build(settings).runs.runs.known()
    ended = known[timer].ended_at
    assert ended is not None
    assert ended >= began
    assert set(known) == set(Timer)


def test_a_sweep_that_finds_nothing_costs_14_storage_requests(azurite: str) -> None:
    """As docs/operations.md says; each subscription and each vault costs its own beside that."""
    services = build({"AzureWebJobsStorage": azurite, "REMEDIATOR_LOCAL": "true"})
    # It may find what others left.
    services.runs.ended(Timer.SWEEP, services.sweep.run().faults)
    counting.begin()
    swept = services.sweep.run()
    services.runs.ended(Timer.SWEEP, swept.faults)
    assert swept == Swept()
    assert counting._counter().total() == 14

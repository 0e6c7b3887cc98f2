"""All guarantees together: a whole run holds them, an empty one does not."""

from dataclasses import replace

from local.checker.guarantees import verify
from tests.local.checker.runs import (
    a_run,
)


def test_a_whole_run_holds_everything() -> None:
    """The base of all other tests: nothing is found where nothing is wrong."""
    verdicts = verify(a_run(notices=("i1",)))

    assert {name: one.detail for name, one in verdicts.items() if not one.held} == {}
    assert list(verdicts) == [f"G{number}" for number in range(1, 12)]


def test_an_empty_trail_holds_nothing_that_it_should_show() -> None:
    """A run whose tables are empty proves nothing, and says so."""
    run = replace(a_run(), items=())

    broken = {name for name, one in verify(run).items() if not one.held}

    assert broken >= {"G1", "G4", "G5", "G6", "G9", "G10", "G11"}

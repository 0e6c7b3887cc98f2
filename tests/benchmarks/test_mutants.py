"""The score of mutants: only of a run that came to its end, and in doubt against us."""

import json
from pathlib import Path

import pytest

from benchmarks import mutants
from benchmarks.survivors import Survivor

KILLED, SURVIVED, NO_TESTS, INTERRUPTED, NOT_CHECKED = 1, 0, 33, 2, None
SUSPICIOUS, TIMEOUT = 35, 36


def ended(place: Path, *codes: int | None) -> Path:
    """Leave what mutmut leaves of a file whose mutants' tests ended with these codes."""
    path = place / "remediation" / "decide.py.meta"
    path.parent.mkdir(parents=True)
    found = {f"remediation.decide.x_decide__mutmut_{n}": code for n, code in enumerate(codes, 1)}
    path.write_text(json.dumps({"exit_code_by_key": found}), encoding="utf-8")
    return place


def recorded(place: Path, docs: Path) -> int:
    """Run it as `make mutants ARGS=--record` does, and return its exit code."""
    return mutants.published(mutants.results(place), docs, shown)


def shown(mutant: str) -> Survivor:
    """Stand in for mutmut, which reads the whole project for each."""
    return Survivor(function=mutant, was="is", became="was")


@pytest.mark.parametrize("code", [NOT_CHECKED, INTERRUPTED])
def test_a_run_that_was_cut_short_has_no_score(
    code: int | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """However many were killed until then: those that were left may all live."""
    place = ended(tmp_path / "mutants", *[KILLED] * 99, code)
    assert recorded(place, tmp_path / "docs") == 2
    assert not (tmp_path / "docs").exists()
    told = capsys.readouterr()
    assert "%" not in told.out
    assert "no score: 1 of 100 mutants were not tried to the end" in told.err


@pytest.mark.parametrize("code", [SURVIVED, NO_TESTS, SUSPICIOUS, -15])
def test_what_no_test_failed_of_for_sure_lives(
    code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also where the tests ended in a way that nobody expected."""
    (tmp_path / "docs").mkdir()
    place = ended(tmp_path / "mutants", *[KILLED] * 8, TIMEOUT, code)
    assert recorded(place, tmp_path / "docs") == 0
    figures = json.loads((tmp_path / "docs" / "figures" / "mutants.json").read_text("utf-8"))
    assert figures["figures"] == {"mutants": 10, "killed": 9, "score in %": 90.0}
    assert (tmp_path / "docs" / "mutants.md").read_text("utf-8").count("\n| `") == 1
    assert "9 of 10 mutants killed: 90.0 %" in capsys.readouterr().out


def test_a_score_below_what_is_promised_fails(tmp_path: Path) -> None:
    """Eight of nine are 89 %."""
    (tmp_path / "docs").mkdir()
    place = ended(tmp_path / "mutants", *[KILLED] * 8, SURVIVED)
    assert recorded(place, tmp_path / "docs") == 1


def test_without_mutants_there_is_no_score_either(tmp_path: Path) -> None:
    """Nothing was tried."""
    assert recorded(tmp_path / "mutants", tmp_path / "docs") == 2

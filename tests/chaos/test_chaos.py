"""Chaos over real processes: its course is a seed's, and a short one leaves every promise kept."""

import itertools
from pathlib import Path

import pytest

from benchmarks.chaos.deeds import Break, Freeze, Kill, Misbehave, deeds
from benchmarks.chaos.run import run

WORKERS, PROGRAMS = ("host", "host-2"), ("azurite", "azure")


def test_a_seed_has_one_course() -> None:
    """So that what it broke can be broken again, as far as real processes allow."""
    one, again, other = (
        list(itertools.islice(deeds(seed, WORKERS, PROGRAMS), 50)) for seed in (7, 7, 8)
    )
    assert one == again != other


def test_a_course_has_every_kind_of_deed() -> None:
    """Workers die, programs freeze, Azure misbehaves in four ways, and machines go on failing."""
    course = [deed for _, deed in itertools.islice(deeds(3, WORKERS, PROGRAMS), 200)]

    assert {type(deed) for deed in course} == {Kill, Freeze, Misbehave, Break}
    assert {one.worker for one in course if isinstance(one, Kill)} == set(WORKERS)
    assert {one.program for one in course if isinstance(one, Freeze)} == set(PROGRAMS)
    levels = [one.levels for one in course if isinstance(one, Misbehave)]
    for name in ("throttle", "lost_answer", "timeout", "nonsense"):
        assert any(getattr(one, name) > 0.2 for one in levels), name


@pytest.mark.long
@pytest.mark.proof
def test_a_short_chaos_breaks_no_promise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three workers, killed and frozen out; every judge is content. `make chaos` goes on longer."""
    monkeypatch.chdir(tmp_path)
    told = run(seconds=20, seed=4, say=print)

    assert told.faults == ()
    assert told.deeds["kill"] >= 1
    assert told.statuses.total() >= 13

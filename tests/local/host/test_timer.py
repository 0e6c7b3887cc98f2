"""The timer trigger on the clock of a simulated world."""

from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from tests.local.eventually import eventually
from tests.local.host.sample_host import CLOCK, SampleHost, clock, sample_host

HALF_HOUR = timedelta(minutes=30)


def test_a_timer_runs_at_each_moment_of_its_schedule(host: SampleHost) -> None:
    """Two simulated hours a second: every half hour is met once, in order."""
    already = len(host.seen("on_timer"))
    eventually(lambda: len(host.seen("on_timer")) >= already + 4)
    runs = [datetime.fromisoformat(seen["due"]) for seen in host.seen("on_timer")[already:]]
    assert runs[0] > datetime.fromisoformat(CLOCK)
    assert {after - before for before, after in pairwise(runs)} == {HALF_HOUR}


def test_a_run_never_overlaps_the_one_before(tmp_path: Path, azurite: str) -> None:
    """A run that takes longer than the interval: what fell due meanwhile is left out."""
    settings = {
        "SAMPLE_SCHEDULE": "0 */30 * * * *",
        "SAMPLE_TIMER_SLEEP": "0.6",
        "REMEDIATOR_CLOCK": clock(speed=7200),
    }
    with sample_host(tmp_path, azurite, **settings) as host:
        eventually(lambda: len(host.seen("on_timer")) >= 2)
        first, second = (datetime.fromisoformat(one["due"]) for one in host.seen("on_timer")[:2])
    assert second - first >= 2 * HALF_HOUR


def test_a_schedule_that_cannot_be_read_stops_the_host(tmp_path: Path, azurite: str) -> None:
    """The function is named."""
    with pytest.raises(Exception, match="function on_timer: a schedule has six fields"):  # noqa: SIM117
        with sample_host(tmp_path, azurite, SAMPLE_SCHEDULE="0 * * * *"):
            pass

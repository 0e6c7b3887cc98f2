"""The timers watch each other: one that does not run raises an alarm once, and it is told again."""

from datetime import timedelta
from typing import override

import pytest

from remediation.runs import LIMITS, LastRun, RunWatch, Timer, all_runs
from state.memory import MemoryLedger, MemoryRuns
from tests.state.clock import SetClock

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
OTHERS = [(Timer.SWEEP, Timer.UPKEEP), (Timer.UPKEEP, Timer.SWEEP)]


class Fast(SetClock):
    """A clock on which ten real minutes are ten hours."""

    @override
    def stretch(self, real: timedelta) -> timedelta:
        """Return what a real duration measures on this clock."""
        return 60 * real


def a_watch(clock: SetClock | None = None) -> tuple[RunWatch, SetClock, MemoryLedger]:
    """Return a watch in memory, its clock and its ledger."""
    clock, ledger = clock or SetClock(), MemoryLedger()
    return RunWatch(runs=MemoryRuns(), ledger=ledger, clock=clock), clock, ledger


def texts(ledger: MemoryLedger) -> list[str]:
    """What people were told, the eldest first."""
    return [one.text for one in reversed(ledger.alarms())]


@pytest.mark.parametrize(("runs", "silent"), OTHERS)
def test_the_one_that_runs_tells_once_of_the_one_that_does_not(runs: Timer, silent: Timer) -> None:
    """Not before its limit, and not again with each run."""
    watch, clock, ledger = a_watch()
    watch.ended(silent, ())
    ended = clock.at
    clock.at += LIMITS[silent]
    watch.ended(runs, ())
    assert ledger.alarms() == ()
    for _ in range(5):
        clock.at += 30 * MINUTE
        watch.ended(runs, ())
    assert texts(ledger) == [f"the {silent} has not ended a run since {ended.isoformat()}"]


@pytest.mark.parametrize(("runs", "silent"), OTHERS)
def test_one_that_never_ran_is_waited_for_from_the_others_first_run(
    runs: Timer, silent: Timer
) -> None:
    """A deployment whose timer is switched off from the beginning."""
    watch, clock, ledger = a_watch()
    watch.ended(runs, ())
    since = clock.at
    for _ in range(14):
        clock.at += 30 * MINUTE
        watch.ended(runs, ())
    assert texts(ledger) == [f"no run of the {silent} has ended since {since.isoformat()}"]


def test_that_it_runs_again_is_told_and_its_next_silence_is_another_alarm() -> None:
    """The alarm's key names the run after which nothing came."""
    watch, clock, ledger = a_watch()
    for _ in range(2):
        watch.ended(Timer.UPKEEP, ())
        clock.at += 7 * HOUR
        watch.ended(Timer.SWEEP, ())
    watch.ended(Timer.UPKEEP, ())
    told = texts(ledger)
    assert [text for text in told if "runs again" in text] == ["the upkeep runs again"] * 2
    assert len([text for text in told if "not ended a run" in text]) == 2


def test_an_ordinary_day_raises_nothing() -> None:
    """A sweep each half hour, an upkeep each hour."""
    watch, clock, ledger = a_watch()
    for half_hour in range(48):
        watch.ended(Timer.SWEEP, ())
        if half_hour % 2:
            watch.ended(Timer.UPKEEP, ("retention: no index",))
        clock.at += 30 * MINUTE
    assert ledger.alarms() == ()
    upkeep = watch.runs.known()[Timer.UPKEEP]
    assert (upkeep.faults, upkeep.fault) == (1, "retention: no index")


def test_a_fault_is_kept_redacted_and_short() -> None:
    """It is shown to readers."""
    watch, _, _ = a_watch()
    watch.ended(Timer.UPKEEP, ("AccountKey=c2VjcmV0c2VjcmV0c2VjcmV0; " + "x" * 2000,))
    fault = watch.runs.known()[Timer.UPKEEP].fault
    assert len(fault) <= 300
    assert "c2VjcmV0" not in fault


def test_where_the_clock_runs_fast_a_run_has_its_real_time() -> None:
    """Ten real minutes are ten hours there."""
    clock = Fast()
    run = LastRun(timer=Timer.SWEEP, since=clock.at, ended_at=clock.at)
    clock.at += 10 * HOUR
    assert not run.silent(clock)
    clock.at += MINUTE
    assert run.silent(clock)


def test_a_timer_of_which_nothing_is_known_is_waited_for_since_the_process_began() -> None:
    """So health can tell where no timer ever ran."""
    clock = SetClock()
    known = {Timer.SWEEP: LastRun(timer=Timer.SWEEP, since=clock.at, ended_at=clock.at)}
    found = all_runs(known, clock.at - HOUR)
    assert [run.timer for run in found] == list(Timer)
    assert found[1] == LastRun(timer=Timer.UPKEEP, since=clock.at - HOUR)

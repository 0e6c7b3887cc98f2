"""The contract of ``Runs``, and what the timers' watch over each other costs."""

from datetime import timedelta

from remediation.runs import LastRun, RunWatch, Timer
from state import layout
from state.ledger import TableLedger
from state.runs import TableRuns
from tests.azurite import fresh_name
from tests.state import values
from tests.state.clock import SetClock
from tests.state.conftest import Kit
from tests.state.counting import Counting
from tests.state.tables import OwnTables

HOUR = timedelta(hours=1)
ENDED = LastRun(timer=Timer.UPKEEP, since=values.NOON, ended_at=values.NOON)


def test_the_newest_run_stands_in_the_place_of_the_one_before(kit: Kit) -> None:
    """One a timer, read by every worker."""
    one, other = kit.runs(), kit.runs()
    assert other.known() == {}
    one.ended(LastRun(timer=Timer.UPKEEP, since=values.NOON, ended_at=values.NOON, faults=1))
    later = values.NOON + HOUR
    newest = LastRun(
        timer=Timer.UPKEEP, since=later, ended_at=later, faults=2, fault="anchors: gone"
    )
    one.ended(newest)
    swept = LastRun(timer=Timer.SWEEP, since=values.NOON, ended_at=values.NOON)
    one.ended(swept)
    assert other.known() == {Timer.UPKEEP: newest, Timer.SWEEP: swept}


def test_a_run_without_faults_leaves_none_of_the_one_before(kit: Kit) -> None:
    """The row is replaced, not merged."""
    runs = kit.runs()
    runs.ended(LastRun(timer=Timer.UPKEEP, since=values.NOON, ended_at=values.NOON, fault="x"))
    runs.ended(ENDED)
    assert runs.known() == {Timer.UPKEEP: ENDED}


def test_a_timer_is_waited_for_from_the_first_who_asks(kit: Kit) -> None:
    """Later ones change nothing, and never take back a run that ended."""
    runs = kit.runs()
    runs.awaited(Timer.UPKEEP, values.NOON)
    runs.awaited(Timer.UPKEEP, values.NOON + HOUR)
    assert runs.known() == {Timer.UPKEEP: LastRun(timer=Timer.UPKEEP, since=values.NOON)}
    runs.ended(ENDED)
    runs.awaited(Timer.UPKEEP, values.NOON + HOUR)
    assert runs.known() == {Timer.UPKEEP: ENDED}


def test_a_timer_of_a_newer_version_is_passed_over(tables: Kit) -> None:
    """Two versions meet while a deployment goes through."""
    row = {"PartitionKey": "timers", "RowKey": "audit", "since": values.NOON.isoformat()}
    tables.table(layout.LEDGER).create_entity(row)
    tables.runs().ended(ENDED)
    assert tables.runs().known() == {Timer.UPKEEP: ENDED}


def test_the_watch_costs_a_run_a_query_and_a_write(azurite: str) -> None:
    """And one request more while the other is silent: the alarm stands already."""
    counting, clock = Counting(), SetClock()
    service = OwnTables.of(azurite, fresh_name("t"), transport=counting)
    watch = RunWatch(
        runs=TableRuns(service, writer="w"), ledger=TableLedger(service, writer="w"), clock=clock
    )
    watch.ended(Timer.SWEEP, ())
    counting.clear()
    clock.at += HOUR / 2
    watch.ended(Timer.SWEEP, ())
    assert [call.method for call in counting.calls] == ["GET", "PUT"]
    for _ in range(4):
        clock.at += 2 * HOUR
        watch.ended(Timer.SWEEP, ())
    counting.clear()
    clock.at += HOUR / 2
    watch.ended(Timer.SWEEP, ())
    assert [call.method for call in counting.calls] == ["GET", "PUT", "GET"]
    service.close()

"""The contract of ``Pauses``."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from remediation.pauses import Lifted, Pause, Pauses, PausesError
from state import layout
from state.account import StorageAccount
from state.ledger import TableLedger
from state.memory import MemoryPauses
from state.pauses import TablePauses
from tests.azurite import fresh_name
from tests.state import values
from tests.state.tables import OwnTables

HOUR = timedelta(hours=1)
NOW = values.NOON
type Workers = Callable[[], Pauses]


def a_pause(**changes: Any) -> Pause:
    """A pause of everything for two hours."""
    made = Pause(
        id="p-1",
        scope="*",
        by="Ada (1)",
        reason="Netzumbau: bitte später",
        at=NOW,
        until=NOW + 2 * HOUR,
    )
    return replace(made, **changes)


def lifting(**changes: Any) -> Lifted:
    """Somebody lifts it after an hour."""
    return replace(Lifted(by="Bob (2)", reason="done", at=NOW + HOUR), **changes)


@pytest.fixture
def tables(azurite: str) -> Iterator[OwnTables]:
    """Tables of the test's own."""
    with OwnTables.of(azurite, fresh_name("t")) as service:
        yield service


@pytest.fixture(params=["memory", "tables"])
def workers(request: pytest.FixtureRequest) -> Iterator[Workers]:
    """One implementation after the other; each call makes another worker on the same storage."""
    if request.param == "memory":
        memory = MemoryPauses()
        yield lambda: memory
        return
    connection, suffix = request.getfixturevalue("azurite"), fresh_name("t")
    with ExitStack() as closing:

        def worker() -> Pauses:
            service = closing.enter_context(OwnTables.of(connection, suffix))
            return TablePauses(service, writer=fresh_name("worker"))

        yield worker


def test_a_pause_comes_back_whole(workers: Workers) -> None:
    """By its id, among those that hold, and among all."""
    pause = a_pause(scope=values.VAULT.shown)
    assert workers().put(pause) == pause
    other = workers()
    assert other.get("p-1") == pause
    assert other.active(NOW) == other.all() == (pause,)


def test_without_pauses_there_are_none(workers: Workers) -> None:
    """And looking makes none."""
    assert workers().get("p-1") is None
    assert workers().active(NOW) == workers().all() == ()
    assert workers().lift("p-1", lifting()) is None


def test_an_id_is_given_once(workers: Workers) -> None:
    """What stands under it is answered, and stays."""
    workers().put(a_pause())
    assert workers().put(a_pause(reason="another")) == a_pause()
    assert workers().all() == (a_pause(),)


def test_what_is_over_holds_no_more_and_is_kept(workers: Workers) -> None:
    """What ends last comes first among those that hold; the newest first among all."""
    over = a_pause(id="over", at=NOW - 3 * HOUR, until=NOW)
    short, long = a_pause(id="short", until=NOW + HOUR), a_pause(id="long", at=NOW - HOUR)
    for one in (over, short, long):
        workers().put(one)
    assert workers().active(NOW) == (long, short)
    assert workers().active(NOW + HOUR) == (long,)
    assert workers().active(NOW + 2 * HOUR) == ()
    assert workers().all() == (short, long, over)


def test_a_lifted_pause_holds_no_more_and_says_who_lifted_it(workers: Workers) -> None:
    """The first one counts; later ones change nothing."""
    workers().put(a_pause())
    lifted = a_pause(lifted=lifting())
    assert workers().lift("p-1", lifting()) == lifted
    again = lifting(by="Eve (3)", at=NOW + timedelta(minutes=70))
    assert workers().lift("p-1", again) == lifted
    assert workers().get("p-1") == lifted
    assert workers().active(NOW + HOUR) == ()


def test_what_ended_by_itself_cannot_be_lifted_any_more(workers: Workers) -> None:
    """It stands as it ended."""
    workers().put(a_pause())
    assert workers().lift("p-1", lifting(at=NOW + 2 * HOUR)) == a_pause()


def test_of_many_who_lift_at_once_one_counts(workers: Workers) -> None:
    """All are told the same."""
    workers().put(a_pause())
    each = [workers() for _ in range(6)]
    with ThreadPoolExecutor(len(each)) as pool:
        found = pool.map(
            lambda at: at[1].lift("p-1", lifting(by=f"P{at[0]}")), list(enumerate(each))
        )
        assert len(set(found)) == 1


def test_storage_that_does_not_answer_is_told_as_that() -> None:
    """Nobody listens at that address; every call says so."""
    connection = (
        "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=a2V5;"
        "TableEndpoint=http://127.0.0.1:9/devstoreaccount1"
    )
    pauses = TablePauses(StorageAccount(connection, retries=0).tables(), writer="w")
    for call in (
        lambda: pauses.active(NOW),
        pauses.all,
        lambda: pauses.get("p-1"),
        lambda: pauses.put(a_pause()),
        lambda: pauses.lift("p-1", lifting()),
    ):
        with pytest.raises(PausesError, match="storage does not answer"):
            call()


def test_a_table_that_is_not_there_cannot_be_read(tables: OwnTables) -> None:
    """That is not the same as no pause."""
    tables.delete_table(layout.LEDGER)
    with pytest.raises(PausesError, match="storage answered 404 TableNotFound"):
        TablePauses(tables, writer="w").active(NOW)


def test_a_row_that_nobody_can_read_is_no_missing_pause(tables: OwnTables) -> None:
    """Somebody changed it by hand."""
    pauses = TablePauses(tables, writer="w")
    pauses.put(a_pause())
    client = tables.get_table_client(layout.LEDGER)
    (row,) = client.query_entities("PartitionKey eq 'pause'")
    client.update_entity({**row, "body": "{}"})
    with pytest.raises(PausesError, match="a pause is not as it was written"):
        pauses.active(NOW)


def test_pauses_are_no_alarms_and_no_rejected_deliveries(tables: OwnTables) -> None:
    """They share a table, and nothing else."""
    TablePauses(tables, writer="w").put(a_pause())
    ledger = TableLedger(tables, writer="w")
    assert ledger.alarms() == ()
    assert list(ledger.rejected(since=NOW - 24 * HOUR, until=NOW + 24 * HOUR)) == []

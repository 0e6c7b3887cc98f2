"""What a page costs, in a large estate: storage requests at the SDK transport, with Azurite."""

import itertools
from collections.abc import Iterable, Iterator
from datetime import timedelta

import pytest
from azure.data.tables import TableClient

from remediation.deeds import Deed, DeedKind, DeedState
from remediation.messages import Rejected
from state import layout
from state.chained import HEAD
from state.deeds import DEEDS, TableDeeds
from state.ledger import ALARMS, TableLedger
from state.memory import MemoryChains, MemoryDeeds, MemoryLedger
from tests.azurite import fresh_name
from tests.state import values
from tests.state.counting import Counting
from tests.state.tables import OwnTables

# More than one answer of a query can hold.
MANY = 1_100
MINUTE = timedelta(minutes=1)


@pytest.fixture
def counting() -> Counting:
    """What goes over the wire."""
    return Counting()


@pytest.fixture
def service(azurite: str, counting: Counting) -> Iterator[OwnTables]:
    """Tables of the test's own, over that wire."""
    made = OwnTables.of(azurite, fresh_name("t"), transport=counting)
    yield made
    made.close()


def filled(table: TableClient, rows: Iterable[dict[str, object]]) -> None:
    """Write rows of one partition, a hundred a request."""
    for some in itertools.batched(rows, 100, strict=False):
        table.submit_transaction([("create", row) for row in some])


def chained(service: OwnTables, chains: MemoryChains, partition: str) -> None:
    """Write a chain of memory as the adapter would have, but faster."""
    head, rows = chains.chain(partition)
    links: list[dict[str, object]] = [
        {"RowKey": row.key, "position": row.position, "hash": row.hash, "body": row.body}
        for row in rows
    ]
    links.append({"RowKey": HEAD, "position": head.position, "hash": head.hash})
    table = service.get_table_client(layout.LEDGER)
    filled(table, ({"PartitionKey": partition, **link} for link in links))


def test_a_page_of_alarms_costs_two_requests_and_one_further_on(
    service: OwnTables, counting: Counting
) -> None:
    """Head and rows; then the cursor knows the place."""
    memory = MemoryLedger(chains := MemoryChains())
    for number in range(MANY):
        memory.alarm(f"key-{number}", f"alarm {number}", values.NOON + number * MINUTE)
    chained(service, chains, ALARMS)
    ledger = TableLedger(service, writer="w")
    counting.clear()
    page = ledger.newest_alarms(before=None, most=50)
    assert len(counting.calls) == 2
    assert [one.text for one in page.entries] == [f"alarm {MANY - 1 - n}" for n in range(50)]
    counting.clear()
    page = ledger.newest_alarms(before=page.before, most=50)
    assert len(counting.calls) == 1
    assert page.entries[0].text == f"alarm {MANY - 51}"
    assert ledger.alarms() == memory.alarms()


def test_the_newest_deeds_cost_two_requests(service: OwnTables, counting: Counting) -> None:
    """However many there are."""
    memory = MemoryDeeds(chains := MemoryChains())
    for number in range(MANY):
        memory.add(
            Deed(
                kind=DeedKind.DISCARD,
                state=DeedState.DONE,
                key=f"key-{number}",
                by="somebody",
                reason="old",
                at=values.NOON,
            )
        )
    chained(service, chains, DEEDS)
    counting.clear()
    assert TableDeeds(service, writer="w").newest(50) == memory.newest(50)
    assert len(counting.calls) == 2


def test_a_page_of_rejected_deliveries_costs_what_it_shows_wherever_it_begins(
    service: OwnTables, counting: Counting
) -> None:
    """A day of a flood: the last page is as cheap as the first."""
    memory = MemoryLedger(chains := MemoryChains())
    for number in range(3 * MANY):
        rejected = Rejected(door=values.a_rejection().door, reason=f"{number}", text="x")
        memory.reject(rejected, values.NOON)
    day = layout.day(values.NOON)
    chained(service, chains, day)
    ledger = TableLedger(service, writer="w")
    span = {"since": values.NOON - MINUTE, "until": values.NOON + MINUTE}
    for passed in (None, MANY, 3 * MANY - 60):
        counting.clear()
        after = None if passed is None else (day, passed)
        found = list(itertools.islice(ledger.rejected(**span, after=after), 50))
        first = 0 if passed is None else passed
        assert [one.reason for one in found] == [f"{first + n}" for n in range(50)]
        assert len(counting.calls) == 1

"""What a page costs, in a large estate: storage requests at the SDK transport, with Azurite."""

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from azure.data.tables import TableClient

from remediation.deeds import Deed, DeedKind, DeedState
from remediation.ids import ItemId
from remediation.incident import Status
from remediation.messages import Rejected
from remediation.ports import IndexRow
from state import codec, layout
from state.audit import MOST_AUDITED, MOST_HEADS, AuditReader
from state.chain import GENESIS, Gap
from state.chained import HEAD
from state.deeds import DEEDS, TableDeeds
from state.index import TableIncidentIndex, _entity
from state.ledger import ALARMS, TableLedger
from state.memory import MemoryBlobs, MemoryChains, MemoryDeeds, MemoryLedger
from state.partitions import TablePartitions
from state.reading import FIRST_DAY, AuditQuery, IncidentQuery
from state.stubs import Stub
from tests.azurite import fresh_name
from tests.state import values
from tests.state.counting import Counting
from tests.state.tables import OwnTables

pytestmark = pytest.mark.proof

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


# ---------------------------------------------------------------- a thousand incidents

TOMORROW = values.NOON + timedelta(days=1)
DAYS = 30


def a_row(number: int, **changes: Any) -> IndexRow:
    """One of a thousand incidents of thirty days, the newest first; every other one has ended."""
    at = values.NOON - number * timedelta(days=DAYS) / MANY
    row = IndexRow(
        incident=f"incident-{number:04}",
        item=ItemId.of(values.SUBSCRIPTION, "rg", f"vm-{number}"),
        vault=values.VAULT,
        opened_at=at,
        cause="standard",
        code="UserErrorX",
        open=number % 2 == 0,
        status=Status.ASSESSING if number % 2 == 0 else Status.CLOSED,
        written_at=at,
    )
    return replace(row, **changes)


@pytest.fixture
def reader(service: OwnTables, counting: Counting) -> AuditReader:
    """A reader of an estate of so many incidents; what its preparation cost is not counted.

    Their heads are not there: looking for one costs what reading it costs, and none fits a filter.
    """
    rows = sorted((_entity(a_row(number)) for number in range(MANY)), key=_day)
    for _, some in itertools.groupby(rows, key=_day):
        filled(service.get_table_client(layout.INDEX), some)
    counting.clear()
    return AuditReader(
        partitions=TablePartitions(service, MemoryBlobs()),
        index=TableIncidentIndex(service, writer="w"),
        ledger=TableLedger(service, writer="w"),
    )


def _day(row: dict[str, object]) -> str:
    return str(row["PartitionKey"])


def cost(counting: Counting, service: OwnTables) -> tuple[int, int]:
    """How many requests went to the index, and how many to the incidents' own partitions."""
    found = counting.by_place
    counting.clear()
    names = layout.INDEX, layout.INCIDENTS
    index, incidents = (found.pop(f"{name}{service.suffix}", 0) for name in names)
    assert not found
    return index, incidents


def test_a_page_of_the_index_costs_few_requests_however_many_days_it_spans(
    reader: AuditReader, counting: Counting, service: OwnTables
) -> None:
    """The span that is read doubles: thirty days are five spans, not thirty."""
    for size, most in ((1, 1), (20, 1), (200, 3), (MANY, 7)):
        page, _ = reader.index.page(since=FIRST_DAY, until=TOMORROW, cursor=None, size=size)
        assert [one.incident for one in page] == [f"incident-{n:04}" for n in range(size)]
        assert cost(counting, service)[0] <= most + 1


@pytest.mark.parametrize(
    "query",
    [
        IncidentQuery(until=TOMORROW, code="UserErrorY"),
        IncidentQuery(until=TOMORROW, cause="another"),
        IncidentQuery(until=TOMORROW, status=Status.ESCALATED),
        IncidentQuery(until=TOMORROW, open=True),
    ],
    ids=("code", "cause", "status", "open"),
)
def test_a_filter_that_fits_nothing_costs_a_page_200_looks_and_goes_on(
    reader: AuditReader, counting: Counting, service: OwnTables, query: IncidentQuery
) -> None:
    """It was a request for each incident there is; who has ended is told by the row alone."""
    page = reader.incidents(query, size=50)
    index, incidents = cost(counting, service)
    assert incidents == MOST_HEADS
    assert index <= 10
    looked, pages = incidents, 1
    while page.next is not None:
        page = reader.incidents(query, cursor=page.next, size=50)
        index, incidents = cost(counting, service)
        assert incidents <= MOST_HEADS
        assert index <= 10
        looked, pages = looked + incidents, pages + 1
    assert pages == 3
    # Each that is open was looked at once.
    assert looked == MANY // 2


def test_what_ended_otherwise_is_not_looked_at(
    reader: AuditReader, counting: Counting, service: OwnTables
) -> None:
    """A page of those that recovered reads no head of those that were closed."""
    query = IncidentQuery(until=TOMORROW, status=Status.RECOVERED, cause="another")
    assert reader.incidents(query, size=50).entries == ()
    assert cost(counting, service)[1] == MOST_HEADS


def test_a_page_of_records_looks_at_a_hundred_incidents_and_goes_on(
    reader: AuditReader, counting: Counting, service: OwnTables
) -> None:
    """Each at most once over all pages."""
    query, cursor, looked = AuditQuery(until=TOMORROW, action="retry_backup"), None, 0
    for _ in range(MANY // MOST_AUDITED):
        page = reader.audit(query, cursor=cursor, size=50)
        index, incidents = cost(counting, service)
        assert incidents == MOST_AUDITED
        assert index <= 10
        looked, cursor = looked + incidents, page.next
    assert looked == MANY
    assert cursor is None or reader.audit(query, cursor=cursor, size=50).next is None


# ---------------------------------------------------------------- chains


@pytest.mark.parametrize(("stub", "requests"), [(False, 1), (True, 2)])
def test_the_hashes_of_a_machines_chain_cost_one_request_or_with_stubs_two(
    service: OwnTables, counting: Counting, stub: bool, requests: int
) -> None:
    """What anchoring reads of each chain that went on."""
    gone = Stub(
        incident="incident-1",
        stretches=(Gap(first=1, last=2, previous=GENESIS, hash="b"),),
        count=2,
        ended_at=values.NOON,
        at=values.NOON + timedelta(days=500),
        retention=timedelta(days=400),
    )
    rows = [(layout.record_row("incident-2", 1), 3, "c", "{}")]
    rows += [(layout.stub_row("incident-1"), 4, "d", codec.encode(gone))] if stub else []
    filled(
        service.get_table_client(layout.INCIDENTS),
        (
            {
                "PartitionKey": "p",
                "RowKey": key,
                "position": position,
                "previous": "b",
                "hash": hash_,
                "body": body,
            }
            for key, position, hash_, body in rows
        ),
    )
    counting.clear()
    found = TablePartitions(service, MemoryBlobs()).hashes("p")
    assert len(counting.calls) == requests
    assert found[3] == "c"
    assert found.get(4) == ("d" if stub else None)

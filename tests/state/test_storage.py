"""The account's clients, blobs, keys, days, and what goes over the wire."""

from datetime import UTC, datetime, timedelta

import pytest
from azure.data.tables import TableServiceClient
from hypothesis import given
from hypothesis import strategies as st

from state import layout
from state.account import StorageAccount, create_all
from state.bodies import INLINE, joined, split, units
from state.days import next_day_with_rows
from state.versions import Version
from state.wakeups import QueueWakeups
from tests.azurite import fresh_name
from tests.state import values
from tests.state.clock import SetClock
from tests.state.conftest import Kit
from tests.state.counting import Counting
from tests.state.test_wakeups import WAKE

_TIMES = st.integers(1, 8000 * 366 * 24 * 3600 * 1000).map(
    lambda milliseconds: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
)


def test_everything_is_created_and_created_again(azurite: str) -> None:
    """Starting twice is no fault."""
    account = StorageAccount(azurite)
    create_all(account)
    create_all(account)
    with account.tables() as service:
        assert set(layout.TABLES) <= {table.name for table in service.list_tables()}
    for name in layout.QUEUES:
        with account.raw_queue(name + layout.POISON_SUFFIX) as queue:
            assert queue.peek_messages() == []
    for name in layout.CONTAINERS:
        with account.container(name) as container:
            assert container.exists()


def test_one_transport_counts_tables_queues_and_blobs(azurite: str) -> None:
    """By their names."""
    transport = Counting()
    account = StorageAccount(azurite, transport=transport)
    table, queue = fresh_name("table"), fresh_name("queue")
    service = account.tables()
    assert isinstance(service, TableServiceClient)
    client = service.create_table(table)
    raw = account.raw_queue(queue)
    raw.create_queue()
    transport.clear()
    client.create_entity({"PartitionKey": "a", "RowKey": "b"})
    list(client.query_entities("PartitionKey eq 'a'"))
    client.submit_transaction([("upsert", {"PartitionKey": "a", "RowKey": "b"})])
    QueueWakeups(lambda: account.queue(queue), SetClock()).send(WAKE, at=values.NOON)
    assert transport.by_place == {table: 3, queue: 1}
    assert {call.status for call in transport.calls} <= {200, 201, 202, 204}
    transport.close()


def test_a_blob_stands_under_its_hash(kit: Kit) -> None:
    """Written twice it is one; removed it is gone; removing it again is nothing."""
    name = kit.blobs.put(b"bytes")
    assert kit.blobs.put(b"bytes") == name
    assert kit.blobs.get(name) == b"bytes"
    kit.blobs.remove(name)
    kit.blobs.remove(name)
    with pytest.raises(LookupError, match=name):
        kit.blobs.get(name)


def test_an_altered_blob_is_not_taken(azurite: str) -> None:
    """Its name says what it must be."""
    from state.blobs import ContainerBlobs  # noqa: PLC0415

    with StorageAccount(azurite).container(fresh_name("blobs")) as container:
        container.create_container()
        blobs = ContainerBlobs(lambda: container)
        name = blobs.put(b"bytes")
        container.upload_blob(name, b"other", overwrite=True)
        with pytest.raises(ValueError, match="altered"):
            blobs.get(name)


@given(st.text(st.characters(exclude_categories=["Cs"])), st.integers(0, 9))
def test_a_text_comes_back_from_its_parts(text: str, times: int) -> None:
    """No part is longer than a property may be."""
    long = text * 10**times if len(text) * 10**times < 400_000 else text
    if units(long) <= 400_000:
        row = split("body", long)
        assert joined("body", row) == long
        assert all(units(part) <= INLINE for part in row.values())


def test_a_text_too_long_for_a_row_is_refused() -> None:
    """Azure would refuse the whole transaction, and say less."""
    with pytest.raises(ValueError, match="too long"):
        split("head", "x" * 500_000)


def test_a_row_without_its_text_is_a_fault() -> None:
    """It is named."""
    with pytest.raises(ValueError, match=r"1\|open"):
        joined("head", {"RowKey": "1|open"})


@pytest.mark.parametrize("text", ["", "a|b", "x|y|z", "1|"], ids=repr)
def test_a_version_that_no_store_gave_is_refused(text: str) -> None:
    """Position, hash and ETag."""
    with pytest.raises(ValueError, match="version"):
        Version.parse(text)


@given(st.lists(_TIMES, min_size=2, max_size=9))
def test_keys_of_the_index_sort_newest_first(times: list[datetime]) -> None:
    """Over days and years."""
    keys = [layout.index_row(at, "i") for at in sorted(set(times), reverse=True)]
    assert keys == sorted(keys)


@pytest.mark.parametrize("wrong", ["", "a/b", "a#b", "a?b", "a\\b", "a\nb", "x" * 201], ids=repr)
def test_an_incident_id_that_cannot_be_a_key_is_refused(wrong: str) -> None:
    """Before Azure refuses the row."""
    with pytest.raises(ValueError, match="incident"):
        layout.record_row(wrong, 1)


@given(st.sets(st.integers(0, 500)), st.integers(0, 500))
def test_the_newest_day_before_another_is_found_with_few_questions(
    days: set[int], below: int
) -> None:
    """About the number of binary digits of the gap."""
    first = datetime(2026, 1, 1, tzinfo=UTC)
    names = {layout.day(first + timedelta(days=day)): day for day in range(501)}
    asked = 0

    def exists(low: str, high: str) -> bool:
        nonlocal asked
        asked += 1
        return any(names[low] <= day <= names[high] for day in days)

    limit = layout.day(first + timedelta(days=below))
    found = next_day_with_rows(layout.day(first), limit, exists)
    assert found == max(
        (name for name, day in names.items() if day in days and day < below), default=None
    )
    assert asked <= 11

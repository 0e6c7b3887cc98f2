"""What the software stores is what the checker reads, over the real protocol."""

import json
from collections.abc import Iterator

import pytest
from azure.data.tables import TableServiceClient
from azure.storage.queue import QueueServiceClient, TextBase64EncodePolicy

from local.checker.chain import broken
from local.checker.evidence import Evidence
from local.checker.fold import fold, stored
from local.checker.guarantees import CHECKS
from local.checker.reading import Places, Reader
from local.loopback import LoopbackServer, Request, Response, json_response
from remediation.incident import Status
from state.account import StorageAccount, create_all
from state.blobs import ContainerBlobs
from state.duties import TableDuties
from state.incidents import TableIncidentStore
from state.ledger import TableLedger
from tests.azurite import azurite, fresh_name
from tests.local.azure.building import a_world
from tests.local.checker.runs import at
from tests.state.values import (
    NOON,
    a_duty,
    a_rejection,
    an_item,
    closing,
    evidence,
    going_on,
    opening,
)

__all__ = ["azurite"]


def told(request: Request) -> Response:
    """Answer for the world: a machine without jobs, and no requests."""
    if request.path.endswith("/truth"):
        return json_response(200, {"time": at(0), "vms": [], "locks": []})
    return json_response(200, [])


@pytest.fixture
def world() -> Iterator[str]:
    """Give the address of a world."""
    server = LoopbackServer(told)
    server.start()
    yield server.base_url
    server.stop()


@pytest.fixture
def reader(azurite: str, world: str) -> Iterator[Reader]:
    """Give a reader of the account."""
    queue = fresh_name("escalations")
    with QueueServiceClient.from_connection_string(azurite) as service:
        service.create_queue(queue)
        client = service.get_queue_client(queue, message_encode_policy=TextBase64EncodePolicy())
        for number in range(40):
            client.send_message(json.dumps({"number": number}))
    places = Places(
        storage=azurite, world_url=world, queues=(), escalations=queue, dead_letters="none"
    )
    found = Reader(places)
    yield found
    found.close()


def test_a_stored_incident_is_read_back_whole(azurite: str, reader: Reader) -> None:
    """Head and records agree, the chain verifies, a big body comes from its blob."""
    account = StorageAccount(azurite)
    create_all(account)
    blobs = ContainerBlobs(lambda: account.container("evidence"))
    store = TableIncidentStore(account.tables(), blobs, writer="w")
    item = an_item(fresh_name("vm"))
    store.commit(opening(store.load(item)))
    store.commit(going_on(store.load(item), evidence("x" * 40_000)))
    store.commit(closing(store.load(item), Status.RECOVERED))

    trail = next(one for one in reader.items() if one.item == item.shown)

    assert list(broken(trail)) == []
    assert trail.records[0].type == "IncidentOpened"
    assert any(json.loads(record.stored).get("blob") for record in trail.records)
    (head,) = trail.heads
    assert head.status == fold(trail.records).status == "recovered"
    assert stored(head.state).records == len(trail.records)
    assert all(record.written for record in trail.records)
    assert trail.markers


def test_the_trail_without_records_is_what_a_run_is_followed_by(
    azurite: str, reader: Reader
) -> None:
    """Records are most of the rows, and nobody needs them before the end."""
    account = StorageAccount(azurite)
    create_all(account)
    blobs = ContainerBlobs(lambda: account.container("evidence"))
    store = TableIncidentStore(account.tables(), blobs, writer="w")
    item = an_item(fresh_name("vm"))
    store.commit(opening(store.load(item)))

    _, trails = reader.progress()

    trail = next(one for one in trails if one.item == item.shown)
    assert (len(trail.heads), len(trail.records), len(trail.markers)) == (1, 0, 1)


def test_duties_ledger_and_messages_are_read(azurite: str, reader: Reader) -> None:
    """All of a queue's messages, though a look shows 32 only, and again at the next reading."""
    account = StorageAccount(azurite)
    create_all(account)
    TableDuties(account.tables(), writer="w").put(a_duty())
    ledger = TableLedger(account.tables(), writer="w")
    ledger.reject(a_rejection("what was rejected"), NOON)
    ledger.alarm("key", "what was raised", NOON)

    first: Evidence = reader.evidence(a_world(), speed=1.0)
    found: Evidence = reader.evidence(a_world(), speed=1.0)

    assert found.notices is not None
    assert len(found.notices) == 40
    assert first.notices == found.notices
    assert [duty.lock for duty in found.duties] == [a_duty().lock.key]
    assert any("what was rejected" in text for text in found.kept)
    assert any("what was raised" in text for text in found.alarms)
    assert CHECKS["G11"](found).held


def test_tables_that_are_not_there_are_empty(azurite: str, reader: Reader) -> None:
    """A stack that never came up is judged, too."""
    with TableServiceClient.from_connection_string(azurite) as service:
        service.delete_table("duties")

    assert reader.duties() == ()

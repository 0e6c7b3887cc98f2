"""The console over Table storage: what the engine committed there is what is shown."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from remediation.incident import Door
from remediation.messages import Rejected
from state.account import StorageAccount
from state.answers import TableAnswers
from state.audit import AuditReader
from state.blobs import ContainerBlobs
from state.incidents import TableIncidentStore
from state.index import TableIncidentIndex
from state.layout import INCIDENTS
from state.ledger import TableLedger
from state.partitions import TablePartitions
from tests.azurite import fresh_name
from tests.console.conftest import Serve
from tests.console.estate import EVENING, Estate, an_item
from tests.state.tables import OwnTables


@pytest.fixture
def tables(azurite: str) -> Iterator[OwnTables]:
    """Tables of the test's own."""
    with OwnTables.of(azurite, fresh_name("t")) as service:
        yield service


@pytest.fixture
def estate(azurite: str, tables: OwnTables) -> Iterator[Estate]:
    """An estate whose state is in tables."""
    with ExitStack() as closing:
        container = StorageAccount(azurite).container(fresh_name("blobs"))
        container.create_container()
        closing.callback(container.close)
        blobs, writer = ContainerBlobs(lambda: container), fresh_name("worker")
        yield Estate(
            store=TableIncidentStore(tables, blobs, writer=writer),
            index=TableIncidentIndex(tables, writer=writer),
            ledger=TableLedger(tables, writer=writer),
            partitions=TablePartitions(tables, blobs),
            answers=TableAnswers(tables, writer=writer),
        )


@pytest.fixture
def web(estate: Estate, serve: Serve) -> httpx.Client:
    """The console over an estate with one cured and two broken machines."""
    estate.fails("vm-1")
    estate.azure.vms[an_item("vm-1")].cured = True
    estate.fails("vm-2")
    estate.fails("vm-3")
    estate.passes(hours=4)
    return serve(estate.services)


def test_lists_details_and_pages_come_from_tables(web: httpx.Client) -> None:
    """By index and partition, page by page."""
    first = web.get("/api/incidents", params={"size": 2}).json()
    rest = web.get("/api/incidents", params={"size": 2, "cursor": first["next"]}).json()
    found = {one["vm"]: one for one in (*first["items"], *rest["items"])}
    assert {name: one["status"] for name, one in found.items()} == {
        "vm-1": "recovered",
        "vm-2": "escalated",
        "vm-3": "escalated",
    }
    whole = web.get(f"/api/incidents/{found['vm-2']['id']}").json()
    acting = [one for one in whole["attempts"] if one["counts"]]
    assert whole["attempt_count"] == len(acting) == 4
    assert ">vm-3</a>" in web.get("/").text


def test_chains_verify_page_by_page_and_an_altered_row_is_named(
    web: httpx.Client, tables: OwnTables
) -> None:
    """Somebody with access to the account rewrote a record."""

    def verified() -> list[dict[str, object]]:
        pages = [web.get("/api/audit/verify", params={"size": 2}).json()]
        query = {"size": "2", "cursor": pages[0]["next"]}
        pages.append(web.get("/api/audit/verify", params=query).json())
        assert pages[1]["next"] is None
        assert sum(page["chains"] for page in pages) == 3
        return [fault for page in pages for fault in page["faults"]]

    assert verified() == []
    client = tables.get_table_client(INCIDENTS)
    partition = an_item("vm-2").partition
    rows = client.query_entities(f"PartitionKey eq '{partition}' and RowKey ge '4|record|'")
    second = sorted(rows, key=lambda row: str(row["RowKey"]))[1]
    client.update_entity({**second, "body": str(second["body"]).replace("ready", "absent")})
    (fault,) = verified()
    assert (fault["kind"], fault["sequence"]) == ("altered", 2)
    assert fault["item"] == an_item("vm-2").shown


def test_a_repeat_of_a_retrigger_is_known_by_its_key(web: httpx.Client, estate: Estate) -> None:
    """Whichever worker the repeat reaches."""
    body = {"vm": "vm-2", "reason": "fixed by hand"}
    key = {"Idempotency-Key": "k-1"}
    first = web.post("/api/retrigger", json=body, headers=key)
    again = web.post("/api/retrigger", json=body, headers=key)
    assert (first.status_code, again.headers.get("Idempotent-Replayed")) == (200, "true")
    assert first.json() == again.json()


def test_refusals_of_a_day_are_read_from_its_own_chain(estate: Estate, serve: Serve) -> None:
    """The page of a day begins where the day does, and goes on where a page ended."""
    for number in range(5):
        refused = Rejected(door=Door.ALERT, reason=f"reason {number}", text="{}")
        estate.ledger.reject(refused, EVENING + number * timedelta(hours=1))
    web = serve(estate.services)
    page = web.get("/rejected?day=2026-11-20&size=2").text
    (further,) = re.findall(r'<a rel="next" href="([^"]+)"', page)
    rest = web.get(further.replace("&amp;", "&")).text
    found = [re.findall(r"<p>reason (\d)</p>", one) for one in (page, rest)]
    assert found == [["0", "1"], ["2"]]
    assert 'rel="next"' not in rest


def test_the_reader_of_the_estate_reads_tables(estate: Estate) -> None:
    """No memory stands behind these tests by mistake."""
    assert isinstance(estate.reader, AuditReader)
    assert isinstance(estate.reader.partitions, TablePartitions)
    assert isinstance(replace(estate.services).answers, TableAnswers)

"""Every port twice: in memory, and over Azure Storage against Azurite."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
from azure.data.tables import TableClient

from remediation.deeds import Deeds
from remediation.disruptions import Disruptions
from remediation.duties import Duties
from remediation.missing_roles import MissingRoles
from remediation.partnership import Claims
from remediation.ports import IncidentIndex, IncidentStore, Ledger, Slots
from remediation.rates.port import Brakes
from remediation.runs import Runs
from remediation.storms.port import Storms
from state.account import StorageAccount
from state.anchors import Anchors, ContainerAnchors
from state.audit import AuditReader
from state.blobs import Blobs, ContainerBlobs
from state.brakes import TableBrakes
from state.claims import TableClaims
from state.deeds import TableDeeds
from state.disruptions import TableDisruptions
from state.duties import TableDuties
from state.incidents import TableIncidentStore
from state.index import TableIncidentIndex
from state.ledger import TableLedger
from state.memory import (
    MemoryAnchors,
    MemoryBlobs,
    MemoryBrakes,
    MemoryChains,
    MemoryClaims,
    MemoryDeeds,
    MemoryDisruptions,
    MemoryDuties,
    MemoryIncidentIndex,
    MemoryIncidentStore,
    MemoryLedger,
    MemoryMissingRoles,
    MemoryPartitions,
    MemoryRemoving,
    MemoryRuns,
    MemoryShelves,
    MemorySlots,
    MemoryStorms,
)
from state.missing_roles import TableMissingRoles
from state.partitions import TablePartitions
from state.removing import TableRemoving
from state.retention import Removing
from state.runs import TableRuns
from state.shelf import Shelves
from state.shelves import TableShelves
from state.slots import TableSlots
from state.storms import TableStorms
from tests.azurite import azurite, fresh_name
from tests.state.tables import OwnTables

__all__ = ["azurite"]


@dataclass(frozen=True, kw_only=True)
class Kit:
    """One implementation of every port. Each call makes another worker on the same storage."""

    incidents: Callable[[], IncidentStore]
    index: Callable[[], IncidentIndex]
    duties: Callable[[], Duties]
    slots: Callable[[], Slots]
    claims: Callable[[], Claims]
    disruptions: Callable[[], Disruptions]
    storms: Callable[[], Storms]
    brakes: Callable[[], Brakes]
    runs: Callable[[], Runs]
    roles: Callable[[], MissingRoles]
    ledger: Callable[[], Ledger]
    shelves: Callable[[], Shelves]
    deeds: Callable[[], Deeds]
    audit: Callable[[], AuditReader]
    removing: Callable[[], Removing]
    anchors: Anchors
    blobs: Blobs
    service: Callable[[], OwnTables] | None = None

    def table(self, name: str) -> TableClient:
        """The table itself, to do what no adapter would."""
        assert self.service is not None
        return self.service().get_table_client(name)


def memory_kit() -> Kit:
    """Everything in memory: two workers of one process share the store itself."""
    blobs = MemoryBlobs()
    incidents = MemoryIncidentStore(blobs)
    index, duties, slots = MemoryIncidentIndex(), MemoryDuties(), MemorySlots()
    chains = MemoryChains()
    ledger, deeds = MemoryLedger(chains), MemoryDeeds(chains)
    shelves, storms = MemoryShelves(), MemoryStorms()
    brakes, runs, roles = MemoryBrakes(), MemoryRuns(), MemoryMissingRoles()
    claims, disruptions = MemoryClaims(), MemoryDisruptions()
    audit = AuditReader(partitions=MemoryPartitions(incidents), index=index, ledger=ledger)
    return Kit(
        incidents=lambda: incidents,
        index=lambda: index,
        duties=lambda: duties,
        slots=lambda: slots,
        claims=lambda: claims,
        disruptions=lambda: disruptions,
        storms=lambda: storms,
        brakes=lambda: brakes,
        runs=lambda: runs,
        roles=lambda: roles,
        ledger=lambda: ledger,
        shelves=lambda: shelves,
        deeds=lambda: deeds,
        audit=lambda: audit,
        removing=lambda: MemoryRemoving(incidents),
        anchors=MemoryAnchors(),
        blobs=blobs,
    )


def table_kit(connection: str, closing: ExitStack) -> Kit:
    """Everything in Azurite: each worker has clients of its own."""
    container = StorageAccount(connection).container(fresh_name("blobs"))
    container.create_container()
    closing.callback(container.close)
    blobs = ContainerBlobs(lambda: container)
    anchored = StorageAccount(connection).container(fresh_name("anchors"))
    anchored.create_container()
    closing.callback(anchored.close)
    suffix = fresh_name("t")

    def worker() -> OwnTables:
        service = OwnTables.of(connection, suffix)
        closing.callback(service.close)
        return service

    def each[P](adapter: Callable[..., P], *options: Blobs) -> Callable[[], P]:
        return lambda: adapter(worker(), *options, writer=fresh_name("worker"))

    index, ledger = each(TableIncidentIndex), each(TableLedger)
    return Kit(
        incidents=each(TableIncidentStore, blobs),
        index=index,
        duties=each(TableDuties),
        slots=each(TableSlots),
        claims=each(TableClaims),
        disruptions=each(TableDisruptions),
        storms=each(TableStorms),
        brakes=each(TableBrakes),
        runs=each(TableRuns),
        roles=each(TableMissingRoles),
        ledger=ledger,
        shelves=each(TableShelves, blobs),
        deeds=each(TableDeeds),
        audit=lambda: AuditReader(
            partitions=TablePartitions(worker(), blobs), index=index(), ledger=ledger()
        ),
        removing=each(TableRemoving, blobs),
        anchors=ContainerAnchors(lambda: anchored),
        blobs=blobs,
        service=worker,
    )


@pytest.fixture(params=["memory", "tables"])
def kit(request: pytest.FixtureRequest) -> Kit:
    """One implementation after the other."""
    if request.param == "memory":
        return memory_kit()
    made = request.getfixturevalue("tables")
    assert isinstance(made, Kit)
    return made


@pytest.fixture
def tables(azurite: str) -> Iterator[Kit]:
    """The implementation over Azure Storage alone."""
    with ExitStack() as closing:
        yield table_kit(azurite, closing)

"""Every port twice: in memory, and over Azure Storage against Azurite."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from azure.data.tables import TableServiceClient

from remediation.ports import IncidentStore
from state.account import StorageAccount
from state.blobs import Blobs, ContainerBlobs
from state.incidents import TableIncidentStore
from state.memory.blobs import MemoryBlobs
from state.memory.incidents import MemoryIncidentStore
from tests.azurite import azurite, fresh_name
from tests.state.tables import OwnTables

__all__ = ["azurite"]


@dataclass(frozen=True, kw_only=True)
class Kit:
    """One implementation of every port. What is asked for twice stands on the same storage."""

    incidents: Callable[[], IncidentStore]
    blobs: Blobs


def memory_kit() -> Kit:
    """Everything in memory: two workers of one process share the store itself."""
    blobs = MemoryBlobs()
    store = MemoryIncidentStore(blobs)
    return Kit(incidents=lambda: store, blobs=blobs)


def table_kit(connection: str) -> Kit:
    """Everything in Azurite: each worker has clients of its own."""
    account = StorageAccount(connection)
    container = account.container(fresh_name("evidence"))
    container.create_container()
    blobs = ContainerBlobs(lambda: container)
    suffix = fresh_name("t")

    def service() -> TableServiceClient:
        return OwnTables.of(connection, suffix)

    return Kit(
        incidents=lambda: TableIncidentStore(service(), blobs, writer=fresh_name("w")), blobs=blobs
    )


@pytest.fixture(params=["memory", "tables"])
def kit(request: pytest.FixtureRequest) -> Kit:
    """One implementation after the other."""
    if request.param == "memory":
        return memory_kit()
    return table_kit(request.getfixturevalue("azurite"))

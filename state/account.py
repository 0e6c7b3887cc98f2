"""The storage account's clients, built on demand: each service's SDK costs its import."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from azure.core.credentials import TokenCredential
from azure.core.exceptions import ResourceExistsError
from azure.data.tables import TableServiceClient

from state import layout

if TYPE_CHECKING:
    from azure.storage.blob import ContainerClient
    from azure.storage.queue import QueueClient


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceUrls:
    """The addresses of an account's services, for an identity to open."""

    blob: str
    queue: str
    table: str


class StorageAccount:
    """Clients of one account, by connection string, or by its addresses and an identity.

    ``credential`` is the identity's, for addresses. ``transport``: an azure-core transport that all
    of them share; None for the SDK's own. ``retries``: how often a request is sent again, with the
    SDK's pauses, which grow to minutes; None for the SDK's own number.
    """

    def __init__(
        self,
        place: str | ServiceUrls,
        *,
        credential: TokenCredential | None = None,
        transport: Any = None,  # noqa: ANN401
        retries: int | None = None,
    ) -> None:
        self._place = place
        given = {"transport": transport, "retry_total": retries}
        if isinstance(place, ServiceUrls):
            given["credential"] = credential
        self._options = {name: value for name, value in given.items() if value is not None}

    def tables(self) -> TableServiceClient:
        """Return a client of the tables."""
        if isinstance(self._place, ServiceUrls):
            return TableServiceClient(self._place.table, **self._options)
        return TableServiceClient.from_connection_string(self._place, **self._options)

    def queue(self, name: str) -> "QueueClient":
        """Return a client of a queue of base64 messages, as the Functions host reads them."""
        from azure.storage.queue import (  # noqa: PLC0415 - 50 ms that few starts need
            TextBase64DecodePolicy,
            TextBase64EncodePolicy,
        )

        return self._queue(
            name,
            message_encode_policy=TextBase64EncodePolicy(),
            message_decode_policy=TextBase64DecodePolicy(),
        )

    def raw_queue(self, name: str) -> "QueueClient":
        """Return a client of a queue whose messages are taken as they are.

        A poison queue holds what could not be decoded, and the SDK's decoding policy dies of it.
        """
        return self._queue(name)

    def _queue(self, name: str, **coding: Any) -> "QueueClient":  # noqa: ANN401 - the SDK's policies
        from azure.storage.queue import QueueClient  # noqa: PLC0415

        options = {**coding, **self._options}
        if isinstance(self._place, ServiceUrls):
            return QueueClient(self._place.queue, name, **options)
        return QueueClient.from_connection_string(self._place, name, **options)

    def container(self, name: str) -> "ContainerClient":
        """Return a client of a container of blobs."""
        from azure.storage.blob import ContainerClient  # noqa: PLC0415

        if isinstance(self._place, ServiceUrls):
            return ContainerClient(self._place.blob, name, **self._options)
        return ContainerClient.from_connection_string(self._place, name, **self._options)


def create_tables(service: TableServiceClient, names: Iterable[str] = layout.TABLES) -> None:
    """Create the tables that are not there."""
    for name in names:
        service.create_table_if_not_exists(name)


def create_all(account: StorageAccount) -> None:
    """Create the tables, queues and containers that are not there."""
    create_tables(account.tables())
    queues = [*layout.QUEUES, *(name + layout.POISON_SUFFIX for name in layout.QUEUES)]
    for name in queues:
        with suppress(ResourceExistsError):
            account.raw_queue(name).create_queue()
    for name in layout.CONTAINERS:
        with suppress(ResourceExistsError):
            account.container(name).create_container()

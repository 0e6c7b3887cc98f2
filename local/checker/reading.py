"""Reads what a run left behind: tables, queues and blobs of a storage account, and the world.

Only clients of the Azure SDK and plain HTTP; nothing is changed but the visibility of messages in
the queue that collects escalations, for a minute.
"""

import base64
import binascii
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import urllib3
from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables import TableServiceClient
from azure.storage.blob import BlobServiceClient
from azure.storage.queue import QueueServiceClient

from local.checker.evidence import Duty, Evidence, duty_of
from local.checker.trail import ItemTrail, Row, trails
from local.worlds import World

INCIDENTS, DUTIES, LEDGER = "incidents", "duties", "ledger"
EVIDENCE_CONTAINER = "evidence"
_ALARMS = "alarm"
_PEEKED = 32
_HIDDEN_SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where to read: the account, the world, and the names of what the stack has there.

    ``queues`` are those whose poison queue is looked at, ``escalations`` collects what people are
    told (``None``: nothing does).
    """

    storage: str
    world_url: str
    queues: tuple[str, ...]
    escalations: str | None
    dead_letters: str | None


class Reader:
    """Reads the account and the world; keeps its connections until ``close``."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._tables = TableServiceClient.from_connection_string(places.storage)
        self._queues = QueueServiceClient.from_connection_string(places.storage)
        self._blobs = BlobServiceClient.from_connection_string(places.storage)
        self._http = urllib3.PoolManager(timeout=30.0)
        self._seen: dict[str, str] = {}

    def close(self) -> None:
        """Give back the connections."""
        for client in (self._tables, self._queues, self._blobs):
            client.close()
        self._http.clear()

    def evidence(self, world: World, *, speed: float) -> Evidence:
        """Read everything.

        The world first and the trail after it: what the world did is then on file or missing, and
        what the trail adds meanwhile is younger than the truth's own time.
        """
        log = tuple(self.world("requests"))
        truth = self.world("truth")
        items = self.items()
        ledger = list(self._rows(LEDGER))
        return Evidence(
            world=world,
            speed=speed,
            truth=truth,
            log=log,
            items=items,
            duties=self.duties(),
            kept=(*(str(row.properties) for row in ledger), *self._poison(), *self._dead()),
            alarms=tuple(str(row.properties) for row in ledger if row.partition == _ALARMS),
            notices=self._notices(),
        )

    def progress(self) -> tuple[Mapping[str, Any], tuple[ItemTrail, ...]]:
        """Read what a run under way is followed by: the truth, and the trail without records."""
        truth = self.world("truth")
        rows = self._rows(INCIDENTS, "RowKey lt '4|'")
        return truth, trails(rows, self._blob)

    def items(self) -> tuple[ItemTrail, ...]:
        """Read every item's trail."""
        return trails(self._rows(INCIDENTS), self._blob)

    def duties(self) -> tuple[Duty, ...]:
        """Read every duty."""
        return tuple(duty_of(row) for row in self._rows(DUTIES))

    def world(self, what: str) -> Any:  # noqa: ANN401 - JSON
        """Ask the world for its ``truth`` or its ``requests``."""
        answer = self._http.request("GET", f"{self._places.world_url}/{what}")
        return answer.json()

    def _rows(self, table: str, condition: str = "") -> Iterator[Row]:
        try:
            for entity in self._tables.get_table_client(table).query_entities(condition):
                stamp = entity.metadata.get("timestamp")
                yield Row(
                    partition=entity["PartitionKey"],
                    key=entity["RowKey"],
                    properties=dict(entity),
                    written=stamp.timestamp() if stamp else None,
                )
        except ResourceNotFoundError:
            return

    def _blob(self, name: str) -> str:
        client = self._blobs.get_blob_client(EVIDENCE_CONTAINER, name)
        try:
            return client.download_blob().readall().decode()
        except ResourceNotFoundError as fault:
            raise LookupError(f"there is no blob {name}") from fault

    def _poison(self) -> Iterator[str]:
        for queue in self._places.queues:
            client = self._queues.get_queue_client(f"{queue}-poison")
            try:
                yield from (_text(one.content) for one in client.peek_messages(_PEEKED))
            except ResourceNotFoundError:
                continue

    def _dead(self) -> Iterator[str]:
        if self._places.dead_letters is None:
            return
        container = self._blobs.get_container_client(self._places.dead_letters)
        try:
            for blob in container.list_blobs():
                content = container.download_blob(blob.name).readall()
                yield content.decode(errors="replace")
        except ResourceNotFoundError:
            return

    def _notices(self) -> tuple[str, ...] | None:
        """Read all messages; a queue shows no more than 32 without taking them.

        Those that were taken before are hidden for a while, so they are remembered.
        """
        if self._places.escalations is None:
            return None
        client = self._queues.get_queue_client(self._places.escalations)
        try:
            pages = client.receive_messages(
                messages_per_page=_PEEKED, visibility_timeout=_HIDDEN_SECONDS
            ).by_page()
            for page in itertools.takewhile(bool, map(list, pages)):
                self._seen.update({message.id: _text(message.content) for message in page})
        except ResourceNotFoundError:
            return ()
        return tuple(self._seen.values())


def _text(content: object) -> str:
    """Return a message's text, decoded where it is base64."""
    text = content.decode(errors="replace") if isinstance(content, bytes) else str(content)
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return text

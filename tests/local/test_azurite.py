"""Azurite as the stack starts it."""

from pathlib import Path

import pytest
from azure.core.exceptions import ResourceExistsError
from azure.data.tables import TableServiceClient
from azure.storage.blob import BlobServiceClient
from azure.storage.queue import QueueServiceClient

from local import storage
from tests.azurite import azurite, fresh_name

__all__ = ["azurite"]


def test_tables_queues_and_blobs_answer_at_one_connection_string(azurite: str) -> None:
    """The SDKs' own clients, over the real protocol."""
    name = fresh_name("all")
    with TableServiceClient.from_connection_string(azurite) as tables:
        tables.create_table(name)
        assert name in [table.name for table in tables.list_tables()]
    with QueueServiceClient.from_connection_string(azurite) as queues:
        queues.create_queue(name).close()
        assert name in [queue.name for queue in queues.list_queues()]
    with BlobServiceClient.from_connection_string(azurite) as blobs:
        blobs.create_container(name).close()
        assert name in [container.name for container in blobs.list_containers()]


def test_a_location_keeps_the_data_for_the_next_start(tmp_path: Path) -> None:
    """An orderly end writes the disk."""
    place = tmp_path / "data"
    for attempt in range(2):
        with (
            storage.running(log=tmp_path / "log", location=place) as connection,
            QueueServiceClient.from_connection_string(connection) as queues,
        ):
            if attempt:
                with pytest.raises(ResourceExistsError):
                    queues.create_queue("kept", metadata={"again": "1"})
            else:
                queues.create_queue("kept").close()


def test_the_installed_version_is_the_pinned_one() -> None:
    """Another version means: measure its errors and its batches again."""
    assert storage.version() == "3.36.0"

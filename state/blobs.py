"""Content-addressed blobs: what is too big for a row stands under its SHA-256."""

import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from azure.storage.blob import ContainerClient


class Blobs(Protocol):
    """Bytes by their SHA-256, in hex. Writing the same bytes again changes nothing."""

    def put(self, data: bytes) -> str:
        """Store the bytes and return their name."""

    def get(self, name: str) -> bytes:
        """Return the bytes; raises LookupError if there are none, ValueError for altered ones."""

    def remove(self, name: str) -> None:
        """Remove the bytes; nothing happens where there are none."""


def named(data: bytes) -> str:
    """Return the name that bytes are stored under."""
    return hashlib.sha256(data).hexdigest()


def checked(name: str, data: bytes) -> bytes:
    """Return the bytes if they are those of the name; raises ValueError otherwise."""
    if named(data) != name:
        raise ValueError(f"the blob {name} was altered: its bytes have the hash {named(data)}")
    return data


class ContainerBlobs:
    """Blobs in a container of Azure Storage, connected to on first use.

    The blob SDK costs 50 ms of every start of a worker, and most workers never meet a big body.
    """

    def __init__(self, connect: Callable[[], "ContainerClient"]) -> None:
        self._connect = connect
        self._client: ContainerClient | None = None

    def put(self, data: bytes) -> str:
        """Store the bytes and return their name; a repeat overwrites them with themselves."""
        name = named(data)
        self._container().upload_blob(name, data, overwrite=True)
        return name

    def get(self, name: str) -> bytes:
        """Return the bytes; raises LookupError if there are none, ValueError for altered ones."""
        from azure.core.exceptions import ResourceNotFoundError  # noqa: PLC0415

        try:
            return checked(name, self._container().download_blob(name).readall())
        except ResourceNotFoundError as fault:
            raise LookupError(f"there is no blob {name}") from fault

    def remove(self, name: str) -> None:
        """Remove the bytes; nothing happens where there are none."""
        from azure.core.exceptions import ResourceNotFoundError  # noqa: PLC0415

        try:
            self._container().delete_blob(name)
        except ResourceNotFoundError:
            return

    def _container(self) -> "ContainerClient":
        if self._client is None:
            self._client = self._connect()
        return self._client

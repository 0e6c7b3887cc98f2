"""A policy document in a blob, and the last good one, kept for after a restart."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from remediation.policies.source import LARGEST, SourceError, Text

if TYPE_CHECKING:
    from azure.storage.blob import BlobClient, ContainerClient

_LAST_GOOD = "last-good.yaml"


@contextmanager
def _told(name: str) -> Iterator[None]:
    """Tell a failure of storage as what it is: the document could not be read or kept."""
    from azure.core.exceptions import AzureError, HttpResponseError  # noqa: PLC0415 - as state.blobs

    try:
        yield
    except HttpResponseError as error:
        code = getattr(error, "error_code", None) or error.reason
        raise SourceError(f"{name}: storage answered {error.status_code} {code}") from error
    except AzureError as error:
        raise SourceError(f"{name}: storage does not answer: {error.message[:200]}") from error


class BlobSource:
    """``Source`` over a blob, connected to on first use; its ETag tells whether it changed."""

    def __init__(self, connect: Callable[[], "ContainerClient"], container: str, name: str) -> None:
        self.name = f"{container}/{name}"
        self._connect, self._blob = connect, name

    def fetch(self, known: str | None) -> Text | None:
        """Return the document, None where its ETag is still ``known``; raises SourceError."""
        with _told(self.name):
            client = self._connect().get_blob_client(self._blob)
            found = client.get_blob_properties()
            if found.etag == known:
                return None
            return Text(stamp=found.etag, data=_bytes(client, found.size, found.etag))


class KeptPolicy:
    """``LastGood`` in a container of its own."""

    def __init__(self, connect: Callable[[], "ContainerClient"]) -> None:
        self._connect = connect

    def keep(self, data: bytes) -> None:
        """Keep the document over the one before; raises SourceError."""
        with _told(_LAST_GOOD):
            self._connect().upload_blob(_LAST_GOOD, data, overwrite=True)

    def kept(self) -> bytes | None:
        """Return what was kept, None where nothing ever was; raises SourceError."""
        from azure.core.exceptions import ResourceNotFoundError  # noqa: PLC0415 - as state.blobs

        with _told(_LAST_GOOD):
            client = self._connect().get_blob_client(_LAST_GOOD)
            try:
                found = client.get_blob_properties()
            except ResourceNotFoundError:
                return None
            return _bytes(client, found.size, found.etag)


def _bytes(client: "BlobClient", size: int, etag: str) -> bytes:
    """Read the blob as it was when its properties were read, and never more than is looked at."""
    from azure.core import MatchConditions  # noqa: PLC0415 - as state.blobs

    if size == 0:
        return b""
    stream = client.download_blob(
        offset=0,
        length=min(size, LARGEST),
        etag=etag,
        match_condition=MatchConditions.IfNotModified,
    )
    return stream.readall()

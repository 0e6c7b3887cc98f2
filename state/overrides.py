"""An operator's own playbooks: from a folder, or from a container of blobs."""

from collections.abc import Callable, Iterator
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from remediation.overrides.file import LARGEST, File

if TYPE_CHECKING:
    from azure.storage.blob import ContainerClient

_ENDINGS = frozenset({".yaml", ".yml"})
_TOO_LARGE = f"expected at most {LARGEST} bytes"


class FolderOverrides:
    """``Source`` over a folder; what lies in folders inside it does not count."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def files(self) -> Iterator[File]:
        """Return every playbook, by name; none where there is no such folder."""
        if not self._folder.is_dir():
            return
        for path in sorted(self._folder.iterdir()):
            if path.suffix in _ENDINGS:
                yield _read(path)


def _read(path: Path) -> File:
    try:
        with path.open("rb") as opened:
            data = opened.read(LARGEST + 1)
    except OSError as error:
        return File(name=path.name, fault=f"it cannot be read: {error.strerror}")
    fault = _TOO_LARGE if len(data) > LARGEST else None
    return File(name=path.name, data=b"" if fault else data, fault=fault)


class ContainerOverrides:
    """``Source`` over a container of Azure Storage, connected to on first use."""

    def __init__(self, connect: Callable[[], "ContainerClient"]) -> None:
        self._connect = connect

    def files(self) -> Iterator[File]:
        """Return every playbook, by name; none where there is no such container."""
        from azure.core.exceptions import ResourceNotFoundError  # noqa: PLC0415 - as state.blobs

        container = self._connect()
        try:
            blobs = sorted((blob.name, blob.size or 0) for blob in container.list_blobs())
        except ResourceNotFoundError:
            return
        for name, size in blobs:
            if "/" in name or PurePath(name).suffix not in _ENDINGS:
                continue
            if size > LARGEST:
                yield File(name=name, fault=_TOO_LARGE)
                continue
            try:
                data = container.download_blob(name).readall()
            except ResourceNotFoundError:
                # Taken away since it was listed.
                continue
            yield File(name=name, data=data)

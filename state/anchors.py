"""Anchors in a container of their own, each written once."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from state.anchored import Anchor, day_of, read

if TYPE_CHECKING:
    from azure.storage.blob import ContainerClient

# What an anchor says of itself is a line at its beginning; a hundred broken chains fit.
BEGINNING = 16 * 1024


class Anchors(Protocol):
    """Texts that are written once and never changed, by name."""

    def put(self, name: str, data: bytes) -> bool:
        """Write an anchor; False where one of that name stands."""

    def names(self, day: str = "") -> tuple[str, ...]:
        """Return the names of all anchors, or those of a day, the eldest first."""

    def get(self, name: str) -> bytes:
        """Return an anchor; raises LookupError where there is none."""

    def beginning(self, name: str) -> bytes:
        """Return an anchor's first line and what follows it, some kilobytes at most."""


class ContainerAnchors:
    """``Anchors`` in a container of Azure Storage, connected to on first use.

    That nobody can change or remove one is the container's own policy, not ours: time-based
    retention. What we do is never to overwrite (``If-None-Match: *``).
    """

    def __init__(self, connect: Callable[[], "ContainerClient"]) -> None:
        self._connect = connect

    def put(self, name: str, data: bytes) -> bool:
        """Write an anchor; False where one of that name stands."""
        from azure.core.exceptions import ResourceExistsError  # noqa: PLC0415 - as state.blobs

        day_of(name)
        try:
            self._connect().upload_blob(name, data, overwrite=False)
        except ResourceExistsError:
            return False
        return True

    def names(self, day: str = "") -> tuple[str, ...]:
        """Return the names of all anchors, or those of a day, the eldest first."""
        found = self._connect().list_blob_names(name_starts_with=f"{day}/" if day else None)
        return tuple(sorted(found))

    def get(self, name: str) -> bytes:
        """Return an anchor; raises LookupError where there is none."""
        return self._read(name, None)

    def beginning(self, name: str) -> bytes:
        """Return an anchor's first line and what follows it, some kilobytes at most."""
        return self._read(name, BEGINNING)

    def _read(self, name: str, most: int | None) -> bytes:
        from azure.core.exceptions import ResourceNotFoundError  # noqa: PLC0415 - as state.blobs

        day_of(name)
        start = None if most is None else 0
        try:
            stream = self._connect().download_blob(name, offset=start, length=most)
            data: bytes = stream.readall()
        except ResourceNotFoundError as fault:
            raise LookupError(f"there is no anchor {name}") from fault
        return data


class AnchorShelf:
    """Anchors as they are asked for: by name, by day, or the newest. The last one is kept.

    A page of chains is verified at a time, each with the same anchor of a megabyte or two. The
    first page asks for it ``fresh``: a copy tells nothing of what stands in the container by now.
    """

    def __init__(self, anchors: Anchors) -> None:
        self.anchors = anchors
        self._last: Anchor | None = None

    def find(self, which: str, *, fresh: bool = False) -> Anchor | None:
        """Return an anchor by its name, the last one of a day, or the ``newest``; None: no such.

        Raises ValueError where it was altered.
        """
        name = which
        if which == "newest" or "/" not in which:
            names = self.anchors.names("" if which == "newest" else which)
            if not names:
                return None
            name = names[-1]
        if not fresh and self._last is not None and self._last.name == name:
            return self._last
        try:
            day_of(name)
            data = self.anchors.get(name)
        except (LookupError, ValueError):
            return None
        self._last = read(name, data)
        return self._last

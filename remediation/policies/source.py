"""Where a document comes from, and where the last good one is kept: ports, and the plain file."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

# More is no policy: the reader refuses far less than this.
LARGEST = 2 * 1024 * 1024


class SourceError(Exception):
    """The document could not be read; it says nothing about what stands in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A document's bytes; ``stamp`` changes whenever they do, and is cheap to ask for."""

    stamp: str
    data: bytes

    @property
    def digest(self) -> str:
        """The SHA-256 of the bytes, in hex."""
        return hashlib.sha256(self.data).hexdigest()


class Source(Protocol):
    """Where the document lies."""

    @property
    def name(self) -> str:
        """What people call it."""

    def fetch(self, known: str | None) -> Text | None:
        """Return the document, None where its stamp is still ``known``; raises SourceError."""


class LastGood(Protocol):
    """Keeps the last document that was good, so that it outlives a restart."""

    def keep(self, data: bytes) -> None:
        """Keep the document; raises SourceError."""

    def kept(self) -> bytes | None:
        """Return what was kept, None where nothing ever was; raises SourceError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSource:
    """A document in a file, beside the app or mounted."""

    path: Path

    @property
    def name(self) -> str:
        """The file's name."""
        return self.path.name

    def fetch(self, known: str | None) -> Text | None:
        """Return the document, None where the file was not written since; raises SourceError."""
        try:
            found = self.path.stat()
            # A mount may swap the file for another one of the same second and size.
            stamp = f"{found.st_ino}-{found.st_mtime_ns}-{found.st_size}"
            if stamp == known:
                return None
            with self.path.open("rb") as opened:
                return Text(stamp=stamp, data=opened.read(LARGEST))
        except OSError as error:
            raise SourceError(f"{self.name}: {error.strerror or error}") from error

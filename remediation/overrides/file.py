"""A file of an operator's playbooks, and the port through which files come in."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

# A playbook is some kilobytes; more is a mistake, and would cost every cold start.
LARGEST = 262_144


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file by its name with its bytes; ``fault`` where they cannot be had, and why."""

    name: str
    data: bytes = b""
    fault: str | None = None

    @property
    def digest(self) -> str | None:
        """The SHA-256 of the bytes, in hex; None where they could not be had."""
        return None if self.fault else hashlib.sha256(self.data).hexdigest()


class Source(Protocol):
    """Where an operator's playbooks lie."""

    def files(self) -> Iterable[File]:
        """Return every ``*.yaml`` and ``*.yml``; none where the place itself is not there.

        What is larger than ``LARGEST`` comes with a fault and without its bytes.
        """

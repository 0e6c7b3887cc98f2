"""The session's Azurite: one a test process, started on first use, in memory.

Import the fixture in a ``conftest.py``: ``from tests.azurite import azurite``. Tables and queues
are shared by all tests of the process, so give each a name of its own: ``fresh_name("events")``.
"""

import itertools
import os
from collections.abc import Iterator

import pytest

from local import storage

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the connection string of a running Azurite."""
    with storage.running(log=tmp_path_factory.mktemp("azurite") / "azurite.log") as connection:
        yield connection


def fresh_name(prefix: str) -> str:
    """Return a name for a table, queue or container that no other test has.

    Lower-case letters and digits only, which all three services accept.
    """
    return f"{prefix}{os.getpid()}n{next(_numbers)}"

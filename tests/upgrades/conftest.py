"""Storages of Azurite, each test with tables of its own."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.azurite import azurite
from tests.upgrades.stored_run import Storage

__all__ = ["azurite"]


@pytest.fixture
def storage(azurite: str) -> Iterator[Callable[[], Storage]]:
    """Make storages; they are closed with the test."""
    with ExitStack() as closing:
        yield lambda: Storage(azurite, closing)

"""One sample host for all tests that leave it running."""

from collections.abc import Iterator

import pytest

from tests.azurite import azurite
from tests.local.host.sample_host import SampleHost, sample_host

__all__ = ["azurite"]


@pytest.fixture(scope="session")
def host(tmp_path_factory: pytest.TempPathFactory, azurite: str) -> Iterator[SampleHost]:
    """Give a running host of the sample app."""
    with sample_host(tmp_path_factory.mktemp("host"), azurite) as running:
        yield running

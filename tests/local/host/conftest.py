"""One sample host for all tests that leave it running."""

from collections.abc import Iterator

import pytest

from tests.azurite import azurite
from tests.local.host.sample_host import SampleHost, clock, sample_host

__all__ = ["azurite"]


@pytest.fixture(scope="package")
def host(tmp_path_factory: pytest.TempPathFactory, azurite: str) -> Iterator[SampleHost]:
    """Give a running host of the sample app, with short leases and a clock that runs fast."""
    settings = {
        "LOCAL_HOST_MESSAGE_LEASE_SECONDS": "1",
        "SAMPLE_SCHEDULE": "0 */30 * * * *",
        "REMEDIATOR_CLOCK": clock(speed=7200),
    }
    with sample_host(tmp_path_factory.mktemp("host"), azurite, **settings) as running:
        yield running

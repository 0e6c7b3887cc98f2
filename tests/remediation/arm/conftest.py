"""A server, clients that speak to it, and the ids the tests are about."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from remediation.arm.clients import ArmClients
from remediation.ids import ItemId, ProtectedId, VaultId
from tests.remediation.arm.arm_server import ArmServer, Token, running

SUBSCRIPTION = "11111111-2222-3333-4444-555555555555"
REQUEST_ID = "9d5f0c38-6f0e-5b0a-8f3e-0f6c4a1b2c3d"
NOW = datetime(2026, 11, 20, 13, 5, 9, tzinfo=UTC)


class StoppedClock:
    """A clock that stands at ``NOW``."""

    def now(self) -> datetime:
        """Return the one time there is."""
        return NOW

    def stretch(self, real: timedelta) -> timedelta:
        """Return the duration itself."""
        return real

    def shrink(self, shown: timedelta) -> timedelta:
        """Return the duration itself."""
        return shown


@pytest.fixture
def arm() -> Iterator[ArmServer]:
    """Give a running server."""
    with running() as server:
        yield server


@pytest.fixture
def clients(arm: ArmServer) -> Iterator[ArmClients]:
    """Give clients of that server, which give up a silent call after a second."""
    made = ArmClients(Token(), arm.url, local=True, read_seconds=1)
    yield made
    made.close()


@pytest.fixture
def item() -> ItemId:
    """Give a machine's id."""
    return ItemId.of(SUBSCRIPTION, "rg-app", "vm01")


@pytest.fixture
def vault() -> VaultId:
    """Give a vault's id."""
    return VaultId.of(SUBSCRIPTION, "rg-rsv", "rsv-01")


@pytest.fixture
def protected(vault: VaultId) -> ProtectedId:
    """Give the protected item of the machine."""
    name = "iaasvmcontainerv2;rg-app;vm01"
    return ProtectedId(vault=vault, container=f"IaasVMContainer;{name}", name=f"VM;{name}")

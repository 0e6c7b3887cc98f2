"""Worlds of many machines."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from local.worlds import Fault, Vault, Vm, World
from tests.local.azure.building import SUBSCRIPTION, a_vault, a_world

REGIONS = (
    "westeurope", "northeurope", "eastus", "westus", "uksouth", "francecentral", "swedencentral",
    "japaneast", "koreacentral", "brazilsouth",
)  # fmt: skip


def fleet(
    machines: int, fault: Fault, *, vaults: int, regions: int | None = None, **policy: object
) -> World:
    """Return so many machines, spread over so many vaults of one subscription."""
    sites = tuple(_vault(number, _region(number % (regions or vaults))) for number in range(vaults))
    world = a_world(*_machines(machines, fault, sites), vaults=sites, history_days=1)
    return replace(world, policy=replace(world.policy, **policy))  # type: ignore[arg-type]


def nothing_cures() -> Fault:
    """Return a fault that nothing cures."""
    return Fault(code="GuestAgentSnapshotTaskStatusError", number=400039)


def first_backup_cures() -> Fault:
    """Return a fault that the first backup cures, of a cause that tries one first."""
    agent = Fault(code="UserErrorGuestAgentStatusUnavailable", number=400196)
    return replace(agent, cured_by=frozenset({"retry_backup"}))


ALL_DAY = timedelta(hours=24)


def _region(number: int) -> str:
    again = number // len(REGIONS)
    return f"{REGIONS[number % len(REGIONS)]}{again or ''}"


def _vault(number: int, region: str) -> Vault:
    return a_vault(name=f"rsv-{number}", location=region, subscription=SUBSCRIPTION)


def _machines(count: int, fault: Fault, sites: tuple[Vault, ...]) -> Iterator[Vm]:
    for number in range(count):
        yield Vm(
            name=f"vm-{number}",
            resource_group=f"rg-{number % 20}",
            vault=sites[number % len(sites)].name,
            os="windows" if number % 2 else "linux",
            fault=fault,
        )

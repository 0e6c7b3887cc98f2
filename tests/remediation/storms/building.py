"""Builders of failures and estates, valid by default."""

from datetime import UTC, datetime, timedelta
from typing import Any

from remediation.ids import ItemId, VaultId
from remediation.storms.course import Asking
from remediation.storms.scopes import Estate, FailureRow, Scope, ScopeKind, Site, scopes

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SUBSCRIPTION = "11111111-2222-3333-4444-555555555555"
OTHER_SUBSCRIPTION = "99999999-2222-3333-4444-555555555555"
WEST = VaultId.of(SUBSCRIPTION, "Vaults", "West")
EAST = VaultId.of(SUBSCRIPTION, "Vaults", "East")
FAR = VaultId.of(OTHER_SUBSCRIPTION, "Vaults", "Far")


def an_item(number: int, subscription: str = SUBSCRIPTION) -> ItemId:
    """A machine."""
    return ItemId.of(subscription, "Web", f"vm-{number}")


def a_row(number: int = 1, vault: VaultId = WEST, **changes: Any) -> FailureRow:
    """A failure of the machine of that number."""
    fields: dict[str, Any] = {"at": NOON, "item": an_item(number, vault.subscription)}
    return FailureRow(**{**fields, "vault": vault, **changes})


def an_estate(**items: int) -> Estate:
    """Vaults by the last part of their name, each with so many items."""
    vaults = {"west": (WEST, "westeurope"), "east": (EAST, "eastus"), "far": (FAR, "westeurope")}
    return Estate(
        sites={
            vaults[name][0].key: Site(region=vaults[name][1], policies={"": count})
            for name, count in items.items()
        }
    )


def vault_scope(vault: VaultId = WEST) -> Scope:
    """The scope of a vault."""
    return Scope(kind=ScopeKind.VAULT, name=vault.key)


def an_asking(number: int = 1, vault: VaultId = WEST, attempt: int = 1) -> Asking:
    """The machine of that number wants to begin."""
    return Asking(
        incident=f"inc-{number}",
        attempt=attempt,
        item=an_item(number, vault.subscription),
        scopes=scopes(vault, region=None, policy=None, cause=None),
    )

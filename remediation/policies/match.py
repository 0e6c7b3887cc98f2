"""What a scope matches: a machine by its place, its vault, its tags, or itself. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from remediation.ids import ItemId, VaultId

# From wide to narrow: of two scopes that match, the narrower one's values hold.
WIDTHS = ("subscription", "resource_group", "vault", "tags", "item")
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_GROUP = re.compile(r"[-\w.()*?\[\]!]{1,90}")
_VAULT_NAME = re.compile(r"[-\w]{1,80}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Everything named must hold; case does not matter, and all texts are lower-cased.

    ``resource_group``: the machine's, with ``*`` and ``?``. ``vault``: an ARM id or a name.
    ``item``: an ARM id. ``tags``: each must be there with that value.
    """

    subscription: str | None = None
    resource_group: str | None = None
    vault: str | None = None
    item: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def names(self) -> frozenset[str]:
        """The keys that are set."""
        return frozenset(name for name in WIDTHS if getattr(self, name))

    @property
    def width(self) -> int:
        """How narrow it is: the place of the narrowest key among ``WIDTHS``."""
        return max(WIDTHS.index(name) for name in self.names)

    def holds(self, item: ItemId, vault: VaultId | None, tags: Mapping[str, str] | None) -> bool:
        """Whether it matches; a vault or tags that are not known match nothing that asks for them.

        ``tags`` are lower-cased, names and values.
        """
        return self.may_hold(item, vault) and all(
            tags is not None and tags.get(name) == value for name, value in self.tags.items()
        )

    def may_hold(self, item: ItemId, vault: VaultId | None) -> bool:
        """Whether it matches but for the tags."""
        if self.subscription is not None and item.subscription.lower() != self.subscription:
            return False
        if self.item is not None and item.key != self.item:
            return False
        group = self.resource_group
        if group is not None and not fnmatchcase(item.group.lower(), group):
            return False
        return self.vault is None or (
            vault is not None and self.vault in {vault.key, vault.name.lower()}
        )


def subscription(text: str) -> str:
    """Return a subscription's id, lower-cased; raises ValueError."""
    if not _GUID.fullmatch(text.strip().lower()):
        raise ValueError(f"expected the id of a subscription (a GUID), got {text[:80]!r}")
    return text.strip().lower()


def resource_group(text: str) -> str:
    """Return the name of a resource group, or a pattern of names, lower-cased."""
    if not _GROUP.fullmatch(text.strip()):
        raise ValueError(
            f"expected the name of a resource group, * and ? allowed, got {text[:80]!r}"
        )
    return text.strip().lower()


def vault(text: str) -> str:
    """Return a vault's ARM id or name, lower-cased."""
    if "/" in text:
        return VaultId.parse(text.strip()).key
    if not _VAULT_NAME.fullmatch(text.strip()):
        raise ValueError(f"expected the ARM id or the name of a vault, got {text[:80]!r}")
    return text.strip().lower()


def item(text: str) -> str:
    """Return a virtual machine's ARM id, lower-cased: a name may be that of several."""
    return ItemId.parse(text.strip()).key


READERS = {
    "subscription": subscription,
    "resource_group": resource_group,
    "vault": vault,
    "item": item,
}


def contradiction(match: Match) -> str | None:
    """Say why nothing can match, where the keys exclude one another."""
    if match.item is None:
        return None
    machine = ItemId.parse(match.item)
    if match.subscription is not None and machine.subscription != match.subscription:
        return "the item is of another subscription: nothing matches both"
    if match.resource_group is not None and not fnmatchcase(machine.group, match.resource_group):
        return "the item is of another resource group: nothing matches both"
    return None

"""What is counted: failures, and the scopes that they fall into. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from remediation.ids import ItemId, VaultId


class ScopeKind(StrEnum):
    """Kinds of scopes; where two hold as many failing items, the earlier one is the wider."""

    SUBSCRIPTION = "subscription"
    REGION = "region"
    CAUSE = "cause"
    VAULT = "vault"
    POLICY = "policy"


_WIDEST_FIRST = tuple(ScopeKind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Something that failing items have in common; ``name`` is lower-cased.

    A subscription's GUID, a location's short name, a playbook's id, the ARM id of a vault or of a
    backup policy.
    """

    kind: ScopeKind
    name: str

    @property
    def narrowness(self) -> int:
        """How far down the scope stands among the kinds: 0 is the widest."""
        return _WIDEST_FIRST.index(self.kind)

    @property
    def shown(self) -> str:
        """What people call it: an ARM id by its last part."""
        return f"{self.kind.value} {self.name.rpartition('/')[2]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureRow:
    """A failure as it is counted: written before anything about its cause is found out.

    ``cause`` is what the code in the vault's list says by itself, else None; ``code`` is that code.
    """

    at: datetime
    item: ItemId
    vault: VaultId
    policy: str | None = None
    cause: str | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A vault as the last sweep saw it: its location, and its items by backup policy."""

    region: str
    policies: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estate:
    """Every vault by its key: what tells a failure's region, and how large a scope is."""

    sites: Mapping[str, Site] = field(default_factory=dict)

    def region(self, vault: VaultId) -> str | None:
        """Return the vault's location, where a sweep has seen it."""
        site = self.sites.get(vault.key)
        return site.region if site else None

    def size(self, scope: Scope) -> int | None:
        """Return how many items the scope holds; None where that is not known."""
        counts = [
            count
            for key, site in self.sites.items()
            for policy, count in site.policies.items()
            if _inside(scope, key, site, policy)
        ]
        return sum(counts) if counts else None


def _inside(scope: Scope, vault: str, site: Site, policy: str) -> bool:
    match scope.kind:
        case ScopeKind.CAUSE:
            return False
        case ScopeKind.VAULT:
            return vault == scope.name
        case ScopeKind.POLICY:
            return policy == scope.name
        case ScopeKind.REGION:
            return site.region == scope.name
        case ScopeKind.SUBSCRIPTION:
            return vault.startswith(f"/subscriptions/{scope.name}/")
        case _ as never:
            assert_never(never)


def scopes_of(row: FailureRow, estate: Estate) -> frozenset[Scope]:
    """Return every scope that the failure falls into, as far as it is known."""
    region = estate.region(row.vault)
    return scopes(row.vault, region=region, policy=row.policy, cause=row.cause)


def scopes(
    vault: VaultId, *, region: str | None, policy: str | None, cause: str | None
) -> frozenset[Scope]:
    """Return the scopes of an item that this vault protects; what is None is not known."""

    def known() -> Iterator[Scope]:
        yield Scope(kind=ScopeKind.SUBSCRIPTION, name=vault.subscription.lower())
        yield Scope(kind=ScopeKind.VAULT, name=vault.key)
        if region:
            yield Scope(kind=ScopeKind.REGION, name=region.lower())
        if policy:
            yield Scope(kind=ScopeKind.POLICY, name=policy.lower())
        if cause:
            yield Scope(kind=ScopeKind.CAUSE, name=cause)

    return frozenset(known())

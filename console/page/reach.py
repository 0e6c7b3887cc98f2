"""Which incidents a storm has to do with: the first page shows them by ``/?storm=ID``."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Self

from console.api.storms import shown
from console.services import Services
from remediation.ids import ItemId, VaultId
from remediation.incident import Incident
from remediation.ports import IndexRow
from remediation.storms.brake import WINDOW
from remediation.storms.holding import GUARD
from remediation.storms.scopes import Estate, ScopeKind, scopes
from remediation.storms.storm import Storm, StormState

# An item's backup policy stands in the rows of failures: the newest of them, three requests' worth.
MOST_ROWS = 2_000
# Only these two are not told by an incident itself.
_READ_FOR = frozenset({ScopeKind.REGION, ScopeKind.POLICY})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """A storm, with what tells an incident's region and backup policy.

    ``names``: its id, and those of storms that have become part of it.
    """

    storm: Storm
    names: frozenset[str]
    estate: Estate = field(default_factory=Estate)
    policies: Mapping[ItemId, str | None] = field(default_factory=dict)

    @classmethod
    def of(cls, services: Services, identity: str, kept: Sequence[Storm]) -> Self:
        """Return a storm's reach; raises ProblemError 404 for one that is not kept.

        One request where the storm has a region in it, up to three where it has a backup policy;
        otherwise nothing is read.
        """
        storm = shown(kept, identity)
        names = frozenset({storm.id, *_parts(storm.id, kept)})
        kinds = {one.kind for one in storm.scopes}
        if kinds.isdisjoint(_READ_FOR):
            return cls(storm=storm, names=names)
        sheet = services.retrigger.reception.engine.storms.read(storm.opened_at - WINDOW)
        rows = islice(sheet.rows, MOST_ROWS if ScopeKind.POLICY in kinds else 0)
        policies = {row.item: row.policy for row in rows}
        return cls(storm=storm, names=names, estate=sheet.estate, policies=policies)

    def likely(self, row: IndexRow) -> bool:
        """Whether an incident's row may be the storm's: its policy may not be known any more."""
        policies = (one.name for one in self.storm.scopes if one.kind is ScopeKind.POLICY)
        beside = any(name.startswith(f"{row.vault.key}/") for name in policies)
        return beside or self._covers(row.item, row.vault, row.cause)

    def has(self, incident: Incident) -> bool:
        """Whether the storm holds it back or let it begin, or it came with it."""
        vault = incident.protected.vault
        cause = incident.cause if incident.matched_by != "none" else None
        return self._named_by(incident) or (
            self._while(incident.opened_at) and self._covers(incident.item, vault, cause)
        )

    def until(self, latest: datetime) -> datetime:
        """Return when the last of its incidents was opened, at the latest."""
        over = self.storm.ended_at if self.storm.over else None
        return latest if over is None else min(latest, over)

    def _while(self, at: datetime) -> bool:
        # Failures of a window before it are what opened it.
        return self.storm.opened_at - WINDOW < at <= self.until(at)

    def _covers(self, item: ItemId, vault: VaultId, cause: str | None) -> bool:
        found = scopes(
            vault,
            region=self.estate.region(vault),
            policy=self.policies.get(item),
            cause=cause,
        )
        return self.storm.covers(found)

    def _named_by(self, incident: Incident) -> bool:
        if any(one.permit in self.names for one in incident.attempts):
            return True
        objections = incident.hold.objections if incident.hold else ()
        return any(one.guard == GUARD and named(one.reason) in self.names for one in objections)


def named(reason: str) -> str:
    """Return the id of the storm with which the storm guard's reason begins, else nothing."""
    first = reason.partition(" ")[0]
    return first if first.startswith("storm-") else ""


def _parts(identity: str, kept: Iterable[Storm]) -> set[str]:
    """Return the storms that have become part of one, also by way of another."""
    kept, found = tuple(kept), {identity}
    while more := {
        one.id
        for one in kept
        if one.state is StormState.JOINED and one.joined in found and one.id not in found
    }:
        found |= more
    return found

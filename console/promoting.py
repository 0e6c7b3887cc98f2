"""What observing showed of an action: incidents and records read, machines counted. Read only."""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from console.services import Services
from remediation.ids import ItemId, VaultId
from remediation.incident import Incident
from remediation.model import Mode
from remediation.picture import excluded as excludes
from remediation.policies.effective import Effective, effective
from remediation.policies.layers import Document
from remediation.promotion.evidence import Evidence, Looked, evidence
from remediation.promotion.place import Place
from remediation.promotion.seen import Occasion, excluded, occasions
from remediation.views import Unreadable
from state.reading import IncidentQuery

# So many incidents are read, the newest first: each costs a query for its records.
MOST_INCIDENTS = 2_000
# Tags are no part of the trail. A place of tags asks Azure for those of so many machines.
MOST_TAGGED = 100
_BLOCK = 200
_EXCLUDED, _WATCHED = "excluded by its tag", "only watched, as its owner's tag says"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Machines with occasions that the change reaches; ``unreached`` says why others stay."""

    machines: int
    unreached: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """The evidence, and the occasions it was counted from; ``notes`` say what could not be read.

    ``kept``: machines that their owners keep back, for all that the trail tells, and how.
    """

    evidence: Evidence
    occasions: tuple[Occasion, ...]
    kept: Mapping[ItemId, str]
    tags: dict[ItemId, dict[str, str] | None]
    notes: tuple[str, ...]


class Observing:
    """Looks at what was observed in a place."""

    def __init__(self, services: Services, place: Place) -> None:
        self._services, self._place = services, place
        self._tags: dict[ItemId, dict[str, str] | None] = {}
        self._untold = 0

    def observed(self, action: str, since: datetime, until: datetime) -> Observed:
        """Read incidents opened in the span, and what became of the action in each."""
        taken = list(itertools.islice(self._inside(since, until), MOST_INCIDENTS + 1))
        cut, taken = len(taken) > MOST_INCIDENTS, taken[:MOST_INCIDENTS]
        partitions = self._services.reader.partitions
        found = tuple(
            occasion
            for one in taken
            for occasion in occasions(
                one, (row.record for row in partitions.records_of(one.item, one.id)), action
            )
        )
        policies = {one.item: self._policy(one.item, one.vault).policy for one in found}
        looked = Looked(
            since=since,
            until=until,
            incidents=len(taken),
            machines=len({one.item for one in taken}),
            cut=cut,
            excluded=len({one.item for one in taken if excluded(one)}),
            brake=self._services.policies.everything().policy.storm_items,
        )
        return Observed(
            evidence=evidence(found, looked, policies),
            occasions=found,
            kept=_kept(taken, found),
            tags=self._tags,
            notes=tuple(self._notes()),
        )

    def reach(self, found: Observed, action: str, after: Document | None) -> Reach:
        """Say for which of the machines seen the action would run by itself under ``after``."""
        ground = self._services.policies.ground
        machines = {one.item: one.vault for one in found.occasions}
        unreached: list[str] = []
        for item, vault in machines.items():
            tags = self._tags.get(item)
            then = effective(ground, after, item, vault, tags)
            if tags is None and item in found.kept:
                # Tags are not in the trail, but what they said then is.
                unreached.append(f"{item.name}: {found.kept[item]}")
            elif tags is not None and excludes(
                tags, then.policy.exclusion_tag, then.policy.exclusion_value
            ):
                unreached.append(f"{item.name}: {_EXCLUDED}")
            elif then.policy.mode_of(action) is not Mode.AUTO:
                mode, origin = then.policy.mode.value, then.origin("mode")
                unreached.append(f"{item.name}: mode {mode} ({origin})")
        return Reach(machines=len(machines) - len(unreached), unreached=tuple(sorted(unreached)))

    def _policy(self, item: ItemId, vault: VaultId) -> Effective:
        return self._services.policies.effective(item, vault, self._tags.get(item))

    def _inside(self, since: datetime, until: datetime) -> Iterator[Incident]:
        match = self._place.match
        item = ItemId.parse(match.item) if match and match.item else None
        query = IncidentQuery(since=since, until=until, item=item)
        cursor: str | None = None
        while True:
            page = self._services.reader.incidents(query, cursor=cursor, size=_BLOCK)
            yield from (one for one in page.entries if self._holds(one))
            cursor = page.next
            if cursor is None:
                return

    def _holds(self, incident: Incident) -> bool:
        match, item, vault = self._place.match, incident.item, incident.protected.vault
        if match is None or not match.tags:
            return match is None or match.may_hold(item, vault)
        if not match.may_hold(item, vault):
            return False
        if item not in self._tags and len(self._tags) >= MOST_TAGGED:
            self._untold += 1
            return False
        return match.holds(item, vault, self._of(item))

    def _of(self, item: ItemId) -> dict[str, str] | None:
        if item not in self._tags:
            engine = self._services.retrigger.reception.engine
            found = engine.eyes.tags(item, engine.tools.machines.machine(item))
            self._tags[item] = (
                None
                if isinstance(found, Unreadable)
                else {name.strip().lower(): text.strip().lower() for name, text in found.items()}
            )
        return self._tags[item]

    def _notes(self) -> Iterator[str]:
        match = self._place.match
        if match is None or not match.tags:
            yield "tags are not in the trail: scopes of tags and owners' tags were not looked at"
            return
        yield "who lies in the scope was told by the tags that machines have now"
        unread = sum(tags is None for tags in self._tags.values())
        if unread:
            yield f"the tags of {unread} machines could not be read: they are left out"
        if self._untold:
            yield f"{self._untold} incidents were left out: tags of {MOST_TAGGED} machines are read"


def _kept(incidents: Iterable[Incident], found: Iterable[Occasion]) -> dict[ItemId, str]:
    """Return whom their owners keep back, as the newest of each machine's incidents told."""
    newest: dict[ItemId, Incident] = {}
    for one in incidents:
        if one.item not in newest or one.opened_at > newest[one.item].opened_at:
            newest[one.item] = one
    last = {one.item: one for one in sorted(found, key=lambda one: one.first)}
    watched = {item: _WATCHED for item, one in last.items() if one.by_owner}
    return watched | {item: _EXCLUDED for item, one in newest.items() if excluded(one)}

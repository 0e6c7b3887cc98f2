"""The watch over storms: what a sweep counts, takes back, ends and tells.

Permits whose holder is gone, incidents that are held back and past their deadline, news that
nobody heard because a worker died, how large the estate is, and rows that nobody counts any more.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from remediation.engine import Engine
from remediation.ids import ItemId, VaultId
from remediation.incident import Incident, Phase
from remediation.missing_roles import Sightings
from remediation.newer import NewerError
from remediation.permits import verdict_of
from remediation.storms.brake import WINDOW, fronts
from remediation.storms.course import Left, grown, recounted, returned, settled
from remediation.storms.holding import held_by_storm
from remediation.storms.scopes import Estate, FailureRow, Site, scopes
from remediation.storms.storm import Book, News, Permit, Storm, Verdict
from remediation.views import VaultSnapshot

# Rows of failures are kept at least for so long, and as long as a storm counts them.
ROWS_KEPT = timedelta(hours=24)
# A begun attempt that changed nothing yet, and is held for longer than this, makes room.
HELD_FOR = timedelta(minutes=10)
_FORGETS = 50


@dataclass(slots=True, kw_only=True)
class Seen:
    """What a sweep sees on its way over the vaults: the estate, for the brake, and roles."""

    regions: dict[VaultId, str] = field(default_factory=dict)
    subscriptions: set[str] = field(default_factory=set)
    sites: dict[str, Site] = field(default_factory=dict)
    roles: Sightings = field(default_factory=Sightings)

    def list(self, subscription: str, vaults: Mapping[VaultId, str]) -> None:
        """Note the vaults of a subscription, each with its location."""
        self.subscriptions.add(subscription.lower())
        self.regions.update(vaults)

    def vault(self, vault: VaultId, snapshot: VaultSnapshot) -> None:
        """Note a vault that was read."""
        policies = Counter(one.policy or "" for one in snapshot.items)
        region = self.regions.get(vault, "").lower()
        self.sites[vault.key] = Site(region=region, policies=dict(policies))

    def over(self, before: Estate) -> Estate:
        """Return the estate: what was seen now, else what was known, but no vault that is gone."""
        listed = {vault.key for vault in self.regions}
        kept = {
            key: one
            for key, one in before.sites.items()
            if key in listed or key.split("/")[2] not in self.subscriptions
        }
        return Estate(sites={**kept, **self.sites})


@dataclass(frozen=True, slots=True, kw_only=True)
class StormWatch:
    """Looks after the storms, once a sweep."""

    engine: Engine

    def run(self, open_: Mapping[ItemId, Incident], seen: Seen, now: datetime) -> None:
        """Review every storm; ``open_`` are the open incidents as the sweep has found them."""
        limit = self.engine.policy.storm_items
        storms, permits = self.engine.storms, self.engine.permits
        book = storms.kept().book
        begun = min((one.opened_at for one in book.standing), default=now)
        sheet = storms.read(min(begun, now) - WINDOW)
        rows = tuple(sheet.rows)
        estate = seen.over(sheet.estate)
        if estate != sheet.estate:
            storms.note(estate)

        def reviewed(book: Book) -> Book:
            found = grown(book, fronts(rows, estate, limit, now), now)
            return self._reviewed(found, rows, estate, open_, now)

        permits.change(reviewed)
        self._tell_late(book, now)
        for _ in range(_FORGETS):
            if not storms.forget(min(begun - WINDOW, now - ROWS_KEPT)):
                break

    def _reviewed(
        self,
        book: Book,
        rows: tuple[FailureRow, ...],
        estate: Estate,
        open_: Mapping[ItemId, Incident],
        now: datetime,
    ) -> Book:
        policies = {row.item: row.policy for row in rows}
        for storm in book.standing:
            inside = [one for one in open_.values() if _inside(one, storm, estate, policies)]
            book = book.having(recounted(storm, rows, estate, _left(storm, inside, now)))
            for permit in storm.permits:
                if (verdict := self._over(permit, now)) is not None:
                    book = returned(book, permit.holder, verdict, permit.position, now)
        return settled(book, now)

    def _over(self, permit: Permit, now: datetime) -> Verdict | None:
        """Return what became of a permit's attempt; None while it is under way."""
        if now - permit.since < self.engine.pace.take_over:
            # The commit that uses it may still be on its way.
            return None
        try:
            incident = self.engine.store.load(permit.item).incident
            if incident is None or incident.id != permit.incident:
                incident = self.engine.store.closed(permit.item, permit.incident)
        except NewerError:
            # Whoever can read it gives it back.
            return None
        attempts = incident.attempts if incident else ()
        attempt = next((one for one in attempts if one.number == permit.attempt), None)
        if incident is None or attempt is None or attempt.permit is None:
            return Verdict.NONE
        if attempt.result is not None:
            return verdict_of(attempt)
        if now > permit.until:
            return Verdict.FAILED
        hold = incident.hold
        held = hold is not None and hold.until > now + HELD_FOR
        return Verdict.NONE if held and incident.step is None and not attempt.steps_done else None

    def _tell_late(self, before: Book, now: datetime) -> None:
        """Tell what a worker died of telling, or no channel took; news is left to its own worker.

        That is what was unsaid before this sweep already.
        """
        grace, standing = self.engine.pace.wake_grace, self.engine.storms.kept().book
        for storm in before.storms.values():
            current = standing.storms.get(storm.id)
            for news in storm.unsaid:
                late = now > _since(storm, news) + grace
                if late and current is not None and news in current.unsaid:
                    self.engine.permits.tell(current, news)


def _since(storm: Storm, news: News) -> datetime:
    match news:
        case News.DETECTED:
            return storm.opened_at
        case News.ESCALATED:
            return storm.escalated_at or storm.opened_at
        case News.ENDED:
            return storm.ended_at or storm.opened_at


def _inside(
    incident: Incident, storm: Storm, estate: Estate, policies: Mapping[ItemId, str | None]
) -> bool:
    vault = incident.protected.vault
    found = scopes(
        vault,
        region=estate.region(vault),
        policy=policies.get(incident.item),
        cause=incident.cause if incident.matched_by != "none" else None,
    )
    return storm.covers(found)


def _left(storm: Storm, inside: Iterable[Incident], now: datetime) -> Left:
    held = waiting = 0
    overdue: list[str] = []
    for one in inside:
        if held_by_storm(one):
            held += 1
            if one.act_by is not None and one.act_by < now:
                overdue.append(one.item.shown)
        elif _on_its_way(one, storm):
            waiting += 1
    return Left(held=held, waiting=waiting, overdue=tuple(sorted(overdue)))


def _on_its_way(incident: Incident, storm: Storm) -> bool:
    """Whether it came with the storm, and its first action is still to come."""
    came = incident.opened_at > storm.opened_at - WINDOW
    acted = any(one.counts for one in incident.attempts)
    return came and not acted and incident.phase is not Phase.RESTING

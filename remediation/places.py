"""What is taken before an intent is committed, and given back when it is over.

A place for an on-demand backup, in a storm the permit of an action that begins, the groups of
partners that the machine is in, and one of the disruptive actions an hour; in this order. Where one
is not to be had the picture says so, and what was taken before it goes back after the commit.

Never before: two workers may decide on one attempt by one name, and the other, who found all that
it needs, may be about to commit. After a commit nobody can who decided before it; who decides anew
takes it at a later position, and nothing goes back that was taken later than what is given back.
A disruptive action stays counted for its hour, begun or not.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from remediation.disruptions import SPREAD, Disruptions, uncounted, used_up
from remediation.draft import Situation
from remediation.incident import Incident, Objection, Status
from remediation.intents import Intent, intent_of
from remediation.line import Line, waiter_of
from remediation.messages import Decision
from remediation.needs import (
    Used,
    asking_of,
    claim_of,
    groups_for,
    looks,
    row_of,
    scopes_for,
    takes,
    used_by,
)
from remediation.partners import Answer, Partners
from remediation.partnership import GUARD as PARTNER
from remediation.partnership import Group, claiming
from remediation.permits import Permit, Permits, verdict_of
from remediation.picture import Picture
from remediation.policy import Policy
from remediation.ports import IncidentStore, Turn
from remediation.remember import BACKUP_STEPS
from remediation.storms.brake import WINDOW
from remediation.storms.course import Asking
from remediation.storms.holding import held_by_storm, share
from remediation.storms.storm import Verdict

# A place is given back when its backup ends; a crash gives it back after this.
LASTS = timedelta(hours=6)
# What could not be counted is counted again after this.
UNCOUNTED = timedelta(minutes=5)
_RECOVERED = frozenset({Status.RECOVERED, Status.RECOVERED_DEGRADED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What was taken for an intent to which something objects, and must go back."""

    intent: Intent
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The picture with what was asked for in it; ``left``: what goes back after the commit."""

    picture: Picture
    left: Taken | None = None


@dataclass(frozen=True, slots=True)
class Places:
    """How many backups run at once, who may begin in a storm, and who beside a partner."""

    slots: Line
    permits: Permits
    partners: Partners
    disruptions: Disruptions

    def seen(
        self, decision: Decision, incident: Incident | None, situation: Situation, limit: int
    ) -> Seen:
        """Take what the decision needs; where that is not free, the picture says so.

        ``limit``: how many items failing together are a storm. The situation's own picture is
        returned where nothing is to be decided anew.
        """
        intent, picture = intent_of(decision, incident), situation.picture
        if intent is None:
            return Seen(picture=picture)
        if (still := self._still_withheld(intent, situation)) is not None:
            return Seen(picture=replace(picture, withheld=(still,)))
        turn = self._placed(intent, situation)
        if not turn.taken:
            named = tuple(one.item.shown for one in turn.before)
            return Seen(picture=replace(picture, slots_full=True, before=named))
        answer = self._permitted(intent, situation, limit)
        if isinstance(answer, Objection):
            return Seen(picture=replace(picture, storm=answer), left=Taken(intent=intent))
        groups = groups_for(intent, situation)
        found = self._withheld(intent, groups, situation)
        if found.objection is not None:
            left = Taken(intent=replace(intent, permit=answer.storm), groups=found.claimed)
            return Seen(picture=replace(picture, withheld=(found.objection,)), left=left)
        claimed = tuple(one.key for one in groups if one.key not in intent.attempt.partners)
        permit = answer.storm or picture.permit
        return Seen(picture=replace(picture, permit=permit, partners=claimed))

    def foretold(
        self, decision: Decision, incident: Incident | None, situation: Situation, limit: int
    ) -> Seen:
        """Return what ``seen`` would but for places, and take nothing."""
        intent, picture = intent_of(decision, incident), situation.picture
        if intent is None:
            return Seen(picture=picture)
        if intent.begins:
            storm = self.permits.look(asking_of(intent, situation), limit)
            picture = picture if storm is None else replace(picture, storm=storm)
        groups = groups_for(intent, situation)
        found: list[Objection | None] = [self._counted(intent, situation, take=False)]
        if groups:
            found.append(self.partners.look(claim_of(intent, situation.now), groups, intent.risk))
        objections = tuple(one for one in found if one is not None)
        return Seen(picture=replace(picture, withheld=objections) if objections else picture)

    def held_back(self, incident: Incident, policy: Policy, now: datetime) -> Objection | None:
        """Return what still holds back an incident that nothing but a storm held; one read."""
        if incident.attempt is not None or not held_by_storm(incident):
            return None
        asking = Asking(
            incident=incident.id,
            attempt=len(incident.attempts) + 1,
            item=incident.item,
            scopes=scopes_for(incident, Picture()),
            waiter=waiter_of(incident, policy, now),
        )
        return self.permits.look(asking, policy.storm_items, stays=True)

    def give_back(
        self, decision: Decision, incident: Incident, left: Taken | None, store: IncidentStore
    ) -> None:
        """Give back what a decision took that lost its race."""
        intent = left.intent if left is not None else intent_of(decision, incident)
        if intent is None or not (takes(intent) or left):
            return
        groups = left.groups if left is not None else intent.attempt.partners
        # Whoever won the race may have decided the same, and then it is in use.
        winner, number = store.load(incident.item).incident, intent.attempt.number
        mine = winner if winner is not None and winner.id == incident.id else None
        begun = next((one for one in mine.attempts if one.number == number), None) if mine else None
        used = used_by(mine) if mine is not None and begun is not None and begun.open else Used()
        self._undo(intent, place=not used.place, permit=not used.permit)
        self._release(intent, tuple(one for one in groups if one not in used.groups))

    def free(
        self, before: Incident | None, decision: Decision, after: Incident, left: Taken | None
    ) -> None:
        """Give back what is not or no longer in use after a commit."""
        if left is not None:
            self._undo(left.intent)
            self._release(left.intent, left.groups)
        if before is None:
            return
        self._free_place(before, decision, after)
        attempt = before.attempt
        if attempt is not None:
            over = claiming(before) - claiming(after) - set(left.groups if left else ())
            holder = f"{before.id}-{attempt.number}"
            self.partners.back(before.item, tuple(sorted(over)), holder, before.records)
        if attempt is not None and attempt.permit is not None:
            ended = next(one for one in after.attempts if one.number == attempt.number)
            if (verdict := verdict_of(ended)) is not None:
                self.permits.back(before.id, attempt.number, verdict, before.records)
        elif held_by_storm(before) and after.status in _RECOVERED:
            self.permits.healed(scopes_for(before, Picture()), before.id)

    # ------------------------------------------------------------ inside

    def _placed(self, intent: Intent, situation: Situation) -> Turn:
        """Take the place that a backup needs, or stand in line for it."""
        if not intent.backs_up:
            return Turn(taken=True)
        return self.slots.take(
            intent.incident.protected.vault,
            intent.holder,
            until=situation.now + LASTS,
            now=situation.now,
            per_vault=situation.policy.at_once_vault,
            per_subscription=situation.policy.at_once_subscription,
            waiter=waiter_of(intent.incident, situation.policy, situation.now),
            position=intent.position,
        )

    def _permitted(self, intent: Intent, situation: Situation, limit: int) -> Permit | Objection:
        picture, incident, now = situation.picture, intent.incident, situation.now
        if not intent.begins or picture.calm:
            return Permit()
        recent = incident.opened_at > now - WINDOW
        row = row_of(incident, picture, now) if recent else None
        return self.permits.ask(asking_of(intent, situation), row, limit)

    def _still_withheld(self, intent: Intent, situation: Situation) -> Objection | None:
        """Look first where a partner held it before: most looks find it so, and take nothing.

        To take everything and give it back would cost eight times as much, look by look.
        """
        hold = situation.incident.hold if situation.incident else None
        held = hold is not None and any(one.guard == PARTNER for one in hold.objections)
        groups = groups_for(intent, situation)
        if not held or not groups or not looks(intent):
            return None
        waiter = waiter_of(intent.incident, situation.policy, situation.now)
        return self.partners.look(claim_of(intent, situation.now), groups, intent.risk, waiter)

    def _withheld(self, intent: Intent, groups: Sequence[Group], situation: Situation) -> Answer:
        """Claim the partners and count what disrupts."""
        found = Answer(objection=None, claimed=())
        if groups:
            claim = claim_of(intent, situation.now)
            waiter = waiter_of(intent.incident, situation.policy, situation.now)
            found = self.partners.ask(claim, groups, intent.risk, waiter, looks=looks(intent))
        if found.objection is not None:
            return found
        return replace(found, objection=self._counted(intent, situation, take=True))

    def _counted(self, intent: Intent, situation: Situation, *, take: bool) -> Objection | None:
        if not intent.disruptive:
            return None
        now, limit = situation.now, situation.policy.disruptive_per_hour
        ask = self.disruptions.take if take else self.disruptions.full
        try:
            until = ask(intent.incident.item.subscription, intent.holder, now=now, limit=limit)
        except Exception as fault:  # noqa: BLE001 - what cannot be counted must not be begun
            return uncounted(f"{type(fault).__name__}: {fault}"[:300], now + UNCOUNTED)
        if until is None:
            return None
        return used_up(limit, until + share(intent.holder) * SPREAD)

    def _undo(self, intent: Intent, *, place: bool = True, permit: bool = True) -> None:
        """Give back what was taken for an intent that is not committed, but for its partners."""
        incident = intent.incident
        if place and intent.backs_up:
            self._free_slot(incident, intent.holder, intent.position)
        if permit and intent.permit is not None:
            number = intent.attempt.number
            self.permits.back(incident.id, number, Verdict.NONE, intent.position)

    def _release(self, intent: Intent, groups: Sequence[str]) -> None:
        self.partners.back(intent.incident.item, groups, intent.holder, intent.position)

    def _free_place(self, before: Incident, decision: Decision, after: Incident) -> None:
        step = before.step
        if step is None or step.name not in BACKUP_STEPS:
            return
        holder = f"{before.id}-{step.attempt}"
        if after.step is not None and after.step.request_id == step.request_id:
            return
        intent = intent_of(decision, after)
        if intent is None or not intent.backs_up or intent.holder != holder:
            self._free_slot(before, holder, before.records)

    def _free_slot(self, incident: Incident, holder: str, upto: int) -> None:
        """Give a place back, or let it lapse: a commit's commands must go out all the same."""
        with suppress(Exception):
            self.slots.free(incident.protected.vault, holder, upto)

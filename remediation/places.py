"""What is taken before an intent is committed, and given back when it is over.

A place for an on-demand backup, in a storm the permit of an action that begins, the groups of
partners that the machine is in, and one of the disruptive actions an hour; in this order. Where one
is not to be had the picture says so, and what was taken before it goes back after the commit.

Never before: two workers may decide on one attempt by one name, and the other, who found all that
it needs, may be about to commit. After a commit nobody can who decided before it.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from remediation.disruptions import SPREAD, Disruptions, uncounted, used_up
from remediation.draft import Situation
from remediation.incident import Incident, Objection, Status, StepName
from remediation.intents import Intent, intent_of
from remediation.line import Line, waiter_of
from remediation.messages import Decision
from remediation.partners import Answer, Partners
from remediation.partnership import GUARD as PARTNER
from remediation.partnership import LASTS as CLAIM_LASTS
from remediation.partnership import Claim, Group, claiming, groups_of
from remediation.permits import Permit, Permits, verdict_of
from remediation.picture import Picture
from remediation.policy import Policy
from remediation.ports import IncidentStore, Turn
from remediation.remember import BACKUP_STEPS
from remediation.storms.brake import WINDOW
from remediation.storms.course import Asking
from remediation.storms.holding import held_by_storm, share
from remediation.storms.scopes import FailureRow, Scope, scopes
from remediation.storms.storm import Verdict
from remediation.views import Machine

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
        groups = _groups(intent, situation)
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
            storm = self.permits.look(_asking(intent, situation), limit)
            picture = picture if storm is None else replace(picture, storm=storm)
        groups = _groups(intent, situation)
        found: list[Objection | None] = [self._counted(intent, situation, take=False)]
        if groups:
            found.append(self.partners.look(_claim(intent, situation.now), groups, intent.risk))
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
            scopes=_scopes(incident, Picture()),
            waiter=waiter_of(incident, policy, now),
        )
        return self.permits.look(asking, policy.storm_items, stays=True)

    def give_back(
        self, decision: Decision, incident: Incident, left: Taken | None, store: IncidentStore
    ) -> None:
        """Give back what a decision took that lost its race."""
        intent = left.intent if left is not None else intent_of(decision, incident)
        if intent is None or not (_takes(intent) or left):
            return
        groups = left.groups if left is not None else intent.attempt.partners
        # Whoever won the race may have decided the same, and then it is in use.
        winner = store.load(incident.item).incident
        number = intent.attempt.number
        same = winner is not None and winner.id == incident.id
        attempts = winner.attempts if winner is not None and same else ()
        begun = next((one for one in attempts if one.number == number), None)
        step = winner.step if winner is not None and same else None
        if step is None or step.attempt != number:
            self._undo(intent, counted=begun is None and left is None)
        kept = claiming(winner) if winner is not None and begun == winner.attempt else frozenset()
        self._release(intent, tuple(one for one in groups if one not in kept))

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
                self.permits.back(before.id, attempt.number, verdict)
        elif held_by_storm(before) and after.status in _RECOVERED:
            self.permits.healed(_scopes(before, Picture()), before.id)

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
        )

    def _permitted(self, intent: Intent, situation: Situation, limit: int) -> Permit | Objection:
        picture, incident, now = situation.picture, intent.incident, situation.now
        if not intent.begins or picture.calm:
            return Permit()
        recent = incident.opened_at > now - WINDOW
        row = _row(incident, picture, now) if recent else None
        return self.permits.ask(_asking(intent, situation), row, limit)

    def _still_withheld(self, intent: Intent, situation: Situation) -> Objection | None:
        """Look first where a partner held it before: most looks find it so, and take nothing.

        To take everything and give it back would cost eight times as much, look by look.
        """
        hold = situation.incident.hold if situation.incident else None
        held = hold is not None and any(one.guard == PARTNER for one in hold.objections)
        groups = _groups(intent, situation)
        if not held or not groups or not _looks(intent):
            return None
        return self.partners.look(_claim(intent, situation.now), groups, intent.risk)

    def _withheld(self, intent: Intent, groups: Sequence[Group], situation: Situation) -> Answer:
        """Claim the partners and count what disrupts."""
        found = Answer(objection=None, claimed=())
        if groups:
            claim = _claim(intent, situation.now)
            found = self.partners.ask(claim, groups, intent.risk, looks=_looks(intent))
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

    def _undo(self, intent: Intent, *, counted: bool = False) -> None:
        """Give back what was taken for an intent that is not committed, but for its partners."""
        incident = intent.incident
        if intent.backs_up:
            self._free_slot(incident, intent.holder)
        if intent.permit is not None:
            self.permits.back(incident.id, intent.attempt.number, Verdict.NONE)
        if counted and intent.disruptive:
            # What stays counted is forgotten within the hour.
            with suppress(Exception):
                self.disruptions.free(incident.item.subscription, intent.holder)

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
            self._free_slot(before, holder)

    def _free_slot(self, incident: Incident, holder: str) -> None:
        """Give a place back, or let it lapse: a commit's commands must go out all the same."""
        with suppress(Exception):
            self.slots.free(incident.protected.vault, holder)


def _takes(intent: Intent) -> bool:
    """Whether anything was taken for it."""
    taken = intent.backs_up, intent.permit, intent.attempt.partners, intent.disruptive
    return any(taken)


def _looks(intent: Intent) -> bool:
    """Whether partners are looked at: in the middle something may be away, and it goes on."""
    return intent.begins or intent.step is StepName.BACKUP


def _groups(intent: Intent, situation: Situation) -> tuple[Group, ...]:
    """Return the groups that an intent claims; guards let none through without its machine."""
    machine = situation.picture.machine
    if not intent.changes or not isinstance(machine, Machine):
        return ()
    return groups_of(machine, situation.policy.partner_tags)


def _claim(intent: Intent, now: datetime) -> Claim:
    return Claim(
        holder=intent.holder,
        item=intent.incident.item,
        action=intent.attempt.action,
        since=now,
        until=now + CLAIM_LASTS,
        position=intent.position,
    )


def _asking(intent: Intent, situation: Situation) -> Asking:
    return Asking(
        incident=intent.incident.id,
        attempt=intent.attempt.number,
        item=intent.incident.item,
        scopes=_scopes(intent.incident, situation.picture),
        waiter=waiter_of(intent.incident, situation.policy, situation.now),
    )


def _scopes(incident: Incident, picture: Picture) -> frozenset[Scope]:
    protected = picture.protected(incident)
    return scopes(
        incident.protected.vault,
        region=picture.machine.location if isinstance(picture.machine, Machine) else None,
        policy=protected.policy if protected else None,
        cause=incident.cause if incident.matched_by != "none" else None,
    )


def _row(incident: Incident, picture: Picture, now: datetime) -> FailureRow:
    protected = picture.protected(incident)
    return FailureRow(
        at=now,
        item=incident.item,
        vault=incident.protected.vault,
        policy=protected.policy if protected else None,
        cause=incident.cause if incident.matched_by != "none" else None,
        code=incident.code,
    )

"""Partners: machines that stand in for one another, and who of them may be worked on. Pure.

A group is an availability set, a scale set in flexible orchestration, or a tag of one value that
several machines of a subscription have. Two machines in two zones are partners where one of these
says so: a zone alone says nothing about who stands in for whom, and a proximity placement group
says who is near.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from remediation.ids import ItemId
from remediation.incident import Incident, Objection
from remediation.model import Risk
from remediation.urgency import Waiter, in_line
from remediation.views import AgentState, Machine, Power

GUARD = "partner"
# Who is held back by a partner looks again after this, and up to as much later.
SOONEST, SPREAD = timedelta(minutes=10), timedelta(minutes=10)
# A claim is given back when the attempt pauses or ends; the sweep gives back those of the dead; and
# after this nobody believes it any more. A clean-up takes up to ten hours, a backup up to a day.
LASTS = timedelta(hours=24)
# So many partners are looked at before an action begins; of a larger group nobody can say in time
# whether all are well, and so nothing disruptive begins in it.
MOST_LOOKED_AT = 50


class Kind(StrEnum):
    """What makes machines partners."""

    AVAILABILITY_SET = "availability_set"
    SCALE_SET = "scale_set"
    TAG = "tag"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A group of partners: equal by ``key``; names and values are kept as they were first seen.

    ``name``: an ARM id, or the tag's name; ``value``: the tag's.
    """

    kind: Kind
    key: str
    name: str = field(compare=False)
    value: str = field(default="", compare=False)

    @property
    def shown(self) -> str:
        """The group in words, for people."""
        match self.kind:
            case Kind.AVAILABILITY_SET:
                return f"availability set {self.name.rpartition('/')[2].lower()}"
            case Kind.SCALE_SET:
                return f"scale set {self.name.rpartition('/')[2].lower()}"
            case Kind.TAG:
                return f"tag {self.name.strip().lower()}: {self.value.strip().lower()}"


def groups_of(machine: Machine, tags: Iterable[str]) -> tuple[Group, ...]:
    """Return the groups of a machine, in the order in which they are claimed; ``tags``: names.

    Only the machine's own tags: one on a resource group says what belongs together, and not what
    stands in for what.
    """
    found: dict[str, Group] = {}
    sets = ((Kind.AVAILABILITY_SET, machine.availability_set), (Kind.SCALE_SET, machine.scale_set))
    for kind, name in sets:
        if name is not None:
            found[f"{kind}|{name.lower()}"] = Group(
                kind=kind, key=f"{kind}|{name.lower()}", name=name
            )
    wanted = {one.strip().lower() for one in tags}
    for name, value in machine.tags.items():
        if name.strip().lower() in wanted and value.strip():
            key = f"{Kind.TAG}|{name.strip().lower()}|{value.strip().lower()}"
            found[key] = Group(kind=Kind.TAG, key=key, name=name, value=value)
    return tuple(found[key] for key in sorted(found))


def trouble(partner: Machine, risk: Risk) -> str | None:
    """Say why a partner is in the way of a change of this risk; None where it is not.

    Who is being started, stopped or changed, and of whom nothing is known, is in the way of any.
    One that was switched off stands in for nobody, now or later: that tells against what disturbs
    services, and a backup beside it endangers nothing. What disturbs services asks for a partner
    that is well: it runs, is provisioned, and has an agent that reports.
    """
    off = partner.power in {Power.STOPPED, Power.DEALLOCATED}
    if partner.power is not Power.RUNNING and (risk.disruptive or not off):
        return f"its power state is {partner.power.value}"
    if partner.provisioning not in {"succeeded", "failed"}:
        return f"its provisioning state is {partner.provisioning or 'not told'}"
    if not risk.disruptive:
        return None
    if partner.provisioning == "failed":
        return "its provisioning has failed"
    if partner.agent.state is not AgentState.READY:
        return f"its agent is {partner.agent.state.value}"
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A group is worked on: by which attempt, on which machine, at what, and since when.

    Several workers may act for one attempt. ``position`` tells them apart: how many records the
    incident had when it was asked for. Of those who ask at one position at most one commits.
    ``line``: the most urgent who wait for the group, for as long as it is claimed.
    """

    holder: str
    item: ItemId
    action: str
    since: datetime
    until: datetime
    position: int = 0
    line: tuple[Waiter, ...] = ()

    def held(self, now: datetime) -> bool:
        """Whether it still counts."""
        return now < self.until

    def awaited(self, waiter: Waiter) -> bool:
        """Whether somebody stands in its line."""
        return any(one.incident == waiter.incident for one in self.line)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A claim as it stands in storage, and whose group it is of."""

    group: str
    claim: Claim


def claimed_over(standing: Claim | None, wanted: Claim, now: datetime) -> Claim | None:
    """Return what should stand after ``wanted`` was asked for; None where somebody else is at work.

    One's own claim is taken anew at a later position, so that who asked before cannot give it back;
    and where half of its time is over. What an earlier attempt on the same machine left is no
    partner's. Who waits for the machine's claim goes on waiting.
    """
    if standing is None or not standing.held(now) or standing.item == wanted.item:
        if standing is None or standing.item != wanted.item:
            return wanted
        if standing.holder != wanted.holder:
            return replace(wanted, line=standing.line)
        if standing.position < wanted.position or standing.until - now <= LASTS / 2:
            last = max(standing.position, wanted.position)
            return replace(wanted, position=last, line=standing.line)
        return standing
    return None


def waited_for(standing: Claim | None, waiter: Waiter, now: datetime) -> Claim | None:
    """Return what stands after somebody whom a claim holds back has come to stand in its line."""
    if standing is None or not standing.held(now) or standing.item == waiter.item:
        return standing
    if standing.awaited(waiter):
        return standing
    return replace(
        standing, line=in_line(standing.line, replace(waiter, until=standing.until), now)
    )


def given_back(standing: Claim | None, holder: str, upto: int) -> Claim | None:
    """Return what stands after a holder gave its group back at a position.

    What was asked for at a later one is another worker's, and may be in use.
    """
    if standing is None or standing.holder != holder or standing.position > upto:
        return standing
    return None


def claiming(incident: Incident) -> frozenset[str]:
    """Return the keys of the groups that an incident's attempt has claimed and still needs.

    While it is held, or left to the schedule to judge, nothing of it is under way.
    """
    attempt = incident.attempt
    if attempt is None or incident.ending is not None or incident.judged_by_schedule:
        return frozenset()
    if incident.step is None and incident.hold is not None:
        return frozenset()
    return frozenset(attempt.partners)


class Claims(Protocol):
    """Claims on groups of partners, one row a group, each changed under its version."""

    def take(self, subscription: str, group: str, claim: Claim, now: datetime) -> Claim | None:
        """Take the group for a claim, or keep it; the answer is who has it instead, else None."""

    def find(self, subscription: str, group: str) -> Claim | None:
        """Return the claim that stands on a group, also one whose time is over."""

    def wait(self, subscription: str, group: str, waiter: Waiter, now: datetime) -> None:
        """Stand in line for a group that is claimed; nothing happens where it is not."""

    def free(self, subscription: str, group: str, holder: str, upto: int) -> tuple[Waiter, ...]:
        """Give a group back, unless ``holder`` has it not or asked after the position ``upto``.

        Returns who waited for it, the most urgent first.
        """

    def all(self, subscription: str) -> tuple[Claimed, ...]:
        """Return every claim in a subscription."""


def at_work(group: Group, claim: Claim, until: datetime) -> Objection:
    """Return the objection while a partner is worked on."""
    doing = f"{claim.action} is under way on it since {claim.since.isoformat()}"
    reason = f"{claim.item.name} is its partner ({group.shown}): {doing}"
    return Objection(guard=GUARD, reason=reason, until=until)


def unwell(group: Group, partner: str, why: str, until: datetime) -> Objection:
    """Return the objection while a partner cannot stand in."""
    reason = f"{partner} is its partner ({group.shown}): {why}"
    return Objection(guard=GUARD, reason=reason, until=until)


def unknown(what: str, why: str, until: datetime) -> Objection:
    """Return the objection where partners cannot be told: then nothing is begun."""
    return Objection(guard=GUARD, reason=f"{what}: {why}", until=until)

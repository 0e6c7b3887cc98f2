"""Incidents as the demo shows them, read from the stored heads. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from local.checker.evidence import RECOVERED
from local.checker.findings import short
from local.checker.trail import Head, ItemTrail, instant
from remediation.moments import shortened

FINAL = (*sorted(RECOVERED), "closed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One execution of a rung; ``result`` is None while it runs."""

    number: int
    action: str
    result: str | None
    request_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One incident: where it stands on its ladder, and since when.

    ``failures`` are the ids of its failed jobs. ``unsent``: notices that no channel has taken.
    ``watched``: the mode lets nothing be done, and it is said what would have been. ``asked``: it
    waits for a person's yes.
    ``escalated_at`` is None where people were not asked; ``goes_on``: the ladder goes on all the
    same.
    """

    id: str
    item: str
    status: str
    cause: str
    code: str | None
    opened_at: datetime
    ended_at: datetime | None
    ladder: tuple[str, ...]
    rung: int
    attempts: tuple[Attempt, ...]
    failures: frozenset[str]
    says: str
    escalated_at: datetime | None = None
    goes_on: bool = False
    unsent: int = 0
    watched: bool = False
    asked: bool = False

    @property
    def name(self) -> str:
        """The machine's name."""
        return short(self.item)

    @property
    def held(self) -> bool:
        """Whether it is open and goes no further by itself: only watched, or in people's hands."""
        return self.group == "open" and (self.watched or self.asked)

    @property
    def group(self) -> str:
        """Which of the five statuses of a report it counts as: what is under way is ``open``."""
        return self.status if self.status in {*FINAL, "escalated"} else "open"


def incidents(trails: Iterable[ItemTrail]) -> tuple[Incident, ...]:
    """Return all incidents, the oldest first."""
    found = [_incident(trail.item, head) for trail in trails for head in trail.heads if head.state]
    return tuple(sorted(found, key=lambda one: (one.opened_at, one.item)))


def _incident(item: str, head: Head) -> Incident:
    state = head.state
    playbook, ending = state["playbook"], state.get("ending")
    escalation = state.get("escalation") or {}
    guards = {one.get("guard") for one in _objections(state)}
    return Incident(
        id=head.incident,
        item=item,
        status=head.status,
        cause=str(playbook["id"]),
        code=state.get("code"),
        opened_at=instant(state["opened_at"]),
        ended_at=instant(ending["at"]) if ending else None,
        ladder=tuple(str(rung["do"]) for rung in playbook["ladder"]),
        rung=int(state["rung"]),
        attempts=tuple(map(_attempt, state["attempts"])),
        failures=frozenset(str(one["job"]["job"]).lower() for one in state["failures"]),
        says=shortened(_says(state)),
        escalated_at=instant(escalation["at"]) if escalation else None,
        goes_on=bool(escalation.get("ladder_goes_on")),
        unsent=sum(not notice["sent"] for notice in state["notices"]),
        watched="mode" in guards,
        asked="approval" in guards and _unanswered(state.get("approval") or {}),
    )


def _objections(state: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return list((state.get("hold") or {}).get("objections") or ())


def _unanswered(approval: Mapping[str, Any]) -> bool:
    """Tell whether people were asked, and neither enough said yes nor anybody no."""
    answers = approval.get("answers") or ()
    said_yes = {one["by"] for one in answers if one["yes"]}
    denied = any(not one["yes"] for one in answers)
    return bool(approval) and not denied and len(said_yes) < int(approval["needed"])


def _attempt(tree: Mapping[str, Any]) -> Attempt:
    return Attempt(
        number=int(tree["number"]),
        action=str(tree["action"]),
        result=tree.get("result"),
        request_ids=tuple(str(one).lower() for one in tree["request_ids"]),
    )


def _says(state: Mapping[str, Any]) -> str:
    """Return in a few words what the incident waits for, or how it ended."""
    match state:
        case {"ending": {"reason": reason}}:
            return str(reason)
        case {"step": {"name": name, "state": how}}:
            return f"{name}: {how}"
        case {"hold": {"objections": [{"reason": reason}, *_]}}:
            return str(reason)
        case {"escalation": {"reason": reason}}:
            return str(reason)
        case {"wake": {"why": why}}:
            return str(why)
        case _:
            return ""

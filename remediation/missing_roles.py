"""Roles that are missing, by subscription: what was met, and what follows from it. Pure.

Only Azure knows which roles are assigned, so it is told by what was tried. A role is taken for
missing from the first try that was refused for want of it until one of its steps is taken. Where
nothing tries it any more (no open incident met it, and a day has passed) it is no longer told.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from remediation.incident import Attempt, AttemptResult, Incident, StepState
from remediation.repertoire import ACTIONS, STEP_ROLES
from remediation.roles import Role

# A nightly backup would have met it again by then.
REMEMBERED = timedelta(hours=26)

type Key = tuple[Role, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingRole:
    """What is known of a role in a subscription (lower-cased).

    ``since`` None: it is not missing. ``met``: the newest try that was refused for want of it.
    ``used``: a step that was taken with it; one before ``met`` says nothing any more.
    """

    role: Role
    subscription: str
    met: datetime
    since: datetime | None = None
    used: datetime | None = None

    @property
    def key(self) -> Key:
        """What it is about."""
        return self.role, self.subscription


class MissingRoles(Protocol):
    """What is known of roles that were met missing."""

    def known(self) -> tuple[MissingRole, ...]:
        """Read everything that is known: one query."""

    def keep(self, one: MissingRole) -> None:
        """Keep what is known of a role, in the place of what was."""


@dataclass(slots=True, kw_only=True)
class Sightings:
    """What one sweep sees of roles: the newest try that missed each, the newest that had it."""

    met: dict[Key, datetime] = field(default_factory=dict)
    used: dict[Key, datetime] = field(default_factory=dict)

    def incident(self, incident: Incident) -> None:
        """Note what an incident's attempts met; what reads need, the sweep's own reads tell."""
        subscription = incident.item.subscription.lower()
        for one in incident.attempts:
            for role in _refused(one):
                _later(self.met, (role, subscription), one.ended_at or one.acted_at)
            for role in {STEP_ROLES[step] for step in one.steps_done}:
                _later(self.used, (role, subscription), one.acted_at)
        step = incident.step
        if step is not None and step.state is StepState.SENT and step.sent_at is not None:
            _later(self.used, (STEP_ROLES[step.name], subscription), step.sent_at)

    def read(self, subscription: str, now: datetime) -> None:
        """Note that the sweep could list a subscription's vaults."""
        self.used[Role.READ, subscription.lower()] = now

    def unread(self, subscription: str, missing: Role | None, now: datetime) -> None:
        """Note what the sweep could not read; for want of a role, it outweighs what it could."""
        key = Role.READ, subscription.lower()
        if missing is Role.READ:
            self.met[key] = now
            self.used.pop(key, None)

    def judged(self, known: Iterable[MissingRole], now: datetime) -> tuple[MissingRole, ...]:
        """Return what is known after this sweep, of every role that was ever met missing."""
        before = {one.key: one for one in known}
        keys = sorted(before.keys() | self.met.keys())
        return tuple(self._judged(key, before.get(key), now) for key in keys)

    def _judged(self, key: Key, before: MissingRole | None, now: datetime) -> MissingRole:
        role, subscription = key
        met = _newest(self.met.get(key), before.met if before else None) or now
        blank = MissingRole(role=role, subscription=subscription, met=met)
        found = replace(before or blank, met=met)
        if found.used is None or found.used < met:
            found = replace(found, used=_newest(found.used, self.used.get(key)))
        there = found.used is not None and found.used >= met
        if there or not (key in self.met or now < met + REMEMBERED):
            return replace(found, since=None)
        return replace(found, since=found.since or now)


def _refused(attempt: Attempt) -> Iterable[Role]:
    """Return the role that an attempt was refused for want of; only a first step ends so."""
    action = ACTIONS.get(attempt.action)
    if attempt.result is AttemptResult.BLOCKED and action is not None:
        role = STEP_ROLES[action.all_steps[0]]
        if role is not Role.READ:
            yield role


def _later(found: dict[Key, datetime], key: Key, at: datetime) -> None:
    found[key] = max(at, found.get(key, at))


def _newest(*times: datetime | None) -> datetime | None:
    return max((at for at in times if at is not None), default=None)

"""Pauses: a person stops new actions for everything or a scope, for a while. Pure.

What is under way in Azure is watched to its end, and a lock that was taken away goes back: a pause
stops what would be sent next, and nothing else.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from remediation.ids import ItemId, VaultId

EVERYTHING = "*"
# What the guard is called that asks for them.
GUARD = "paused"
# A stop that nobody remembers is worse than none: it ends by itself, and may be renewed.
SHORTEST, LONGEST = timedelta(minutes=1), timedelta(days=14)
_EXPECTED = "expected * or the ARM id of a subscription, resource group, vault or machine"
_WIDE = re.compile(
    r"(?ai:/subscriptions/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
    r"(?:(?ai:/resourcegroups/)[-\w.()]{1,90})?"
)


class PausesError(Exception):
    """Pauses could not be read or kept; it says nothing about which there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifted:
    """Who ended a pause before its time, when, and why."""

    by: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A stop of new actions in a scope; ``scope`` is ``*`` or an ARM id, as ``read_scope`` reads.

    ``by`` is the person who signed in. It ends at ``until``, or when somebody lifts it.
    """

    id: str
    scope: str
    by: str
    reason: str
    at: datetime
    until: datetime
    lifted: Lifted | None = None

    @property
    def ends(self) -> datetime:
        """When it ends, or ended."""
        return self.lifted.at if self.lifted else self.until

    def active(self, now: datetime) -> bool:
        """Whether it stops anything now.

        When it began is not asked: the clock of who set it may be a little ahead of ours.
        """
        return self.lifted is None and now < self.until

    def ended_by(self, lifted: Lifted) -> "Pause":
        """Return the pause once it is lifted."""
        return replace(self, lifted=lifted)

    def covers(self, item: ItemId, vault: VaultId | None) -> bool:
        """Whether the machine, or the vault that protects it, lies in the scope."""
        if self.scope == EVERYTHING:
            return True
        scope = self.scope.lower()
        keys = [item.key, *([] if vault is None else [vault.key])]
        return any(key == scope or key.startswith(f"{scope}/") for key in keys)

    def same_request(self, other: "Pause") -> bool:
        """Whether somebody asked for the same thing: a repeat makes no second pause."""
        mine, its = _asked(self), _asked(other)
        return mine == its


class Pauses(Protocol):
    """Where pauses are kept. Every call raises PausesError where that cannot be reached."""

    def active(self, now: datetime) -> tuple[Pause, ...]:
        """Return what stops something now, what ends last first."""

    def all(self) -> tuple[Pause, ...]:
        """Return every pause there ever was, the newest first."""

    def get(self, identity: str) -> Pause | None:
        """Return a pause by its id."""

    def put(self, pause: Pause) -> Pause:
        """Keep a new pause; return what stands under its id, which may have been there before."""

    def lift(self, identity: str, lifted: Lifted) -> Pause | None:
        """End a pause; return it as it stands, None where there is none.

        Of two who lift it the first one counts.
        """


def read_scope(text: str) -> str:
    """Read a scope; raises ValueError that says what was expected."""
    found = text.strip().removesuffix("/")
    if found == EVERYTHING or (_WIDE.fullmatch(found) and ".." not in found):
        return found
    for kind in (VaultId, ItemId):
        try:
            return kind.parse(found).shown
        except ValueError:
            continue
    raise ValueError(f"{_EXPECTED}, got {text[:200]!r}")


def subscription_of(scope: str) -> str | None:
    """Return the subscription's GUID that a scope lies in; None for everything."""
    return None if scope == EVERYTHING else scope.split("/")[2]


def asked_for(wanted: Pause, kept: Iterable[Pause]) -> Pause:
    """Return the pause with its id, or the one that stands already for the same request.

    Ids are derived, so that two repeats at the same instant are one pause: an id counts how often
    the same was asked for before and is over.
    """
    same = [one for one in kept if one.same_request(wanted)]
    standing = [one for one in same if one.active(wanted.at)]
    if standing:
        return standing[0]
    text = "|".join((*_asked(wanted), str(len(same))))
    return replace(wanted, id=hashlib.sha256(text.encode()).hexdigest()[:12])


def covering(pauses: Iterable[Pause], item: ItemId, vault: VaultId | None) -> Pause | None:
    """Return the pause that holds for the item; of several the one that ends last."""
    found = [one for one in pauses if one.covers(item, vault)]
    return max(found, key=lambda one: one.until, default=None)


def _asked(pause: Pause) -> tuple[str, str, str, str]:
    length = str((pause.until - pause.at).total_seconds())
    return pause.scope.lower(), pause.by, pause.reason, length

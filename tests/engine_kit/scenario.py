"""A scenario: a world and everything that befalls those who look after it, as one value.

It can be written as Python that builds it again, so what a failing seed was shrunk to is a
regression test as it stands. Times are hours since the world's beginning.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from local import worlds
from local.worlds import Fault, Lock, Misbehaviour, Schedule, Vm, World
from tests.engine_kit.mischief import Mode
from tests.local.azure.building import BACKUP_GROUP, a_vault, a_world

__all__ = ["Deed", "Fault", "Misbehaviour", "Mode", "Say", "Scenario", "Spell", "Unruly", "Vm"]

# What may run at all: everything that a playbook may ask for, guest repairs and restarts included.
EVERYTHING = tuple(sorted(worlds.ACTIONS))


@dataclass(frozen=True, kw_only=True)
class Unruly:
    """What the queue does: how often a message is doubled, held up, or comes again hours later."""

    doubles: float = 0.0
    delays: float = 0.0
    late: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Say:
    """What people say to a request for approval, so long after it was asked; None: nothing."""

    after: float
    yes: bool = True
    by: str = "ada"


@dataclass(frozen=True, kw_only=True)
class Deed:
    """What an operator does, and when: ``retrigger``, ``pause``, ``lift``, ``deny`` or ``approve``.

    ``machine``: the number of the one it is about; None for everything. A pause is ``hours`` long.
    """

    at: float
    what: str
    machine: int | None = 0
    hours: float = 2.0


@dataclass(frozen=True, kw_only=True)
class Spell:
    """Something that holds from ``at`` for some ``hours``.

    ``down``: nothing is worked at all, and then the clock stands at its end. The others are of the
    policy: ``off``, ``observe``, ``approve``, ``tight`` (one attempt), ``bad`` (a document with a
    fault), ``unreadable``. ``reordered`` and ``shortened``: from ``at`` on, the worker of the
    number ``hours`` runs with playbooks whose ladders are others.
    """

    at: float
    what: str
    hours: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A world and its mischief. ``skews``: seconds by which each worker's clock is ahead."""

    seed: int
    vms: tuple[Vm, ...]
    locked: bool = False
    history_days: int = 1
    storm_items: int = 0
    misbehaviour: Misbehaviour = field(default_factory=Misbehaviour)
    alerts: str = "all"
    policy: Mapping[str, Any] = field(default_factory=dict)
    limits: Mapping[str, Any] = field(default_factory=dict)
    skews: tuple[int, ...] = (0,)
    strikes: tuple[tuple[int, Mode], ...] = ()
    queue: Unruly = field(default_factory=Unruly)
    says: tuple[Say, ...] = ()
    deeds: tuple[Deed, ...] = ()
    spells: tuple[Spell, ...] = ()

    def world(self) -> World:
        """Return the world, with the policy that is the widest of all that hold in it."""
        # Of the same hour all year, as the restore points of a simulated history are.
        at = Schedule(time="21:00", zone="UTC")
        lock = Lock(scope=BACKUP_GROUP, level="CanNotDelete", name="keep", notes="of the platform")
        found = a_world(
            *self.vms,
            vaults=(a_vault(schedule=at), a_vault(name="rsv-2", enhanced=True, schedule=at)),
            locks=(lock,) if self.locked else (),
            misbehaviour=self.misbehaviour,
            history_days=self.history_days,
            alerts=self.alerts,
            policy_document=self.document(),
        )
        return replace(found, policy=replace(found.policy, storm_items=self.storm_items))

    def document(self, mode: str = "auto", **limits: object) -> Mapping[str, Any]:
        """Return the policy's document."""
        defaults = {
            "mode": mode,
            "max_risk": "destructive",
            "opt_in": list(EVERYTHING),
            "windows": ["daily 00:00-24:00 UTC"],
            **self.policy,
            "limits": {**self.limits, **limits},
        }
        return {"version": 1, "defaults": defaults}

    def having(self, **changes: Any) -> "Scenario":
        """Return the scenario with something changed."""
        return replace(self, **changes)


HOUR = timedelta(hours=1)

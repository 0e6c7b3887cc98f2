"""Partners, and what disrupts: never two of a group at once, never too many an hour. Pure.

What is under way is told by two witnesses: by the steps in the trail, and by the simulated Azure's
own jobs, where a backup of ours freezes a machine.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations

from local.checker.evidence import Evidence
from local.checker.permission import Permission
from local.checker.repertoire import ACTIONS, exceeds
from local.checker.trail import ItemTrail, Record
from local.worlds import Vm

_HOUR = timedelta(hours=1)
_CONCLUDED = frozenset({"StepDone", "StepWithdrawn", "AttemptEnded", "IncidentEnded"})
_PUTS_BACK = "restore_lock"
# The highest risk that does not count as disruptive.
_QUIET = "guest_io"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spell:
    """A stretch of time in which something is done to a machine; ``end`` None: it goes on."""

    what: str
    begin: datetime
    end: datetime | None

    def meets(self, other: "Spell") -> bool:
        """Whether both are under way at some time."""
        first, second = sorted((self, other), key=lambda one: one.begin)
        return first.end is None or second.begin < first.end


def together(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Yield every machine that was worked on beside a partner, with what was done to both."""
    spells = {item: tuple(_spells(evidence, item)) for item in evidence.permissions}
    for group, items in _by_group(evidence.permissions).items():
        for one, other in combinations(sorted(items), 2):
            for mine in spells[one]:
                meets = next((theirs for theirs in spells[other] if mine.meets(theirs)), None)
                if meets is not None:
                    text = f"{mine.what} while {meets.what} ran on its partner {_short(other)}"
                    yield one, f"{text} ({group})"


def beside_unwell(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Yield every machine at which something disruptive began while a partner was switched off."""
    machines = {evidence.world.item(vm).lower(): vm for vm in evidence.world.vms}
    for item, partner in _unwell(evidence, machines):
        trail = evidence.trail_of(item)
        for record in _begun(trail) if trail is not None else ():
            if _disrupts(record):
                yield item, f"{_named(record)} while its partner {partner.name} is {partner.power}"


def disruptive(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Yield every disruptive action that began when as many as are allowed had in an hour."""
    begun: dict[str, list[tuple[datetime, str, str]]] = {}
    for trail in evidence.items:
        for record in _begun(trail):
            if _disrupts(record):
                home = trail.item.lower().split("/")[2]
                name = str(record.body["action"])
                begun.setdefault(home, []).append((record.at, trail.item.lower(), name))
    for entries in begun.values():
        entries.sort()
        for place, (at, item, name) in enumerate(entries):
            limit = evidence.policy_of(item).disruptive_per_hour
            earlier = sum(1 for before, _, _ in entries[:place] if before > at - _HOUR)
            if earlier >= limit:
                yield item, f"{name} at {at.isoformat()}: {earlier} disruptive in the hour before"


def _begun(trail: ItemTrail) -> Iterator[Record]:
    """Yield the first intent of each attempt that changes something."""
    seen: set[tuple[str, int]] = set()
    for record in trail.of("StepIntended"):
        attempt = record.incident, int(record.body["step"]["attempt"])
        if attempt not in seen and record.body.get("counts", True):
            yield record
        seen.add(attempt)


def _disrupts(record: Record) -> bool:
    action = ACTIONS.get(str(record.body["action"]))
    return action is not None and exceeds(action.risk, _QUIET)


def _by_group(permissions: Mapping[str, Permission]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for item, may in permissions.items():
        for group in may.groups:
            found.setdefault(group, []).append(item)
    return found


def _unwell(evidence: Evidence, machines: Mapping[str, Vm]) -> Iterator[tuple[str, Vm]]:
    for items in _by_group(evidence.permissions).values():
        for item in items:
            others = (machines[other] for other in items if other != item)
            partner = next((vm for vm in others if vm.power != "running"), None)
            if partner is not None:
                yield item, partner


def _spells(evidence: Evidence, item: str) -> Iterator[Spell]:
    trail = evidence.trail_of(item)
    yield from _steps(trail) if trail is not None else ()
    for job in evidence.jobs:
        if job.item.lower() == item and job.kind == "on_demand":
            yield Spell(what="our backup", begin=job.started, end=job.ended)


def _steps(trail: ItemTrail) -> Iterator[Spell]:
    open_: Record | None = None
    for record in trail.records:
        if record.type == "StepIntended":
            changes = record.body.get("counts", True)
            open_ = record if changes and record.body["step"]["name"] != _PUTS_BACK else None
        elif record.type in _CONCLUDED and open_ is not None:
            yield Spell(what=_named(open_), begin=open_.at, end=record.at)
            open_ = None
    if open_ is not None:
        yield Spell(what=_named(open_), begin=open_.at, end=None)


def _named(record: Record) -> str:
    return f"{record.body['step']['name']} at {record.at.isoformat()}"


def _short(item: str) -> str:
    return item.rpartition("/")[2]

"""What a run cost: storage transactions an incident, and reads of backup jobs. Pure.

The functions' host writes a line of JSON for each invocation that used storage:
``{"incident", "item", "kind", "rung_acts", "attempt", "transactions": {"incidents", "index",
"queue", "apart"}}``. ``kind`` is ``opening`` (the failure came in), ``step`` (a wake-up that took
a step), ``poll`` (a wake-up that took none), ``ending`` (the incident ended), or something else,
which is no part of an incident's ordinary course. ``queue`` has the host's own get and delete in
it. ``apart`` is reported elsewhere.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from local.checker.evidence import RECOVERED, Evidence
from local.checker.fold import fold
from local.checker.repertoire import INSPECTIONS
from local.checker.trail import Record

_HOUR = timedelta(hours=1)
_COURSE = frozenset({"opening", "step", "ending"})
_HOLDING = frozenset({"Held", "StepWithdrawn", "StepUncertain", "ProofLeftToSchedule"})
_JOBS = re.compile(r"^/subscriptions/([^/]+)/.*/vaults/[^/]+/backupjobs(?:/[^/]+)?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """The transactions of one invocation, those that are reported apart left out."""

    incident: str
    kind: str
    attempt: int | None
    count: int
    contended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Transactions:
    """The most transactions of each class; 0 where no incident was of the class.

    The classes that begin with ``delayed`` hold what was held up: by a wait of the ladder, by a
    guard, by Azure (a throttled request, an answer that was lost), or by a race for the item that
    was lost to another delivery. ``many_step_rung_max`` is of actions with more than one step
    before their proof (``clear_lock`` has three). An inspection is no rung that acts:
    ``inspection_max`` is of the steps of one alone, ``inspected_first_rung_max`` of an incident
    that was inspected before the first attempt, which cured it.
    """

    first_rung_max: int = 0
    acting_first_rung_max: int = 0
    further_rung_max: int = 0
    extra_poll_max: int = 0
    delayed_first_rung_max: int = 0
    delayed_further_rung_max: int = 0
    many_step_rung_max: int = 0
    inspection_max: int = 0
    inspected_first_rung_max: int = 0
    per_incident_mean: float = 0.0


def invocations(lines: Iterable[str]) -> list[Invocation]:
    """Read the host's log; lines that are something else are passed over."""
    found = []
    for line in lines:
        # A logger may put its name and the time before the document.
        begin = line.find("{")
        if begin < 0 or '"transactions"' not in line:
            continue
        try:
            tree = json.loads(line[begin:])
        except ValueError:
            continue
        if isinstance(tree, dict) and isinstance(tree.get("transactions"), dict):
            found.append(_invocation(tree))
    return found


def _invocation(tree: Mapping[str, Any]) -> Invocation:
    counted = {name: n for name, n in tree["transactions"].items() if name != "apart"}
    return Invocation(
        incident=str(tree.get("incident") or ""),
        kind=str(tree.get("kind")),
        attempt=tree.get("attempt"),
        count=sum(counted.values()),
        contended=bool(tree.get("contended")),
    )


def transactions(evidence: Evidence, used: Sequence[Invocation]) -> Transactions:
    """Return the most of each class; polls and what belongs to no incident's course are apart."""
    by_incident: dict[str, list[Invocation]] = {}
    for one in used:
        by_incident.setdefault(one.incident, []).append(one)
    names = ("first", "acting", "further", "delayed", "delayed further", "many")
    most = dict.fromkeys((*names, "inspection", "inspected"), 0)
    for trail in evidence.items:
        for incident, records in trail.incidents.items():
            for name, count in _classes(records, by_incident.get(incident, [])):
                most[name] = max(most[name], count)
    polls = [one.count for one in used if one.kind == "poll" and not one.contended]
    whole = [sum(one.count for one in some) for name, some in by_incident.items() if name]
    return Transactions(
        first_rung_max=most["first"],
        acting_first_rung_max=most["acting"],
        further_rung_max=most["further"],
        extra_poll_max=max(polls, default=0),
        delayed_first_rung_max=most["delayed"],
        delayed_further_rung_max=most["delayed further"],
        many_step_rung_max=most["many"],
        inspection_max=most["inspection"],
        inspected_first_rung_max=most["inspected"],
        per_incident_mean=round(sum(whole) / len(whole), 1) if whole else 0.0,
    )


def _classes(records: Sequence[Record], used: list[Invocation]) -> Iterable[tuple[str, int]]:
    """Return the class of an incident cured by its first rung; else its further rungs."""
    state = fold(records)
    intents = [record for record in records if record.type == "StepIntended"]
    actions = {int(one.body["step"]["attempt"]): str(one.body["action"]) for one in intents}
    looks = {number for number, action in actions.items() if action in INSPECTIONS}
    acting = sorted(set(actions) - looks)
    course = [one for one in used if one.kind in _COURSE]
    raced = {one.attempt for one in used if one.contended}
    if state.ending in RECOVERED and len(acting) == 1:
        yield _first(records, intents, acting[0], raced), sum(one.count for one in course)
    for number in sorted(looks):
        steps = (one for one in used if one.kind == "step" and one.attempt == number)
        yield "inspection", sum(one.count for one in steps)
    for number in acting[1:]:
        # The opening and the ending are what every incident has; a further rung adds its steps.
        steps = (one for one in used if one.kind == "step" and one.attempt == number)
        held_up = _held_up(records, number) or number in raced
        prompt_name = "many" if _many_steps(intents, number) else "further"
        yield "delayed further" if held_up else prompt_name, sum(one.count for one in steps)


def _first(
    records: Sequence[Record], intents: Sequence[Record], number: int, raced: set[int | None]
) -> str:
    """Return the class of an incident that its first acting attempt cured."""
    first = next(one for one in intents if int(one.body["step"]["attempt"]) == number)
    if intents[0] is not first:
        return "inspected"
    if records[0].at != first.at or _held_up(records, number) or raced:
        return "delayed"
    if _many_steps(intents, number):
        return "many"
    return "first" if first.body["action"] == "retry_backup" else "acting"


def _many_steps(intents: Sequence[Record], attempt: int) -> bool:
    """Tell whether an attempt had more than one step before the backup that proves it."""
    steps = [one.body["step"] for one in intents]
    names = {str(one["name"]) for one in steps if int(one["attempt"]) == attempt}
    return len(names - {"backup"}) > 1


def _held_up(records: Sequence[Record], attempt: int) -> bool:
    """Tell whether a guard, or Azure itself, came between the steps of an attempt."""
    current = 0
    for record in records:
        if record.type == "StepIntended":
            current = int(record.body["step"]["attempt"])
        elif current == attempt and record.type in _HOLDING:
            return True
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class JobReads:
    """Reads of backup jobs, lists and single ones; ``per_hour_max`` of any one subscription."""

    total: int
    per_hour_max: int


def job_reads(evidence: Evidence) -> JobReads:
    """Count the reads in the request log; the hour slides."""
    times: dict[str, list[datetime]] = {}
    for request in evidence.requests:
        found = _JOBS.match(request.path) if request.method == "GET" else None
        if found is not None:
            times.setdefault(found[1].lower(), []).append(request.at)
    most = max((_densest(sorted(some)) for some in times.values()), default=0)
    return JobReads(total=sum(map(len, times.values())), per_hour_max=most)


def _densest(times: Sequence[datetime]) -> int:
    first, most = 0, 0
    for last, at in enumerate(times):
        while at - times[first] >= _HOUR:
            first += 1
        most = max(most, last - first + 1)
    return most

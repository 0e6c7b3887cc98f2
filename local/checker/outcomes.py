"""G8 and G9, and the comparison of what was expected with what was reached. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from local.checker.evidence import RECOVERED, Evidence, Request
from local.checker.expected import Expectation
from local.checker.findings import Findings, Guarantee, short
from local.checker.fold import fold
from local.checker.trail import Record, instant

# No lock stays away longer, whatever its duty says.
LONGEST_AWAY = timedelta(hours=24)
_LOCK = "/providers/microsoft.authorization/locks/"
_FAILURES = frozenset({"IncidentOpened", "IncidentReopened", "FailureAttached"})


def locks_are_back(evidence: Evidence) -> Guarantee:
    """G8: a lock that was removed stands again, as it was, in time; or somebody was told."""
    found = Findings("locks and requests")
    found.look(len(evidence.requests))
    duties = {duty.lock: duty for duty in evidence.duties}
    removed = {request.path.lower() for request in evidence.requests if _removes_lock(request)}
    for lock in evidence.truth["locks"]:
        found.look()
        name = str(lock["id"]).lower()
        duty = duties.get(name)
        if name in removed and duty is None:
            found.fault(f"{lock['name']} was removed without a duty")
        due = duty.restore_by if duty else evidence.now
        told = _escalated_about(evidence, str(lock["name"]))
        if not lock["present"] and not told and evidence.now > due:
            found.fault(f"{lock['name']} on {lock['scope']} is not back")
        for text in _late(lock["removed_at"], lock["restored_at"]):
            found.fault(f"{lock['name']} on {lock['scope']} {text}")
        if lock["present"] and name in removed and not _as_it_was(evidence, lock):
            found.fault(f"{lock['name']} on {lock['scope']} is not as it was")
    return found.verdict()


def _removes_lock(request: Request) -> bool:
    removed = 200
    return (
        request.method == "DELETE" and _LOCK in request.path.lower() and request.status == removed
    )


def _late(removed: str | None, restored: str | None) -> Iterable[str]:
    if removed and restored and instant(restored) - instant(removed) > LONGEST_AWAY:
        yield f"was away from {removed} to {restored}"


def _as_it_was(evidence: Evidence, lock: Mapping[str, object]) -> bool:
    """Compare a lock with the world's own; ``backup_group`` stands for every backup group."""
    scope = str(lock["scope"]).lower()
    for number, own in enumerate(evidence.world.locks, start=1):
        here = own.scope == "backup_group" or own.scope.rstrip("/").lower() == scope
        if here and (own.name or f"lock-{number}").lower() == str(lock["name"]).lower():
            owners = lock.get("owners") or []
            return (own.level, own.notes, list(own.owners)) == (
                lock["level"],
                lock["notes"],
                owners,
            )
    return True


def _escalated_about(evidence: Evidence, lock: str) -> bool:
    return any(
        lock in str(record.body)
        for trail in evidence.items
        for records in trail.incidents.values()
        if fold(records).status == "escalated"
        for record in records
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Unproved:
    """An incident that says recovered without a point that proves it."""

    item: str
    incident: str
    status: str
    reason: str


def recovered_has_point(evidence: Evidence) -> Guarantee:
    """G9: each recovered incident has, in the truth, a valid point after its failures."""
    found = Findings("incidents")
    found.look(sum(len(trail.incidents) for trail in evidence.items))
    for one in unproved(evidence):
        found.fault(f"{short(one.item)}/{one.incident}: {one.reason}")
    return found.verdict()


def unproved(evidence: Evidence) -> tuple[Unproved, ...]:
    """Return every ending as recovered that the truth does not bear out."""
    found = []
    for trail in evidence.items:
        for incident, records in trail.incidents.items():
            failures: list[Record] = []
            for record in records:
                if record.type in _FAILURES:
                    failures.append(record)
                if not _says_recovered(record) or record.at > evidence.now:
                    continue
                if not _has_point(evidence, trail.item, failures, record.at):
                    found.append(
                        Unproved(
                            item=trail.item,
                            incident=incident,
                            status=str(record.body["status"]),
                            reason="no valid recovery point began after its failures",
                        )
                    )
    return tuple(found)


def _says_recovered(record: Record) -> bool:
    return record.type == "IncidentEnded" and record.body["status"] in RECOVERED


def _has_point(evidence: Evidence, item: str, failures: list[Record], ended: datetime) -> bool:
    """Look for a point in the vault, from a good job, begun between the failures and the end."""
    machine = evidence.machines.get(item.lower())
    if machine is None:
        return False
    jobs = {job.id: job for job in evidence.jobs if job.item == item.lower()}
    named = [str(one.body["failure"]["job"]["job"]).lower() for one in failures]
    ends = [end for job in named if job in jobs and (end := jobs[job].ended) is not None]
    if not ends:
        return False
    good = {job.id for job in jobs.values() if job.good}
    return any(
        point["in_vault_tier"]
        and str(point["job"]).lower() in good
        and max(ends) < instant(point["time"]) <= ended
        for point in machine["recovery_points"]
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Deviation:
    """A machine that ended otherwise than it should have."""

    item: str
    fault: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Expected against reached; ``recovered`` counts the recoverable ones that recovered."""

    recoverable: int
    recovered: int
    wrongly_escalated: tuple[Deviation, ...] = field(default=())
    wrongly_recovered: tuple[Deviation, ...] = field(default=())
    touched_though_excluded: tuple[Deviation, ...] = field(default=())

    @property
    def as_expected(self) -> bool:
        """Whether nothing was wrongly done."""
        return not (
            self.wrongly_escalated or self.wrongly_recovered or self.touched_though_excluded
        )


def status_of(evidence: Evidence, item: str) -> str:
    """Return how an item stands: by its newest incident, ``none`` without one.

    A fault that comes back after some backups counts as recovered once it was.
    """
    trail = evidence.trail_of(item)
    if trail is None or not trail.records:
        return "none"
    last = trail.records[-1].incident
    return fold(trail.incidents[last]).status


def compare(evidence: Evidence, expectations: Iterable[Expectation]) -> Comparison:
    """Return what was wrongly done, and how many recovered of those that could."""
    known = {one.item.lower(): one for one in expectations}
    recoverable = [one for one in known.values() if one.recoverable]
    left = [one for one in recoverable if not _recovered(evidence, one)]
    touched = [
        item
        for item in sorted(evidence.excluded)
        if evidence.machines[item]["changed"] or _changed(evidence, item)
    ]
    return Comparison(
        recoverable=len(recoverable),
        recovered=len(recoverable) - len(left),
        wrongly_escalated=tuple(_deviation(evidence, one.item, known) for one in left),
        wrongly_recovered=tuple(
            _deviation(evidence, one.item, known, one.status) for one in unproved(evidence)
        ),
        touched_though_excluded=tuple(_deviation(evidence, item, known) for item in touched),
    )


def _recovered(evidence: Evidence, one: Expectation) -> bool:
    if status_of(evidence, one.item) in RECOVERED:
        return True
    trail = evidence.trail_of(one.item)
    comes_back = one.vm.fault is not None and one.vm.fault.cured_for is not None
    return (
        comes_back
        and trail is not None
        and any(record.body["status"] in RECOVERED for record in trail.of("IncidentEnded"))
    )


def _changed(evidence: Evidence, item: str) -> bool:
    parts = item.split("/")
    return any(
        request.mutating and request.machine == (parts[4], parts[8])
        for request in evidence.requests
    )


def _deviation(
    evidence: Evidence, item: str, known: Mapping[str, Expectation], status: str | None = None
) -> Deviation:
    one = known.get(item.lower())
    return Deviation(
        item=one.item if one else item,
        fault=one.fault if one else "unknown",
        status=status or status_of(evidence, item),
    )

"""G8 and G9: locks are back, and what is called recovered has its recovery point. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from local.checker.delivery import NO_JOB
from local.checker.evidence import RECOVERED, Evidence, Job, Request
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
    ends = [end for one in failures if (end := _ended(one, jobs)) is not None]
    if not ends:
        return False
    good = {job.id for job in jobs.values() if job.good}
    return any(
        point["in_vault_tier"]
        and str(point["job"]).lower() in good
        and max(ends) < instant(point["time"]) <= ended
        for point in machine["recovery_points"]
    )


def _ended(failure: Record, jobs: Mapping[str, Job]) -> datetime | None:
    """Return when the failed job ended; where no job ran at all, when that was noticed."""
    named = failure.body["failure"]
    job = str(named["job"]["job"]).lower()
    if job.startswith(NO_JOB):
        return instant(named["ended"])
    return jobs[job].ended if job in jobs else None

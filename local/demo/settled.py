"""When a run is over: nothing open, every failure on file, nothing on its way. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from local.checker.evidence import CANCELLED, CRASH_CONSISTENT, RECOVERED
from local.checker.expected import Expectation
from local.checker.trail import ItemTrail, instant
from local.demo.incidents import Incident

LONGEST = timedelta(days=14)
# A cured machine's next scheduled backup comes within a day and takes some hours to be noticed.
PROOF = timedelta(hours=30)
LOCK_AWAY = timedelta(hours=25)
NOTICE_TAKES = timedelta(hours=2)

type Tree = Mapping[str, Any]


def awaited(
    truth: Tree,
    trails: Sequence[ItemTrail],
    found: Sequence[Incident],
    expectations: Iterable[Expectation],
) -> tuple[str, ...]:
    """Return what the run still waits for, in words; empty when it is over.

    Where the mode lets nothing be done, an incident is over when it says what would have been done;
    where people are asked for their yes, when they are.
    """
    now = instant(truth["time"])
    going = sum(one.group == "open" and not one.held for one in found)
    parts = (
        ("incidents open", going),
        ("machines before their first backup", sum(not _backed_up(vm) for vm in truth["vms"])),
        ("failures not on file", sum(1 for _ in _unreported(truth, trails, found))),
        ("repairs without proof", sum(_on_its_way(truth, found, expectations, now))),
        ("locks away", sum(_away(lock, now) for lock in truth["locks"])),
        ("notices not sent", sum(_unsent(one, now) for one in found)),
    )
    return tuple(f"{what}: {count}" for what, count in parts if count)


def _backed_up(vm: Tree) -> bool:
    """Tell whether the world's first scheduled run of a machine has ended."""
    return any(job["kind"] == "scheduled" and job["ended"] for job in vm["jobs"])


def _unreported(
    truth: Tree, trails: Sequence[ItemTrail], found: Sequence[Incident]
) -> Iterator[str]:
    """Return failed jobs that have neither a marker nor an incident that knows them."""
    known = {job for trail in trails for job in trail.markers}
    known |= {job for one in found for job in one.failures}
    ours = {name for one in found for attempt in one.attempts for name in attempt.request_ids}
    for vm in truth["vms"]:
        for job in vm["jobs"]:
            name = str(job["id"]).lower()
            if _failed(job) and name not in known and job["activity_id"].lower() not in ours:
                yield name


def _failed(job: Tree) -> bool:
    if job["kind"] == "history" or not job["ended"] or job["number"] == CANCELLED:
        return False
    warned = job["status"] == "CompletedWithWarnings" and job["number"] != CRASH_CONSISTENT
    return bool(job["status"] == "Failed" or warned)


def _on_its_way(
    truth: Tree, found: Sequence[Incident], expectations: Iterable[Expectation], now: datetime
) -> Iterator[bool]:
    """Look at recoverable machines that people were asked about: do they only need time?"""
    machines = {vm["item"].lower(): vm for vm in truth["vms"]}
    newest = {one.item.lower(): one for one in found}
    for expectation in expectations:
        item = expectation.item.lower()
        incident = newest.get(item)
        if not expectation.recoverable or incident is None or incident.status in RECOVERED:
            continue
        vm = machines[item]
        cured = instant(vm["cured_at"]) if vm["cured_at"] else None
        if cured is not None:
            yield now < cured + PROOF
        else:
            yield expectation.heals or incident.goes_on


def _away(lock: Tree, now: datetime) -> bool:
    removed = lock["removed_at"]
    return not lock["present"] and bool(removed) and now < instant(removed) + LOCK_AWAY


def _unsent(one: Incident, now: datetime) -> bool:
    at = one.escalated_at
    return one.unsent > 0 and at is not None and now < at + NOTICE_TAKES

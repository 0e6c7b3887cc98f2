"""The comparison of what was expected with what was reached. Pure."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from local.checker.evidence import RECOVERED, Evidence
from local.checker.expected import Expectation
from local.checker.fold import fold
from local.checker.outcomes import unproved
from local.checker.permitted import unpermitted
from local.checker.playbooks import Shelf, shelf
from local.checker.trail import Record

_COLLISION = "backup-in-progress"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deviation:
    """A machine that ended otherwise than it should have."""

    item: str
    fault: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Expected against reached; ``recovered`` counts the recoverable ones that recovered.

    The status of a wrong cause is the cause that was concluded. A wrong remedy is an escalation
    that reached people without the remedy of the cause that the world names. That of a change
    without permission is what was done, and what did not allow it.
    """

    recoverable: int
    recovered: int
    wrongly_escalated: tuple[Deviation, ...] = field(default=())
    wrongly_recovered: tuple[Deviation, ...] = field(default=())
    touched_though_excluded: tuple[Deviation, ...] = field(default=())
    changed_without_permission: tuple[Deviation, ...] = field(default=())
    wrong_causes: tuple[Deviation, ...] = field(default=())
    wrong_remedies: tuple[Deviation, ...] = field(default=())

    @property
    def as_expected(self) -> bool:
        """Whether nothing was wrongly done, or wrongly told."""
        return not (
            self.wrongly_escalated
            or self.wrongly_recovered
            or self.touched_though_excluded
            or self.changed_without_permission
            or self.wrong_causes
            or self.wrong_remedies
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


def compare(
    evidence: Evidence, expectations: Iterable[Expectation], books: Shelf | None = None
) -> Comparison:
    """Return what was wrongly done, and how many recovered of those that could."""
    books = shelf() if books is None else books
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
        changed_without_permission=tuple(
            _deviation(evidence, one.item, known, one.reason) for one in unpermitted(evidence)
        ),
        wrong_causes=tuple(
            _deviation(evidence, item, known, cause)
            for item, cause in _wrong_causes(evidence, known.values())
        ),
        wrong_remedies=tuple(
            _deviation(evidence, item, known)
            for item in _wrong_remedies(evidence, known.values(), books)
        ),
    )


def _first_records(
    evidence: Evidence, expectations: Iterable[Expectation]
) -> Iterator[tuple[Expectation, str, str, Sequence[Record]]]:
    """Return the first incident of each machine whose cause the world names."""
    for one in expectations:
        trail = evidence.trail_of(one.item)
        if one.vm.expect is not None and trail is not None and trail.records:
            incident = trail.records[0].incident
            yield one, one.vm.expect.cause, incident, trail.incidents[incident]


def _wrong_causes(
    evidence: Evidence, expectations: Iterable[Expectation]
) -> Iterator[tuple[str, str]]:
    for one, cause, _, records in _first_records(evidence, expectations):
        # Every job of a machine fails the same way, but for one that meets another.
        right = {"IncidentOpened": {cause}, "CauseChanged": {cause, _COLLISION}}
        told = (
            str(record.body["playbook"]["id"])
            for record in records
            if record.type in right and record.body["playbook"]["id"] not in right[record.type]
        )
        found = next(told, None)
        if found is not None:
            yield one.item, found


def _wrong_remedies(
    evidence: Evidence, expectations: Iterable[Expectation], books: Shelf
) -> Iterator[str]:
    if evidence.notices is None:
        return
    notices = [_object(text) for text in evidence.notices]
    for one, cause, incident, records in _first_records(evidence, expectations):
        if not any(record.type == "Escalated" for record in records):
            continue
        wanted = books.playbooks[cause].remedy if cause in books.playbooks else ""
        about = (bundle for tree in notices for bundle in _bundles(tree, incident))
        told = {str((bundle.get("next") or {}).get("remedy", "")).strip() for bundle in about}
        if not wanted or told != {wanted}:
            yield one.item


def _bundles(tree: object, incident: str) -> Iterator[Mapping[str, Any]]:
    """Return the escalations of an incident in a message, however it is wrapped."""
    if isinstance(tree, list):
        for part in tree:
            yield from _bundles(part, incident)
    elif isinstance(tree, dict):
        if tree.get("incident") == incident and tree.get("kind") == "escalated":
            yield tree
        else:
            yield from _bundles(list(tree.values()), incident)


def _object(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _recovered(evidence: Evidence, one: Expectation) -> bool:
    trail = evidence.trail_of(one.item)
    statuses = [fold(records).status for records in trail.incidents.values()] if trail else []
    # A failure that is heard of late, when the machine has recovered, is closed without more ado.
    while statuses[-1:] == ["closed"] and len(statuses) > 1:
        statuses.pop()
    if statuses and statuses[-1] in RECOVERED:
        return True
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

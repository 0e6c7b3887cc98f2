"""The heads of incidents beside their records: each must stand where, and say what they say. Pure.

Whatever a commit writes it writes in one transaction, so no head may lag behind its records.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from state.chain import Fault, Tampering
from state.columns import Told
from state.layout import OPEN_ROW, closed_row


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredHead:
    """The row of an incident's head: its columns, and its text as a tree, empty if unreadable."""

    key: str
    incident: str
    status: str
    tree: Mapping[str, Any]


@dataclass(slots=True, kw_only=True)
class _Course:
    """What an incident's records come to: the last one's place, and how it ended, if it did."""

    sequence: int = 0
    ending: str | None = None


def faults_of_heads(
    heads: Iterable[StoredHead], told: Iterable[Told], removed: frozenset[str]
) -> tuple[Fault, ...]:
    """Return what differs between heads and records; of ``removed`` incidents none is left."""
    courses = _courses(told)
    standing: dict[str, list[StoredHead]] = {}
    for head in heads:
        standing.setdefault(head.incident, []).append(head)
    faults: list[Fault] = []
    for name, course in courses.items():
        if name in removed:
            continue
        key = OPEN_ROW if course.ending is None else closed_row(name)
        here = [head for head in standing.pop(name, []) if head.key == key]
        if not here:
            detail = f"the head of {name} is gone: its records say that it stands in {key}"
            faults.append(_fault(Tampering.REMOVED, key, detail))
        for head in here:
            faults += (_fault(Tampering.ALTERED, key, text) for text in _differing(head, course))
    for some in standing.values():
        for head in some:
            detail = f"a head of {head.incident} stands in {head.key}, which no record leads to"
            faults.append(_fault(Tampering.INSERTED, head.key, detail))
    return tuple(faults)


def _fault(kind: Tampering, key: str, detail: str) -> Fault:
    return Fault(kind=kind, position=0, key=key, detail=detail)


def _courses(told: Iterable[Told]) -> dict[str, _Course]:
    found: dict[str, _Course] = {}
    for one in sorted(told, key=lambda one: int(one.tree["sequence"])):
        course = found.setdefault(str(one.tree["incident"]), _Course())
        course.sequence = int(one.tree["sequence"])
        match one.tree["body"]["type"]:
            case "IncidentEnded":
                course.ending = str(one.tree["body"]["status"])
            case "IncidentReopened":
                course.ending = None
            case _:
                pass
    return found


def _differing(head: StoredHead, course: _Course) -> Iterator[str]:
    ending = (head.tree.get("ending") or {}).get("status")
    tree = head.tree
    phase = "waiting" if tree.get("phase") == "resting" else tree.get("phase")
    shown = ending or ("escalated" if tree.get("escalation") is not None else phase)
    if head.status != shown:
        yield (
            f"the head of {head.incident} has {head.status!r} in its column status, "
            f"its text says {shown!r}"
        )
    said = (
        ("id", head.tree.get("id"), head.incident),
        ("records", head.tree.get("records"), course.sequence),
        ("ending.status", ending, course.ending),
    )
    for name, found, wanted in said:
        if found != wanted:
            yield f"the head of {head.incident} has {found!r} as {name}, its records say {wanted!r}"

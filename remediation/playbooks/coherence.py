"""Checks between playbooks: what a schema cannot see.

One failure must lead to one cause, a ladder may not lead in a circle, what is for people may not
act, and what must never be done may not stand on a ladder that was put together from two files.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

from remediation.playbooks.library import OBJECTIVE_MISSED, UNKNOWN
from remediation.playbooks.located import Fault, Path
from remediation.playbooks.wording import code_key, comparable
from remediation.repertoire import ACTIONS

REQUIRED = (UNKNOWN, OBJECTIVE_MISSED)

# A message of fewer letters would be found in any sentence. Scripts that write a word with a sign
# or two say as much in fewer: there, these are several words.
FEWEST = 8


@dataclass(frozen=True, slots=True)
class Source:
    """A document that its schema accepts."""

    document: Mapping[str, Any]

    @property
    def id(self) -> str:
        """The playbook's id."""
        return str(self.document["id"])

    @property
    def then(self) -> str | None:
        """The id of the playbook that follows."""
        return self.document.get("then")

    @property
    def live(self) -> bool:
        """Whether the playbook matches anything."""
        return bool(self.document["status"] != "draft")


type Named = Iterator[tuple[str, Fault]]


def incoherences(sources: Mapping[str, Source], *, complete: bool) -> Named:
    """Yield (name of the file, fault); the name is empty where no file is at fault.

    ``complete`` is False when files are missing from ``sources`` because they are broken: then
    nothing is said about playbooks that are not there.
    """
    by_id = {source.id: source for source in sources.values()}
    if complete:
        for name in REQUIRED:
            if name not in by_id or not by_id[name].live:
                yield "", Fault(path=(), text=f"{name}.yaml: expected this playbook, it is missing")
    for file, source in sources.items():
        for fault in _chain(source, by_id, complete=complete):
            yield file, fault
    for file, source in sources.items():
        among = _among(source, by_id, complete=complete)
        for fault in chain(_reach(source, by_id), among):
            yield file, fault
    yield from _twice(sources)


def _chain(source: Source, by_id: Mapping[str, Source], *, complete: bool) -> Iterator[Fault]:
    """Follow ``then``: it must lead to live playbooks, and end."""
    follower = source.then
    if follower is None:
        return
    if follower not in by_id:
        if complete:
            yield Fault(path=("then",), text=f"expected the id of a playbook, got {follower!r}")
        return
    if not by_id[follower].live:
        yield Fault(path=("then",), text=f"{follower!r} is a draft")
    seen = [source.id]
    while follower is not None and follower in by_id:
        if follower in seen:
            yield Fault(path=("then",), text=f"leads in a circle: {' > '.join([*seen, follower])}")
            return
        seen.append(follower)
        follower = by_id[follower].then


def _actions(source: Source, by_id: Mapping[str, Source]) -> Iterator[tuple[Path, str]]:
    """Yield every action of the whole ladder, and the place in this file that brings it in."""
    seen: set[str] = set()
    at: Source | None = source
    while at is not None and at.id not in seen:
        for number, rung in enumerate(at.document["ladder"]):
            yield (("ladder", number, "do") if at is source else ("then",)), rung["do"]
        seen.add(at.id)
        at = by_id.get(at.then or "")


def _reach(source: Source, by_id: Mapping[str, Source]) -> Iterator[Fault]:
    never = source.document.get("never", ())
    for_people = source.document["class"] == "people"
    for path, action in _actions(source, by_id):
        if action in never:
            yield Fault(path=path, text=f"{action!r} stands under 'never'")
        if for_people and ACTIONS[action].acts:
            yield Fault(path=path, text=f"class 'people' may not act, got {action!r}")
    if source.document.get("generic") and source.document["ladder"]:
        yield Fault(path=("ladder",), text="expected no rung: a generic playbook names no cause")
    yield from _waits(source)


def _among(source: Source, by_id: Mapping[str, Source], *, complete: bool) -> Iterator[Fault]:
    """Check that a generic playbook leaves the cause to playbooks that are there and live."""
    named = source.document.get("among", ())
    if named and not source.document.get("generic"):
        yield Fault(path=("among",), text="expected 'generic: true' beside it")
    for at, name in enumerate(named):
        if name in by_id and not by_id[name].live:
            yield Fault(path=("among", at), text=f"{name!r} is a draft")
        elif name not in by_id and complete:
            yield Fault(path=("among", at), text=f"expected the id of a playbook, got {name!r}")


def _waits(source: Source) -> Iterator[Fault]:
    for number, rung in enumerate(source.document["ladder"]):
        if rung["do"] == "wait" and "wait" not in rung:
            yield Fault(path=("ladder", number), text="expected 'wait: <duration>' beside do: wait")


def _twice(sources: Mapping[str, Source]) -> Named:
    """Yield what two live playbooks claim, or one says twice."""
    kinds: tuple[tuple[str, Callable[[Any], Any]], ...] = (
        ("codes", code_key),
        ("numbers", int),
        ("messages", comparable),
    )
    for field, key in kinds:
        owners: dict[Any, str] = {}
        for file, source in sources.items():
            if not source.live:
                continue
            for path, claim in _claims(source, field):
                shown = key(claim)
                if field == "messages" and len(shown.encode()) < FEWEST:
                    text = f"expected words that tell it from others, got {claim!r}"
                    yield file, Fault(path=path, text=text)
                elif shown in owners:
                    text = f"{claim!r} stands in {owners[shown]} too: one failure, one cause"
                    yield file, Fault(path=path, text=text)
                else:
                    owners[shown] = file


def _claims(source: Source, field: str) -> Iterator[tuple[Path, Any]]:
    claims = source.document.get(field, ())
    if isinstance(claims, Mapping):
        for language, texts in claims.items():
            for at, text in enumerate(texts):
                yield (field, language, at), text
    else:
        for at, claim in enumerate(claims):
            yield (field, at), claim

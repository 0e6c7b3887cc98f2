"""An item's state as it stands, read by a version that may be older than the one that wrote it.

A decision is made on the whole of it, and a commit writes it whole again. So where it says anything
that this version does not know, it is not read at all: a field that is not empty, a word, a kind of
record, an action. Fields that say nothing are no matter: what a newer version does not use, an
older one cannot lose.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, get_args

from remediation.history import History
from remediation.ids import ItemId
from remediation.incident import Incident
from remediation.newer import NewerError
from remediation.records import Body
from remediation.repertoire import ACTIONS
from state import codec

KINDS = frozenset(one.__name__ for one in get_args(Body.__value__))


def read_incident(text: str, item: ItemId) -> Incident:
    """Read the head of an incident; raises NewerError where it is beyond this version."""
    tree = codec.tree_of(text)
    try:
        found = codec.from_plain(Incident, tree)
    except ValueError as fault:
        raise _newer(str(fault), item, tree) from fault
    beyond = [*unsaid(tree, codec.plain(found)), *_unknown(found)]
    if beyond:
        raise _newer(", ".join(beyond), item, tree)
    return found


def read_history(text: str, item: ItemId) -> History:
    """Read an item's history; raises NewerError where it is beyond this version."""
    tree = codec.tree_of(text)
    try:
        found = codec.from_plain(History, tree)
    except ValueError as fault:
        raise _newer(str(fault), item, {}) from fault
    beyond = list(unsaid(tree, codec.plain(found)))
    if beyond:
        raise _newer(", ".join(beyond), item, {})
    return found


def unsaid(tree: Any, known: Any, path: str = "") -> Iterator[str]:  # noqa: ANN401 - JSON
    """Yield the fields that say something in a tree and are not in the one that is known."""
    if isinstance(tree, dict) and isinstance(known, dict):
        for name, value in tree.items():
            here = f"{path}.{name}" if path else name
            if name in known:
                yield from unsaid(value, known[name], here)
            elif value not in (None, False, 0, "", [], {}):
                yield here
    elif isinstance(tree, list) and isinstance(known, list):
        for place, (one, other) in enumerate(zip(tree, known, strict=False)):
            yield from unsaid(one, other, f"{path}[{place}]")


def _unknown(incident: Incident) -> Iterator[str]:
    """Yield the words that any text may be for the codec, and that this version does not know."""
    yield from (f"a record {kind}" for kind in sorted(incident.kinds - KINDS))
    named = {rung.do for rung in incident.playbook.ladder}
    named |= {attempt.action for attempt in incident.attempts}
    yield from (f"the action {name}" for name in sorted(named - ACTIONS.keys()))


def _newer(beyond: str, item: ItemId, tree: object) -> NewerError:
    found = tree if isinstance(tree, dict) else {}
    identity, wake = found.get("id"), found.get("wake")
    return NewerError(
        beyond,
        item=item.shown,
        incident=identity if isinstance(identity, str) else None,
        wake_at=_instant(wake.get("at")) if isinstance(wake, dict) else None,
    )


def _instant(text: object) -> datetime | None:
    try:
        return codec.read_instant(text)
    except ValueError:
        return None

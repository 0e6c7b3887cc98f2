"""The columns that stand beside a record's text: what the audit is searched by. Pure.

The hash covers the text alone, so what is said beside it must follow from it: verification derives
each column anew. ``commit`` alone does not: it signs the write, and nothing is read by it later.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from state import codec
from state.prepared import StoredRecord, reference_of
from state.stubs import Stub

type Columns = Mapping[str, object]
# The action of each attempt, by incident and number, as the records say that it began.
type Actions = Mapping[tuple[str, int], str]

_NAMES = ("incident", "sequence", "at", "type", "action", "evidence", "size")
_SHOWN = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A record's whole text with what its row holds of it: itself, or a reference."""

    stored: str
    text: str
    tree: Mapping[str, Any]


def columns_of(record: StoredRecord) -> dict[str, object]:
    """Return what is written beside a record's link; what it has none of is left out."""
    optional = {"action": record.action, "evidence": record.evidence}
    return {
        "incident": record.incident,
        "sequence": record.sequence,
        "at": codec.instant(record.at),
        "type": record.type,
        "size": record.size,
        **{name: value for name, value in optional.items() if value is not None},
    }


def begun(told: Told) -> Iterator[tuple[tuple[str, int], str]]:
    """Yield the attempt that a record begins or goes on with, and its action."""
    body = told.tree["body"]
    if body.get("type") == "StepIntended":
        yield (str(told.tree["incident"]), int(body["step"]["attempt"])), str(body["action"])


def differing(told: Told, columns: Columns, actions: Actions) -> tuple[str, ...]:
    """Return a sentence for each column that does not say what the record's text says."""
    body = told.tree["body"]
    action = body.get("action")
    if action is None and "attempt" in body:
        attempt = (str(told.tree["incident"]), int(body["attempt"]))
        # Where the record that began the attempt is gone, that is a fault of its own.
        action = actions.get(attempt, columns.get("action"))
    said = {
        "incident": told.tree["incident"],
        "sequence": told.tree["sequence"],
        "at": told.tree["at"],
        "type": body["type"],
        "action": action,
        "evidence": reference_of(told.stored),
        "size": len(told.text),
    }
    return _compared(_NAMES, columns, said)


def differing_stub(stub: Stub, columns: Columns) -> tuple[str, ...]:
    """Return the same for a stub, which has one column."""
    return _compared(("incident",), columns, {"incident": stub.incident})


def _compared(names: tuple[str, ...], columns: Columns, said: Columns) -> tuple[str, ...]:
    return tuple(
        f"its column {name} holds {_shown(columns.get(name))}, its text says "
        f"{_shown(said.get(name))}"
        for name in names
        if _typed(columns.get(name)) != _typed(said.get(name))
    )


def _typed(value: object) -> tuple[type, object]:
    """Return a value that is not alike where only Python takes it for alike: 1 and True."""
    return type(value), value


def _shown(value: object) -> str:
    return "nothing" if value is None else repr(value)[:_SHOWN]

"""What Microsoft documents of failed backups: codes, numbers, conditions and fixes, as data.

The rows stand in ``tests/data``: ``documented-codes.json`` (78 rows of error codes with the class
that a first reading suggests and the cause that ships) and ``documented-fixes.json`` (conditions C,
causes and fixes F, and where each is covered).
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from remediation.model import CauseClass

DATA = Path(__file__).parents[2] / "data"

# From the boldest class to the most careful one.
CAREFUL = (CauseClass.AUTO, CauseClass.WAIT, CauseClass.GUARDED, CauseClass.PEOPLE)

# Numbers that were seen beside codes of no row: a person's cancellation, a machine or its group
# that is gone, and the note of a weaker snapshot (which names no cause).
MORE_NUMBERS = {
    400158: "cancelled-by-person",
    400141: "vm-not-found",
    400309: "vm-not-found",
    400446: "crash-consistent-only",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One documented error code; ``message`` is its text in short."""

    number: int
    code: str
    aliases: tuple[str, ...]
    numbers: tuple[int, ...]
    message: str
    suggested: CauseClass
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Documented:
    """One documented condition (C) or fix (F), and where it is covered.

    ``by``: fix, probe, people. ``facts`` are written ``name=value``. ``remedy``: words that the
    remedies of the playbooks have to say.
    """

    id: str
    says: str
    by: tuple[str, ...]
    playbooks: tuple[str, ...]
    actions: tuple[str, ...]
    facts: tuple[str, ...]
    findings: tuple[str, ...]
    remedy: tuple[str, ...]


def rows() -> tuple[Row, ...]:
    """Return the error codes, in their order."""
    return tuple(
        Row(
            number=one["row"],
            code=one["code"],
            aliases=tuple(one["aliases"]),
            numbers=tuple(one["numbers"]),
            message=one["message"],
            suggested=CauseClass(one["suggested"]),
            cause=one["cause"],
        )
        for one in _read("documented-codes.json")
    )


def fixes() -> tuple[Documented, ...]:
    """Return the conditions and fixes, in their order."""
    return tuple(
        Documented(
            id=one["id"],
            says=one["says"],
            **{
                name: tuple(one[name])
                for name in ("by", "playbooks", "actions", "facts", "findings", "remedy")
            },
        )
        for one in _read("documented-fixes.json")
    )


def _read(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((DATA / name).read_text(encoding="utf-8"))
    return found

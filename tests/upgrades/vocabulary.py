"""What the stored format consists of, read from the types that the codec writes.

A class, a field of one, a word of an enumeration: each has a name here, and so has each that occurs
in a value. What is here and occurs in no golden file has never been tried against an upgrade.
"""

import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from functools import cache
from itertools import chain
from typing import Any

from remediation.deeds import Deed
from remediation.disruptions import Begun
from remediation.duties import Duty
from remediation.history import History
from remediation.incident import Incident
from remediation.messages import FailureReported, Woken
from remediation.partnership import Claim
from remediation.pauses import Pause
from remediation.rates.brake import Brake
from remediation.records import Record
from remediation.storms.scopes import Estate, FailureRow
from remediation.storms.storm import Book
from remediation.views import Job, VaultSnapshot
from state.anchored import Facts
from state.ledger import Alarm, RejectedEntry
from state.shelf import Budget
from state.slots import Places
from state.stubs import Stub

# Everything that is written as text by the codec, and read back.
STORED = (
    Record, Incident, History, Duty, Book, Estate, FailureRow, Pause, RejectedEntry, Alarm, Deed,
    VaultSnapshot, Job, Budget, Brake, Places, Claim, Begun, Woken, FailureReported, Facts, Stub,
)  # fmt: skip


def expected() -> set[str]:
    """Return the names of everything that can be stored."""
    found: set[str] = set()
    for kind in STORED:
        _reach(kind, found)
    return found


def occurring(value: object) -> Iterator[str]:
    """Yield the names of everything that occurs in a value; a field only where it says something.

    One at its default may as well not be there.
    """
    match value:
        case Enum():
            yield f"{type(value).__name__}.{value.name}"
        case Mapping():
            yield from chain.from_iterable(map(occurring, chain(value, value.values())))
        case tuple() | list() | frozenset():
            yield from chain.from_iterable(map(occurring, value))
        case _ if is_dataclass(value):
            yield type(value).__name__
            for one in fields(value):
                yield from _of_field(type(value), one, getattr(value, one.name))
        case _:
            pass  # a leaf


def _of_field(kind: type, one: Field[Any], value: object) -> Iterator[str]:
    if value != _default(one):
        yield f"{kind.__name__}.{one.name}"
        yield from occurring(value)
    elif isinstance(value, Enum):
        yield from occurring(value)


def _default(one: Field[Any]) -> object:
    if one.default_factory is not MISSING:
        return one.default_factory()
    return one.default


def _reach(kind: Any, found: set[str]) -> None:
    if isinstance(kind, typing.TypeAliasType):
        _reach(kind.__value__, found)
    elif isinstance(kind, types.UnionType | types.GenericAlias) or typing.get_args(kind):
        for inner in typing.get_args(kind):
            _reach(inner, found)
    elif isinstance(kind, type) and issubclass(kind, Enum):
        found |= {f"{kind.__name__}.{one.name}" for one in kind}
    elif isinstance(kind, type) and is_dataclass(kind) and kind.__name__ not in found:
        found.add(kind.__name__)
        for name, hint in hints_of(kind).items():
            found.add(f"{kind.__name__}.{name}")
            _reach(hint, found)


@cache
def hints_of(kind: type) -> dict[str, Any]:
    """Return the fields of a class with their types."""
    hints = typing.get_type_hints(kind)
    return {one.name: hints[one.name] for one in fields(kind)}

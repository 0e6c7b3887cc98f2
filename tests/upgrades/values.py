"""A value of every type that is stored, with every field set and every word said.

Histories show what happens; what happens rarely is here. Values are built from the types, so a new
field or word is written down by the next ``make golden``.
"""

import types
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, time, timedelta
from enum import Enum
from typing import Any

from remediation.ids import ItemId, JobKey, ProtectedId, VaultId
from state import codec
from tests.upgrades.vocabulary import STORED, hints_of, occurring

SUBSCRIPTION = "11111111-2222-3333-4444-555555555555"
AT = datetime(2026, 11, 20, 12, 30, 15, 123456, tzinfo=UTC)
# More than any enumeration has words, and any union has members: each comes up.
ROUNDS = 32

VAULT = VaultId.of(SUBSCRIPTION, "Vaults", "Vault-West")
_LEAVES: Mapping[object, Callable[[int], object]] = {
    str: lambda n: f'a text, number {n}: „ä“ \t\n "quoted" \\',
    int: lambda n: n + 2,
    float: lambda n: n / 8 + 0.125,
    datetime: lambda n: AT + n * timedelta(minutes=1),
    timedelta: lambda n: timedelta(seconds=n + 1, microseconds=n),
    time: lambda n: time(n % 24, 30),
    ItemId: lambda n: ItemId.of(SUBSCRIPTION, "Web", f"VM-{n:02}"),
    VaultId: lambda _: VAULT,
    JobKey: lambda n: JobKey(VAULT, f"job-{n}"),
    ProtectedId: lambda n: ProtectedId(
        vault=VAULT,
        container=f"IaasVMContainer;iaasvmcontainerv2;Web;VM-{n}",
        name=f"VM;iaasvmcontainerv2;Web;VM-{n}",
    ),
}


def lines() -> Iterator[Mapping[str, object]]:
    """Yield as lines, type and text, those values that say something which none before them said.

    Each type is there at least once.
    """
    said: set[str] = set()
    for kind in STORED:
        for number in range(ROUNDS):
            value = built(kind, number)
            news = set(occurring(value)) - said
            if news or not number:
                said |= news
                yield {"type": kind.__name__, "text": codec.encode(value)}


def built(hint: Any, number: int, default: object = None) -> Any:
    """Return the value of a type; other numbers say other words."""
    if isinstance(hint, typing.TypeAliasType):
        return built(hint.__value__, number)
    if hint is bool:
        return default is not True
    if hint in _LEAVES:
        return _LEAVES[hint](number)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return list(hint)[number % len(hint)]
    if is_dataclass(hint):
        hints = hints_of(typing.cast("type", hint))
        given = {one.name: built(hints[one.name], number, one.default) for one in fields(hint)}
        return typing.cast("type", hint)(**given)
    return _composed(hint, number)


def _composed(hint: Any, number: int) -> Any:
    kind, inner = typing.get_origin(hint) or type(hint), typing.get_args(hint)
    if kind in {types.UnionType, typing.Union}:
        said = [one for one in inner if one is not types.NoneType]
        return built(said[number % len(said)], number)
    if kind is tuple:
        parts = (inner[0], inner[0]) if inner[-1] is ... else inner
        return tuple(built(one, number + place) for place, one in enumerate(parts))
    if kind is frozenset:
        return frozenset({built(inner[0], number)})
    if issubclass(kind, Mapping):
        return {built(inner[0], number): built(inner[1], number)}
    raise TypeError(f"tests/upgrades/values.py cannot build {hint!r} yet")

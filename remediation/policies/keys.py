"""The keys of a policy document: one for each field of the policy, and where it may stand.

A key is read by the reader of its app setting, so that both mean the same; ``docs/policy.md`` and
``policy.schema.json`` are written from this table.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, StrEnum
from typing import cast

from remediation.policy import Policy
from remediation.settings import SETTINGS

# What a deployment listens to, and what no scope can have: app settings only.
SETTINGS_ONLY = frozenset({"scopes", "storm_items"})
# Values of these stand beside the groups; every other one stands in a group.
_PLAIN = frozenset(
    {
        "mode",
        "max_risk",
        "opt_in",
        "promoted",
        "windows",
        "closed_dates",
        "window_from_risk",
        "tag_risk_ceiling",
        "objective",
        "margin",
        "database_backup",
    }
)
# How many are counted together says how narrow a scope with them may be: these keys of its match.
_COUNTED = {
    "at_once_subscription": frozenset({"subscription"}),
    "disruptive_per_hour": frozenset({"subscription"}),
    "at_once_vault": frozenset({"subscription", "vault"}),
}
TAGS, APPROVALS, LIMITS = "tags", "approvals", "limits"
GROUPS = (APPROVALS, LIMITS, TAGS)


class Kind(StrEnum):
    """How a value is written."""

    COUNT = "a whole number"
    DURATION = "a duration such as PT6H"
    WORD = "a word"
    TEXT = "a text"
    LIST = "a list"


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key: the policy's field it sets, where it stands, and the reader of one of its values.

    ``group``: the mapping it stands in; None: beside them. ``within``: the keys that the match of
    a scope with it may have; None: any. A list's reader reads one element.
    """

    field: str
    name: str
    group: str | None
    kind: Kind
    read: Callable[[str], object]
    within: frozenset[str] | None = None

    @property
    def path(self) -> tuple[str, ...]:
        """Where it stands among the values of defaults or a scope."""
        return (self.name,) if self.group is None else (self.group, self.name)

    @property
    def shown(self) -> str:
        """The path as people write it."""
        return ".".join(self.path)


def _group(field: str) -> str | None:
    if field in _PLAIN:
        return None
    if field.endswith(("_tag", "_tags", "_value", "_values")):
        return TAGS
    return APPROVALS if field.startswith("approv") else LIMITS


def _kind(default: object) -> Kind:
    match default:
        case Enum():
            return Kind.WORD
        case int():
            return Kind.COUNT
        case timedelta():
            return Kind.DURATION
        case str():
            return Kind.TEXT
        case tuple() | frozenset():
            return Kind.LIST
        case _:
            raise TypeError(f"expected a default that a document can hold, got {default!r}")


def _key(field: str) -> Key:
    group = _group(field)
    # A tag means one thing everywhere.
    within = frozenset[str]() if group == TAGS else _COUNTED.get(field)
    return Key(
        field=field,
        name=field.removeprefix("approval_"),
        group=group,
        kind=_kind(getattr(Policy(), field)),
        read=SETTINGS[field].read,
        within=within,
    )


# In the order in which they stand on the page and in the schema: plain ones, then by group.
KEYS: Mapping[str, Key] = {field: _key(field) for field in SETTINGS if field not in SETTINGS_ONLY}
BY_PATH: Mapping[tuple[str, ...], Key] = {key.path: key for key in KEYS.values()}


def joined(elements: list[object]) -> object:
    """Return the elements of a list, each as its reader read it, as one value of the policy."""
    if all(isinstance(one, frozenset) for one in elements):
        return frozenset[object]().union(*cast("list[frozenset[object]]", elements))
    return tuple(one for part in elements for one in cast("tuple[object, ...]", part))

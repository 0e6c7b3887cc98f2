"""A policy as rows: each key as a document has it, with its value and its origin. Pure."""

from dataclasses import dataclass
from datetime import date, timedelta

from remediation.model import Risk
from remediation.policies.effective import Effective
from remediation.policies.keys import GROUPS, KEYS, Key
from remediation.readers import iso
from remediation.windows import Window

# The owner's windows are of no key: they lie beside the policy's own.
OWNER = "owner.windows"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A value in effect: ``key`` as the document names it, and where the value comes from."""

    key: str
    value: str | int | tuple[str, ...]
    origin: str


def rows(found: Effective) -> tuple[Row, ...]:
    """Return every value of the policy, in the order of the page."""
    own = [
        Row(key=key.shown, value=plain(getattr(found.policy, key.field)), origin=origin)
        for key in in_order()
        for origin in (found.origin(key.field),)
    ]
    windows = found.policy.owner.windows
    if windows is not None:
        own.append(Row(key=OWNER, value=plain(windows), origin=found.origin("owner")))
    return tuple(own)


def in_order() -> list[Key]:
    """Return the keys: those that stand alone, then by group, as the policy has its fields."""
    groups = (None, *GROUPS)
    return sorted(KEYS.values(), key=lambda key: groups.index(key.group))


def plain(value: object) -> str | int | tuple[str, ...]:
    """Return a value as a document writes it."""
    match value:
        case Risk():
            return value.word
        case int():
            return value
        case timedelta():
            return iso(value)
        case date():
            return value.isoformat()
        case Window():
            return value.text
        case tuple():
            return tuple(str(plain(one)) for one in value)
        case frozenset():
            return tuple(sorted(str(plain(one)) for one in value))
        case _:
            return str(value)

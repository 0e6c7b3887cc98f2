"""Values to JSON text and back: compact, keys sorted, so that one value has one text.

Times are ISO 8601 in UTC with ``Z``, durations ``PT<seconds>S``, ids keep the casing that was seen.
A record's body carries its class as ``type``. Fields that a newer version wrote are ignored, those
that an older one did not write take their defaults; anything else that does not fit is a
``ValueError`` that names the field.
"""

import json
import math
import re
from datetime import UTC, datetime, time, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from remediation.ids import ItemId, VaultId
from remediation.records import Body

if TYPE_CHECKING:
    from cattrs import Converter

_DURATION = re.compile(r"(-?)PT(\d+)(?:\.(\d{1,6}))?S")
_MICROSECOND = timedelta(microseconds=1)
# So much of what does not fit is told.
_SHOWN = 200


def encode(value: object) -> str:
    """Return the text of a value: a dataclass of the domain, or a tuple of such."""
    return text_of(plain(value))


def decode[T](kind: type[T], text: str) -> T:
    """Read a value from its text; raises ValueError that says which field expected what."""
    try:
        tree = tree_of(text)
    except ValueError as fault:
        raise ValueError(f"expected the JSON of a {kind.__name__}: {fault}") from fault
    return from_plain(kind, tree)


def tree_of(text: str) -> Any:  # noqa: ANN401 - as in plain
    """Read JSON; raises ValueError, also for what is nested without end or has no such numbers."""
    try:
        return json.loads(text, parse_constant=_no_number)
    except RecursionError:
        raise ValueError("expected JSON of a sane depth") from None


def plain(value: object) -> Any:  # noqa: ANN401 - the tree of JSON is what its consumer makes of it
    """Return the value as a tree of dicts, lists, texts, numbers and None."""
    return _converter().unstructure(value)


def from_plain[T](kind: type[T], tree: object) -> T:
    """Read a value from its tree; raises ValueError that says which field expected what."""
    # Imported on first use: it takes 60 ms, which every start of a worker would pay.
    from cattrs import BaseValidationError, transform_error  # noqa: PLC0415

    try:
        return _converter().structure(tree, kind)
    except BaseValidationError as faults:
        said = "; ".join(transform_error(faults, path=kind.__name__))
        raise ValueError(said) from faults
    except (TypeError, AttributeError, RecursionError) as fault:
        # What is no object at all is met before any field.
        kept = str(tree)[:_SHOWN] if not isinstance(fault, RecursionError) else "a deep nesting"
        raise ValueError(f"{kind.__name__}: expected an object, got {kept}") from fault


def text_of(tree: object) -> str:
    """Return the one text of a tree."""
    return json.dumps(tree, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def instant(at: datetime) -> str:
    """Return a time as ISO 8601 in UTC; raises ValueError for a time without a zone."""
    if at.tzinfo is None:
        raise ValueError(f"expected a time with a zone, got {at.isoformat()}")
    return at.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def read_instant(text: object) -> datetime:
    """Read a time with its zone, in UTC; raises ValueError otherwise."""
    at = datetime.fromisoformat(text) if isinstance(text, str) else None
    if at is None or at.tzinfo is None:
        raise ValueError(f"expected an ISO 8601 time with a zone, got {text!r}")
    return at.astimezone(UTC)


def duration(span: timedelta) -> str:
    """Return a duration as ISO 8601 in seconds, exact to the microsecond."""
    count = span // _MICROSECOND
    seconds, rest = divmod(abs(count), 1_000_000)
    fraction = f".{rest:06}".rstrip("0") if rest else ""
    return f"{'-' if count < 0 else ''}PT{seconds}{fraction}S"


def read_duration(text: object) -> timedelta:
    """Read what ``duration`` wrote; raises ValueError otherwise."""
    match = _DURATION.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise ValueError(f"expected a duration PT<seconds>S, got {text!r}")
    span = timedelta(seconds=int(match[2]), microseconds=int((match[3] or "").ljust(6, "0")))
    return -span if match[1] else span


def _exactly(kind: type) -> Any:  # noqa: ANN401 - a hook, as cattrs takes it
    """Return a hook that takes a value of that type and makes none out of another.

    It is asked for the enumerations of that type, too.
    """

    def hook(value: object, wanted: Any) -> object:  # noqa: ANN401
        if wanted is not kind:
            return wanted(value)
        fits = isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
        if not fits:
            raise ValueError(f"expected {kind.__name__}, got {value!r}")
        return value

    return hook


def _no_number(word: str) -> float:
    raise ValueError(f"expected a number of JSON, got {word}")


def _number(value: object, _: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"expected a number, got {value!r}")  # noqa: TRY004 - as in _text
    if not math.isfinite(value):
        raise ValueError(f"expected a finite number, got {value!r}")
    return float(value)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"expected a text, got {value!r}")  # noqa: TRY004 - every misfit is one kind
    return value


@cache
def _converter() -> "Converter":
    from cattrs import Converter  # noqa: PLC0415 - see from_plain
    from cattrs.strategies import configure_tagged_union  # noqa: PLC0415

    made = Converter()
    for kind in (str, int, bool):
        made.register_structure_hook(kind, _exactly(kind))
    made.register_structure_hook(float, _number)
    for id_type in (ItemId, VaultId):
        made.register_unstructure_hook(id_type, lambda one: one.shown)
        made.register_structure_hook(id_type, lambda text, kind: kind.parse(_text(text)))
    made.register_unstructure_hook(datetime, instant)
    made.register_structure_hook(datetime, lambda text, _: read_instant(text))
    made.register_unstructure_hook(timedelta, duration)
    made.register_structure_hook(timedelta, lambda text, _: read_duration(text))
    made.register_unstructure_hook(time, time.isoformat)
    made.register_structure_hook(time, lambda text, _: time.fromisoformat(_text(text)))
    # A set has no order of its own; its text has.
    made.register_unstructure_hook_func(
        lambda kind: getattr(kind, "__origin__", kind) is frozenset,
        lambda values: sorted(made.unstructure(one) for one in values),
    )
    configure_tagged_union(Body.__value__, made, tag_name="type")
    return made

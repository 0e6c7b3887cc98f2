"""What a schema's verdict on a world file says to people: where, what was expected, what is there.

In the words that a policy's check has, so that both kinds of file are mended alike.
"""

import difflib
from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema.exceptions import ValidationError

from local.worlds.zones import ZONES

_KINDS = {
    "object": "a mapping",
    "array": "a list",
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
}
# The bounds of a schema, as people say them.
_BOUNDS = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "exclusiveMinimum": "more than {}",
    "exclusiveMaximum": "less than {}",
    "minItems": "at least {} entries",
    "maxItems": "at most {} entries",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "const": "{}",
}


def told(error: ValidationError) -> Iterator[str]:
    """Yield a line for each thing that the error says: its place, and what was expected there."""
    where = error.json_path.removeprefix("$").removeprefix(".")
    schema: Mapping[str, Any] = error.schema if isinstance(error.schema, Mapping) else {}
    wanted: Any = error.validator_value
    there: Any = error.instance
    place, known = where or "world", schema.get("properties", {})
    described = str(schema.get("description", "")).removesuffix(".")
    match error.validator:
        case "additionalProperties":
            for name in [one for one in there if one not in known]:
                path = f"{where}.{name}" if where else str(name)
                yield f"{path}: unknown key: expected {', '.join(known)}"
        case "required":
            for name in wanted:
                if name not in there:
                    yield f"{place}: expected the key {name!r}, it is missing"
        case "uniqueItems":
            yield f"{place}: expected each value once"
        case _:
            yield f"{place}: {_expected(error, described)}, got {shown(there)}"


def _expected(error: ValidationError, described: str) -> str:
    wanted: Any = error.validator_value
    match error.validator:
        case "pattern" | "anyOf" if described:
            return f"expected {described[0].lower()}{described[1:]}"
        case "enum":
            return f"expected one of {', '.join(map(str, wanted))}"
        case "type":
            kinds = wanted if isinstance(wanted, list) else [wanted]
            return f"expected {' or '.join(_KINDS.get(one, str(one)) for one in kinds)}"
        case str(bound) if bound in _BOUNDS:
            return f"expected {_BOUNDS[bound].format(wanted)}"
        case _:
            return f"expected what the schema says ({error.validator} {wanted})"


def unknown_zone(zone: object) -> str:
    """Say what was expected instead of a time zone: its Windows name, where another is known."""
    meant = [name for name, iana in ZONES.items() if iana == zone]
    near = meant or difflib.get_close_matches(str(zone), ZONES, n=2) or ["W. Europe Standard Time"]
    names = " or ".join(map(repr, near))
    return f"expected the Windows name of a time zone, as {names}, got {shown(zone)}"


def shown(value: object) -> str:
    """Return a value as a line of text, or what kind it is."""
    match value:
        case dict():
            return "a mapping"
        case list():
            return "a list" if value else "an empty list"
        case None:
            return "nothing"
        case _:
            return repr(value)[:80]

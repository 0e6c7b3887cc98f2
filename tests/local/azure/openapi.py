"""Checks a JSON body against a definition of the OpenAPI files, and is strict about unknown fields.

The definitions are Swagger 2.0; they are turned into JSON schema: what ``allOf`` inherits is
flattened, so that a property that no definition knows is an error, and a base with a discriminator
leads to the definition that the value names.
"""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

DATA = Path(__file__).parents[2] / "data" / "openapi"


@cache
def _validator(file: str, definition: str) -> Draft202012Validator:
    """Return the validator of one definition."""
    definitions = json.loads((DATA / f"{file}.json").read_text(encoding="utf-8"))["definitions"]
    schemas = {name: _led(_strict(definitions, name), definitions) for name in definitions}
    return Draft202012Validator({"$ref": f"#/$defs/{definition}", "$defs": schemas})


def problems(file: str, definition: str, body: object) -> list[str]:
    """Return what is wrong with a body, as far as the definition says."""
    errors = _validator(file, definition).iter_errors(body)
    return [f"{deep.json_path}: {deep.message}" for error in errors for deep in _causes(error)]


def _causes(error: ValidationError) -> Iterator[ValidationError]:
    """Return what lies under an error of a choice, without the branch that wanted null."""
    under = [e for e in error.context or () if e.validator_value != "null"]
    if not under:
        yield error
    for cause in under:
        yield from _causes(cause)


def _inherited(definitions: dict[str, Any], name: str) -> tuple[dict[str, Any], set[str], bool]:
    """Return a definition's properties and required names, ancestors' too, and if it is open."""
    own = definitions[name]
    properties, required = dict(own.get("properties", {})), set(own.get("required", ()))
    is_open = not properties and "allOf" not in own
    for parent in own.get("allOf", ()):
        more, needed, open_parent = _inherited(definitions, parent["$ref"].rpartition("/")[2])
        properties, required = more | properties, required | needed
        is_open = is_open or (open_parent and not more and not properties)
    return properties, required, is_open


def _strict(definitions: dict[str, Any], name: str) -> dict[str, Any]:
    """Flatten one definition and close it."""
    own = definitions[name]
    if own.get("type", "object") != "object" or "additionalProperties" in own:
        return {k: v for k, v in own.items() if k != "x-ms-enum"}
    properties, required, is_open = _inherited(definitions, name)
    if is_open:
        return {}
    return {
        "type": "object",
        "properties": {k: _optional(v, k in required) for k, v in properties.items()},
        "required": sorted(required),
        "additionalProperties": False,
    }


def _optional(schema: dict[str, Any], needed: bool) -> dict[str, Any]:
    """Allow null where a property may be absent: ARM sends both."""
    return schema if needed else {"anyOf": [schema, {"type": "null"}]}


def _led(node: Any, definitions: dict[str, Any]) -> Any:
    """Rewrite references, follow discriminators, and drop enumerations that are open."""
    if isinstance(node, list):
        return [_led(entry, definitions) for entry in node]
    if not isinstance(node, dict):
        return node
    if isinstance(node.get("$ref"), str):
        return _reference(node["$ref"].rpartition("/")[2], definitions)
    kept = dict(node)
    if kept.get("x-ms-enum", {}).get("modelAsString"):
        kept.pop("enum", None)
    for word in ("x-ms-enum", "discriminator", "x-ms-discriminator-value", "format"):
        if not isinstance(kept.get(word), dict) or word == "x-ms-enum":
            kept.pop(word, None)
    return {key: _led(value, definitions) for key, value in kept.items()}


def _reference(name: str, definitions: dict[str, Any]) -> dict[str, Any]:
    """Refer to a definition, or to those of its heirs that a value's discriminator names."""
    field = definitions.get(name, {}).get("discriminator")
    if not isinstance(field, str):
        return {"$ref": f"#/$defs/{name}"}
    known = {
        heir: _word(definitions, heir) for heir in definitions if _descends(definitions, heir, name)
    }
    named = {"properties": {field: {"enum": sorted(known.values())}}, "required": [field]}
    branches = [
        {
            "if": {"properties": {field: {"const": word}}},
            "then": {"$ref": f"#/$defs/{heir}"},
        }
        for heir, word in known.items()
    ]
    return {"allOf": [named, *branches]}


def _word(definitions: dict[str, Any], name: str) -> str:
    """Return the discriminator's value for a definition."""
    return str(definitions[name].get("x-ms-discriminator-value", name))


def _descends(definitions: dict[str, Any], name: str, base: str) -> bool:
    """Tell whether a definition is, or inherits from, another."""
    if name == base:
        return "x-ms-discriminator-value" in definitions[name]
    parents = [p["$ref"].rpartition("/")[2] for p in definitions[name].get("allOf", ())]
    return any(_descends(definitions, parent, base) or parent == base for parent in parents)

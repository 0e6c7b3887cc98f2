"""The JSON schema of a policy document: ``python -m tests.remediation.policies.policy_schema``."""

import json
from pathlib import Path
from typing import Any

from remediation.model import Risk
from remediation.policies.document import MOST_WINDOWS, VERSION
from remediation.policies.keys import GROUPS, Key, Kind
from remediation.policies.match import WIDTHS
from remediation.policies.shown import in_order
from remediation.policy import Policy
from remediation.repertoire import ACTIONS
from remediation.settings import SETTINGS

FILE = Path(__file__).parents[3] / "remediation/policies/policy.schema.json"
DURATION = r"^P(?!$)(\d+W)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+S)?)?$"
RISKS = [risk.word for risk in Risk]
ELEMENTS: dict[str, dict[str, Any]] = {
    "opt_in": {"enum": sorted(ACTIONS)},
    "promoted": {"enum": sorted(ACTIONS)},
    "windows": {"type": "string", "pattern": r"^\S+\s+\S+-\S+\s+\S+$"},
    "criticality_values": {"type": "string", "pattern": r"\S"},
    "closed_dates": {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"},
    "database_values": {"type": "string", "pattern": r"\S"},
    "partner_tags": {"type": "string", "pattern": r"\S"},
}
MATCHES: dict[str, dict[str, Any]] = {
    "subscription": {
        "type": "string",
        "pattern": "^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$",
    },
    "resource_group": {"type": "string", "minLength": 1},
    "vault": {"type": "string", "minLength": 1},
    "tags": {
        "type": "object",
        "minProperties": 1,
        "additionalProperties": {"type": ["string", "integer"]},
    },
    "item": {"type": "string", "pattern": "^/subscriptions/"},
}


def of_key(key: Key) -> dict[str, Any]:
    """The schema of one value."""
    part: dict[str, Any]
    match key.kind:
        case Kind.COUNT:
            part = {"type": "integer", "minimum": least(key)}
        case Kind.DURATION:
            part = {"type": "string", "pattern": DURATION}
        case Kind.WORD:
            kind = type(getattr(Policy(), key.field))
            part = {"enum": RISKS if kind is Risk else [one.value for one in kind]}
        case Kind.TEXT:
            part = {"type": "string", "pattern": r"\S"}
        case Kind.LIST:
            part = {"type": "array", "items": ELEMENTS[key.field]}
            if key.field == "windows":
                part["maxItems"] = MOST_WINDOWS
    setting = SETTINGS[key.field]
    return {"description": f"{setting.unit}. {setting.why}", **part}


def least(key: Key) -> int:
    """The smallest number that its reader takes."""
    try:
        key.read("0")
    except ValueError:
        return 1
    return 0


def values(*, scope: bool) -> dict[str, Any]:
    """The values that may stand in defaults, or in a scope."""
    found: dict[str, Any] = {}
    keys = [key for key in in_order() if not (scope and key.within == frozenset())]
    for key in keys:
        if key.group is None:
            found[key.name] = of_key(key)
    for group in GROUPS:
        inside = {key.name: of_key(key) for key in keys if key.group == group}
        if inside:
            found[group] = {"type": "object", "additionalProperties": False, "properties": inside}
    return found


def schema() -> dict[str, Any]:
    """The whole schema."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Policy of Azure Backup Remediator",
        "description": "What may happen unasked, by scope. `remediator policy check` says more.",
        "type": "object",
        "required": ["version"],
        "additionalProperties": False,
        "properties": {
            "version": {"const": VERSION},
            "defaults": {
                "type": "object",
                "additionalProperties": False,
                "properties": values(scope=False),
            },
            "scopes": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["name", "match"],
                    "minProperties": 3,
                    "additionalProperties": False,
                    "properties": {
                        "name": {"type": "string", "minLength": 1, "maxLength": 80},
                        "match": {
                            "type": "object",
                            "minProperties": 1,
                            "additionalProperties": False,
                            "properties": {name: MATCHES[name] for name in WIDTHS},
                        },
                        **values(scope=True),
                    },
                },
            },
        },
    }


def text() -> str:
    """The schema as it is published."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")

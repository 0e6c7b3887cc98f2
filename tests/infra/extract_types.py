"""Extract what Microsoft's own types say of the resources that the templates use.

``python -m tests.infra.extract_types AZMCP`` runs ``azmcp bicepschema get`` (npm package
``@azure/mcp``; it works offline) and writes ``tests/data/bicep-types/azmcp.json``. `make schemas`
installs the pinned package apart and does so. Its binary has 140 MB, so the tests read the extract.

The form of a type: ``properties`` is name to ``[type, flags]``, with flags ``r`` (required) and
``o`` (only read); ``additional`` is the type of further ones. One that is told apart by a property
has ``discriminator`` and ``cases`` in their place, and ``properties`` that all cases share.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.infra.reading import TEMPLATES, resources

OUT = Path(__file__).parents[1] / "data" / "bicep-types" / "azmcp.json"
# The tool knows the paths of these types and does not ship them (2.0.5): monitor.json has them.
NOT_SHIPPED = frozenset(
    {"Microsoft.Insights/actionGroups", "Microsoft.Insights/scheduledQueryRules"}
)
_FLAGS = {"Required": "r", "ReadOnly": "o"}


def compact(definition: dict[str, Any]) -> dict[str, Any]:
    """Return a type of the tool's answer in the form above."""
    if definition["$type"] == "DiscriminatedObject":
        key = definition["discriminator"]
        cases = [compact(one) for one in definition["elements"]]
        return {
            "discriminator": key,
            "properties": _properties(definition["baseProperties"]),
            "cases": {one["properties"][key][0]: one for one in cases},
        }
    found: dict[str, Any] = {"properties": _properties(definition["properties"])}
    if "additionalPropertiesType" in definition:
        found["additional"] = definition["additionalPropertiesType"]
    return found


def _properties(listed: list[dict[str, Any]]) -> dict[str, list[str]]:
    return {
        one["name"]: [
            one["type"],
            "".join(sign for word, sign in _FLAGS.items() if word in one.get("flags", "")),
            *([one["modifiers"]] if "modifiers" in one else []),
        ]
        for one in listed
    }


def reached(body: dict[str, Any], types: dict[str, Any]) -> dict[str, Any]:
    """Return the types that a body refers to, directly or through others."""
    found: dict[str, Any] = {}
    waiting = [body]
    while waiting:
        one = waiting.pop()
        waiting += one.get("cases", {}).values()
        texts = [entry[0] for entry in one["properties"].values()] + [one.get("additional", "")]
        names = {part.strip().removesuffix("[]") for text in texts for part in text.split("|")}
        fresh = sorted(name for name in names if name in types and name not in found)
        found |= {name: types[name] for name in fresh}
        waiting += [types[name] for name in fresh]
    return dict(sorted(found.items()))


def extract(azmcp: str, resource: str) -> tuple[str, dict[str, Any]]:
    """Return the name with its version, and what the tool says of a resource's type."""
    answer = subprocess.run(
        [azmcp, "bicepschema", "get", "--resource-type", resource],
        capture_output=True,
        check=True,
        env={**os.environ, "AZURE_MCP_COLLECT_TELEMETRY": "false"},
    )
    listed = json.loads(answer.stdout)["results"]["BicepSchemaResult"]
    top = next(one for one in listed if one["$type"] == "Resource")
    types = {one["name"]: compact(one) for one in listed if "Object" in one["$type"]}
    body = compact(top["bodyType"])
    entry = {"scopes": top["writableScopes"], "body": body, "types": reached(body, types)}
    return top["name"], entry


def main(azmcp: str) -> None:
    """Write the extract for every type that a template names."""
    used = sorted({one.type for path in TEMPLATES for one in resources(path)} - NOT_SHIPPED)
    version = subprocess.run([azmcp, "--version"], capture_output=True, check=True, text=True)
    found = {
        "source": f"azmcp {version.stdout.split()[-1]} bicepschema get (npm: @azure/mcp)",
        "resources": dict(extract(azmcp, one) for one in used),
    }
    OUT.write_text(json.dumps(found, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main(sys.argv[1])

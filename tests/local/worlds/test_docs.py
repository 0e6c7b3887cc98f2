"""The documentation of world files is complete, and its example can be loaded."""

import json
import re
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from local import worlds
from local.worlds import loading
from local.worlds.zones import ZONES, zone

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs" / "worlds.md").read_text(encoding="utf-8")
SCHEMA = json.loads(loading.SCHEMA.read_text(encoding="utf-8"))


def fields(node: object) -> Iterator[str]:
    """Return the names of all fields of the schema."""
    if isinstance(node, list):
        for entry in node:
            yield from fields(entry)
    if isinstance(node, dict):
        properties = node.get("properties")
        yield from properties if isinstance(properties, dict) else ()
        for entry in node.values():
            yield from fields(entry)


def test_the_example_is_a_world(tmp_path: Path) -> None:
    """With five machines more than it names, and a tag that says off."""
    path = tmp_path / "example.yaml"
    path.write_text(TEXT.split("```yaml\n")[1].split("```")[0], encoding="utf-8")
    assert worlds.check(path) == []
    world = worlds.load(path)
    assert [vm.name for vm in world.vms] == ["web-1", "web-2", "web-3", "app", "full", "stubborn"]
    assert world.vms[-1].tags == {"backup-remediation": "off"}


@pytest.mark.parametrize("field", sorted(set(fields(SCHEMA))))
def test_every_field_is_explained(field: str) -> None:
    """A field of the schema that no table names is a red test."""
    assert re.search(rf"`(?:\w+\.|{{(?:\w+, )*)?{field}(?:[`.}}]|, )", TEXT), field


@pytest.mark.parametrize("word", [*worlds.ACTIONS, *worlds.RISKS])
def test_every_word_of_the_vocabulary_is_explained(word: str) -> None:
    """Actions and risks."""
    assert f"`{word}`" in TEXT


def test_the_defaults_of_the_policy_are_those_of_the_default_world() -> None:
    """What the table says is what the file has."""
    row: dict[str, Any] = asdict(worlds.default().policy)
    for name in ("attempts", "on_demand_per_day", "on_demand_per_72h", "at_once_vault"):
        line = next(line for line in TEXT.splitlines() if line.startswith(f"| `{name}`"))
        assert line.endswith(f"| {row[name]} |"), line
    assert worlds.default().speed == 600


def test_the_schema_and_the_values_know_the_same_words() -> None:
    """Neither allows what the other does not."""
    assert SCHEMA["$defs"]["action"]["enum"] == list(worlds.ACTIONS)
    assert SCHEMA["$defs"]["policy"]["properties"]["max_risk"]["enum"] == list(worlds.RISKS)


@pytest.mark.parametrize("name", sorted(ZONES))
def test_every_windows_zone_has_a_zone_of_the_database(name: str) -> None:
    """A zone that could not be loaded would fail only at the first schedule."""
    assert zone(name).key == ZONES[name]

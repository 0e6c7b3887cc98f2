"""The policy document of a world: written for the program, refused as the program would."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from local import worlds
from local.stack import policy_document
from local.stack.supervisor import Stack
from local.worlds import World, WorldFault
from remediation.policies.document import read_document
from tests.local.azure.building import a_world

SHARED = {"attempts": 3}


def a_governed(**document: Any) -> World:
    """Return a world with a policy document."""
    return replace(a_world(), policy_document={"version": 1} | document)


def test_the_document_is_written_for_the_program_to_read(tmp_path: Path) -> None:
    """Words that YAML would take for something else stay words, and nothing is an alias."""
    scopes = [
        {"name": name, "match": {"tags": {"env": "no"}}, "mode": "off", "limits": SHARED}
        for name in ("one", "two")
    ]
    path = policy_document.write(a_governed(scopes=scopes), tmp_path)

    assert path == tmp_path / "policy.yaml"
    found = read_document(path.read_bytes(), path.name)
    assert [layer.values["attempts"] for layer in found.layers[1:]] == [3, 3]
    assert found.layers[1].match is not None
    assert found.layers[1].match.tags == {"env": "no"}


def test_a_world_without_a_document_writes_none(tmp_path: Path) -> None:
    """Then app settings are all there is."""
    assert policy_document.write(a_world(), tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_every_fault_is_told_with_the_path_of_its_field() -> None:
    """All at once, from the root of the world."""
    world = a_governed(
        version=2,
        surprise=1,
        defaults={"mode": "bold", "windows": ["sat 25:00-26:00 UTC"]},
        scopes=[{"name": "a", "match": {"vault": "v"}, "limits": {"attempts": -1}}],
    )
    with pytest.raises(WorldFault) as told:
        policy_document.text_of(world)
    places = [line.partition(": ")[0] for line in told.value.faults]
    assert sorted(places) == [
        "policy_document.defaults.mode",
        "policy_document.defaults.windows.0",
        "policy_document.scopes.0.limits.attempts",
        "policy_document.surprise",
        "policy_document.version",
    ]
    assert policy_document.check(world) == list(told.value.faults)


def test_a_stack_of_a_world_with_a_bad_document_is_not_built(tmp_path: Path) -> None:
    """Before anything is started."""
    text = Path(worlds.find("default")).read_text(encoding="utf-8")
    path = tmp_path / "world.yaml"
    path.write_text(f"{text}\npolicy_document: {{version: 1, modes: auto}}\n", encoding="utf-8")

    with pytest.raises(WorldFault, match=r"policy_document\.modes: unknown key"):
        Stack(world_path=path, directory=tmp_path)


@pytest.mark.parametrize("name", worlds.shipped())
def test_the_document_of_every_world_that_ships_can_be_used(name: str) -> None:
    """Where it has one."""
    assert policy_document.check(worlds.load(name)) == []

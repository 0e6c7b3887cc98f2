"""``world check`` names file and line of each fault, as the check of a policy does."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from local.cli import app
from local.stack.placed import placed

TEXT = """\
vaults:
  - {name: v, subscription: mine, resource_group: r, location: west1}
vms:
  - name: m
    resource_group: r
    vault: v
    os: linux
    lose: yes
    fault:
      code: X
      cured_by: [retry_backup, luck]
policy:
  attempts: -3
policy_document:
  version: 1
  defaults:
    mode: brave
"""


def check(file: Path) -> list[str]:
    """Return what the command says."""
    found = CliRunner().invoke(app, ["world", "check", str(file)])
    assert found.exit_code == 2
    return found.stderr.splitlines()


def test_each_fault_has_its_file_and_line(tmp_path: Path) -> None:
    """So that an editor can jump there."""
    file = tmp_path / "mine.yaml"
    file.write_text(TEXT, encoding="utf-8")
    home, key, cure, number = sorted(check(file), key=lambda line: int(line.split(":")[1]))
    expected = "expected the id of a subscription (a GUID), got 'mine'"
    assert home == f"mine.yaml:2: vaults[0].subscription: {expected}"
    assert key.startswith("mine.yaml:8: vms[0].lose: unknown key: expected name, ")
    place = "mine.yaml:11: vms[0].fault.cured_by[1]"
    assert cure.startswith(f"{place}: expected one of collect_evidence, ")
    assert number == "mine.yaml:13: policy.attempts: expected at least 0, got -3"


def test_a_fault_of_the_policy_document_has_its_line(tmp_path: Path) -> None:
    """It is read after the world itself, and by another reader."""
    file = tmp_path / "mine.yaml"
    sound = TEXT.replace("mine", "11111111-2222-3333-4444-555555555555").replace(", luck", "")
    text = sound.replace("    lose: yes\n", "").replace("attempts: -3", "attempts: 3")
    file.write_text(text, encoding="utf-8")
    (line,) = check(file)
    assert line.startswith("mine.yaml:16: policy_document.defaults.mode: expected one of off,")


def test_a_key_that_is_missing_is_told_where_it_should_stand(tmp_path: Path) -> None:
    """There is no line of its own."""
    file = tmp_path / "mine.yaml"
    file.write_text(TEXT.replace("    os: linux\n", ""), encoding="utf-8")
    assert "mine.yaml:4: vms[0]: expected the key 'os', it is missing" in check(file)


@pytest.mark.parametrize("text", ["{", None], ids=["no YAML", "no file"])
def test_a_file_that_cannot_be_read_is_named_once(tmp_path: Path, text: str | None) -> None:
    """The fault has the file's path already."""
    file = tmp_path / "mine.yaml"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    first, *_ = check(file)
    assert first.startswith(f"{file}: expected ")
    assert first.count("mine.yaml") <= 2


def test_names_with_dots_have_their_line(tmp_path: Path) -> None:
    """As tags have."""
    file = tmp_path / "mine.yaml"
    file.write_text("vms:\n  - tags:\n      a.b: 1\n", encoding="utf-8")
    assert list(placed(file, ["vms[0].tags['a.b']: expected a text"])) == [
        "mine.yaml:3: vms[0].tags['a.b']: expected a text"
    ]

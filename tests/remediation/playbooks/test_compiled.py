"""The compiled file: the same library, or none."""

import shutil
from pathlib import Path

import pytest

from remediation.playbooks import compiled, loader
from remediation.playbooks.document import Document
from remediation.playbooks.entries import entries_of
from remediation.playbooks.library import Library


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a copy of the shipped playbooks with their compiled file."""
    copy = tmp_path / "playbooks"
    ignored = shutil.ignore_patterns("__pycache__", compiled.NAME)
    shutil.copytree(loader.SHIPPED, copy, ignore=ignored)
    compiled.write(copy, loader.checked(copy))
    return copy


def _library(documents: list[Document] | None) -> Library:
    assert documents is not None
    return Library(entries_of(documents))


def test_the_library_is_the_same_either_way(folder: Path) -> None:
    """Every entry with its text, its digest and its ladder, in the same order."""
    plain, quick = _library(loader.checked(folder)), _library(compiled.read(folder))
    assert list(plain.entries.items()) == list(quick.entries.items())


@pytest.mark.parametrize("name", ["unknown.yaml", "playbook.schema.json", "wording.py"])
def test_a_change_of_anything_it_was_made_from_puts_it_out_of_use(folder: Path, name: str) -> None:
    """A playbook, the schema, or the code that reads them."""
    (folder / name).write_bytes((folder / name).read_bytes() + b"\n")
    assert compiled.read(folder) is None


def test_a_playbook_more_or_less_puts_it_out_of_use(folder: Path) -> None:
    """The files are counted in."""
    (folder / "standard.yaml").rename(folder / "standard.yaml.old")
    assert compiled.read(folder) is None


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"sources": 1}', b"\xff"])
def test_a_broken_compiled_file_is_not_used(folder: Path, content: bytes) -> None:
    """The playbooks are read as ever."""
    (folder / compiled.NAME).write_bytes(content)
    assert compiled.read(folder) is None


def test_without_a_compiled_file_there_is_none(folder: Path) -> None:
    """As in a checkout."""
    (folder / compiled.NAME).unlink()
    assert compiled.read(folder) is None

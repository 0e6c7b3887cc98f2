"""Where an operator's playbooks lie: a folder, and a container of blobs, by one contract."""

import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from remediation.overrides.file import LARGEST, File, Source
from state.account import StorageAccount
from state.overrides import ContainerOverrides, FolderOverrides
from tests.azurite import fresh_name


@dataclass(frozen=True, kw_only=True)
class Place:
    """A source, how a file comes to it, and one of a place that is not there."""

    source: Source
    put: Callable[[str, bytes], object]
    nowhere: Source


@pytest.fixture(params=["folder", "container"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """One adapter after the other."""
    if request.param == "folder":
        folder = tmp_path / "own"
        folder.mkdir()
        yield Place(
            source=FolderOverrides(folder),
            put=lambda name, data: _written(folder / name, data),
            nowhere=FolderOverrides(tmp_path / "nowhere"),
        )
        return
    account = StorageAccount(request.getfixturevalue("azurite"))
    with account.container(fresh_name("own")) as container:
        container.create_container()
        yield Place(
            source=ContainerOverrides(lambda: container),
            put=lambda name, data: container.upload_blob(name, data, overwrite=True),
            nowhere=ContainerOverrides(lambda: account.container(fresh_name("nowhere"))),
        )


def _written(path: Path, data: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)


def test_files_come_by_name_with_their_bytes(place: Place) -> None:
    """Bytes as they are: the digest is that of the file."""
    place.put("b.yaml", b"id: b\r\n")
    place.put("a.yaml", b"\xff")
    found = list(place.source.files())
    assert found == [File(name="a.yaml", data=b"\xff"), File(name="b.yaml", data=b"id: b\r\n")]
    assert found[1].digest == hashlib.sha256(b"id: b\r\n").hexdigest()


def test_what_is_no_playbook_does_not_come(place: Place) -> None:
    """Notes, and what lies deeper; the other ending of YAML does come, to be told."""
    for name in ("README.md", "deep/a.yaml", "old.yaml.bak", "a.yml"):
        place.put(name, b"x")
    assert [one.name for one in place.source.files()] == ["a.yml"]


def test_a_file_that_is_too_large_comes_with_a_fault(place: Place) -> None:
    """And without its bytes."""
    place.put("big.yaml", b"x" * (LARGEST + 1))
    place.put("full.yaml", b"x" * LARGEST)
    big, full = place.source.files()
    assert (big.data, big.fault, big.digest) == (b"", f"expected at most {LARGEST} bytes", None)
    assert full.fault is None


def test_a_place_that_is_not_there_has_no_files(place: Place) -> None:
    """What is listed raises its alarm then."""
    assert list(place.nowhere.files()) == []


def test_an_empty_place_has_no_files(place: Place) -> None:
    """Nothing is overridden."""
    assert list(place.source.files()) == []


def test_what_is_changed_comes_changed(place: Place) -> None:
    """Nothing is remembered from look to look."""
    place.put("a.yaml", b"one")
    before = list(place.source.files())
    place.put("a.yaml", b"two")
    assert [one.data for one in (*before, *place.source.files())] == [b"one", b"two"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_may_not_be_read_comes_with_a_fault(tmp_path: Path) -> None:
    """The others come all the same."""
    (tmp_path / "a.yaml").write_bytes(b"x")
    (tmp_path / "a.yaml").chmod(0)
    (tmp_path / "b.yaml").write_bytes(b"x")
    found = list(FolderOverrides(tmp_path).files())
    assert [bool(one.fault) for one in found] == [True, False]


def test_a_folder_that_is_named_as_a_file_comes_with_a_fault(tmp_path: Path) -> None:
    """It cannot be read, and stops nothing."""
    (tmp_path / "a.yaml").mkdir()
    (one,) = FolderOverrides(tmp_path).files()
    assert one.fault is not None
    assert one.fault.startswith("it cannot be read: ")

"""A policy document in a file or a blob, and the last good one, kept."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from remediation.policies.source import LARGEST, FileSource, Source, SourceError
from state.account import StorageAccount
from state.policies import BlobSource, KeptPolicy
from tests.azurite import fresh_name


@dataclass(frozen=True, slots=True)
class Place:
    """An adapter, how its document is written, and one of a document that is not there."""

    source: Source
    put: Callable[[bytes], object]
    nowhere: Source


@pytest.fixture(params=["file", "blob"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """One adapter after the other."""
    if request.param == "file":
        path = tmp_path / "policy.yaml"
        yield Place(FileSource(path=path), path.write_bytes, FileSource(path=tmp_path / "none"))
        return
    account = StorageAccount(request.getfixturevalue("azurite"), retries=0)
    with account.container(fresh_name("policy")) as container:
        container.create_container()
        yield Place(
            BlobSource(lambda: container, "policy", "policy.yaml"),
            lambda data: container.upload_blob("policy.yaml", data, overwrite=True),
            BlobSource(lambda: container, "policy", "none.yaml"),
        )


def test_a_document_comes_with_its_bytes_and_then_only_when_it_changed(place: Place) -> None:
    """What did not change is not read again."""
    place.put(b"version: 1\r\n")
    first = place.source.fetch(None)
    assert first is not None
    assert first.data == b"version: 1\r\n"
    assert place.source.fetch(first.stamp) is None
    place.put(b"version: 2\n")
    second = place.source.fetch(first.stamp)
    assert second is not None
    assert second.data == b"version: 2\n"
    assert first.digest != second.digest


def test_an_empty_document_is_read_as_what_it_is(place: Place) -> None:
    """It is refused later, with a reason."""
    place.put(b"")
    found = place.source.fetch(None)
    assert found is not None
    assert found.data == b""


def test_no_more_is_read_than_is_looked_at(place: Place) -> None:
    """Somebody may have put a film there."""
    place.put(b"#" * (LARGEST + 10))
    found = place.source.fetch(None)
    assert found is not None
    assert len(found.data) == LARGEST


def test_a_document_that_is_not_there_cannot_be_read(place: Place) -> None:
    """That is no empty policy."""
    with pytest.raises(SourceError, match="none"):
        place.nowhere.fetch(None)


def test_a_folder_is_no_document(tmp_path: Path) -> None:
    """A mount that is not what was meant has a stamp all the same."""
    with pytest.raises(SourceError, match="directory"):
        FileSource(path=tmp_path).fetch(None)


def test_the_last_good_document_is_kept_over_the_one_before(azurite: str) -> None:
    """Nothing is kept at first; a container that is not there says so."""
    account = StorageAccount(azurite, retries=0)
    with account.container(fresh_name("policies")) as container:
        nowhere = KeptPolicy(lambda: account.container(fresh_name("nowhere")))
        with pytest.raises(SourceError, match="ContainerNotFound"):
            nowhere.keep(b"version: 1")
        container.create_container()
        kept = KeptPolicy(lambda: container)
        assert kept.kept() is None
        for data in (b"version: 1\n", b"version: 1\ndefaults: {}\n"):
            kept.keep(data)
            assert KeptPolicy(lambda: container).kept() == data


def test_storage_that_does_not_answer_is_told_as_that() -> None:
    """Nobody listens at that address."""
    connection = (
        "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=a2V5;"
        "BlobEndpoint=http://127.0.0.1:9/devstoreaccount1"
    )
    account = StorageAccount(connection, retries=0)
    with account.container("policy") as container:
        source = BlobSource(lambda: container, "policy", "policy.yaml")
        with pytest.raises(SourceError, match=r"policy/policy\.yaml: storage does not answer"):
            source.fetch(None)

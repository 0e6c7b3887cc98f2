"""Checks files as a whole, beside what ships; one with a fault is left out, and nothing else."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePath
from typing import Any

from remediation.catalogue.examples import faults_of
from remediation.overrides.bounds import of_addition, of_override
from remediation.overrides.file import File
from remediation.overrides.likeness import taken
from remediation.playbooks.coherence import incoherences
from remediation.playbooks.document import ENDING, Document
from remediation.playbooks.entries import entries_of
from remediation.playbooks.library import Library, Maturity
from remediation.playbooks.located import Fault


class Kind(StrEnum):
    """What a file is to those that ship."""

    OVERRIDE = "override"
    ADDITION = "addition"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was found about one file; ``faults`` are sentences, each with its line."""

    name: str
    digest: str | None
    kind: Kind
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The library of what ships and every sound file, and a verdict for each file."""

    library: Library
    verdicts: tuple[Verdict, ...]

    @property
    def sound(self) -> bool:
        """Whether no file has a fault."""
        return not any(one.faults for one in self.verdicts)


def check(shipped: Library, files: Iterable[File]) -> Checked:
    """Check files beside the library that ships, and put together what is sound.

    A file that is left out may have been what another leads to: it is looked at again until
    nothing more is left out.
    """
    given = sorted(files, key=lambda one: one.name)
    if not given:
        return Checked(library=shipped, verdicts=())
    documents = {one.name: Document.of(one.name, one.data) for one in given if not one.fault}
    faults = {one.name: list(_own(one, documents.get(one.name))) for one in given}
    ours = _shipped(shipped)
    while True:
        sound = [documents[name] for name, found in faults.items() if not found]
        merged = _merged(ours, sound)
        found = list(_together(shipped, merged, sound)) or list(_examples(merged, sound))
        if not found:
            break
        for document, fault in found:
            faults[document.name].append((document.located.line(fault.path), document.told(fault)))
    library = Library(entries_of(merged.values())) if sound else shipped
    return Checked(
        library=library,
        verdicts=tuple(
            Verdict(
                name=one.name,
                digest=one.digest,
                kind=_kind(one.name, shipped),
                faults=tuple(dict.fromkeys(text for _, text in sorted(faults[one.name]))),
            )
            for one in given
        ),
    )


def _kind(name: str, shipped: Library) -> Kind:
    return Kind.OVERRIDE if PurePath(name).stem in shipped.by_id else Kind.ADDITION


def _own(file: File, document: Document | None) -> Iterator[tuple[int, str]]:
    """Yield what is wrong with a file in itself, with the line."""
    if document is None:
        yield 0, f"{file.name}: {file.fault}"
    elif not file.name.endswith(ENDING):
        yield 0, f"{file.name}: expected the ending {ENDING}"
    else:
        for fault in document.faults():
            yield document.located.line(fault.path), document.told(fault)


def _shipped(library: Library) -> dict[str, Document]:
    """Return the documents of a library by their ids; it keeps the text of each."""
    return {
        name: Document.of(f"{name}{ENDING}", entry.text.encode())
        for name, entry in library.entries.items()
    }


def _merged(ours: Mapping[str, Document], sound: Iterable[Document]) -> dict[str, Document]:
    """Return ours where nothing overrides it, then overrides, then additions.

    What two claim is the fault of the later one: never of a playbook that ships.
    """
    theirs = {document.source.id: document for document in sound}
    overrides = {name: one for name, one in theirs.items() if name in ours}
    return {name: one for name, one in ours.items() if name not in overrides} | overrides | theirs


type Found = Iterator[tuple[Document, Fault]]


def _together(shipped: Library, merged: Mapping[str, Document], sound: list[Document]) -> Found:
    """Yield the faults that show beside the other playbooks."""
    theirs = {document.name: document for document in sound}
    sources = {document.name: document.source for document in merged.values()}
    for name, fault in incoherences(sources, complete=True) if theirs else ():
        if name in theirs:
            yield theirs[name], fault
        else:
            # A playbook of ours that no longer fits: whatever was put in its way gives way.
            text = f"{name or 'the playbooks'}: {fault.text}"
            yield from ((document, Fault(path=(), text=text)) for document in sound)
    values = {name: document.source.document for name, document in merged.items()}
    for document in sound:
        for fault in _bounds(document, values, shipped):
            yield document, fault


def _bounds(
    document: Document, by_id: Mapping[str, Mapping[str, Any]], shipped: Library
) -> Iterator[Fault]:
    values = document.source.document
    yield from taken(values, shipped)
    if not _ends(document, by_id):
        return
    if values["id"] in shipped.entries:
        text = shipped.entries[values["id"]].text
        ours = Document.of(document.name, text.encode()).source.document
        yield from of_override(values, ours, by_id, shipped)
    else:
        yield from of_addition(values, by_id, shipped)


def _ends(document: Document, by_id: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether the ladder comes to an end: ``then`` leads somewhere, and not in a circle."""
    seen: list[str] = []
    at: str | None = document.source.id
    while at is not None and at in by_id and at not in seen:
        seen.append(at)
        at = by_id[at].get("then")
    return at is None


def _examples(merged: Mapping[str, Document], sound: list[Document]) -> Found:
    """Yield the examples that come out otherwise, once everything else is as it should be."""
    library = Library(entries_of(merged.values()))
    for document in sound:
        entry = library.entries[document.source.id]
        for at, example in enumerate(entry.examples):
            for text in (
                () if entry.maturity is Maturity.DRAFT else faults_of(library, entry, example)
            ):
                yield document, Fault(path=("examples", at), text=f"{example.name}: {text}")

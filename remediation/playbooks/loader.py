"""Reads a folder of playbooks, checks it as a whole, and refuses it on any fault."""

from collections.abc import Iterator
from pathlib import Path

from remediation.playbooks.coherence import incoherences
from remediation.playbooks.compiled import read
from remediation.playbooks.document import ENDING, Document
from remediation.playbooks.entries import entries_of
from remediation.playbooks.library import Library

SHIPPED = Path(__file__).parent


class PlaybookFault(ValueError):  # noqa: N818 - a fault of the text, named as settings name theirs
    """Playbooks that cannot be used; ``faults`` are sentences, each with its file and line."""

    def __init__(self, faults: list[str]) -> None:
        """Keep every fault; the text has them all, a line each."""
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


def load(folder: Path | None = None) -> Library:
    """Read every ``*.yaml`` of the folder (default: those shipped) into a library.

    Those shipped come from their compiled file where there is one and it is theirs. Raises
    PlaybookFault with every fault of every file.
    """
    compiled = read(SHIPPED) if folder is None else None
    return Library(entries_of(checked(folder or SHIPPED) if compiled is None else compiled))


def checked(folder: Path) -> list[Document]:
    """Return the playbooks of the folder, checked each and as a whole; raises PlaybookFault.

    A file that is broken in itself is left out of the checks between files, so that one mistake is
    not told twice.
    """
    faults: list[str] = []
    sound: dict[str, Document] = {}
    for document in _documents(folder, faults):
        own = [document.told(fault) for fault in document.faults()]
        faults += own
        if not own:
            sound[document.name] = document
    sources = {name: document.source for name, document in sound.items()}
    faults += [
        sound[name].told(fault) if name in sound else fault.text
        for name, fault in incoherences(sources, complete=not faults)
    ]
    if faults:
        raise PlaybookFault(faults)
    return list(sound.values())


def _documents(folder: Path, faults: list[str]) -> Iterator[Document]:
    found = sorted(folder.glob(f"*{ENDING}")) if folder.is_dir() else []
    if not found:
        faults.append(f"{folder.name}: expected a folder with playbooks (*.yaml), found none")
    others = sorted(folder.glob("*.yml"))
    faults += [f"{path.name}: expected the ending .yaml" for path in others]
    for path in found:
        try:
            yield Document.of(path.name, path.read_bytes())
        except OSError as error:
            faults.append(f"{path.name}: expected a readable file: {error}")

"""Reads a folder of playbooks, checks it as a whole, and refuses it on any fault."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from remediation.model import CauseClass, Need, Playbook, Rung
from remediation.playbooks.coherence import Source, incoherences
from remediation.playbooks.library import Entry, Example, Library, Maturity
from remediation.playbooks.located import Fault, Located, read
from remediation.playbooks.schema import check
from remediation.settings import duration

SHIPPED = Path(__file__).parent

_SYMPTOMS = ("code", "number", "message", "dynamic_message")


class PlaybookFault(ValueError):  # noqa: N818 - a fault of the text, named as settings name theirs
    """Playbooks that cannot be used; ``faults`` are sentences, each with its file and line."""

    def __init__(self, faults: list[str]) -> None:
        """Keep every fault; the text has them all, a line each."""
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True)
class _File:
    name: str
    text: str
    document: Located


def load(folder: Path | None = None) -> Library:
    """Read every ``*.yaml`` of the folder (default: those shipped) into a library.

    Raises PlaybookFault with every fault of every file. A file that is broken in itself is left
    out of the checks between files, so that one mistake is not told twice.
    """
    faults: list[str] = []
    sound: dict[str, _File] = {}
    for file in _files(SHIPPED if folder is None else folder, faults):
        own = list(_own_faults(file))
        faults += [_told(file, fault) for fault in own]
        if not own:
            sound[file.name] = file
    sources = {
        name: Source(document=cast("dict[str, Any]", file.document.value))
        for name, file in sound.items()
    }
    faults += [
        _told(sound[name], fault) if name in sound else fault.text
        for name, fault in incoherences(sources, complete=not faults)
    ]
    if faults:
        raise PlaybookFault(faults)
    return Library(_entries(sound, sources))


def _files(folder: Path, faults: list[str]) -> Iterator[_File]:
    found = sorted(folder.glob("*.yaml")) if folder.is_dir() else []
    if not found:
        faults.append(f"{folder.name}: expected a folder with playbooks (*.yaml), found none")
    others = sorted(folder.glob("*.yml"))
    faults += [f"{path.name}: expected the ending .yaml" for path in others]
    for path in found:
        try:
            text = path.read_bytes().decode("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            faults.append(f"{path.name}: expected a readable file in UTF-8: {error}")
            continue
        yield _File(path.name, text, read(text))


def _own_faults(file: _File) -> Iterator[Fault]:
    if file.document.faults:
        yield from file.document.faults
        return
    value = file.document.value
    yield from check(value)
    name = value.get("id") if isinstance(value, dict) else None
    if isinstance(name, str) and file.name != f"{name}.yaml":
        text = f"expected id {file.name.removesuffix('.yaml')!r} (the file's name), got {name!r}"
        yield Fault(path=("id",), text=text)


def _told(file: _File, fault: Fault) -> str:
    where = ".".join(str(part) for part in fault.path)
    line = file.document.line(fault.path)
    return f"{file.name}:{line}: {where + ': ' if where else ''}{fault.text}"


def _entries(files: Mapping[str, _File], sources: Mapping[str, Source]) -> dict[str, Entry]:
    by_id = {source.id: source.document for source in sources.values()}
    entries = {}
    for file in files.values():
        document = cast("dict[str, Any]", file.document.value)
        entries[document["id"]] = _entry(document, file.text, by_id)
    return entries


def _entry(document: Mapping[str, Any], text: str, by_id: Mapping[str, Mapping[str, Any]]) -> Entry:
    maturity = Maturity(document["status"])
    playbook = Playbook(
        id=document["id"],
        title=document["title"],
        cause_class=CauseClass(document["class"]),
        ladder=tuple(_ladder(document, by_id)),
        digest=hashlib.sha256(text.encode()).hexdigest(),
        remedy=document["remedy"].strip(),
        references=tuple(document.get("references", ())),
        observe_only=maturity is not Maturity.ACTIVE,
    )
    entry = Entry(
        playbook=playbook,
        maturity=maturity,
        text=text,
        about=document.get("about", "").strip(),
        generic=document.get("generic", False),
        codes=tuple(document.get("codes", ())),
        numbers=tuple(document.get("numbers", ())),
        messages={name: tuple(texts) for name, texts in document.get("messages", {}).items()},
        never=tuple(document.get("never", ())),
    )
    return replace(entry, examples=tuple(_examples(document)))


def _ladder(document: Mapping[str, Any], by_id: Mapping[str, Mapping[str, Any]]) -> Iterator[Rung]:
    for rung in document["ladder"]:
        yield Rung(
            do=rung["do"],
            when={fact: _values(allowed) for fact, allowed in rung.get("when", {}).items()},
            wait=duration(rung.get("wait", "PT0S")),
            needs=frozenset(Need(need) for need in rung.get("needs", ())),
            tries=rung.get("tries", 1),
        )
    if "then" in document:
        yield from _ladder(by_id[document["then"]], by_id)


def _values(allowed: str | list[str]) -> tuple[str, ...]:
    return (allowed,) if isinstance(allowed, str) else tuple(allowed)


def _examples(document: Mapping[str, Any]) -> Iterator[Example]:
    for example in document["examples"]:
        given = dict(example["given"])
        symptoms = {name: given.pop(name, None) for name in _SYMPTOMS}
        yield Example(
            name=example["name"],
            cause=example.get("cause", document["id"]),
            expect=example["expect"],
            facts=given,
            **symptoms,
        )

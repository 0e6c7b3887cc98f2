"""From documents without faults to the entries of a library."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from remediation.model import CauseClass, Need, Playbook, Rung
from remediation.playbooks.document import Document
from remediation.playbooks.library import Entry, Example, Maturity
from remediation.readers import duration

_SYMPTOMS = ("code", "number", "message", "dynamic_message")

type Values = Mapping[str, Any]


def entries_of(documents: Iterable[Document]) -> dict[str, Entry]:
    """Return the entries by their ids; the documents were checked as a whole."""
    known = {document.source.id: document for document in documents}
    values = {name: document.source.document for name, document in known.items()}
    return {name: _entry(document, values) for name, document in known.items()}


def _entry(document: Document, by_id: Mapping[str, Values]) -> Entry:
    values = document.source.document
    maturity = Maturity(values["status"])
    playbook = Playbook(
        id=values["id"],
        title=values["title"],
        cause_class=CauseClass(values["class"]),
        ladder=tuple(ladder_of(values, by_id)),
        digest=document.digest,
        remedy=values["remedy"].strip(),
        references=tuple(values.get("references", ())),
        observe_only=maturity is not Maturity.ACTIVE,
    )
    entry = Entry(
        playbook=playbook,
        maturity=maturity,
        text=document.text,
        about=values.get("about", "").strip(),
        generic=values.get("generic", False),
        among=frozenset(values["among"]) if "among" in values else None,
        codes=tuple(values.get("codes", ())),
        numbers=tuple(values.get("numbers", ())),
        messages={name: tuple(texts) for name, texts in values.get("messages", {}).items()},
        never=tuple(values.get("never", ())),
    )
    return replace(entry, examples=tuple(_examples(values)))


def ladder_of(values: Values, by_id: Mapping[str, Values]) -> Iterator[Rung]:
    """Yield the rungs of a playbook, and after them those that ``then`` brings in."""
    for rung in values["ladder"]:
        yield Rung(
            do=rung["do"],
            when={fact: _values(allowed) for fact, allowed in rung.get("when", {}).items()},
            wait=duration(rung.get("wait", "PT0S")),
            needs=frozenset(Need(need) for need in rung.get("needs", ())),
            tries=rung.get("tries", 1),
        )
    if "then" in values:
        yield from ladder_of(by_id[values["then"]], by_id)


def _values(allowed: str | list[str]) -> tuple[str, ...]:
    return (allowed,) if isinstance(allowed, str) else tuple(allowed)


def _examples(values: Values) -> Iterator[Example]:
    for example in values["examples"]:
        given = dict(example["given"])
        symptoms = {name: given.pop(name, None) for name in _SYMPTOMS}
        yield Example(
            name=example["name"],
            cause=example.get("cause", values["id"]),
            expect=example["expect"],
            facts=given,
            **symptoms,
        )

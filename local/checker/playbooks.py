"""The shipped playbooks, read as data: from what a failed job says to its cause and its ladder."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from rapidfuzz import fuzz

from local.child import ROOT

SHIPPED = ROOT / "remediation" / "playbooks"
UNKNOWN = "unknown"
# The same loader in C, where the platform's wheel has it: ten times as fast.
_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# A message inside a longer text must be this long to mean anything; shorter ones are coincidence.
FEWEST_INSIDE = 20
NEARLY, MARGIN = 88.0, 5.0
_BETWEEN = re.compile(r"[\W_]+")
# YAML 1.1 reads ``yes`` and ``no`` as truth values; conditions mean the words.
_WORDS = {True: "yes", False: "no"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One fix of a ladder: its action, the facts that let it be entered, and what it needs."""

    do: str
    when: Mapping[str, frozenset[str]]
    needs: frozenset[str]
    tries: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Playbook:
    """A cause with its whole ladder: its own rungs, then those of the playbooks it names."""

    cause: str
    kind: str
    status: str
    ladder: tuple[Rung, ...]
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """All playbooks and what each is recognised by."""

    playbooks: Mapping[str, Playbook]
    codes: Mapping[str, str]
    numbers: Mapping[int, str]
    messages: tuple[tuple[str, str], ...]
    generic: frozenset[str]

    def cause_of(self, code: str | None, number: int | None, *messages: str | None) -> str:
        """Return the cause: by code, then by number, then by the first message that tells one."""
        by_code = self.codes.get(_key(code)) if code else None
        if by_code is not None and by_code not in self.generic:
            return by_code
        by_number = self.numbers.get(number) if number is not None else None
        if by_number is not None and by_number not in self.generic:
            return by_number
        told = (self._by_message(_words(text)) for text in messages if text)
        return next((cause for cause in told if cause is not None), UNKNOWN)

    def _by_message(self, words: str) -> str | None:
        same = [cause for message, cause in self.messages if message == words]
        if same:
            return same[0]
        inside = [one for one in self.messages if _inside(one[0], words)]
        longest = [
            (message, cause)
            for message, cause in inside
            if not any(message != other and message in other for other, _ in inside)
        ]
        if longest:
            causes = {cause for _, cause in longest}
            return causes.pop() if len(causes) == 1 else None
        return self._nearly(words)

    def _nearly(self, words: str) -> str | None:
        best: dict[str, float] = {}
        for message, cause in self.messages:
            best[cause] = max(best.get(cause, 0.0), fuzz.token_sort_ratio(words, message))
        ranked = sorted(((score, cause) for cause, score in best.items()), reverse=True)
        if not ranked or ranked[0][0] < NEARLY:
            return None
        alone = len(ranked) == 1 or ranked[0][0] - ranked[1][0] >= MARGIN
        return ranked[0][1] if alone else None


@cache
def shelf(directory: Path = SHIPPED) -> Shelf:
    """Read every playbook of a directory."""
    documents = {
        str(document["id"]): document
        for path in sorted(directory.glob("*.yaml"))
        for document in [yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)]  # noqa: S506 - a SafeLoader
    }
    live = {name: one for name, one in documents.items() if one.get("status") != "draft"}
    return Shelf(
        playbooks={name: _playbook(name, documents) for name in documents},
        codes={_key(code): name for name, one in live.items() for code in one.get("codes", ())},
        numbers={number: name for name, one in live.items() for number in one.get("numbers", ())},
        messages=tuple(
            (_words(text), name)
            for name, one in live.items()
            for texts in one.get("messages", {}).values()
            for text in texts
        ),
        generic=frozenset(name for name, one in live.items() if one.get("generic")),
    )


def _playbook(name: str, documents: Mapping[str, Mapping[str, Any]]) -> Playbook:
    own = documents[name]
    return Playbook(
        cause=name,
        kind=str(own["class"]),
        status=str(own["status"]),
        remedy=str(own.get("remedy", "")).strip(),
        ladder=tuple(_rungs(name, documents, ())),
    )


def _rungs(
    name: str, documents: Mapping[str, Mapping[str, Any]], above: tuple[str, ...]
) -> Iterator[Rung]:
    """Return a playbook's rungs and those of the ones it goes on with, each of them once."""
    if name in above:
        return
    for row in documents[name].get("ladder", ()):
        yield Rung(
            do=str(row["do"]),
            when={fact: _values(value) for fact, value in row.get("when", {}).items()},
            needs=frozenset(row.get("needs", ())),
            tries=int(row.get("tries", 1)),
        )
    following = documents[name].get("then")
    if following is not None:
        yield from _rungs(str(following), documents, (*above, name))


def _values(value: object) -> frozenset[str]:
    values = value if isinstance(value, list) else [value]
    return frozenset(_WORDS[one] if isinstance(one, bool) else str(one) for one in values)


def _key(code: str) -> str:
    return _BETWEEN.sub("", code.casefold())


def _words(text: str) -> str:
    return _BETWEEN.sub(" ", text.casefold()).strip()


def _inside(message: str, words: str) -> bool:
    return len(message.encode()) >= FEWEST_INSIDE and f" {message} " in f" {words} "

"""The library: every playbook with what it is recognised by, ready to be asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from remediation.model import Playbook
from remediation.playbooks.wording import code_key, comparable

# Where a failure that nobody knows ends, and where an item that missed its objective begins.
UNKNOWN = "unknown"
OBJECTIVE_MISSED = "objective-missed"


class Maturity(StrEnum):
    """A playbook's status."""

    DRAFT = "draft"
    OBSERVE = "observe"
    ACTIVE = "active"


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One failure and the first action it leads to after the evidence, or ``escalate``."""

    name: str
    cause: str
    expect: str
    code: str | None = None
    number: int | None = None
    message: str | None = None
    dynamic_message: str | None = None
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A playbook and what stands beside its ladder; ``text`` is the file as it was read.

    ``about`` says in a few sentences what has happened and why; empty where the file says nothing.
    """

    playbook: Playbook
    maturity: Maturity
    text: str
    about: str = ""
    generic: bool = False
    codes: tuple[str, ...] = ()
    numbers: tuple[int, ...] = ()
    messages: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    never: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True)
class Wording:
    """A message of a playbook, as it is compared."""

    text: str
    language: str
    cause: str


class Library:
    """All playbooks. What a draft is recognised by is left out: it matches nothing."""

    def __init__(self, entries: Mapping[str, Entry]) -> None:
        """Index entries that were checked as a whole; the last of two equal codes would win."""
        self.entries: Mapping[str, Entry] = MappingProxyType(dict(entries))
        self.by_id: Mapping[str, Playbook] = MappingProxyType(
            {name: entry.playbook for name, entry in entries.items()}
        )
        live = [entry for entry in entries.values() if entry.maturity is not Maturity.DRAFT]
        self._codes = {code_key(code): entry for entry in live for code in entry.codes}
        self._numbers = {number: entry for entry in live for number in entry.numbers}
        self._wordings: tuple[Wording, ...] | None = None
        self._texts = {entry.playbook.digest: entry.text for entry in entries.values()}
        self._live = live

    def playbook(self, name: str) -> Playbook:
        """Return the playbook of that id; raises KeyError."""
        return self.by_id[name]

    @property
    def unknown(self) -> Playbook:
        """The playbook of failures that nobody knows."""
        return self.by_id[UNKNOWN]

    @property
    def objective_missed(self) -> Playbook:
        """The playbook of items past their objective though no job failed."""
        return self.by_id[OBJECTIVE_MISSED]

    def text(self, digest: str) -> str:
        """Return the file that a digest names; raises KeyError."""
        return self._texts[digest]

    def by_code(self, code: str) -> Entry | None:
        """Return the entry that claims the string code, in any casing and spelling it lists."""
        return self._codes.get(code_key(code))

    def by_number(self, number: int) -> Entry | None:
        """Return the entry that claims the number."""
        return self._numbers.get(number)

    @property
    def wordings(self) -> tuple[Wording, ...]:
        """Every message as it is compared; prepared on first use, most failures carry a code."""
        if self._wordings is None:
            self._wordings = tuple(
                Wording(comparable(message), language, entry.playbook.id)
                for entry in self._live
                for language, messages in entry.messages.items()
                for message in messages
            )
        return self._wordings
